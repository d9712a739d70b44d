"""Odd things among the submissions, from collecting to the table: each is told by name, and nobody else pays."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from rich.console import Console
from support.batch_course import contents, earning
from support.grading_course import NAME, answered, hand_in
from support.odd_files import AS_CONTENT, BESIDE, FOLDER_NAMES, INSTEAD_OF_A_FILE, STAMPS, TOO_DEEP
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.exchange.batch import Graded, grade
from grader.exchange.collect import collect
from grader.exchange.export import export
from grader.exchange.feedback import feedback
from grader.exchange.grade_terminal import summary
from grader.exchange.scores import scores
from grader.exchange.tables import class_view, collected_text, feedback_text

FILE = f"{NAME}.ipynb"


@pytest.fixture
def course(released: CourseDir) -> CourseDir:
    hand_in(released, "honest", earning(released, 2, 1))
    return released


def place(course: CourseDir, student: str) -> Path:
    """The folder of a submission that has no notebook yet."""
    folder = course.submitted(NAME, student).parent
    folder.mkdir(parents=True)
    return folder


def through_it_all(course: CourseDir) -> dict[str, Graded]:
    """Grade, give feedback, export and show; the honest one has all points, and everybody odd has a line."""
    report = grade(course, NAME, jobs=1, execute=marked)
    pages = feedback(course, NAME)
    table = scores(course, NAME)
    assert table.of("honest").total == 3
    assert set(pages.pages) | set(pages.failed) == {one.student for one in report.results}
    with export(course, NAME).path.open(encoding="utf-8-sig", newline="") as file:
        assert next(row for row in csv.DictReader(file) if row["student_id"] == "honest")["total"] == "3"
    console = Console(record=True, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # it ends with the test
    for text in (summary(report), feedback_text(pages), class_view(table)):
        console.print(text)
    assert "\x1b[31mred" not in console.export_text()
    return {one.student: one for one in report.results}


def refused(results: dict[str, Graded]) -> dict[str, str]:
    """Who was not graded, and why."""
    return {student: one.reason for student, one in results.items() if one.outcome == "not graded"}


def test_something_else_in_place_of_the_notebook(course: CourseDir) -> None:
    for name, make in INSTEAD_OF_A_FILE.items():
        make(place(course, name) / FILE)
    for name, content in AS_CONTENT.items():
        (place(course, name) / FILE).write_bytes(content)
    (course.work / "submitted" / "a file").mkdir()
    (course.work / "submitted" / "a file" / NAME).write_text("no folder")
    told = refused(through_it_all(course))
    assert set(told) >= {*INSTEAD_OF_A_FILE, *AS_CONTENT, "a file"} - {"half a character"}
    assert told["folder"] == f"{FILE} is a folder: put the notebook itself there"
    assert told["pipe"] == f"{FILE} is a pipe: put the notebook itself there"
    assert told["link to another's"] == f"{FILE} is a link: put the notebook itself there"
    assert told["a file"] == f"{NAME} is a file: put a folder with the files themselves there"
    assert told["empty"] == "the file is empty"


def test_links_in_place_of_folders(course: CourseDir) -> None:
    submitted = course.work / "submitted"
    (submitted / "a thief").symlink_to(submitted / "honest")
    (submitted / "nobody").symlink_to("nowhere")
    (submitted / "loop").symlink_to("loop")
    place(course, "another thief").rmdir()
    (submitted / "another thief" / NAME).symlink_to(submitted / "honest" / NAME)
    folder = "put a folder with the files themselves there"
    assert refused(through_it_all(course)) == {
        **{name: f"{name} is a link: {folder}" for name in ("a thief", "nobody", "loop")},
        "another thief": f"{NAME} is a link: {folder}",
    }


def test_names_that_are_no_students(course: CourseDir) -> None:
    for name in FOLDER_NAMES:
        hand_in(course, os.fsdecode(name), earning(course, 2, 1))
    told = refused(through_it_all(course))
    assert {os.fsencode(name) for name in told} == set(FOLDER_NAMES)
    assert all(reason.endswith("give the folder the student's id") for reason in told.values())
    assert [row[0] for row in contents(course)["students"]] == ["honest"]


def test_odd_things_beside_the_notebook_are_left_out_and_told(course: CourseDir) -> None:
    folder = hand_in(course, "odd", earning(course, 2, 1)).parent
    for name, make in BESIDE.items():
        make(Path(os.fsdecode(os.fsencode(folder) + b"/" + name)))
    one = through_it_all(course)["odd"]
    assert one.outcome == "graded"
    assert one.repairs == (
        "Six things beside the notebook are links or no files and were left out "
        "(broken link, link to a device, loop of links, pipe, socket, up).",
        "One file beside the notebook was too large and was left out (huge).",
        "One file beside the notebook has a name that is not UTF-8 and was left out (\\udcff\\udcfe.csv).",
    )
    assert scores(course, NAME).of("odd").total == 3


def test_folders_deeper_than_a_path_may_be_long(course: CourseDir) -> None:
    TOO_DEEP(hand_in(course, "deep", earning(course, 2, 1)).parent / "d")
    assert refused(through_it_all(course)) == {"deep": f"{'d' * 200} cannot be read: File name too long"}


def test_more_files_than_anybody_needs(course: CourseDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.exchange.batch.files.MOST_FILES", 5)
    folder = hand_in(course, "many", earning(course, 2, 1)).parent
    for number in range(5):
        (folder / f"{number}.txt").touch()
    assert refused(through_it_all(course))["many"].startswith("there are more than 5 files")


def test_time_stamps_that_say_no_time(course: CourseDir) -> None:
    """A late submission must not become one without a time by that."""
    for name, content in STAMPS.items():
        hand_in(course, name, earning(course, 2, 1)).with_name("timestamp.txt").write_bytes(content)
    for name, make in INSTEAD_OF_A_FILE.items():
        make(hand_in(course, name, earning(course, 2, 1)).with_name("timestamp.txt"))
    for name, text in {"empty": "", "long ago": "1900-01-01 00:00:00 UTC", "day": "2026-11-20"}.items():
        hand_in(course, name, earning(course, 2, 1)).with_name("timestamp.txt").write_text(text)
    told = refused(through_it_all(course))
    assert set(told) == {*STAMPS, *INSTEAD_OF_A_FILE}
    assert all(reason.startswith("timestamp.txt ") for reason in told.values())
    assert told["no date"] == (
        "timestamp.txt says no time (yesterday): write it like 2026-11-20 10:00:00 UTC, or remove the file"
    )
    course.submitted(NAME, "no date").with_name("timestamp.txt").write_text("2026-11-20 10:00:00 UTC\n")
    assert "no date" not in refused(through_it_all(course))


def test_something_odd_where_the_graded_notebook_belongs(course: CourseDir) -> None:
    """It cannot be written; the others' can."""
    for name in ("folder", "file above"):
        hand_in(course, name, earning(course, 2, 1))
    course.autograded(NAME, "folder").mkdir(parents=True)
    (course.autograded(NAME, "folder") / "inside").touch()
    course.autograded(NAME, "file above").parents[1].parent.mkdir(exist_ok=True)
    course.autograded(NAME, "file above").parents[1].write_text("no folder")
    told = refused(through_it_all(course))
    assert {name: reason.partition(":")[0] for name, reason in told.items()} == dict.fromkeys(
        ("folder", "file above"), "it could not be recorded"
    )
    assert {row[0] for row in contents(course)["grades"] if row[2] is not None} == {"honest"}


