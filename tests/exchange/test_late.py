"""Late, extended and on time: one total everywhere, and what takes effect without running anything again."""

from __future__ import annotations

import csv
import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest
from nbgrader.converters import Autograde
from nbgrader.plugins import CsvExportPlugin
from support.batch_course import contents, copy_of, earning
from support.grading_course import NAME, RIGHT, answered, hand_in
from support.stub_engine import marked
from traitlets.config import Config

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.batch import GradeReport, grade
from grader.exchange.changes import Change, changes
from grader.exchange.converter import convert, log_file
from grader.exchange.export import export
from grader.exchange.feedback import feedback
from grader.exchange.gradebook import open_gradebook
from grader.exchange.release import release
from grader.exchange.scores import scores
from grader.exchange.versions import version_warnings

RULE = """\
from nbgrader.plugins import LateSubmissionPlugin


class PerHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {points} * total_seconds_late / 3600


c = get_config()
c.AssignLatePenalties.plugin_class = PerHour
"""


OTHERWISE = "the rule for late work or points given by hand changed"


def write_rule(course: CourseDir, points: float) -> None:
    """So many points for each hour, in the configuration of the course."""
    (course.root / "nbgrader_config.py").write_text(RULE.format(points=points))


def submit(course: CourseDir, student: str, when: str, double: float = 2, triple: float = 1) -> None:
    hand_in(course, student, earning(course, double, triple))
    course.submitted(NAME, student).with_name("timestamp.txt").write_text(when)


def set_due(course: CourseDir, when: str | None = "2026-11-20 10:00:00 UTC") -> None:
    """As `nbgrader db assignment add` does."""
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=when)


def extend(course: CourseDir, student: str, hours: int) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.grant_extension(NAME, student, hours=hours)


def by_hand(course: CourseDir, student: str, points: float, extra: float | None = None) -> None:
    """A person's points for the written answer, as the formgrader enters them."""
    with open_gradebook(course) as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, student)
        given.manual_score, given.extra_credit, given.needs_manual_grade = points, extra, False
        gradebook.db.commit()


def regrade(course: CourseDir, students: list[str] | None = None) -> GradeReport:
    return grade(course, NAME, students, jobs=1, execute=marked)


def not_run(*_: object) -> None:
    raise AssertionError("a notebook was run again")


