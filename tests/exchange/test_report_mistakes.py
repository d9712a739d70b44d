"""Which mistake is behind a failed exercise: from messages and code alone, nothing is run."""

from __future__ import annotations

import pytest

from course_lib.check.finding_text import finding_text
from course_lib.check.findings import Call, Finding, Grid
from grader.exchange.case_results import CaseResult
from grader.exchange.report.messages import failures, headline, named_mistake
from grader.exchange.report.mistakes import Answered, KnownMistake, Mistake, may_be_known, mistakes_in
from grader.exchange.report.same_code import normal_form

LONG = "the filter is not flipped, or it is flipped twice: the minus sign in x[t - tau] flips it already, so no [::-1]"
GRID = Grid((("1", "2"),), (("1", "3"),), ((False, True),))
FINDING = Finding(
    "1 of 2 elements is wrong, and this sentence, with which the message begins, goes on beyond the end of the line.",
    grid=GRID,
    call=Call("f(x)", (("x", "float64 (2,)"),)),
    code=("line 3 of f: return x",),
    mistake=LONG,
    hint="Look.",
)


def lost(name: str, message: str = "", *, hidden: bool = False) -> CaseResult:
    return CaseResult(name, 0, 1, hidden, message)


def found(failing: dict[str, Answered], *known: KnownMistake) -> list[Mistake]:
    return mistakes_in("f", failing, known)


def test_a_message_of_check_is_taken_apart() -> None:
    """As `check` writes it, with lines that are wrapped."""
    message = finding_text(FINDING)
    assert max(map(len, message.splitlines())) <= 100
    assert headline(message) == FINDING.problem
    assert named_mistake(message) == LONG
    assert (headline(""), named_mistake("")) == ("", "")
    assert headline("AssertionError: 3 is not 4\nwhy") == "AssertionError: 3 is not 4"


def test_answers_that_compute_the_same_fail_in_the_same_way() -> None:
    one, other = (
        f"got: {zero}\nin your code, line {n} of {f}: {f}(x)" for zero, n, f in (("1e-17", 3, "f"), ("0", 4, "g"))
    )
    assert failures([lost("a", one)]) == failures([lost("a", other), CaseResult("b", 1, 1, False, "")])
    assert failures([lost("a", "got: 1e-3")]) != failures([lost("a", "got: 0")])
    assert failures([lost("a", one)]) != failures([lost("b", one)])


SAME = '''
def f(image, kernel: int) -> int:
    """Another docstring."""
    # and another comment
    out = np.zeros(3)
    for k in range(3):
        out[k] = sum(v for v in image if v > kernel)
    return (out)
'''


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (("image", "x"), True),
        (("out", "total"), True),
        (("def f", "def g"), True),
        ((": int", ""), True),
        (('"""Another docstring."""', ""), True),
        (("> kernel", ">= kernel"), False),
        (("zeros", "ones"), False),
        (("np.", "numpy."), False),
        (("if v > kernel", "if v > image"), False),
    ],
)
def test_the_same_code_under_other_names(change: tuple[str, str], same: bool) -> None:
    assert (normal_form(SAME) == normal_form(SAME.replace(*change))) is same


@pytest.mark.parametrize("source", ["", "def f(:", "\0", "x = " + "(" * 10_000])
def test_what_is_no_python_is_like_nothing(source: str) -> None:
    assert normal_form(source) == ""
    assert found({"ada": Answered((lost("a", "m"),), source)}, KnownMistake("f", "odd", source))[0].kind == "other"


FLIPPED = "def f(x):\n    return x[::-1]"
SHIFTED = "def f(x):\n    return x + 1"
FLIP = KnownMistake("f", "it is flipped", FLIPPED, failures([lost("a", "Wrong.\nLikely mistake: flipped")]))
SHIFT = KnownMistake("f", "it is shifted", SHIFTED, failures([lost("a", "Wrong, 1 too many.")]))


def test_a_catalogd_mistake_is_recognized_by_code_by_failures_and_by_what_the_test_says() -> None:
    failing = {
        "code": Answered((lost("a", "Something else."),), FLIPPED.replace("x", "picture")),
        "failures": Answered((lost("a", "Wrong.\nLikely mistake: flipped"),), "def f(x):\n    return reversed(x)"),
        "test": Answered((lost("a", "Wrong by 7.\nLikely mistake: flipped"), lost("b", "Wrong.")), "f = flip"),
        "other": Answered((lost("a", "Wrong, 1 too many."),), "def f(x):\n    return 1 + x"),
    }
    flip, shift = found(failing, FLIP, SHIFT)
    assert (flip.kind, flip.words) == ("known", "it is flipped")
    assert flip.students == {"code": "code", "failures": "failures", "test": "test"}
    assert flip.evidence == "recognized: 1 by failures, 1 by code, 1 by the test"
    assert (shift.labels, shift.students) == (("it is shifted",), {"other": "failures"})


