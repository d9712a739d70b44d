"""Downloads of groups and of hidden students, names that programs changed, zips inside; times, and who is missing."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.grading_course import NAME
from traitlets.config import Config

from grader.course_dir import CourseDir
from grader.exchange import archive, tables
from grader.exchange.archive import opened
from grader.exchange.collect import collect
from grader.exchange.collected import Collected
from grader.exchange.collected_from import collected_from
from grader.exchange.gradebook import open_gradebook
from grader.exchange.plain_names import plain
from grader.exchange.platforms import KnownNames, owner

FILE = f"{NAME}.ipynb"
NOTEBOOK = '{"nbformat": 4, "cells": []}'
CLASS = """\
student_id,first_name,last_name,lms_id,groups
km1,Kim,Muster,9001,Group A
zb2,Zoë,van der Berg,9002,Group A
ox3,Max,O_Neil,9003,
sg4,Sørén,Ångström,9004,
"""


@pytest.fixture
def course(released: CourseDir) -> CourseDir:
    return released


def zipped(path: Path, files: dict[str, str | bytes], time: tuple[int, ...] = (2026, 11, 2, 10, 0, 0)) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name, time), content)  # type: ignore[arg-type]  # six numbers
    return path


def zip_of(*names: str) -> bytes:
    with io.BytesIO() as data:
        with zipfile.ZipFile(data, "w") as file:
            for name in names:
                file.writestr(name, NOTEBOOK)
        return data.getvalue()


def collected(course: CourseDir, tmp_path: Path, *names: str, students: str = CLASS) -> Collected:
    """What is reported of a download in which each file holds its own name."""
    (tmp_path / "class.csv").write_text(students)
    return collect(course, NAME, zipped(tmp_path / "x.zip", {name: name for name in names}), tmp_path / "class.csv")


def content(course: CourseDir, student: str) -> str:
    return course.submitted(NAME, student).read_text()


def stamp(course: CourseDir, student: str) -> str:
    return course.submitted(NAME, student).with_name("timestamp.txt").read_text()


@pytest.mark.parametrize(
    ("name", "student"),
    [
        (f"Default group-Kim Muster_11_assignsubmission_file_/{FILE}", "km1"),
        (f"Group A-Kim Muster_11_assignsubmission_file_/{FILE}", "km1"),
        (f"Group A-Kim Muster_11_assignsubmission_file_{FILE}", "km1"),
        (f"o_neilmax_9003_4413_{FILE}", "ox3"),
        (f"o_neilmax_LATE_9003_4413_{FILE}", "ox3"),
        (f"o_neilmax_77_4413_{FILE}", "ox3"),
    ],
)
def test_whose_it_is(course: CourseDir, tmp_path: Path, name: str, student: str) -> None:
    assert collected(course, tmp_path, name).new == [student]
    assert [one.students for one in collected_from(course, NAME)] == [(student,)]


def test_any_group_of_two_known_people_is_seen_but_a_persons_hyphen_is_no_group(
    course: CourseDir, tmp_path: Path
) -> None:
    students = "student_id,first_name,last_name\nkm1,Kim,Muster\nzb2,Zoë,Berg\nlm3,Lena,Meier\n"
    names = [f"Red-{who}_assignsubmission_file_/{FILE}" for who in ("Kim Muster_1", "Zoë Berg_2")]
    anna = f"Anna-Lena Meier_3_assignsubmission_file_/{FILE}"
    report = collected(course, tmp_path, *names, anna, students=students)
    assert report.new == ["km1", "zb2"]
    assert report.unmatched == {anna: "nobody of this name on the class list"}
    assert report.missing == ["lm3"]


@pytest.mark.parametrize(
    ("name", "team"),
    [
        (f"Group A_7_assignsubmission_file/{FILE}", ["km1", "zb2"]),
        (f"groupa_9001_4414_{FILE}", ["km1", "zb2"]),
        (f"Default group_assignsubmission_file/{FILE}", ["ox3", "sg4"]),
    ],
)
def test_each_member_of_a_group_gets_what_it_handed_in(
    course: CourseDir, tmp_path: Path, name: str, team: list[str]
) -> None:
    report = collected(course, tmp_path, name)
    assert (report.new, [content(course, student) for student in team]) == (team, [name, name])
    assert [one.students for one in collected_from(course, NAME)] == [tuple(team)]
    assert f"Given to all of {collected_from(course, NAME)[0].name} (2): {', '.join(team)}." in _text(report)


def _text(report: Collected) -> str:
    return tables.collected_text(report).plain.replace("\n  ", " ")


def test_a_group_of_canvas_without_members_is_said(course: CourseDir, tmp_path: Path) -> None:
    report = collected(course, tmp_path, f"redgroup_9001_4414_{FILE}")
    assert report.new == ["km1"]
    assert "give a class list with a column groups" in _text(report)


@pytest.mark.parametrize(
    ("name", "stand_in", "late"),
    [
        (f"Participant_11_assignsubmission_file_/{FILE}", "participant_11", False),
        (f"Teilnehmer in_11_assignsubmission_file_/{FILE}", "participant_11", False),
        (f"Group A-Participant_11_assignsubmission_file_/{FILE}", "participant_11", False),
        (f"anon_x7Kp2_4411_{FILE}", "anon_x7Kp2", False),
        (f"LATE_anon_12345_4412_{FILE}", "anon_12345", True),
    ],
)
def test_hidden_students_get_an_id_that_stands_for_them(
    course: CourseDir, tmp_path: Path, name: str, stand_in: str, late: bool
) -> None:
    report = collected(course, tmp_path, name)
    assert (report.new, report.stand_ins, report.late) == ([stand_in], [stand_in], [stand_in] if late else [])
    assert "The platform hides who handed in" in _text(report)


def test_a_worksheet_tells_who_the_participants_are(course: CourseDir, tmp_path: Path) -> None:
    worksheet = (
        "Identifier,Full name,Email address\nParticipant 11,Kim Muster,km@x.org\nParticipant 12,Zoë Berg,zb@x.org\n"
    )
    report = collected(course, tmp_path, f"Participant_12_assignsubmission_file_/{FILE}", students=worksheet)
    assert (report.new, report.stand_ins, report.missing) == (["zb"], [], ["km"])


def test_names_of_zips_without_the_mark_of_utf_8_and_from_a_mac(tmp_path: Path) -> None:
    names = ["Zoë_1".encode(), "Zoe\u0308_2".encode(), "Zoë_3".encode("cp437")]
    stand_ins = {letter * len(name): name for letter, name in zip("QVW", names, strict=True)}
    path = zipped(tmp_path / "x.zip", dict.fromkeys(stand_ins, ""))
    data = path.read_bytes()
    for stand_in, name in stand_ins.items():
        data = data.replace(stand_in.encode(), name)
    path.write_bytes(data)
    with opened(path) as entries:
        assert [str(entry.path) for entry in entries] == ["Zoë_1", "Zoë_2", "Zoë_3"]


@pytest.mark.parametrize("ending", [".ipynb.txt", ".ipynb-1.txt", ".ipynb.json", ".json"])
def test_endings_that_browsers_put_on(course: CourseDir, tmp_path: Path, ending: str) -> None:
    files: dict[str, str | bytes] = {
        f"musterkim_1_2_{NAME}{ending}": NOTEBOOK,
        f"bergzoe_3_4_{NAME}{ending}": '{"a": 1}',
    }
    report = collect(course, NAME, zipped(tmp_path / "x.zip", files))
    assert (report.new, report.renamed) == (["1"], [])
    assert report.unmatched == {f"bergzoe_3_4_{NAME}{ending}": "not a notebook"}


@pytest.mark.parametrize(
    "name",
    [
        "Kim Muster_11_assignsubmission_file_/work.zip",
        "Kim Muster_11_assignsubmission_file_work.zip",
        "musterkim_11_4414_work.zip",
        "11/work.zip",
    ],
)
def test_a_zip_inside_a_submission(course: CourseDir, tmp_path: Path, name: str) -> None:
    inside = zip_of(f"mine/{FILE}", "mine/notes.md", "__MACOSX/mine/._x", f"postemil_5_6_{FILE}/b.ipynb")
    report = collect(course, NAME, zipped(tmp_path / "x.zip", {name: inside, "other_1_2_a.zip": b"no zip"}))
    assert report.new == ["11"]
    assert content(course, "11") == NOTEBOOK
    assert report.unmatched[f"{name}/mine/notes.md"] == "not a notebook"
    assert report.unmatched["other_1_2_a.zip"].startswith("a zip that cannot be read")


def test_a_zip_inside_is_bounded(course: CourseDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES_INSIDE", 1)
    files: dict[str, str | bytes] = {"a/x.zip": zip_of(FILE, "b.ipynb"), "b/x.zip": zip_of(), f"c/{FILE}": "c"}
    report = collect(course, NAME, zipped(tmp_path / "x.zip", files))
    assert report.unmatched == {"a/x.zip": "a zip of more than 1 files", "b/x.zip": "an empty zip"}
    assert report.new == ["c"]


def test_of_two_copies_and_of_two_attempts_the_later_is_taken_and_the_other_named(
    course: CourseDir, tmp_path: Path
) -> None:
    kim, zoe = "Kim Muster_1_assignsubmission_file_", "Zoë van der Berg_2_assignsubmission_file_"
    names = [f"{kim}/{NAME} (1).ipynb", f"{kim}/{FILE}", f"{zoe}/Attempt 2/{FILE}", f"{zoe}/Attempt 1/{FILE}"]
    report = collected(course, tmp_path, *names)
    assert (content(course, "km1"), content(course, "zb2")) == (names[0], names[2])
    assert report.older == [names[1], names[3]]


def test_two_wrappers_are_taken_off(course: CourseDir, tmp_path: Path) -> None:
    assert collected(course, tmp_path, f"a/b/Kim Muster_1_assignsubmission_file_/{FILE}").new == ["km1"]
    assert [one.path for one in collected_from(course, NAME)] == [f"a/b/Kim Muster_1_assignsubmission_file_/{FILE}"]


def test_the_time_is_noted_and_goes_with_the_file(course: CourseDir, tmp_path: Path) -> None:
    def hand_in(text: str, day: int, **options: bool) -> None:
        path = zipped(tmp_path / "x.zip", {f"ada/{FILE}": text}, (2026, 11, day, 10, 0, 0))
        collect(course, NAME, path, **options)  # type: ignore[arg-type]  # times alone

    def local(day: int) -> str:
        return f"{datetime(2026, 11, day, 10).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"

    hand_in("one", 2)
    assert stamp(course, "ada") == local(2)
    hand_in("one", 3)
    assert stamp(course, "ada") == local(2)
    hand_in("two", 4)
    assert stamp(course, "ada") == local(4)
    hand_in("two", 4, times=False)
    assert not course.submitted(NAME, "ada").with_name("timestamp.txt").exists()
    kept = {path.read_text() for path in (course.work / "replaced/ada" / NAME).glob("*.txt")}
    assert kept == {local(2), local(4)}


def test_the_extended_time_stamp_is_in_utc(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a", (2026, 1, 1, 0, 0, 0))
    info.extra = struct.pack("<HH4x", 1, 4) + struct.pack("<HHBi", 0x5455, 5, 1, 1_793_000_000)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr(info, "")
        file.writestr(zipfile.ZipInfo("b"), "")
    with opened(tmp_path / "x.zip") as entries:
        assert [entry.modified for entry in entries] == [
            datetime.fromtimestamp(1_793_000_000, UTC),
            archive.UNKNOWN_TIME,
        ]


@pytest.mark.parametrize(
    ("due", "name", "said"),
    [
        (
            datetime(2026, 12, 1),
            f"musterkim_LATE_9001_1_{FILE}",
            "km1 is marked as late, but the file's time is not after",
        ),
        (datetime(2026, 10, 1), f"musterkim_9001_1_{FILE}", "km1 is not marked as late, but the file's time is after"),
        (datetime(2026, 10, 1), f"musterkim_LATE_9001_1_{FILE}", ""),
        (None, f"musterkim_LATE_9001_1_{FILE}", ""),
    ],
)
def test_a_mark_and_a_time_that_differ_are_said(
    course: CourseDir, tmp_path: Path, due: datetime | None, name: str, said: str
) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=due)
    doubts = collected(course, tmp_path, name).doubts
    assert [doubt.startswith(said) for doubt in doubts] == ([True] if said else [])


def test_who_handed_in_nothing_is_said_last(course: CourseDir, tmp_path: Path) -> None:
    report = collected(course, tmp_path, f"musterkim_9001_1_{FILE}")
    assert _text(report).rstrip().endswith("Handed in nothing (3): zb2, ox3, sg4.")


def test_of_several_notebooks_each_is_taken_and_the_latest_time_counts(course: CourseDir, tmp_path: Path) -> None:
    course = replace(course, config=Config())  # as any course of nbgrader's
    with open_gradebook(course) as gradebook:
        gradebook.add_notebook("second", NAME)
    path = zipped(tmp_path / "x.zip", {f"ada/{FILE}": "first"}, (2026, 11, 2, 10, 0, 0))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(zipfile.ZipInfo("ada/second.ipynb", (2026, 11, 3, 10, 0, 0)), "second")
    report = collect(course, NAME, path)
    assert (report.new, report.unchanged, report.missing) == (["ada"], [], [])
    assert [content(course, "ada"), course.submitted(NAME, "ada", "second").read_text()] == ["first", "second"]
    assert stamp(course, "ada") == f"{datetime(2026, 11, 3, 10).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
    assert len(collected_from(course, NAME)) == 2
    assert collect(course, NAME, path).unchanged == ["ada"]


NAMES = st.text(st.characters(categories=["L", "Zs"], include_characters="-'_"), min_size=1).filter(
    lambda name: bool(plain(name)) and "assignsubmission" not in name
)


@given(NAMES, st.integers(0, 10**6), st.sampled_from(["x.ipynb", "a_1_2_b.ipynb", "y_assignsubmission_file_.ipynb"]))
def test_moodles_names_are_read_back(name: str, number: int, file: str) -> None:
    written = name.replace("_", " ").replace("/", "")
    known = KnownNames(people=frozenset({plain(written)}))
    for path in (
        f"{written}_{number}_assignsubmission_file/{file}",
        f"{written}_{number}_assignsubmission_file_{file}",
    ):
        who = owner(PurePosixPath(path), NAME, known)
        assert who is not None
        assert (who.platform, who.name, who.number, who.file) == ("Moodle", written, str(number), file)


@given(st.from_regex(r"[a-zé_]{1,12}", fullmatch=True), st.integers(0, 10**6), st.booleans())
def test_canvass_names_are_read_back(name: str, number: int, late: bool) -> None:
    who = owner(PurePosixPath(f"{name}_{'LATE_' if late else ''}{number}_77_12_34_x.ipynb"), NAME)
    assert who is not None
    if name != "anon":
        assert (who.name, who.number, who.file, who.late) == (name, str(number), "12_34_x.ipynb", late)