def test_half_a_character_in_an_answer_is_no_obstacle(course: CourseDir) -> None:
    path = hand_in(course, "half", earning(course, 2, 1, why="Because \U0001f600 CUT"))
    path.write_text(path.read_text("utf-8").replace("CUT", "\\ud83d"), "utf-8")
    through_it_all(course)
    assert scores(course, NAME).of("half").status == "needs manual grading"
    assert "Because \U0001f600 ?" in course.feedback(NAME, "half").read_text("utf-8")


def test_a_download_full_of_odd_things(course: CourseDir, tmp_path: Path) -> None:
    download = tmp_path / "download"
    for student in ("ada", *INSTEAD_OF_A_FILE):
        (download / student).mkdir(parents=True)
    (download / "honest").mkdir()
    for name, make in INSTEAD_OF_A_FILE.items():
        make(download / name / FILE)
    right = answered(course, double="def double(x): ...  # earns 2")
    for student in ("ada", "honest"):
        hand_in(course, student, right).rename(download / student / FILE)
    for name, make in BESIDE.items():
        if name != b"huge":
            make(Path(os.fsdecode(os.fsencode(download / "ada") + b"/" + name)))
    for name in FOLDER_NAMES:
        folder = Path(os.fsdecode(os.fsencode(download) + b"/" + name))
        folder.mkdir()
        (folder / FILE).write_bytes((download / "ada" / FILE).read_bytes())
    TOO_DEEP(download / "ada" / "deep")
    os.utime(download / "ada" / FILE, (1e12, 1e12))  # in the year 33658
    for name, make in {"ada": INSTEAD_OF_A_FILE["pipe"], "honest": INSTEAD_OF_A_FILE["link to a device"]}.items():
        make(course.submitted(NAME, name))  # in the way
    report = collect(course, NAME, download)
    print(collected_text(report))
    assert set(report.replaced) == {"ada", "honest"}
    odd = {name: f"{name}/{FILE}" for name in INSTEAD_OF_A_FILE if name != "folder"}
    assert {report.unmatched[path] for path in odd.values()} == {
        f"it is a {kind}, and no file" for kind in ("link", "pipe", "socket")
    }
    names = [os.fsdecode(name) for name in FOLDER_NAMES]
    assert all(report.unmatched[f"{name}/{FILE}"].startswith("no student id") for name in names)
    assert {student for student in ("ada", "honest") if course.submitted(NAME, student).is_file()} == {"ada", "honest"}
    assert any("cannot be read" in reason for reason in report.unmatched.values())


def test_one_student_whose_folder_is_in_the_way(course: CourseDir, tmp_path: Path) -> None:
    download = tmp_path / "download"
    for student in ("ada", "bob"):
        (download / student).mkdir(parents=True)
        (download / student / FILE).write_bytes(course.submitted(NAME, "honest").read_bytes())
    (course.work / "submitted" / "ada").write_text("no folder")
    report = collect(course, NAME, download)
    assert report.new == ["bob"]
    assert "cannot be written: " in report.unmatched[f"ada/{FILE}"]
