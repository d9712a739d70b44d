"""A course made by `nbgrader quickstart` earns with this engine what it earns with nbgrader's own."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from support.quickstart_course import NAME, Points, add_to_config, hand_in, points, quickstart, run

from grader.nbgrader_config import ONE_LINE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course as it was made."""
    return quickstart(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def stock(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course graded by nbgrader alone."""
    course = copied(made, tmp_path_factory.mktemp("stock"))
    run(course, "nbgrader", "generate_assignment", "ps1")
    hand_in(course, course / "submitted", "{student}/ps1")
    run(course, "nbgrader", "autograde", "ps1")
    return course


def copied(course: Path, folder: Path) -> Path:
    return Path(shutil.copytree(course, folder / NAME))


def require_same(ours: Points, theirs: Points) -> None:
    assert len(theirs) == 4 * 9
    assert {cell for cell in theirs if ours.get(cell) != theirs[cell]} == set()


def test_plain_nbgrader_with_the_one_line(made: Path, stock: Path, tmp_path: Path) -> None:
    course = copied(made, tmp_path)
    add_to_config(course, ONE_LINE)
    run(course, "nbgrader", "generate_assignment", "ps1")
    hand_in(course, course / "submitted", "{student}/ps1")
    run(tmp_path, "nbgrader", "autograde", "ps1", f"--course-dir={course}")  # from another folder
    require_same(points(course), points(stock))
    assert (course / "autograded" / "right" / "ps1" / "jupyter.png").is_file()


def test_our_commands_from_a_folder_inside(made: Path, stock: Path, tmp_path: Path) -> None:
    course = copied(made, tmp_path)
    add_to_config(course, ONE_LINE)
    inside = course / "source" / "ps1"
    assert "9 exercises, 13 points, 10 of them given by hand" in run(inside, "grader.cli", "release", "ps1")
    assert (course / "release" / "ps1" / "jupyter.png").is_file()
    hand_in(course, tmp_path / "download", "{student}")
    assert "4 new submissions" in run(inside, "grader.cli", "collect", "ps1", str(tmp_path / "download"))
    told = run(inside, "grader.cli", "grade", "ps1")
    assert "4 graded, 0 unchanged, 0 not graded" in told
    assert "half: problem2.ipynb was not handed in: no points" in told
    require_same(points(course), points(stock))
    assert "0 graded, 4 unchanged" in run(inside, "grader.cli", "grade", "ps1")  # also the one without problem2
    assert "4 feedback pages in" in run(inside, "grader.cli", "feedback", "ps1")
    page = (course / "feedback" / "right" / "ps1" / "problem1.html").read_text("utf-8")
    assert "problem1: 3 of 10 points so far" in page
    assert (course / "feedback" / "half" / "ps1" / "jupyter.png").is_file()
    run(inside, "grader.cli", "export")
    with (course / "grades.csv").open(encoding="utf-8-sig") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["right"]["problem1/correct_squares"] == "1"
    assert rows["wrong"]["problem1/squares_invalid_input"] == "0"
    assert rows["right"]["status"] == "needs manual grading"
    assert "this engine" in run(inside, "grader.cli", "doctor")
    assert sorted(path.name for path in course.iterdir() if path.name.startswith(".")) == [".grader"]


def test_a_cell_that_the_configuration_grades_in_one_kernel(made: Path, stock: Path, tmp_path: Path) -> None:
    course = copied(made, tmp_path)
    add_to_config(course, 'c.ExecuteIsolated.in_kernel = ["ps1/problem1/sum_of_squares_uses_squares"]', ONE_LINE)
    run(course, "grader.cli", "release", "ps1")
    hand_in(course, course / "submitted", "{student}/ps1")
    run(course, "grader.cli", "grade", "ps1")
    assert points(course) == points(stock)


def test_commands_of_our_own_course_say_so(made: Path) -> None:
    for command in ("build", "prove", "demo"):
        with pytest.raises(AssertionError, match="is not in a checkout of the course"):
            run(made, "grader.cli", command)
