"""What an answer unfolds to in a test is bounded: it costs its own test, and the ones after it run."""

from __future__ import annotations

import decimal
import os
import signal
from typing import Any

import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from support import small_notebooks as sn

from grader.engine import tester_session
from grader.engine.encoding import Packer, RefusedValue, Unpacker, tags
from grader.engine.encoding.unfolding import MOST_UNFOLDED, length
from grader.engine.limits import MiB
from grader.engine.tester import tester_memory

SMALL = 192 * MiB
NEXT = "assert np.array_equal(second(np.ones(3)), np.ones(3))"
TWO_CASES = """
with check.case("asked", points=1):
    {}
with check.case("alone", points=1):
    check.equal(1, 1)
check.score(out_of=2)
"""
FORGED = """
import gc
service = next(o for o in gc.get_objects() if type(o).__name__ == "Service")
def f():
    service._outcome = lambda packer, result, error: ["returned", {}]
    return 1
"""


def run(answer: str, test: str, **limits: Any) -> tuple[NotebookNode, str]:
    """The test cell, and the error of the next one, which must be none."""
    made = sn.notebook(
        sn.shared(),
        sn.answer("def second(x):\n    return x", "second"),
        sn.answer(answer),
        sn.graded(test),
        sn.graded(NEXT, "next_tests"),
    )
    sn.run(made, **{"tester_memory_bytes": SMALL, **limits})
    return made.cells[3], sn.error(made.cells[4])


OUT_OF_MEMORY = {
    "a range that is sorted": ("def f(): return range(15_000_000)", "assert sorted(f()) == [1]"),
    "a range that becomes an array": (
        "def f(): return range(15_000_000)",
        "x = np.array(f(), float)\ny = x + 1\nassert (x * y).sum() == 3",
    ),
    "many ranges": ("def f(): return [range(1_000_000)] * 16", "assert np.array([list(r) for r in f()]).sum() == 3"),
    "a number of repeats": ("def f(): return 2**40", "assert 'a' * f() == 'aa'"),
    "a width": ("def f(): return 2**31 - 2", "assert f'{1:{f()}}' == '1'"),
    "a shape": ("def f(): return (100_000, 100_000)", "assert np.zeros(f()).any()"),
    "small bytes that become floats": (
        "def f(): return np.ones(40_000_000, np.uint8)",
        "np.testing.assert_allclose(f(), 2.0)",
    ),
    "a counter": (
        "from collections import Counter\ndef f(): return Counter(a=10**9)",
        "assert list(f().elements()) == ['a']",
    ),
    "an exponent": ("def f(): return 2**33", "assert 1 << f() == 2"),
    "many items, one by one": (
        "def f(): return 2**40",
        "kept = []\nfor number in range(f()):\n    kept.append(str(number) * 50)",
    ),
}


@pytest.mark.parametrize("kind", OUT_OF_MEMORY)
def test_what_does_not_fit_ends_its_own_test_with_a_clear_error(kind: str) -> None:
    done, after = run(*OUT_OF_MEMORY[kind])
    assert sn.error(done).startswith(f"{tester_memory.NAME}: This test needed more than 192 MiB")
    assert after == ""


@pytest.mark.parametrize(
    ("answer", "use"),
    [
        ("def f(): return range(15_000_000)", "check.equal(sorted(f()), [1])"),
        ("def f(): return np.ones(40_000_000, np.uint8)", "check.close(f(), np.ones(40_000_000, np.uint8))"),
        ("def f(): return 10**9", "check.close(torch.ones(f()), torch.ones(3))"),
    ],
)
def test_it_costs_one_case_where_the_test_has_cases(answer: str, use: str) -> None:
    done, after = run(answer, TWO_CASES.format(use))
    assert "Score: 1 of 2 points" in sn.shown(done)
    assert "your result unfolds to more than fits into the memory of a test" in sn.shown(done)
    assert after == ""


def test_what_the_test_kept_is_gone_with_its_process() -> None:
    made = sn.notebook(
        sn.shared(),
        sn.answer("def f(): return 15_000_000"),
        sn.graded("kept = [[] for _ in range(10)]\nwhile f:\n    kept.append('%d' % f() * 10_000)"),
        sn.graded("assert np.ones(f()).sum() == f()", "next_tests"),
    )
    sn.run(made, tester_memory_bytes=SMALL)
    assert sn.error(made.cells[2]).startswith(tester_memory.NAME)
    assert sn.error(made.cells[3]) == ""


def test_a_callback_is_bounded_as_the_test_is() -> None:
    answer = "def f(g):\n    try: return g(np.ones(40_000_000, np.uint8))\n    except MemoryError: return 'no'"
    done, after = run(answer, "assert f(lambda x: (x * 1.5).sum()) == 'no'")
    assert (sn.error(done), after) == ("", "")


def test_a_memory_error_of_the_submission_is_its_own() -> None:
    done, after = run("def f(): return np.ones(10**14)", "f()")
    assert "Unable to allocate" in sn.error(done)
    assert tester_memory.NAME not in sn.error(done)
    assert after == ""


def test_in_a_hidden_part_the_name_of_the_error_is_all_that_is_told() -> None:
    test = "assert f\n### BEGIN HIDDEN TESTS\nassert sorted(f()) == [17]\n### END HIDDEN TESTS"
    done, _ = run("def f(): return range(15_000_000)", test)
    assert sn.error(done) == f"{tester_memory.NAME}: in a hidden test"


