"""Names that the public part of a test binds are seen by the student's code, where the author's own cells use them."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, cell, error, graded, notebook, run, run_as, text

from course_lib.check.calls import BEGIN_HIDDEN

HIDDEN = f"### {BEGIN_HIDDEN}"
KEEPER = "def f(x):\n    return x + A\n"


def errors(*cells: object) -> list[str]:
    made = notebook(*cells)
    run(made)
    return [error(done) for done in made.cells]


@pytest.mark.parametrize(
    "test",
    [
        "A = 2\nassert f(1) == 3\nA = 4\nassert f(1) == 5",
        "for A in range(3):\n    assert f(1) == 1 + A",
        "def use():\n    global A\n    A = 2\n    assert f(1) == 3\nuse()",
        "globals()['A'] = 2\nassert f(1) == 3",
        "import __main__\n__main__.A = 2\nassert f(1) == 3",
        "exec('A = 2')\nassert f(1) == 3",
        "import numpy as np\nA = np.arange(2)\nassert f(1).tolist() == [1, 2]",
        "A = f\ntry: f(1)\nexcept TypeError: pass\nelse: assert False",
        "A = 2\nassert f(1) == 3\ndel A\ntry: f(1)\nexcept NameError: pass\nelse: assert False",
        "with_a = [A := 2]\nassert f(1) == 3",
    ],
)
def test_a_variable_of_the_test_is_the_functions_global(test: str) -> None:
    assert not any(errors(answer(KEEPER), graded(test)))


def test_a_function_of_the_test_takes_the_place_of_the_students() -> None:
    fakes = [
        "def g(): return 41",
        "g = lambda: 41",
        "from unittest.mock import MagicMock\ng = MagicMock(return_value=41)",
        "class G:\n    def __call__(self): return 41\ng = G()",
        "from unittest.mock import patch\npatching = patch('__main__.g', return_value=41)\npatching.start()",
    ]
    code = "def g(): return 1\ndef f(): return g() + 1"
    for fake in fakes:
        assert not any(
            errors(answer(code), graded(f"{fake}\nassert f() == 42 and g() == 41"), graded("assert f() == 42", "b"))
        )


def test_what_a_patch_puts_back_is_the_students_again() -> None:
    author = notebook(
        answer("def g(): return 1\ndef f(): return g() + 1"),
        graded(
            "from unittest.mock import patch\nwith patch('__main__.g', return_value=41):\n"
            "    assert f() == 42\nassert f() == 2"
        ),
        answer("def g(): return 5", "again"),
        graded("assert g() == 5 and f() == 6", "last"),
    )
    assert not any(map(error, run_as(author, {}).cells))


def test_later_cells_see_what_a_test_has_made() -> None:
    made = notebook(
        answer("def f(): return [1, 2]\ndef end():\n    import os\n    os._exit(1)"),
        graded("r = f()\nimport math as mm\nfrom statistics import mean as average\nassert r == [1, 2]", "one"),
        cell("print('r is', r)", "given", locked=True),
        answer("def area(x): return mm.floor(mm.pi * x)\ndef middle(): return average(r)", "area"),
        graded("assert area(1) == 3 and middle() == 1.5", "two"),
        graded("try: end()\nexcept RuntimeError: pass\nassert area(1) == 3 and middle() == 1.5", "three"),
    )
    run(made)
    assert not any(map(error, made.cells))
    assert text(made.cells[2]) == "r is [1, 2]\n"


def test_a_name_that_the_author_binds_anew_is_the_students_again() -> None:
    author = notebook(
        answer("x = 1\ndef f(): return x"),
        graded("x = 5\nassert f() == 5", "one"),
        answer("x = 7", "again"),
        graded("assert x == 7 and f() == 7", "two"),
    )
    assert not any(map(error, run_as(author, {}).cells))
    assert error(run_as(author, {"again": "x = 8"}).cells[3])


def test_a_submission_cannot_bind_what_a_test_has_made() -> None:
    author = notebook(
        answer("def f(): return 1", "one"),
        graded("def same(a, b): assert a == b\nexpected = 2", "one_test"),
        answer("def g(): return 2", "two"),
        graded("same(g(), expected)", "two_test"),
    )
    assert not any(map(error, run_as(author, {}).cells))
    done = run_as(author, {"two": "def g(): return 3\ndef same(a, b): pass\nexpected = 3"})
    assert "AssertionError" in error(done.cells[3])


def test_what_only_the_submission_refers_to_does_not_travel() -> None:
    author = notebook(
        answer("def f(x): return x + A"),
        graded("A = 1\nexpected = 5\nassert f(4) == expected", "one"),
        graded("assert f(4) == expected", "two"),
    )
    assert not any(map(error, run_as(author, {}).cells))
    assert all(map(error, run_as(author, {"answer": "def f(x): return expected"}).cells[1:]))


SECRETS = "def f(x):\n    return sorted(set(globals()) & {'A', 'B', 'C', 'D'})\ndef use(): return A, B, C, D"


def test_nothing_of_a_hidden_part_travels() -> None:
    made = notebook(
        answer(SECRETS),
        graded(f"A = [1]\n{HIDDEN}\nB = 2\nassert f(0) == ['A'], f(0)\nA = 7\nassert f(0) == ['A']", "one"),
        graded("assert f(0) == ['A'] and B == 2\nC = 1\nassert f(0) == ['A', 'C']", "two"),
        graded(f"if True:\n    C = 3\n    {HIDDEN}\n    D = 2\nassert f(0) == ['A', 'C'], f(0)", "three"),
        graded(f"{HIDDEN}\nB = 2", "four"),
        cell("print(A, C, f(0))", "given", locked=True),
    )
    run(made)
    assert not any(map(error, made.cells)), [error(done) for done in made.cells]
    assert text(made.cells[-1]) == "[1] 1 ['A', 'C']\n"


def test_what_stands_before_the_hidden_part_is_seen_from_there() -> None:
    assert not any(errors(answer(KEEPER), graded(f"\n\nA = 2\n{HIDDEN}\nassert f(1) == 3")))


def test_what_cannot_travel_is_missed_only_where_it_is_used() -> None:
    made = notebook(
        answer(
            "def f(): return 1\ndef make(): return Q()\ndef through(): return next(it)\ndef draw(): return rng.random()"
        ),
        graded(
            "import random\nclass Q: pass\nit, rng = iter([1]), random.Random(5)\nassert f() == 1 and next(it) == 1",
            "one",
        ),
        graded("try: make()\nexcept NameError: pass\nelse: assert False", "two"),
        graded("try: draw()\nexcept NameError: pass\nelse: assert False", "three"),
    )
    run(made)
    assert not any(map(error, made.cells))


def test_a_function_of_a_test_says_why_a_later_cell_cannot_call_it() -> None:
    made = notebook(
        answer("def f(): return helper(1)"),
        graded("def helper(x): return x + 1\nassert f() == 2"),
        cell("helper(1)", "given", locked=True),
    )
    run(made)
    assert error(made.cells[-1]) == "RuntimeError: a function of the test can only be called while a test runs"


def test_a_hidden_part_that_cannot_be_seen_from_outside_keeps_its_names() -> None:
    made = notebook(
        answer(SECRETS),
        graded(f"%%time\nA = 1\n{HIDDEN}\nA = [7]\nB = 2", "one"),
        graded(f"A = [1]\nassert f(0)\n{HIDDEN}\nA.append(7)", "two"),
        graded("import os\ntry: f(os._exit)\nexcept RuntimeError: pass", "three"),
        cell("print(A)", "given", locked=True),
        answer("os._exit(1)", "end"),
        cell("print(A)", "given2", locked=True),
    )
    run(made)
    assert text(made.cells[4]) == text(made.cells[6]) == "[1]\n"


def test_a_library_function_that_a_patch_puts_back_is_the_librarys() -> None:
    made = notebook(
        answer("from random import randint\nimport random\ndef roll(): return randint(1, 6)"),
        graded(
            "from unittest.mock import patch\nwith patch('__main__.randint', return_value=9):\n    assert roll() == 9\n"
            "assert 1 <= roll() <= 6",
            "one",
        ),
        cell("assert randint is random.randint and roll() < 7", "given", locked=True),
    )
    run(made)
    assert not any(map(error, made.cells))


def test_a_name_that_a_hidden_part_deletes_and_binds_again_is_the_students_again() -> None:
    """`del f` shows that an answer calls f; what it is bound to afterwards is the student's own, and tells nothing."""
    uses = "def f(): return 1\ndef g(): return f() + 1"
    hidden = f"{HIDDEN}\nkept = f\ndel f\ntry: g()\nexcept NameError: pass\nelse: raise AssertionError('not used')\n"
    hidden += "finally: f = kept\n### END HIDDEN TESTS"
    below = answer("h = g()", "h")
    first = graded(f"assert g() == 2\n{hidden}", "first")
    assert errors(answer(uses), first, below, graded("assert h == 2 and g() == 2", "second")) == [""] * 4
