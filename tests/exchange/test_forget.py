"""`course forget`: nothing is left of the student, and nothing else is lost."""

from __future__ import annotations

import zipfile
from pathlib import Path

import nbformat
import pytest
from support.batch_course import contents, earning
from support.grading_course import NAME, hand_in
from support.reported_class import enter
from support.stub_engine import marked
from typer.testing import CliRunner

from course_lib.errors import CourseError
from grader import cli
from grader.course_dir import CourseDir, Folders
from grader.exchange.batch import extra_time, grade
from grader.exchange.collect import collect
from grader.exchange.collected_from import CollectedFile, collected_from, record
from grader.exchange.export import export
from grader.exchange.feedback import feedback
from grader.exchange.feedback_zip import feedback_zip
from grader.exchange.forget import forget
from grader.exchange.gradebook import open_gradebook
from grader.exchange.report import page
from grader.exchange.report.class_report import class_report

TRACES = ("km1", "Kim Mu", "O'Hara", "kim@")
FILES = {"km1": "Kim Mu O'Hara_11", "km11": "Zoë Berg_12"}


def handed_in(course: CourseDir, points: float, folder: Path) -> Path:
    """A download of Moodle's in which everybody earns so many points."""
    with zipfile.ZipFile(folder / "download.zip", "w") as archive:
        for name in FILES.values():
            archive.writestr(f"{name}_assignsubmission_file_/{NAME}.ipynb", nbformat.writes(earning(course, points, 1)))
    return folder / "download.zip"