UNSHOWN = {
    "small tensors, until none is left for a traceback": "kept = []\nwhile f:\n    kept.append(torch.ones(3))",
    "an error that the shell cannot show": "class E(Exception):\n    def __str__(self): raise MemoryError\nraise E",
    "a shell that fails itself": "get_ipython().InteractiveTB.structured_traceback = None\nassert f() == 2",
}


@pytest.mark.parametrize("kind", UNSHOWN)
def test_an_error_that_cannot_be_shown_is_an_error_all_the_same(kind: str) -> None:
    """A cell without an error among its outputs has all its points."""
    done, after = run("def f(): return 1", UNSHOWN[kind])
    assert sn.error(done)
    assert determine_grade(done) == (0, 1)
    assert after == ""


ENDLESS = {
    "a sum": ("def f(): return 2**60", "assert sum(range(f())) == 3"),
    "a member": ("def f(): return 2**60", "import itertools\nassert 'a' in itertools.repeat(1, f())"),
    "an object of the test's": (
        "def f(): return 2**60",
        "import collections\ncollections.deque(iter(int, 1), maxlen=0)",
    ),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_c_code_that_ignores_the_alarm_is_ended(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tester_session, "_PATIENCE", 1.5)
    done, after = run(*ENDLESS[kind], seconds=1)
    assert "TestError: This test was stopped after 1 s, inside of a library's code" in sn.error(done)
    assert after == ""


def test_a_shared_cell_beyond_the_bounds_is_left_out() -> None:
    made = sn.notebook(
        sn.answer("def f(): return 2**40"),
        sn.shared(),
        sn.shared("try:\n    long = 'a' * 2**20\nfinally:\n    here = many = ['a' * f()]", "more"),
        sn.graded("assert f() == 2**40"),
        sn.graded("assert here", "next_tests"),
    )
    sn.run(made, tester_memory_bytes=SMALL)
    assert sn.error(made.cells[3]) == ""
    assert sn.error(made.cells[4])


def test_a_tester_that_is_killed_runs_the_cell_again_whatever_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    killed = []
    begin = tester_session.TesterSession.run

    def run_and_kill(session: Any, source: str, *arguments: Any, **options: Any) -> Any:
        if "== 2" in source and not killed:
            killed.append(os.kill(session._pid, signal.SIGKILL))
        return begin(session, source, *arguments, **options)

    monkeypatch.setattr(tester_session.TesterSession, "run", run_and_kill)
    done, after = run("def f(): return 2", "assert f() == 2")
    assert killed
    assert (sn.error(done), after) == ("", "")


FORGERIES = {
    "text without characters": '[11, "<U0", [1 << 31], False, True, b""]',
    "a class for each of many tuples": '[5 - 2, [[6 + 1, "A%d" % i, [], []] for i in range(100_000)]]',
    "a dtype of much": '[14, "<U99999999"]',
    "an exponent": '[19, "1e999999999"]',
    "a small exponent": '[19, "1e-999999999"]',
    "a range": "[8, 0, 1 << 62, 1]",
    "ranges": "[3, [[8, 0, 1 << 20, 1]] * 100]",
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_what_a_forged_answer_unfolds_to_is_refused(kind: str) -> None:
    done, after = run(FORGED.format(FORGERIES[kind]), "assert f()")
    assert "it answered with something that is not allowed" in sn.error(done)
    assert "unfold" in sn.error(done) or "too many digits" in sn.error(done), sn.error(done)
    assert after == ""


LAZY = {
    "a long range": ("def f(): return range(10**9)", "assert len(f()) == 10**9 and f()[5] == 5"),
    "a large decimal number": (
        "from decimal import Decimal\ndef f(): return Decimal('1e999999')",
        "assert f().adjusted() == 999999",
    ),
    "a range that the test passes": ("def f(x): return x[10**8], len(x)", "assert f(range(10**9)) == (10**8, 10**9)"),
}


@pytest.mark.parametrize("kind", LAZY)
def test_what_unfolds_to_much_is_an_object_of_the_submission(kind: str) -> None:
    done, after = run(*LAZY[kind])
    assert (sn.error(done), after) == ("", "")


@pytest.mark.parametrize(
    "items", [range(0), range(5), range(9, 2), range(9, 2, -3), range(2, 9, 3), range(-4, 10**30), range(7, 7, -1)]
)
def test_the_length_of_a_range_is_right_beyond_a_word(items: range) -> None:
    counted = length(items)
    assert counted == len(items) if counted < 1 << 60 else counted == 10**30 + 4


def test_the_items_of_one_message_count_together() -> None:
    half = range(MOST_UNFOLDED // 2 + 1)
    node = [tags.LIST, "list", [Packer().pack(half)] * 2]
    assert Unpacker().unpack(node) == [half, half]
    with pytest.raises(RefusedValue, match="unfold"):
        Unpacker(bounded=True).unpack(node)
    sent = Packer(lambda value, _: "left to the hook", bounded=True).pack([half, half])
    assert sent[2][1] == [tags.OTHER, "left to the hook"]


@pytest.mark.parametrize("text", ["1.10", "-0E+3", "NaN", "sNaN", "Infinity", "1E-100000", "1" * 3000])
def test_decimal_numbers_of_any_use_travel_by_value(text: str) -> None:
    value = decimal.Decimal(text)
    assert str(Unpacker(bounded=True).unpack(Packer(bounded=True).pack(value))) == str(value)
