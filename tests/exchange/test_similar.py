"""Nearly identical answers are found, and independent right answers of a short exercise are not."""

from __future__ import annotations

import re

from support.batch_course import earning
from support.grading_course import NAME, cell, hand_in
from support.stub_engine import marked
from support.tiny_project import ROOT

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.similar import side_by_side, similar, similar_answers

ONE = """def smooth(values, width):
    # the mean of a window
    total = 0.0
    result = []
    for place, value in enumerate(values):
        total += value
        if place >= width:
            total -= values[place - width]
        result.append(total / min(place + 1, width))
    return [round(entry, 6) for entry in result]
"""


def test_renamed_variables_and_other_comments_are_found() -> None:
    other = re.sub(r"\btotal\b", "s", ONE).replace("result", "out").replace("# the mean of a window", "# mine")
    found = similar("smooth", {"ada": ONE, "bob": other})
    assert [(one.students, one.share) for one in found] == [(("ada", "bob"), 1.0)]


def test_reordered_functions_are_found() -> None:
    second = ONE.replace("smooth", "sharpen").replace("min(", "max(").replace("+=", "*=").replace("-=", "/=")
    found = similar("smooth", {"ada": ONE + second, "bob": second + ONE})
    assert [one.students for one in found] == [("ada", "bob")]


def test_the_answers_of_graded_notebooks_are_compared(released: CourseDir) -> None:
    for student in ("ada", "bob"):
        notebook = earning(released, 2, 1)
        cell(notebook, "double")["source"] = f"{ONE}# earns 2, says {student}"
        hand_in(released, student, notebook)
    grade(released, NAME, jobs=1, execute=marked)
    found = similar_answers(released, NAME)
    assert [(one.exercise, one.students, one.closest) for one in found.groups] == [("double", *2 * (("ada", "bob"),))]
    assert found.unread == {}
    released.autograded(NAME, "bob", NAME).write_text("{")
    damaged = similar_answers(released, NAME)
    assert (damaged.groups, list(damaged.unread)) == ([], ["bob"])


def test_what_differs_stands_side_by_side() -> None:
    left = "def f(x):\n    # mine\n    y = x + 1\n    return y"
    right = "def g(value):\n    # other\n    out = value + 1\n    print(out)\n    return out"
    assert [(line.left, line.right, line.alike) for line in side_by_side(left, right)] == [
        ("def f(x):", "def g(value):", True),
        ("    # mine", "    # other", True),
        ("    y = x + 1", "    out = value + 1", True),
        ("", "    print(out)", False),
        ("    return y", "    return out", True),
    ]


def test_what_was_handed_out_is_nobodys_own() -> None:
    assert similar("smooth", {"ada": ONE, "bob": ONE}, given=ONE) == []


def test_independent_right_answers_are_no_hint() -> None:
    text = (ROOT / "solutions" / "01_convolution.answers.md").read_text("utf-8")
    cells = re.findall(r":tags: \[right\]\n:answer: (\w+)\n:idea:[^\n]*\n(.*?)```", text, re.DOTALL)
    assert len(cells) > 10
    for exercise in {name for name, _ in cells}:
        answers = {f"s{at}": code for at, (name, code) in enumerate(cells) if name == exercise}
        assert similar(exercise, answers) == []
