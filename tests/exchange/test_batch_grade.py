"""A batch with an engine that takes no time: what is recorded, what is left alone, and what is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from support.batch_course import contents, copy_of, earning, graded_files, hand_in_class
from support.grading_course import NAME, RIGHT, answered, cell, hand_in
from support.stub_engine import fragile, marked

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.engine.isolation import Isolation
from grader.engine.job import ExecutedNotebook, Job
from grader.engine.run_isolated import without_isolation
from grader.engine.single_kernel import in_kernel
from grader.exchange.batch import Standing, grade
from grader.exchange.converter import convert, log_file
from grader.exchange.export import export
from grader.exchange.gradebook import open_gradebook
from grader.exchange.scores import scores


@pytest.fixture
def course(released: CourseDir) -> CourseDir:
    return released


def by_hand(course: CourseDir, student: str, name: str, points: float) -> None:
    """A person's points, as the formgrader enters them."""
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade(name, NAME, NAME, student)
        given.manual_score, given.needs_manual_grade = points, False
        gradebook.db.commit()


def test_points_comments_and_reports(course: CourseDir) -> None:
    hand_in(course, "ada", earning(course, 1.5, 1))
    hand_in(course, "bob", answered(course))
    hand_in(course, "cy", "no notebook")
    told: list[Standing] = []
    report = grade(course, NAME, jobs=1, execute=marked, watch=told.append)
    assert [(one.student, one.outcome) for one in report.results] == [
        ("ada", "graded"),
        ("bob", "graded"),
        ("cy", "not graded"),
    ]
    found = contents(course)
    assert found["grades"] == [
        ("ada", "double_tests", 1.5, None, None, 0),
        ("ada", "triple_tests", 1.0, None, None, 0),
        ("ada", "why", None, None, None, 1),
        ("bob", "double_tests", 0.0, None, None, 0),
        ("bob", "triple_tests", 0.0, None, None, 0),
        ("bob", "why", 0.0, None, None, 0),
        *(("cy", name, None, None, None, 1) for name in ("double_tests", "triple_tests", "why")),
    ]
    assert [row[:3] for row in found["comments"] if row[2]] == [
        ("bob", name, "No response.") for name in ("double", "triple", "why")
    ]
    assert sorted(graded_files(course)) == [f"{who}/{NAME}/{NAME}.ipynb" for who in ("ada", "bob")]
    nbformat.validate(nbformat.read(course.autograded(NAME, "ada"), as_version=4))
    assert [(s.student, s.done, s.total, s.points, s.most) for s in told] == [
        ("", 0, 3, (), 4.0),
        ("ada", 1, 3, (2.5,), 4.0),
        ("bob", 2, 3, (2.5, 0.0), 4.0),
        ("cy", 3, 3, (2.5, 0.0), 4.0),
    ]


