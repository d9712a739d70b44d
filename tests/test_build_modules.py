"""Modules are found by what lies in the folders, and exercises are numbered and worth what their headings say."""

from __future__ import annotations

import pytest
from tiny_project import ANSWERS, ASSIGNMENT, HEADER, TinyProject

from course_lib.errors import CourseError
from grader.authoring.build import build

SOLUTION = "solutions/01_convolution.md"
HEADING = "### Exercise 1: Twice (2 points)"
SECOND = """
+++

### Exercise {number}: Again ({points})

+++ {{"written": "again", "points": 2}}

Again.

<!-- BEGIN SOLUTION -->
So.
<!-- END SOLUTION -->
"""


def problems(tiny: TinyProject) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in build(tiny).problems]


def test_an_assignment_of_ones_own_is_found(tiny: TinyProject) -> None:
    header = HEADER.format(kind="assignment").replace("minutes: 5", "minutes: 5, pattern: false")
    (tiny.root / "solutions" / "12_my_topic.md").write_text(header + ASSIGNMENT, "utf-8")
    (tiny.root / "solutions" / "12_my_topic.answers.md").write_text(HEADER.format(kind="answers") + ANSWERS, "utf-8")
    (tiny.root / "solutions" / "README.md").write_text("No module.", "utf-8")
    assert tiny.modules() == tiny.assignments() == ["01_convolution", "12_my_topic"]
    assert tiny.require_assignment("12") == "12_my_topic"
    made = build(tiny)
    assert made.problems == []
    made.write()
    assert tiny.assignment("12_my_topic").is_file()
    assert "| 12 Tiny | [assignment](assignments/12_my_topic/12_my_topic.ipynb)" in (
        (tiny.root / "README.md").read_text("utf-8")
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lectures/01_other.md", "01_convolution and 01_other have one number"),
        ("solutions/12-my-topic.md", "solutions/12-my-topic.md is not called like a module"),
        ("solutions/1_topic.md", "solutions/1_topic.md is not called like a module"),
    ],
)
def test_names_that_would_be_overlooked_or_confused(tiny: TinyProject, name: str, message: str) -> None:
    (tiny.root / name).write_text("", "utf-8")
    with pytest.raises(CourseError, match=message):
        build(tiny)


@pytest.mark.parametrize("number", [2, 4])
def test_two_exercises_of_one_number_or_a_gap(tiny: TinyProject, number: int) -> None:
    path = tiny.root / SOLUTION
    path.write_text(path.read_text("utf-8") + SECOND.format(number=number, points="2 points"), "utf-8")
    line = tiny.line(SOLUTION, f"### Exercise {number}: Again")
    assert (line, f"Exercise {number} is number 3 of its assignment: number it so.") in problems(tiny)


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        ("### Exercise 1: Twice (3 points)", "the heading says 3 points, and the cells below it give 2."),
        ("### Exercise 1: Twice", "the heading of Exercise 1 ends in its points: (2 points)."),
    ],
)
def test_points_in_a_heading_that_are_not_those_of_the_cells(tiny: TinyProject, heading: str, message: str) -> None:
    path = tiny.root / SOLUTION
    second = SECOND.format(number=3, points="2 points")
    path.write_text(path.read_text("utf-8").replace(HEADING, heading) + second, "utf-8")
    assert problems(tiny) == [(tiny.line(SOLUTION, heading), message)]
