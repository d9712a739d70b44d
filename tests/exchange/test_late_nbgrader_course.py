"""The same for any course of nbgrader's with several notebooks in an assignment: penalties add up."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.plugins import CsvExportPlugin
from support.small_course import write_course
from support.stub_engine import marked
from traitlets.config import Config

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.due import due
from grader.exchange.export import export
from grader.exchange.gradebook import open_gradebook
from grader.exchange.nbgrader_course import load
from grader.exchange.release import release
from grader.exchange.scores import scores
from grader.nbgrader_config import ONE_LINE

ZERO = 'c.LateSubmissionPlugin.penalty_method = "zero"'


@pytest.fixture
def course(tmp_path: Path) -> CourseDir:
    """Two notebooks; Ada hands in both late, Bob one of them in time."""
    folder = write_course(tmp_path / "course", ONE_LINE)
    source = folder / "source" / "ps1"
    shutil.copy(source / "problem.ipynb", source / "second.ipynb")
    course = load(folder)
    release(course, "ps1")
    for student, notebooks in (("ada", ("problem", "second")), ("bob", ("problem",))):
        for name in notebooks:
            notebook = nbformat.read(course.released("ps1", name), as_version=4)
            notebook.cells[1].source = f"def mean(x):\n    ...  # earns {2 if name == 'problem' else 1}"
            path = course.submitted("ps1", student, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, path)
        when = "2026-11-21 10:00:00 UTC" if student == "ada" else "2026-11-19 10:00:00 UTC"
        path.with_name("timestamp.txt").write_text(when)
    due(course, "ps1", "2026-11-20 10:00 UTC")
    grade(course, "ps1", jobs=1, execute=marked)
    return course


def totals(course: CourseDir) -> dict[str, tuple[float, float, float]]:
    """What our export says of raw score, penalty and total; nbgrader's says the same."""
    with export(course).path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    path = course.root / "theirs.csv"
    with open_gradebook(course) as gradebook:
        CsvExportPlugin(config=Config(CsvExportPlugin={"to": str(path)})).export(gradebook)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ours = rows[row["student_id"]]
            for mine, other in (
                ("raw_score", "raw_score"),
                ("late_submission_penalty", "late_submission_penalty"),
                ("total", "score"),
            ):
                assert float(ours[mine]) == float(row[other])
    return {
        one: (float(row["raw_score"]), float(row["late_submission_penalty"]), float(row["total"]))
        for one, row in rows.items()
    }


def test_the_rule_of_the_configuration_takes_effect_in_all_notebooks_without_a_run(course: CourseDir) -> None:
    assert totals(course) == {"ada": (3, 0, 3), "bob": (2, 0, 2)}
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"{ZERO}\n")
    course = load(course.root)
    report = grade(course, "ps1", jobs=1, execute=marked)
    assert (report.penalties, report.late) == (["ada"], {"ada": 86_400})
    assert [one.student for one in report.of("recomputed")] == ["ada"]
    assert totals(course) == {"ada": (3, 3, 0), "bob": (2, 0, 2)}
    assert scores(course, "ps1").of("ada").total == 0
