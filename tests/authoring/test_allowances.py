"""What an author allows a test, with the reason: written as it must be, and said in the exercise's text."""

from __future__ import annotations

import pytest
from support.tiny_project import TinyProject

from grader.authoring.allowances import Allowance, Insistence, allowances, insistence
from grader.authoring.rules.allowances_told import said_in_the_text, written_right
from grader.authoring.source import read

SOLUTION = "solutions/01_convolution.md"


def with_option(tiny: TinyProject, option: str, text: str = "") -> list[str]:
    tiny.edit(SOLUTION, ":points: 2\n", f":points: 2\n{option}\n")
    tiny.edit(SOLUTION, "### Exercise 1: Twice (2 points)\n", f"### Exercise 1: Twice (2 points)\n{text}\n")
    source = read(tiny.root / SOLUTION)
    return [problem.message for rule in (written_right, said_in_the_text) for problem in rule(source)]


def test_a_test_may_insist_and_allow(tiny):
    option = ':insists_on: {forms: [float32, list], says: "in float64"}'
    allowed = ':may_earn: [{by: [zeros, zero], cases: ["a flat map"], why: "its gradient is zero"}]'
    assert with_option(tiny, f"{option}\n{allowed}", "\nReturn it in\nfloat64.\n") == []
    (cell,) = read(tiny.root / SOLUTION).of_kind("tests")
    assert insistence(cell) == Insistence(("float32", "list"), "in float64")
    assert allowances(cell) == [Allowance(("zeros", "zero"), ("a flat map",), "its gradient is zero")]


def test_the_words_must_stand_in_the_text_of_the_exercise(tiny):
    message = with_option(tiny, ':insists_on: {forms: [float32], says: "in float64"}')
    assert message == ["no text of the exercise twice says 'in float64': write it there."]


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (":insists_on: [float32]", "write `:insists_on: {forms: [float32]"),
        (":insists_on: {forms: [float32]}", "write `:insists_on: {forms: [float32]"),
        (":insists_on: {forms: float32, says: x}", "write `:insists_on: {forms: [float32]"),
        (':insists_on: {forms: [float32], says: " "}', "write `:insists_on: {forms: [float32]"),
        (":insists_on: {forms: [float16], says: x}", "there is no form 'float16', only float32, float, list"),
        (":may_earn: {by: [zeros], cases: [x], why: x}", "write `:may_earn: [{by: [zeros]"),
        (":may_earn: [{by: [zeros], cases: [], why: x}]", "write `:may_earn: [{by: [zeros]"),
        (":may_earn: [{by: [nothing], cases: [x], why: x}]", "there is no vacuous answer 'nothing', only none, list"),
    ],
)
def test_an_option_that_is_written_otherwise_is_refused(tiny, option, told):
    (message,) = with_option(tiny, option, "x")
    assert message.startswith(f"twice: {told}")
