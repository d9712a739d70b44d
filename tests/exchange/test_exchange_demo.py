"""The demonstration class: that it is what it says, that it notices a wrong outcome, and that it runs."""

from __future__ import annotations

import csv
import dataclasses
import functools
from pathlib import Path

import nbformat
import pytest
from nbformat.reader import NotJSONError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from rich.console import Console

from course_lib.errors import CourseError
from grader.authoring.answers import Answer, Answers
from grader.authoring.project import Project
from grader.exchange.batch import Graded, GradeReport
from grader.exchange.demo.assignment_facts import Exercise, exercises, without_markers
from grader.exchange.demo.demonstration import demo, mismatches, untold
from grader.exchange.demo.students import NAMES, DemoStudent, demo_class
from grader.exchange.scores import Exercise as Column
from grader.exchange.scores import Row, Scores

ROOT = Path(__file__).parents[2]
NAMED = ("flip", "slide", "stack", "shift")


@functools.cache
def solution() -> nbformat.NotebookNode:
    """Four coded exercises of 2 points (`shift` calls `flip`), one written one, and a picture that calls `slide`."""
    cells = []
    for name in NAMED:
        body = "flip(x)" if name == "shift" else "x"
        source = f"def {name}(x):\n    ### BEGIN SOLUTION\n    return {body}\n    ### END SOLUTION"
        tests = f'with check.case("plain", points=1.5):\n    {name}(1)\nwith check.case("odd", 0.5):\n    {name}(2)'
        cells.append(new_code_cell(source, metadata={"nbgrader": {"grade_id": name, "solution": True}}))
        part = {"grade_id": f"{name}_tests", "grade": True, "points": 2}
        cells.append(new_code_cell(tests, metadata={"nbgrader": part}))
    cells.append(new_code_cell("slide(3)", metadata={"nbgrader": {"grade_id": "picture", "locked": True}}))
    written = "Why?\n<!-- BEGIN SOLUTION -->\nSo.\n<!-- END SOLUTION -->"
    part = {"grade_id": "why", "grade": True, "solution": True, "points": 1}
    cells.append(new_markdown_cell(written, metadata={"nbgrader": part}))
    return new_notebook(cells=cells)


def wrong(name: str, *loses: str) -> Answer:
    return Answer(name, "wrong", f"{name} is wrong", loses, "", f"def {name}(x):\n    return None", 1)


ANSWERS = Answers("01_x", [wrong(name, "odd") for name in NAMED] + [wrong("slide", "plain", "odd")])


def notebook_of(student: DemoStudent) -> nbformat.NotebookNode:
    return nbformat.reads(student.handed_in, as_version=4)


def source_of(student: DemoStudent, name: str) -> str:
    return next(str(c.source) for c in notebook_of(student).cells if c.metadata.nbgrader.grade_id == name)


def test_exercises_are_read_off_the_solution() -> None:
    found = exercises(solution())
    cases = {"plain": 1.5, "odd": 0.5}
    assert found[0] == Exercise("flip", "def flip(x):\n    return x", "flip_tests", 2, cases, ("shift",), 0)
    assert found[1].shown == 1
    assert [e.by_hand for e in found] == [False, False, False, False, True]
    assert found[0].points_without(("odd",)) == 1.5
    with pytest.raises(KeyError):
        found[0].points_without(("no such case",))


def test_markers_go() -> None:
    assert without_markers("a\n  ### BEGIN SOLUTION\n  b\n  ### END SOLUTION") == "a\n  b"