@pytest.fixture
def used(released: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """A class of two, of whom everything was made that commands make."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "class.csv").write_text(
        "student_id,first_name,last_name,email\nkm1,Kim Mu,O'Hara,kim@example.org\nkm11,Zoë,Berg,\nol3,Ola,Nord,\n",
        "utf-8",
    )
    collect(released, NAME, handed_in(released, 1, outside), outside / "class.csv")
    grade(released, NAME, jobs=1, execute=marked)
    report = collect(released, NAME, handed_in(released, 2, outside), outside / "class.csv")
    assert report.replaced
    grade(released, NAME, jobs=1, execute=marked)
    pages = feedback(released, NAME).pages
    feedback_zip(released, NAME, list(pages), outside / "download.zip", None, None)
    with open_gradebook(released) as gradebook:
        extra_time.put(gradebook.db.connection(), "*", "km1", 1.5)
        gradebook.db.commit()
    page.write(released, class_report(released, NAME, None))
    export(released, NAME)
    return released


def naming(course: CourseDir) -> list[str]:
    """The files that hold a trace of the student, in their bytes or their path."""
    files = [path for path in course.root.rglob("*") if path.is_file()]
    traces = [f"{trace}{end}".encode() for trace in TRACES for end in ("", "\0")]
    found = []
    for path in files:
        data = str(path.relative_to(course.root)).encode() + b"\n" + path.read_bytes().replace(b"km11", b"")
        if any(trace in data.replace(b"km11", b"") for trace in traces):
            found.append(path.relative_to(course.root).as_posix())
    return sorted(found)


def test_nothing_is_left_of_the_student_and_the_others_keep_what_they_have(used: CourseDir) -> None:
    before, other = contents(used), used.feedback(NAME, "km11").read_bytes()
    named = naming(used)
    assert {f"collected/{NAME}.json", "gradebook.db", "grades.csv", f"{NAME}-feedback.zip"} <= set(named)
    assert any(one.startswith("replaced/km1/") for one in named)
    trial = forget(used, "km1")
    assert (naming(used), contents(used)) == (named, before)
    done = forget(used, "km1", dry=False)
    assert done == trial
    assert done.lines == {
        "student": 1,
        "submitted_assignment": 1,
        "course_changes": 1,
        "course_extra_time": 1,
        "course_graded": 1,
    }
    assert (done.named_in, naming(used)) == ([], [])
    kept = {name: [row for row in rows if "km1" not in row] for name, rows in before.items()}
    assert contents(used) == kept
    assert all(kept.values())
    assert used.feedback(NAME, "km11").read_bytes() == other
    assert not (used.work / "submitted" / "km1").exists()
    assert [one.students for one in collected_from(used, NAME)] == [("km11",)]
    with pytest.raises(CourseError, match="nothing is known of a student 'km1'"):
        forget(used, "km1")


def test_who_handed_in_nothing_is_gone_from_the_report(used: CourseDir) -> None:
    page = used.work / "report" / f"{NAME}.html"
    assert "Ola Nord" in page.read_text("utf-8")
    done = forget(used, "ol3", dry=False)
    assert done.lines == {"student": 1}
    assert (page in done.removed, page.exists()) == (True, False)


def test_what_is_other_peoples_too_is_named_and_stays(released: CourseDir) -> None:
    enter(released, km1=("Kim", "O'Hara"), km11=("Zoë", "Berg"))
    alike = {"km11": "written with Kim O'Hara", "ox": "as km12 said, and km1x"}
    paths = {student: hand_in(released, student, text) for student, text in alike.items()}
    files = [("red_9_5_a.ipynb", "red", ("km1", "ox")), ("oharakim_7_6_a.ipynb", "oharakim", ("km1", "ox"))]
    record(
        released, NAME, [CollectedFile(path, who, "Canvas", "9", name, "a", late=False) for path, name, who in files]
    )
    done = forget(released, "km1", dry=False)
    assert done.named_in == [paths["km11"]]
    assert paths["km11"].read_text("utf-8") == alike["km11"]
    assert [(one.path, one.students) for one in collected_from(released, NAME)] == [("red_9_5_a.ipynb", ("ox",))]


def test_what_the_platform_calls_everybody_is_no_name(released: CourseDir) -> None:
    hand_in(released, "km1", "{}")
    other = hand_in(released, "ox", "a Participant")
    files = [
        CollectedFile(f"Participant_{n}_a", (who,), "Moodle", n, "Participant", "a", late=False)
        for n, who in (("1", "km1"), ("2", "ox"))
    ]
    record(released, NAME, files)
    assert forget(released, "km1", dry=False).named_in == []
    assert other.is_file()


@pytest.mark.parametrize("student", ["", "..", "../..", "nobody", "km1/00_mini"])
def test_an_id_of_nobody_removes_nothing(released: CourseDir, student: str) -> None:
    path = hand_in(released, "km1", "{}")
    with pytest.raises(CourseError, match=r"is no student id|nothing is known of"):
        forget(released, student, dry=False)
    assert path.is_file()


def test_the_folders_of_a_student_in_any_structure(tmp_path: Path) -> None:
    folders = Folders(
        "source", "release", "submitted", "autograded", "feedback", "{student_id}/{nbgrader_step}/{assignment_id}"
    )
    course = CourseDir(tmp_path, tmp_path / ".grader", folders=folders)
    for place in ("km1/submitted/ps1", "km1/feedback/ps2", "km11/submitted/ps1"):
        (tmp_path / place).mkdir(parents=True)
    assert course.folders_of("km1") == [tmp_path / "km1/submitted/ps1", tmp_path / "km1/feedback/ps2"]


def test_the_command_says_what_it_would_remove_and_removes_it_when_told(
    released: CourseDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_course_dir", lambda: released)
    path = hand_in(released, "km1", "{}")
    run = CliRunner().invoke(cli.app, ["forget", "km1"])
    assert (run.exit_code, run.output.splitlines()[0]) == (0, "Would be removed of km1:")
    assert "Nothing is removed yet: say it again with --yes." in run.output.splitlines()
    assert path.is_file()
    run = CliRunner().invoke(cli.app, ["forget", "km1", "--yes"])
    assert (run.exit_code, run.output.splitlines()[0]) == (0, "Removed of km1:")
    assert not path.parent.parent.exists()