def exported(course: CourseDir) -> dict[str, dict[str, str]]:
    with export(course, NAME).path.open(encoding="utf-8-sig", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def theirs(course: CourseDir) -> dict[str, dict[str, str]]:
    """What nbgrader's own export says."""
    path = course.work / "theirs.csv"
    with open_gradebook(course) as gradebook:
        CsvExportPlugin(config=Config(CsvExportPlugin={"to": str(path)})).export(gradebook)
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def require_equal(course: CourseDir) -> None:
    """Our export and nbgrader's say the same of everybody who has a grade, and so do the class table and the page."""
    ours, nbgraders, table = exported(course), theirs(course), scores(course, NAME)
    assert ours.keys() == nbgraders.keys()
    for student, row in ours.items():
        other, seen = nbgraders[student], table.of(student)
        for mine, name in (("total", "score"), ("raw_score", "raw_score"), ("max", "max_score")):
            assert float(row[mine]) == pytest.approx(float(other[name]), abs=0.005), (student, mine)
        assert float(row["late_submission_penalty"]) == pytest.approx(
            float(other["late_submission_penalty"]), abs=0.005
        )
        assert (row["due_date"], row["submitted_at"]) == (other["duedate"], other["timestamp"])
        assert seen.total == pytest.approx(float(other["score"]))
    for student, page in feedback(course, NAME).pages.items():
        assert f"<h1>{NAME}: {table.of(student).total:g} of 4 points" in page.read_text("utf-8"), student


@pytest.fixture(scope="module")
def graded_once(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """Ada is an hour late, Bob has an extension, Cy is on time, Dan left no time, Eve is later than her points last."""
    course = copy_of(released_once, tmp_path_factory.mktemp("late") / "course")
    set_due(course)
    write_rule(course, 0.5)
    for student, when in (("ada", "11:00:00"), ("bob", "12:00:00"), ("cy", "09:00:00"), ("eve", "20:00:00")):
        submit(course, student, f"2026-11-20 {when} UTC")
    hand_in(course, "dan", earning(course, 1, 0))
    with open_gradebook(course) as gradebook:
        for student in ("ada", "bob"):
            gradebook.add_student(student)
        with gradebook.db.no_autoflush:
            gradebook.add_submission(NAME, "bob", extension=timedelta(hours=2))
    regrade(course)
    return course


@pytest.fixture
def course(graded_once: CourseDir, tmp_path: Path) -> CourseDir:
    return copy_of(graded_once, tmp_path / "course")


def test_one_total_everywhere(course: CourseDir) -> None:
    require_equal(course)
    rows = exported(course)
    assert [(rows[one]["raw_score"], rows[one]["late_submission_penalty"], rows[one]["total"]) for one in rows] == [
        ("3", "0.5", "2.5"),
        ("3", "0", "3"),
        ("3", "0", "3"),
        ("1", "0", "1"),
        ("3", "3", "0"),
    ]
    assert rows["bob"]["extension"] == "2 h"
    assert rows["ada"]["due_date"] == "2026-11-20 10:00:00"
    assert "Handed in late, by 1 h" in course.feedback(NAME, "ada").read_text("utf-8")


def test_points_by_hand_and_extra_credit_count_in_the_penalty_of_the_next_grading(course: CourseDir) -> None:
    by_hand(course, "ada", 0.5, extra=0.25)
    by_hand(course, "eve", 1)
    require_equal(course)  # also before: the penalty is the old one then
    assert version_warnings(course, NAME) == [
        "the late penalties of 1 student are not what dates, rule and points (those given by hand, too) make them now: "
        "run `course grade 00_mini`."
    ]
    report = grade(course, NAME, jobs=1, execute=not_run)
    assert report.penalties == ["eve"]  # 5 points were due, and now there are 4 to take
    assert [one.student for one in report.of("recomputed")] == ["eve"]
    assert changes(course, NAME) == [Change("eve", "late penalty", -3, -4, (), f"the due date, {OTHERWISE}")]
    assert len(report.of("unchanged")) == 4
    assert version_warnings(course, NAME) == []
    require_equal(course)
    assert exported(course)["ada"]["total"] == "3.25"
    assert exported(course)["eve"]["total"] == "0"


def test_a_penalty_that_is_more_than_what_is_left(course: CourseDir) -> None:
    """A person takes points away after the penalty was set."""
    with open_gradebook(course) as gradebook:
        for name in ("double_tests", "triple_tests"):
            gradebook.find_grade(name, NAME, NAME, "eve").manual_score = 0.25
        gradebook.db.commit()
    assert scores(course, NAME).of("eve").penalty == 3
    require_equal(course)
    assert exported(course)["eve"]["total"] == "0"
    assert grade(course, NAME, jobs=1, execute=not_run).penalties == ["eve"]
    assert scores(course, NAME).of("eve").penalty == 0.5


def test_a_later_submission_brings_its_own_time(course: CourseDir) -> None:
    submit(course, "cy", "2026-11-20 13:00:00 UTC", double=1.5)
    assert exported(course)["cy"]["status"] == "not graded"
    report = regrade(course)
    assert [one.student for one in report.of("graded")] == ["cy"]
    assert (report.penalties, report.late["cy"]) == ([], 3 * 3600)
    assert exported(course)["cy"]["total"] == "1"
    require_equal(course)


def test_a_due_date_an_extension_and_a_rule_take_effect_without_a_run(course: CourseDir) -> None:
    everything = contents(course)
    assert len(grade(course, NAME, jobs=1, execute=not_run).of("unchanged")) == 5
    assert contents(course) == everything

    set_due(course, "2026-11-20 09:00:00 UTC")
    report = grade(course, NAME, jobs=1, execute=not_run)
    assert report.penalties == ["ada", "bob"]
    assert report.late == {"ada": 7200, "bob": 3600, "eve": 11 * 3600}
    extend(course, "ada", 2)
    assert grade(course, NAME, jobs=1, execute=not_run).penalties == ["ada"]
    assert changes(course, NAME) == [
        Change("ada", "late penalty", -1, 0, (), f"an extension, the due date, {OTHERWISE}")
    ]
    write_rule(course, 0.25)
    assert grade(course, NAME, jobs=1, execute=not_run).penalties == ["bob", "eve"]
    require_equal(course)
    set_due(course, None)
    assert grade(course, NAME, ["bob"], jobs=1, execute=not_run).penalties == ["bob"]
    assert scores(course, NAME).of("eve").penalty > 0  # of those who were not asked for nothing changes
    (course.root / "nbgrader_config.py").unlink()
    assert grade(course, NAME, jobs=1, execute=not_run).penalties == ["eve"]


def test_another_time_stamp_takes_effect_without_a_run(course: CourseDir) -> None:
    course.submitted(NAME, "ada").with_name("timestamp.txt").write_text("2026-11-20 09:59:00 UTC")
    course.submitted(NAME, "dan").with_name("timestamp.txt").write_text("2026-11-20 09:00:00 UTC")
    report = grade(course, NAME, jobs=1, execute=not_run)
    assert (report.penalties, report.times) == (["ada"], ["ada", "dan"])
    assert [one.student for one in report.of("recomputed")] == ["ada", "dan"]
    assert changes(course, NAME) == [Change("ada", "late penalty", -0.5, 0, (), "another time of submission")]
    assert course.autograded(NAME, "dan").with_name("timestamp.txt").read_text() == "2026-11-20 09:00:00 UTC\n"
    require_equal(course)
    assert grade(course, NAME, jobs=1, execute=not_run).times == []


def test_grades_are_recomputed_where_the_submissions_were_cleared_away(course: CourseDir) -> None:
    path = course.submitted(NAME, "ada")
    path.with_name("timestamp.txt").unlink()
    path.unlink()
    path.parent.rmdir()
    set_due(course, "2026-11-20 09:00:00 UTC")
    assert "ada" in grade(course, NAME, jobs=1, execute=not_run).penalties


def test_nbgraders_own_autograde_assigns_the_same_penalties(released: CourseDir) -> None:
    set_due(released)
    write_rule(released, 0.5)
    right = {name: f"{source}  # earns {points}" for (name, source), points in zip(RIGHT.items(), (2, 1), strict=True)}
    for student, when in (("ada", "11:30:00"), ("cy", "23:00:00")):
        submit(released, student, f"2026-11-20 {when} UTC")
        hand_in(released, student, answered(released, **right))
    stock = copy_of(released, released.root.parent / "stock")
    regrade(released)
    rule: dict[str, object] = {"get_config": lambda: Config()}
    exec(RULE.format(points=0.5), rule)  # as nbgrader reads its configuration
    with log_file(stock, "autograde") as log:
        convert(Autograde, stock, NAME, log=log, extra=rule["c"])  # type: ignore[arg-type]  # it is a Config
    ours, others = contents(released), theirs(stock)
    assert [row[2] for row in ours["submissions"]] == [0.75, 3]
    assert {one: row["late_submission_penalty"] for one, row in others.items()} == {
        "ada": "0.75",
        "cy": "3.0",
    }


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("c.LateSubmissionPlugin.penalty_method = 'half'", "late penalties: .*'half'"),
        ("c.AssignLatePenalties.plugin_class = 'no.such.Rule'", "late penalties: .*no.such.Rule"),
        ("1 / 0", r"nbgrader_config\.py: it cannot be read: ZeroDivisionError"),
        (
            "from nbgrader.plugins import LateSubmissionPlugin as Rule\n"
            "Rule = type('Rule', (Rule,), {'late_submission_penalty': lambda *_: float('nan')})\n"
            "c.AssignLatePenalties.plugin_class = Rule",
            "gives no number for ada",
        ),
        (
            "from nbgrader.plugins import LateSubmissionPlugin as Rule\n"
            "Rule = type('Rule', (Rule,), {'late_submission_penalty': lambda *_: 1 / 0})\n"
            "c.AssignLatePenalties.plugin_class = Rule",
            "the rule for late penalties fails for ada: ZeroDivisionError",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_told(course: CourseDir, lines: str, told: str) -> None:
    (course.root / "nbgrader_config.py").write_text(f"c = get_config()\n{lines}\n")
    before = contents(course)
    with pytest.raises(CourseError, match=told):
        grade(course, NAME, jobs=1, execute=not_run)
    assert contents(course) == before


def test_a_rule_in_a_module_beside_the_configuration(course: CourseDir, monkeypatch: pytest.MonkeyPatch) -> None:
    (course.root / "rule_beside.py").write_text(RULE.partition("\n\nc = ")[0].format(points=1))
    (course.root / "nbgrader_config.py").write_text(
        "get_config().AssignLatePenalties.plugin_class = 'rule_beside.PerHour'\n"
    )
    assert grade(course, NAME, jobs=1, execute=not_run).penalties == ["ada"]
    assert scores(course, NAME).of("ada").penalty == 1


def test_a_course_whose_own_steps_assign_no_penalties(course: CourseDir) -> None:
    (course.root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute', "
        "'nbgrader.preprocessors.SaveAutoGrades']\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    )
    grade(course, NAME, jobs=1, execute=not_run)
    assert {row.penalty for row in scores(course, NAME).rows} == {0}


@pytest.mark.parametrize("old", [True, False])
def test_a_full_disk_leaves_the_old_file(
    course: CourseDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, old: bool
) -> None:
    path = tmp_path / "grades.csv"
    if old:
        path.write_text("the old one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match=r"grades\.csv cannot be written: No space left on device"):
        export(course, NAME, path)
    assert {one.name: one.read_text() for one in tmp_path.iterdir() if one.is_file()} == (
        {"grades.csv": "the old one"} if old else {}
    )


def test_the_file_of_grades_may_be_a_link(course: CourseDir, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "grades.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "shared" / "grades.csv")
    assert export(course, NAME, tmp_path / "link.csv").path.is_symlink()
    assert (tmp_path / "shared" / "grades.csv").read_bytes().startswith("\ufeffassignment,".encode())


@pytest.mark.parametrize("name", ["data.csv", "tests.py"])
def test_files_of_the_author_make_grades_stale(released: CourseDir, name: str) -> None:
    """Data, modules, tests: what lies beside the source notebook takes the place of a submission's."""
    submit(released, "ada", "2026-11-20 11:00:00 UTC")
    regrade(released)
    beside = released.solution(NAME).with_name(name)
    beside.write_text("1")
    assert release(released, NAME).stale == 1
    assert [one.outcome for one in regrade(released).results] == ["graded"]
    assert [one.outcome for one in regrade(released).results] == ["unchanged"]
    beside.write_text("2")
    grade(released, NAME, jobs=1, execute=marked, exercise="double")
    assert release(released, NAME).stale == 1  # the other exercises are still of the file before
    assert len(grade(released, NAME, jobs=1, execute=marked, exercise="double").of("unchanged")) == 1
    assert [one.outcome for one in regrade(released).results] == ["graded"]
    beside.unlink()
    assert [one.outcome for one in regrade(released).results] == ["graded"]
    assert release(released, NAME).stale == 0