def test_the_code_tells_more_than_the_failures() -> None:
    answer = Answered((lost("a", "Wrong, 1 too many."),), FLIPPED)
    assert found({"ada": answer}, FLIP, SHIFT)[0].labels == ("it is flipped",)


def test_mistakes_that_the_tests_cannot_tell_apart_are_said_together() -> None:
    twin = KnownMistake("f", "it is turned", "def f(x):\n    return turned(x)", FLIP.failures)
    named = lost("a", "Wrong in another way.\nLikely mistake: flipped")
    both = found(
        {"ada": Answered((lost("a", "Wrong.\nLikely mistake: flipped"),)), "bea": Answered((named,))}, FLIP, twin
    )
    assert [(one.labels, one.students) for one in both] == [
        (("it is flipped", "it is turned"), {"ada": "failures", "bea": "test"})
    ]
    assert both[0].words == "one of these, which the tests cannot tell apart: it is flipped; or it is turned"


def test_what_the_test_names_of_several_mistakes_stands_for_itself() -> None:
    """Two catalogd mistakes that fail in different ways, and both are called so by the test."""
    other = KnownMistake("f", "it is turned", "", failures([lost("a", "Wrong!\nLikely mistake: flipped")]))
    answer = Answered((lost("a", "Wrong by 7.\nLikely mistake: flipped"),))
    (mistake,) = found({"ada": answer}, FLIP, other)
    assert (mistake.kind, mistake.words, mistake.students) == ("named", "flipped", {"ada": "test"})


def test_without_a_catalog() -> None:
    unanswered = "Not answered yet. Exercise f: write your answer here"
    failing = {
        "named": Answered((lost("a", "Wrong.\nLikely mistake: flipped"), lost("b", "Wrong."))),
        "alike": Answered((lost("", "AssertionError: f(3) is 4"),)),
        "alike too": Answered((lost("", "AssertionError: f(3) is 4"),)),
        "alone": Answered((lost("", "AssertionError: f(3) is 5"),)),
        "silent": Answered((lost(""),)),
        "blank": Answered((lost("a", unanswered), lost("b", unanswered, hidden=True))),
        "raises": Answered((lost("", "NotImplementedError"),)),
        "half": Answered((lost("a", unanswered), lost("b", "Wrong."))),
        "broken": Answered((lost("a", "NameError: no f"),), "def f(:", error="SyntaxError"),
        "endless": Answered((lost("a", "call: f(1)\nStudentTimeout: This call ran longer than 6 s."), lost("b", "x"))),
        "dead": Answered((lost("a", "NameError: no f"),), error="DeadKernelError"),
    }
    told = {(one.kind, one.words): list(one.students) for one in found(failing)}
    assert told == {
        ("alike", "they fail in the same way: AssertionError: f(3) is 4"): ["alike", "alike too"],
        ("unanswered", "left as it was handed out"): ["blank", "raises"],
        ("stopped", "the answer runs too long, or ends its process"): ["endless", "dead"],
        ("named", "flipped"): ["named"],
        ("broken", "the cell with the answer ends with an error: SyntaxError"): ["broken"],
        ("other", "in ways that nobody else fails in"): ["alone", "silent", "half"],
    }
    assert sorted(student for students in told.values() for student in students) == sorted(failing)
    assert list(told)[-1][0] == "other"


def test_for_what_the_catalog_need_not_be_tried() -> None:
    assert may_be_known(Answered((lost("a", "Wrong."),)))
    assert not may_be_known(Answered((lost("a", "Not answered yet."),)))
    assert not may_be_known(Answered((lost("a", "NameError: no f"),), error="SyntaxError"))


def test_a_mistake_shows_how_one_of_them_fails() -> None:
    answer = Answered((CaseResult("a", 1, 1, False, ""), lost("b", "Wrong.", hidden=True)))
    assert found({"ada": answer})[0].example == [lost("b", "Wrong.", hidden=True)]