def test_the_class_is_what_it_says() -> None:
    released = solution()
    students = demo_class(released, exercises(solution()), ANSWERS)
    assert [(s.first_name, s.last_name) for s in students] == list(NAMES)
    assert len({s.id for s in students}) == 10
    assert all(s.id.isascii() and set(s.expected) == {*NAMED, "why"} for s in students)
    perfect, unfinished, *mistaken, endless, forged, bomb, damaged, cut_off = students
    assert perfect.expected == dict.fromkeys(NAMED, 2) | {"why": None}
    assert "BEGIN" not in perfect.handed_in
    assert unfinished.expected == {"flip": 2, "slide": 2, "stack": 2, "shift": 0, "why": 0}
    assert [sum(m.expected[n] != 2 for n in NAMED) for m in mistaken] == [1, 2, 3]
    assert all(m.expected["flip"] == 2 for m in mistaken)  # shift builds on it: it would lose its points too
    assert "while" in source_of(endless, "stack")
    assert "bytearray" in source_of(bomb, "stack")
    assert endless.expected == bomb.expected == perfect.expected | {"stack": 0}
    assert "ast_transformers" in forged.handed_in
    assert forged.expected == {"flip": 2, "slide": 2, "stack": 0, "shift": 0, "why": 0}
    assert len(notebook_of(damaged).cells) == len(released.cells) - 1
    assert damaged.expected == perfect.expected
    assert set(cut_off.expected.values()) == {None}
    with pytest.raises(NotJSONError):
        notebook_of(cut_off)


def test_the_class_is_the_same_every_time() -> None:
    first, second = (demo_class(solution(), exercises(solution()), ANSWERS) for _ in range(2))
    assert [s.expected for s in first] == [s.expected for s in second]
    assert [s.story for s in first] == [s.story for s in second]


def test_too_few_answers_are_told() -> None:
    with pytest.raises(CourseError, match="01_x has wrong answers to 1 exercises; 3 are needed"):
        demo_class(solution(), exercises(solution()), Answers("01_x", [wrong("slide", "odd")]))


def test_a_wrong_outcome_is_noticed() -> None:
    students = demo_class(solution(), exercises(solution()), ANSWERS)
    rows = [Row(s.id, s.first_name, s.last_name, dict(s.expected), "graded") for s in students]
    table = Scores("01_x", [Column(f"{name}_tests", 2, False) for name in NAMED], rows)
    assert mismatches(table, students) == []
    rows[0] = dataclasses.replace(rows[0], points=rows[0].points | {"flip": 0.0})
    rows.pop()
    assert mismatches(table, students) == [
        "amara.okafor, flip: 0.0 instead of 2 (everything right)",
        "jamal.whitfield is missing (damaged beyond repair: half of the file is missing)",
    ]


def test_a_silent_report_is_noticed() -> None:
    students = demo_class(solution(), exercises(solution()), ANSWERS)
    results = [Graded(s.id, "graded", notes=s.told) for s in students[:-1]]
    results.append(Graded(students[-1].id, "not graded", reason="cut off"))
    assert untold(GradeReport("01_x", Path("log"), results), students) == []
    results[5] = Graded(students[5].id, "graded")
    assert untold(GradeReport("01_x", Path("log"), results), students) == [
        "omar.haddad: nobody is told 'stopped after' (stack loops for ever)"
    ]


def test_the_demonstration_from_end_to_end(tmp_path: Path) -> None:
    """All of it on module 01: about 90 seconds."""
    console = Console(width=100, record=True, file=(tmp_path / "terminal.txt").open("w", encoding="utf-8"))
    result = demo(Project(ROOT), console, folder=tmp_path / "demo")
    assert result.mismatches == []
    assert [r.student for r in result.scores.rows if r.total is None] == ["jamal.whitfield"]
    assert result.scores.of("amara.okafor").total == result.scores.max - result.scores.by_hand
    assert result.scores.of("leilani.kealoha").total == result.scores.max - result.scores.by_hand
    text = console.export_text()
    assert f"All {10 * len(result.scores.exercises)} results are what they must be" in text
    assert "One test cell was missing and was put back" in text
    assert "→ the forgery earns nothing" in text
    assert "NOT graded: the file is a notebook that is cut off" in text
    assert "stopped after 20 s" in text
    assert len(list(csv.reader(result.csv.open(encoding="utf-8-sig")))) == 11
    pages = [path.read_text("utf-8") for path in (tmp_path / "demo" / "feedback").rglob("*.html")]
    assert len(pages) == 9
    assert not any("BEGIN HIDDEN" in page for page in pages)
