"""Due dates, extensions and extra time: a command and a table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from support.batch_course import copy_of, earning
from support.grading_course import NAME, answered, hand_in
from support.stub_engine import marked
from traitlets.config import Config
from typer.testing import CliRunner

from course_lib.errors import CourseError
from grader import cli
from grader.course_dir import CourseDir
from grader.engine.job import ExecutedNotebook, Job
from grader.engine.limits import Limits
from grader.exchange.batch import extra_time, grade
from grader.exchange.batch.execute_with_extra_time import ExecuteWithExtraTime
from grader.exchange.due import due, due_lines, moment_of, shown_moment
from grader.exchange.durations import in_words, span_of
from grader.exchange.extensions import grant, granted_lines
from grader.exchange.gradebook import open_gradebook
from grader.exchange.release import release
from grader.exchange.scores import scores
from grader.nbgrader_config import EXECUTE, EXECUTE_ALIKE, configure, use_engine


@pytest.fixture(scope="module")
def class_once(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """Ada and Bob are in the gradebook, and the assignment is due."""
    course = copy_of(released_once, tmp_path_factory.mktemp("extensions") / "course")
    with open_gradebook(course) as gradebook:
        for student in ("ada", "bob"):
            gradebook.add_student(student)
    due(course, NAME, "2026-11-20 10:00", "UTC")
    return course


@pytest.fixture
def course(class_once: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(class_once, tmp_path / "course")


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine stands there."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def table(course: CourseDir, *lines: str, header: str = "student_id,assignment,extension,extra_time") -> Path:
    path = course.root / "extensions.csv"
    path.write_text("\n".join([header, *lines]), "utf-8")
    return path


def submit(course: CourseDir, student: str, when: str) -> None:
    hand_in(course, student, earning(course, 2, 1))
    course.submitted(NAME, student).with_name("timestamp.txt").write_text(when)


def kept_limits(told: list[Limits], notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    told.append(job.limits)
    return marked(notebook, job, files)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-20 23:59", "Europe/Berlin", datetime(2026, 11, 20, 22, 59)),
        ("2026-07-20T23:59:30", "Europe/Berlin", datetime(2026, 7, 20, 21, 59, 30)),
        ("2026-11-20 23:59", "UTC", datetime(2026, 11, 20, 23, 59)),
        ("2026-11-20 23:59 UTC", "", datetime(2026, 11, 20, 23, 59)),
        ("2026-11-20 23:59+0530", "", datetime(2026, 11, 20, 18, 29)),
        ("2026-11-20 23:59 -05:00", "", datetime(2026, 11, 21, 4, 59)),
    ],
)
def test_a_date_in_a_time_zone(text: str, zone: str, utc: datetime) -> None:
    assert moment_of(text, zone) == utc


@pytest.mark.usefixtures("in_berlin")
def test_a_date_is_meant_and_shown_in_the_time_zone_of_this_machine() -> None:
    assert moment_of("2026-11-20 23:59") == datetime(2026, 11, 20, 22, 59)
    assert shown_moment(datetime(2026, 11, 20, 22, 59)) == "2026-11-20 23:59 CET (2026-11-20 22:59 UTC)"
    assert shown_moment(datetime(2026, 11, 20, 22, 59), "UTC") == "2026-11-20 22:59 UTC"


@pytest.mark.parametrize(
    ("text", "zone", "told"),
    [
        ("tomorrow", "", "'tomorrow' is no date and time: write it like"),
        ("2026-11-20", "", "no date and time: write it like"),
        ("2026-11-31 10:00", "", "no date and time .*day"),
        ("20.11.2026 10:00", "", "no date and time"),
        ("2026-11-20 10:00", "Berlin", "no time zone is called 'Berlin': write it like Europe/Berlin"),
        ("2026-11-20 10:00", "../zone", "no time zone is called"),
        ("2026-11-20 10:00 UTC", "UTC", "leave out --timezone"),
    ],
)
def test_what_is_no_date(text: str, zone: str, told: str) -> None:
    with pytest.raises(CourseError, match=told):
        moment_of(text, zone)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("2 days", 48), ("48h", 48), ("1 d 12 h", 36), ("90 min", 1.5), ("1,5 days", 36), ("1 week", 168), ("0", 0)],
)
def test_spans_of_time(text: str, hours: float) -> None:
    span = span_of(text)
    assert span == timedelta(hours=hours)
    assert not span or span_of(in_words(span)) == span


def test_a_due_date_is_set_shown_and_taken_away(course: CourseDir) -> None:
    assert due_lines(due(course, NAME), "UTC") == [f"{NAME}: due 2026-11-20 10:00 UTC"]
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_assignment(NAME).duedate == datetime(2026, 11, 20, 10)
    assert not due(course, NAME, "2026-11-20 10:00", "UTC").changed
    grant(course, table(course, f"ada,{NAME},36 h,", f"bob,{NAME},,1.5"))
    assert due_lines(due(course, NAME, "2026-11-21 10:00", "UTC"), "UTC") == [
        f"{NAME}: due 2026-11-21 10:00 UTC",
        "  ada: 1 day 12 h more",
        "  bob: time limits times 1.5",
        f"Late penalties follow with `course grade {NAME}`.",
    ]
    with pytest.raises(CourseError, match=r"has extensions \(ada\), which need a due date"):
        due(course, NAME, "none")
    grant(course, table(course, f"ada,{NAME},0,"))
    assert due(course, NAME, "none").due is None
    release(course, NAME)
    assert due_lines(due(course, NAME))[0] == f"{NAME}: no due date"


def test_an_extension_before_anything_is_handed_in(course: CourseDir) -> None:
    changes, unchanged = grant(course, table(course, f"ada,{NAME},2 days,"))
    assert granted_lines(changes, unchanged, dry=False)[:2] == [
        "1 changed, 0 of the table as before:",
        f"  ada, {NAME}: extension 2 days (before: none)",
    ]
    row = scores(course, NAME).of("ada")
    assert (row.status, row.total, row.extension) == ("not submitted", None, timedelta(days=2))
    submit(course, "ada", "2026-11-22 09:00:00 UTC")
    submit(course, "bob", "2026-11-22 09:00:00 UTC")
    assert grade(course, NAME, jobs=1, execute=marked).late == {"bob": 47 * 3600}
    assert scores(course, NAME).of("ada").status == "needs manual grading"
    assert grant(course, table(course, f"ada,{NAME},48h,")) == ([], 1)


def test_extra_time_multiplies_the_time_limits_and_makes_grades_stale(course: CourseDir) -> None:
    for student in ("ada", "bob"):
        submit(course, student, "2026-11-20 09:00:00 UTC")
    told: list[Limits] = []

    def run() -> list[str]:
        report = grade(course, NAME, jobs=1, execute=lambda *all_of_it: kept_limits(told, *all_of_it))
        return [one.student for one in report.of("graded")]

    assert run() == ["ada", "bob"]
    grant(course, table(course, f"bob,{NAME},,1.5"))
    assert release(course, NAME).stale == 1
    assert run() == ["bob"]
    assert run() == []
    assert told[:2] == [course.limits] * 2
    assert told[2:] == [
        course.with_limits(
            cell_seconds=course.limits.cell_seconds * 1.5,
            submission_seconds=course.limits.submission_seconds * 1.5,
            cpu_seconds=course.limits.cpu_seconds * 1.5,
        ).limits
    ]
    grant(course, table(course, "ada,*,,2", "bob,*,,2"))
    assert run() == ["ada"]  # what is said of one assignment goes before what is said of all
    grant(course, table(course, f"bob,{NAME},,1"))
    assert run() == ["bob"]
    grant(course, table(course, "ada,*,,1", "bob,*,,1"))
    assert run() == ["ada"]
    assert due(course, NAME).extra_time == {}
    assert told[-1] == course.limits


def test_nbgraders_own_autograde_gives_the_same_time(course: CourseDir) -> None:
    grant(course, table(course, f"bob,{NAME},,1.5"))
    limits = {}
    notebook = answered(course)
    notebook.metadata.kernelspec["language"] = "R"
    for student in ("ada", "bob"):
        step = ExecuteWithExtraTime(config=configure(Config(), course))
        step.enabled = True
        names = {"db_url": course.gradebook_url, "assignment": NAME, "student": student}
        with pytest.raises(CourseError, match="only Python notebooks"):  # it would start the engine
            step.preprocess(notebook, {"nbgrader": names})
        limits[student] = step.limits()
    assert limits == {"ada": course.limits, "bob": extra_time.extended(course.limits, 1.5)}


def test_a_course_that_has_listed_the_engine_itself_gets_extra_time_too() -> None:
    c = Config()
    c.Autograde.autograde_preprocessors = [EXECUTE_ALIKE, "nbgrader.preprocessors.SaveAutoGrades"]
    assert use_engine(c).Autograde.autograde_preprocessors == [EXECUTE, "nbgrader.preprocessors.SaveAutoGrades"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_as_spreadsheets_write_it(course: CourseDir, separator: str) -> None:
    header = separator.join(["\ufeffStudent ID", "Name", "Assignment", "Extension", "Extra time"])
    factor = "1.5" if separator == "," else "1,5"
    path = table(course, separator.join(["ada", "Zoë", NAME, "2 days", factor]), separator * 4, header=header)
    changes, _ = grant(course, path, dry=True)
    assert [(one.what, one.after) for one in changes] == [("extension", "2 days"), ("time limits", "times 1.5")]
    assert due(course, NAME).extensions == {}
    grant(course, path)
    assert due(course, NAME).extensions == {"ada": timedelta(days=2)}
    assert due(course, NAME).extra_time == {"ada": 1.5}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"eve,{NAME},2 days,", r"line 3: no student of the gradebook is called 'eve'"),
        ("ada,07_none,2 days,", r"line 3: 07_none is not in the gradebook: run `course release 07_none` first"),
        (f"ada,{NAME},soon,", r"line 3: 'soon' is no span of time: write it like 2 days"),
        (f"ada,{NAME},3,", r"line 3: '3' is no span of time"),
        (f"ada,{NAME},-2 days,", r"line 3: '-2 days' is no span of time"),
        (f"ada,{NAME},9000 weeks,", r"line 3: '9000 weeks' is more than ten years"),
        (f"ada,{NAME},,fast", r"line 3: 'fast' is no factor"),
        (f"ada,{NAME},,0.5", r"line 3: '0\.5' is no factor"),
        (f"ada,{NAME},,nan", r"line 3: 'nan' is no factor"),
        (f"ada,{NAME},,", r"line 3: there is neither an extension nor extra_time"),
        ("ada,*,2 days,", r"line 3: an extension belongs to one assignment"),
        ("ada,,2 days,", r"line 3: there is no assignment"),
        (f",{NAME},2 days,", r"line 3: there is no student_id"),
        (f"bob,{NAME},3 days,", rf"line 3: bob has {NAME} in line 2 already"),
        (f"ada,{NAME},2 days,1.5,more", r"line 3: there are more values than columns"),
    ],
)
def test_a_line_that_cannot_be_meant(course: CourseDir, line: str, told: str) -> None:
    with pytest.raises(CourseError, match=told):
        grant(course, table(course, f"bob,{NAME},1 day,2", line))
    held = due(course, NAME)
    assert (held.extensions, held.extra_time) == ({}, {})


def test_a_table_that_is_none(course: CourseDir) -> None:
    for header, told in (("student_id,assignment", "needs the columns"), ("a,b,c", "needs the columns")):
        with pytest.raises(CourseError, match=told):
            grant(course, table(course, "ada,x,y"[: 3 + 2 * header.count(",")], header=header))
    with pytest.raises(CourseError, match="has no lines"):
        grant(course, table(course))
    path = table(course)
    path.write_bytes("student_id,assignment,extension\nZoë,x,2 h".encode("latin-1"))
    with pytest.raises(CourseError, match="is no UTF-8 text: save it as CSV UTF-8"):
        grant(course, path)
    with pytest.raises(CourseError, match="cannot be read: No such file or directory"):
        grant(course, course.root / "none.csv")


def test_an_extension_needs_a_due_date(course: CourseDir) -> None:
    due(course, NAME, "none")
    with pytest.raises(
        CourseError, match=rf"{NAME} has no due date to extend: set it first, by `course due {NAME} DATE`"
    ):
        grant(course, table(course, f"ada,{NAME},2 days,"))


def test_the_commands(course: CourseDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_course_dir", lambda: course)
    monkeypatch.setattr(cli, "_course", lambda name: (course, NAME))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli.app, arguments)
        assert done.exit_code == 0, done.output
        return done.output

    assert run("due", "0", "2026-11-20 23:59", "--timezone", "Europe/Berlin").startswith(
        f"{NAME}: due 2026-11-20 23:59 CET (2026-11-20 22:59 UTC)\nLate penalties"
    )
    path = str(table(course, "ada,0,2 days,1.5"))
    assert "2 would change, 0 of the table as before" in run("extensions", path, "--dry-run")
    assert f"  ada, {NAME}: time limits times 1.5 (before: as for all)\nBoth take effect" in run("extensions", path)
    assert "ada: 2 days more" in run("due", "0", "--timezone", "UTC")
