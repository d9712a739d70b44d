"""Modules are found by what lies in the folders, and exercises are numbered and worth what their headings say."""

from __future__ import annotations

import nbformat
import pytest
from support.tiny_project import ANSWERS, ASSIGNMENT, HEADER, LECTURE, TinyProject

from course_lib.errors import CourseError
from grader.authoring.build import build
from grader.authoring.source import read

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


def test_a_project_is_built_beside_its_source_and_counted(tiny: TinyProject) -> None:
    path = tiny.root / "projects" / "my_topic.md"
    path.parent.mkdir()
    path.write_text(HEADER.format(kind="project") + LECTURE.replace('"C06"', '"C07"'), "utf-8")
    assert read(path).follows_pattern
    build(tiny).write()
    assert build(tiny).stale() == []
    badge, setup, *cells = nbformat.read(path.with_suffix(".ipynb"), as_version=4).cells
    assert f"{tiny.slug}/blob/v{tiny.version}/projects/my_topic.ipynb" in badge.source
    assert 'colab.ready("my_topic"' in setup.source
    assert cells[-1].metadata.jupyter.source_hidden
    assert "two and two ([project my_topic, A lecture](../projects/my_topic.md#a-lecture))" in (
        (tiny.root / "docs" / "claims.md").read_text("utf-8")
    )
    readme = (tiny.root / "README.md").read_text("utf-8")
    assert readme.index("01 Tiny") < readme.index("| Tiny | [project](projects/my_topic.ipynb) | 5 min | [![Open")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("projects/2_topic.md", "projects/2_topic.md is not called like a project"),
        ("lectures/01_other.md", "01_convolution and 01_other have one number"),
        ("solutions/12-my-topic.md", "solutions/12-my-topic.md is not called like a module"),
        ("solutions/1_topic.md", "solutions/1_topic.md is not called like a module"),
    ],
)
def test_names_that_would_be_overlooked_or_confused(tiny: TinyProject, name: str, message: str) -> None:
    (tiny.root / name).parent.mkdir(exist_ok=True)
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


def test_the_folder_says_the_kind(tiny: TinyProject) -> None:
    tiny.edit("lectures/01_convolution.md", "kind: lecture", "kind: project, pattern: false")
    assert problems(tiny) == [(1, "what lies in lectures/ has `kind: lecture` in its header.")]
