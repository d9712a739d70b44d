"""How the proof judges forms, nonsense in arguments, vacuous answers and two interpreters."""

from __future__ import annotations

from typing import Any

import pytest

from grader.authoring import forks
from grader.authoring.proof import judge_variants
from grader.authoring.proof.in_two import Told
from grader.authoring.proof.results import ExerciseProof
from grader.authoring.proof.trials import Trials
from grader.authoring.session import Outcome, Verdict
from grader.authoring.source import Cell

TEST = """
with check.case("the size is an int", points=1):
    check.form(f(3), int)
with check.case("the value", points=1):
    check.equal(f(3), 6)
check.score(out_of=2)
"""
CASES = ("the size is an int", "the value")


def said(*lost: str, error: str = "") -> Verdict:
    return Verdict(2.0 - len(lost), lost, CASES, error, "", 0.1, tuple(f"wrong in\n{name}" for name in lost))


def judged(
    forms: dict[str, Outcome] | None = None, vacuous: dict[str, Outcome] | None = None, **options: Any
) -> ExerciseProof:
    proof = ExerciseProof("f", 2.0)
    cell = Cell("tests", TEST, 1, {"tests": "f", "points": 2, **options})
    judge_variants.judge(proof, cell, Trials(forms={"f": forms or {}}, vacuous={"f": vacuous or {}}))
    return proof


def test_a_form_may_lose_the_one_case_whose_lesson_is_the_form():
    lesson, value = CASES
    proof = judged({"float": said(lesson), "list": said(lesson, value), "array": said(value), "tuple": said()})
    assert [form.fate for form in proof.forms] == ["lesson", "lost", "lost", "right"]
    assert [problem.split(". ")[0] for problem in proof.problems] == [
        "the solution's results as list lose 'the size is an int', 'the value' "
        "(the student reads: wrong in the size is an int)",
        "the solution's results as array lose 'the value' (the student reads: wrong in the value)",
    ]
    assert '`:insists_on: {forms: [array], says: "words of that text"}`' in proof.problems[1]


def test_a_form_that_ends_the_test_is_a_problem():
    proof = judged({"tensor": said(error="RuntimeError: no"), "list": forks.Lost("killed after 9 s")})
    assert [form.lost for form in proof.forms] == [("RuntimeError: no",), ("killed after 9 s",)]
    assert len(proof.problems) == 2


def test_an_exercise_may_insist_and_then_must():
    option = {"forms": ["float32", "list"], "says": "in float64"}
    proof = judged({"float32": said(CASES[1]), "list": said()}, insists_on=option)
    assert [form.fate for form in proof.forms] == ["insisted", "right"]
    assert proof.problems == ["`:insists_on:` names list, by which nothing is lost: take it out."]


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (
            said(CASES[1]),
            "'the value', line 12, reads an argument after a call, which may have changed it in place: the solution "
            "loses it when its arguments hold nonsense then (the student reads: wrong in the value). Compute what is "
            "expected before the call, or call with a copy.",
        ),
        (
            said(error="IndexError: 9"),
            "with nonsense in the solution's arguments after each call, the test ends: IndexError: 9",
        ),
        (
            forks.Lost("the process died"),
            "with nonsense in the solution's arguments after each call, the test ends: the process died",
        ),
    ],
)
def test_what_nonsense_in_the_arguments_costs_is_a_problem_with_its_line(outcome, problem):
    proof = ExerciseProof("f", 2.0)
    cell = Cell("tests", TEST.strip(), 10, {"tests": "f", "points": 2})
    judge_variants.judge(proof, cell, Trials(scribbled={"f": outcome}))
    assert proof.problems == [problem]


def test_what_answers_nothing_may_earn_only_with_a_reason():
    vacuous: dict[str, Outcome] = {"zeros": said(CASES[0]), "zero": said(CASES[0]), "none": said(*CASES)}
    (problem,) = judged(vacuous=vacuous).problems
    assert problem.startswith("what answers nothing earns 1 of 2, by 'the value': zeros (zeros in place of all ")
    assert "zero (return 0). Let the case ask for more" in problem
    reason = {"by": ["zeros", "zero"], "cases": ["the value"], "why": "its gradient is zero"}
    proof = judged(vacuous=vacuous, may_earn=[reason])
    assert proof.problems == []
    assert [(result.points, result.why) for result in proof.vacuous] == [(1, reason["why"])] * 2 + [(0, "")]
    (half,) = judged(vacuous=vacuous, may_earn=[{**reason, "by": ["zeros"]}]).problems
    assert half.startswith("what answers nothing earns 1 of 2, by 'the value': zero (return 0). ")


def test_a_reason_for_what_is_not_earned_is_a_problem():
    reason = {"by": ["none"], "cases": ["the value"], "why": "no"}
    proof = judged(vacuous={"none": said(*CASES), "zeros": forks.Lost("the process died")}, may_earn=[reason])
    assert proof.problems == ["`:may_earn:` allows what is not earned (none 'the value'): take it out."]


def test_an_answer_must_earn_the_same_in_two_interpreters():
    proof = ExerciseProof("f", 2.0)
    judge_variants.judge_in_two(
        proof, [Told("the solution", 2.0, 2.0, ""), Told("right answer, line 3 (x)", 1.0, 2.0, "no float")]
    )
    assert proof.in_two == 2
    assert proof.problems == [
        "right answer, line 3 (x): 1 of 2 points in two interpreters, as in grading, and 2 in one "
        "(the student reads: no float)"
    ]
