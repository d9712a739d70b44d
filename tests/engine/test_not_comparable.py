"""A comparison that only the submission's code could answer ends the test, with the class and the way out."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, error, fails, graded, notebook, passes, run, shared, shown

YES = """
import numpy as np
class Yes:
    def __init__(self, v=0): self.v = v
    def __eq__(self, other): return True
    def __ne__(self, other): return True
    def __lt__(self, other): return True
    def __add__(self, other): return 0
    __hash__ = None
def f(): return Yes()
def many(): return [Yes(), Yes()]
class Plain: pass
def plain(): return Plain()"""
PYTEST = "import pytest\n"
REFUSED = {
    "==": "assert f() == 3",
    "!=": "assert f() != 3",
    "the other way round": "assert 3 == f()",
    "<": "assert f() < 3",
    "> the other way round": "assert 3 > f()",
    "in, of items": "assert 3 in many()",
    "in, of a list of the test": "assert f() in [1, 2]",
    "a list": "assert many() == [0, 0]",
    "count": "assert many().count(0) == 2",
    "any": "assert any(v == 0 for v in many())",
    "an array": "assert np.all(np.array(many(), dtype=object) != 0)",
    "a function of NumPy": "assert np.all(f() != 0)",
    "an array of the test": "assert np.all(np.zeros(2) == f())",
    "an assertion of NumPy": "np.testing.assert_array_equal(f(), 3)",
    "two results": "assert f() == f()",
    "unittest": "import unittest\nunittest.TestCase().assertEqual(f(), 3)",
    "unittest, not equal": "import unittest\nunittest.TestCase().assertNotEqual(f(), 3)",
    "unittest, in any order": "import unittest\nunittest.TestCase().assertCountEqual(many(), [3, 4])",
    "check.that": "check.that(f() == 3, 'no')",
    "pytest.approx": f"{PYTEST}assert f() == pytest.approx(3)",
    "where a failed assertion is expected": f"{PYTEST}with pytest.raises(AssertionError):\n    assert f() == 3",
    "where a TypeError is expected": f"{PYTEST}with pytest.raises(TypeError):\n    f() < 3",
    "an operator where a TypeError is expected": f"{PYTEST}with pytest.raises(TypeError):\n    f() + 3",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str) -> None:
    said = fails(YES, REFUSED[what])
    assert said.startswith("NotComparable")
    assert "Yes" in said
    assert "in_kernel" in said


def test_what_is_identity_in_python_too_stays_so() -> None:
    passes(
        YES,
        """
p, q = plain(), plain()
assert p == p and p != q and p != 3 and not p == 3 and p in [q, p] and 3 not in [p] and {p} == {p} and len({p, q}) == 2
assert f() is not None and f() != None and not f() == None
assert [q, p].index(p) == 1 and {p: 1}[p] == 1""",
    )


def test_two_objects_of_a_class_that_the_test_names_are_compared_and_hashed() -> None:
    card = """
class Card:
    def __init__(self, n): self.n = n
    def __eq__(self, other): return self.n == other.n
    def __hash__(self): return hash(self.n)
def deck(): return [Card(1), Card(1)]"""
    passes(card, "assert Card(1) == Card(1) and Card(1) != Card(2) and len({Card(1), Card(1), Card(2)}) == 2")
    said = fails(card, "assert len(set(deck())) == 2")
    assert said.startswith("NotComparable")
    assert "The test asks for ==" in said
    assert fails(YES, "{f()}").startswith("TypeError: unhashable")


def test_in_is_asked_of_the_items_or_of_nobody() -> None:
    bag = """
class Bag:
    def __init__(self, *items): self.items = items
    def __iter__(self): return iter(self.items)
    def __contains__(self, item): return item == 2
class Span:
    def __contains__(self, item): return True
def bag(*items): return Bag(*items)"""
    passes(bag, "assert 1 in bag(1, 2) and 3 not in bag(1, 2)")
    passes(bag, "assert 2 in Bag(1, 2) and Bag(1).__contains__(2)")
    assert fails(bag, "assert 1 in Bag(1, 2)").startswith("AssertionError")  # its own method says no
    for test in ("assert 3 not in Bag(1, 2)", "assert 3 in Span()", "assert 3 not in Span()"):
        said = fails(bag, test)
        assert said.startswith("NotComparable")
        assert "__contains__" in said


def test_check_judges_such_an_object_as_a_wrong_result() -> None:
    for test in ("check.equal(f(), 3)", "check.close(f(), 3.0)"):
        assert fails(YES, test).startswith("CheckFailure")


def test_in_a_hidden_part_the_student_is_told_the_kind_alone() -> None:
    hidden = "assert plain() is not None\n### BEGIN HIDDEN TESTS\nassert f() == 31415\n### END HIDDEN TESTS"
    made = notebook(shared(), answer(YES), graded(hidden))
    run(made)
    assert error(made.cells[-1]) == "NotComparable: in a hidden test"
    visible = made.cells[-1].copy()
    visible.outputs = [o for o in visible.outputs if not o.get("metadata", {}).get("instructor_only")]
    assert "31415" not in shown(visible)


def test_masked_arrays_are_not_compared_by_what_they_leave_out() -> None:
    masked = "import numpy as np\nm = np.ma.masked_array([1, 2], mask=[True, True])"
    passes(masked, "assert m.mask.tolist() == [True, True]")
    for test in (
        "assert not np.any(m == 3)",
        "np.testing.assert_array_equal(m, [7, 7])",
        "assert np.allclose(m, [5, 5])",
    ):
        assert not fails(masked, test).startswith("AssertionError")