def test_the_parents_import_what_the_solution_imports(course: CourseDir) -> None:
    """The reference has no answers, and each submission would wait for such an import by itself."""
    path = course.solution(NAME)
    source = nbformat.read(path, as_version=4)
    cell(source, "double").source += "\nfrom torch import optim"
    nbformat.write(source, path)
    hand_in(course, "ada", answered(course))
    jobs: list[Job] = []

    def noted(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
        jobs.append(job)
        return marked(notebook, job, files)

    grade(course, NAME, jobs=1, execute=noted)
    assert "optimizers" in jobs[0].preload.student
    assert "optimizers" not in jobs[0].preload.tester


def test_grading_again_changes_nothing(course: CourseDir) -> None:
    hand_in_class(course, 8)
    grade(course, NAME, jobs=1, execute=marked)
    by_hand(course, "s00", "why", 0.5)
    by_hand(course, "s01", "double_tests", 2)
    before, files = contents(course), graded_files(course)
    times = {path: path.stat().st_mtime_ns for path in (course.work / "autograded").rglob("*.ipynb")}
    again = grade(course, NAME, jobs=1, execute=marked)
    assert {one.outcome for one in again.results} == {"unchanged", "not graded"}
    assert [one.student for one in again.repaired] == ["s03"]  # told of what was graded before, too
    assert {path: path.stat().st_mtime_ns for path in times} == times
    forced = grade(course, NAME, jobs=1, execute=marked, force=True)
    assert len(forced.of("graded")) == 7
    assert (contents(course), graded_files(course)) == (before, files)


def test_a_new_submission_is_to_be_looked_at_again(course: CourseDir) -> None:
    hand_in(course, "ada", earning(course, 1, 1))
    grade(course, NAME, jobs=1, execute=marked)
    by_hand(course, "ada", "why", 0.5)
    hand_in(course, "ada", earning(course, 2, 1))
    assert grade(course, NAME, jobs=1, execute=marked).of("graded")
    grades = {row[1]: row[2:] for row in contents(course)["grades"]}
    assert grades["double_tests"] == (2.0, None, None, 0)
    assert grades["why"] == (None, 0.5, None, 1)  # the points stay; a person looks again


def test_a_graded_notebook_that_somebody_changed_is_made_again(course: CourseDir) -> None:
    hand_in(course, "ada", earning(course, 1, 1))
    grade(course, NAME, jobs=1, execute=marked)
    path = course.autograded(NAME, "ada")
    before = path.read_bytes()
    path.write_bytes(before + b" ")
    assert grade(course, NAME, jobs=1, execute=marked).of("graded")
    assert path.read_bytes() == before


def test_everything_is_as_nbgrader_records_it(course: CourseDir) -> None:
    """The same submissions, run by nbgrader's own Autograde and by a batch: the gradebooks are equal."""
    hand_in(course, "ada", answered(course, **RIGHT, why="Because."))
    hand_in(course, "bob", answered(course, double="def double(x):\n    return abs(2 * x)"))
    hand_in(course, "cy", answered(course, triple=RIGHT["triple"], why="So."))
    theirs = copy_of(course, course.root.parent / "theirs")
    for student, when in (("ada", "2026-11-21 10:00:00 UTC"), ("bob", "2026-11-21 12:00:00+02:00")):
        for one in (course, theirs):
            one.submitted(NAME, student).with_name("timestamp.txt").write_text(when)
    grade(course, NAME, jobs=1, execute=in_kernel)
    with log_file(theirs, "stock") as log:
        convert(Autograde, theirs, NAME, log=log)
    grade(theirs, NAME, ["ada"], jobs=1, execute=in_kernel)  # makes the journal's table
    ours, stock = contents(course), contents(theirs)
    assert {key: ours[key] for key in ours if key != "journal"} == {
        key: stock[key] for key in stock if key != "journal"
    }
    assert ours["grades"][0] == ("ada", "double_tests", 2.0, None, None, 0)
    assert ours["submissions"][1][1].startswith("2026-11-21 10:00:00")
    with Gradebook(course.gradebook_url) as gradebook:  # nbgrader reads it
        assert gradebook.find_submission(NAME, "ada").score == 3


def test_late_penalties_are_nbgraders(course: CourseDir, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-20 10:00:00 UTC")
    hand_in(course, "ada", earning(course, 2, 1))
    hand_in(course, "bob", earning(course, 2, 1))
    hand_in(course, "cy", earning(course, 0.5, 0))
    for student, when in (("ada", "2026-11-20 12:00:00 UTC"), ("bob", "2026-11-20 09:00:00 UTC")):
        course.submitted(NAME, student).with_name("timestamp.txt").write_text(when)
    course.submitted(NAME, "cy").with_name("timestamp.txt").write_text("2026-11-22 10:00:00 UTC")
    monkeypatch.setattr(
        "nbgrader.plugins.latesubmission.LateSubmissionPlugin.late_submission_penalty",
        lambda self, student, score, seconds: seconds / 3600,
    )
    grade(course, NAME, jobs=1, execute=marked)
    assert [row[2] for row in contents(course)["submissions"]] == [2.0, None, 0.5]  # never more than was earned


def test_a_submission_that_breaks_costs_nobody_else(course: CourseDir) -> None:
    """On two worker processes: one is killed by a submission, one raises, and the others are graded."""
    hand_in_class(course, 7)
    for student, what in (("s01", "# kill the worker"), ("s02", "# raise"), ("s03", "# bring too much")):
        hand_in(course, student, answered(course, double=what))
    report = grade(course, NAME, jobs=2, execute=fragile)
    reasons = {one.student: (one.failure, one.reason) for one in report.of("not graded")}
    assert reasons == {
        "s01": ("crashed", "the worker that graded it was killed, twice"),
        "s02": ("crashed", "RuntimeError: the engine is confused"),
        "s03": ("damaged", "the files beside the notebook are more than a submission may bring"),
        "s05": ("damaged", "the file is not a notebook (not JSON)"),
    }
    assert [one.student for one in report.crashed] == ["s01", "s02"]
    assert [one.student for one in report.damaged] == ["s03", "s05"]
    assert len(report.of("graded")) == 3
    assert scores(course, NAME).of("s01").status == "not graded"
    assert "the engine is confused" in report.log.read_text("utf-8")


def test_an_engine_that_cannot_work_stops_the_batch(course: CourseDir) -> None:
    hand_in(course, "ada", earning(course, 1, 1))
    hand_in(course, "bob", answered(course, double="# refuse"))
    with pytest.raises(CourseError, match="this machine cannot isolate submissions"):
        grade(course, NAME, jobs=1, execute=fragile)
    assert [one.outcome for one in grade(course, NAME, ["ada"], jobs=1, execute=fragile).results] == ["unchanged"]


def test_no_scheduler_at_the_address(course: CourseDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.exchange.batch.cluster.ANSWER_SECONDS", 1)
    hand_in(course, "ada", earning(course, 1, 1))
    with pytest.raises(CourseError, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:9"):
        grade(course, NAME, scheduler="tcp://127.0.0.1:9", execute=marked)


def test_a_scheduler_by_its_address(course: CourseDir) -> None:
    from dask.distributed import LocalCluster

    hand_in_class(course, 5)
    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        report = grade(course, NAME, scheduler=cluster.scheduler_address, execute=marked)
    assert len(report.of("graded")) == 5


def test_a_test_that_gives_more_points_than_there_are(course: CourseDir) -> None:
    hand_in(course, "ada", earning(course, 5, 1))
    report = grade(course, NAME, jobs=1, execute=marked)
    assert report.results[0].notes == ("double_tests: its test gave more points than there are; decide by hand",)
    assert contents(course)["grades"][:2] == [
        ("ada", "double_tests", None, None, None, 1),
        ("ada", "triple_tests", 1.0, None, None, 0),
    ]


def test_results_without_isolation_are_marked(course: CourseDir) -> None:
    hand_in(course, "ada", answered(course, **RIGHT))
    report = grade(course, NAME, jobs=1, execute=without_isolation)
    assert [one.student for one in report.kept_apart_by(Isolation.NONE)] == ["ada"]
    assert scores(course, NAME).of("ada").isolation is Isolation.NONE
    assert ",none," in export(course, NAME).path.read_text().split("\n")[1]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("homework.ipynb", "The file was called homework.ipynb; it was taken all the same."),
        (f"{NAME} (1).ipynb", "called"),
    ],
)
def test_a_wrong_file_name(course: CourseDir, name: str, told: str) -> None:
    path = hand_in(course, "ada", earning(course, 2, 1))
    path.rename(path.with_name(name))
    assert told in grade(course, NAME, jobs=1, execute=marked).results[0].repairs[0]
    assert scores(course, NAME).of("ada").total == 3


def test_files_that_cannot_be_chosen_or_trusted(course: CourseDir, tmp_path: Path) -> None:
    for name in ("a.ipynb", "b.ipynb"):
        path = hand_in(course, "two", earning(course, 2, 1))
        path.rename(path.with_name(name))
    path = hand_in(course, "link", earning(course, 2, 1))
    path.rename(tmp_path / "elsewhere.ipynb")
    path.symlink_to(tmp_path / "elsewhere.ipynb")
    hand_in(course, "none", "").unlink()
    reasons = {one.student: one.reason for one in grade(course, NAME, jobs=1, execute=marked).results}
    assert reasons == {
        "two": f"there is no {NAME}.ipynb, but 2 others: a.ipynb, b.ipynb",
        "link": f"{NAME}.ipynb is a link: put the notebook itself there",
        "none": f"there is no {NAME}.ipynb, but nothing",
    }


def test_fifty_megabytes_of_output_are_no_obstacle(course: CourseDir) -> None:
    notebook = earning(course, 2, 1)
    stream = {"output_type": "stream", "name": "stdout", "text": "spam and eggs\n" * (50 * 2**20 // 14)}
    cell(notebook, "double")["outputs"] = [stream]
    hand_in(course, "ada", json.dumps(notebook))
    grade(course, NAME, jobs=1, execute=marked)
    assert scores(course, NAME).of("ada").total == 3
    assert course.autograded(NAME, "ada").stat().st_size < 10_000


def test_the_submissions_other_files_lie_beside_the_notebook(course: CourseDir) -> None:
    reads = "def double(x):\n    return int(open('data/two.txt').read()) * x"
    path = hand_in(course, "ada", answered(course, double=reads))
    (path.parent / "data").mkdir()
    (path.parent / "data" / "two.txt").write_text("2")
    grade(course, NAME, jobs=1)
    assert scores(course, NAME).of("ada").points["double"] == 2
    (path.parent / "data" / "two.txt").write_text("3")
    assert grade(course, NAME, jobs=1).of("graded")  # they are part of the submission
    assert scores(course, NAME).of("ada").points["double"] == 0
