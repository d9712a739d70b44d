"""When a submission was handed in: by Moodle's worksheet, by the files, or not known at all."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.grading_course import NAME

from grader.course_dir import CourseDir
from grader.exchange import tables
from grader.exchange.collect import collect
from grader.exchange.collected import Collected
from grader.exchange.gradebook import open_gradebook
from grader.exchange.roster import read_roster
from grader.exchange.written_dates import written_date

FILE = f"{NAME}.ipynb"
HEADER = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)
THREE = ["Ada Byron_1", "Bob Cole_2", "Cyd Dahl_3"]
CANVAS = ["byronada_9001_1", "colebob_9002_2", "dahlcyd_9003_3"]
CLASS = "student_id,first_name,last_name,lms_id\nada,Ada,Byron,9001\nbob,Bob,Cole,9002\ncyd,Cyd,Dahl,9003\n"
TEN = datetime(2026, 11, 2, 10)


@pytest.fixture
def course(released: CourseDir) -> CourseDir:
    return released


def moodle(name: str) -> str:
    return f"{name}_assignsubmission_file_/{FILE}"


def zipped(path: Path, names: Sequence[str], minutes: Sequence[int]) -> Path:
    """A download whose files are so many minutes younger than ten o'clock."""
    with zipfile.ZipFile(path, "w") as file:
        for name, after in zip(names, minutes, strict=True):
            file.writestr(zipfile.ZipInfo(name, (2026, 11, 2, 10 + after // 60, after % 60, 0)), name)
    return path


def worksheet(path: Path, *times: str) -> Path:
    names = [one.partition("_")[0] for one in THREE]
    lines = [
        f'Participant {n},{name},{name[:3].lower()}@x.org,Submitted,,30,Yes,"{time}",-,'
        for n, (name, time) in enumerate(zip(names, times, strict=True), 1)
    ]
    path.write_text("\n".join([HEADER, *lines]))
    return path


def stamps(course: CourseDir) -> dict[str, str]:
    return {path.parts[-3]: path.read_text() for path in sorted(course.all_submitted.glob(f"*/{NAME}/timestamp.txt"))}


def in_utc(local: datetime) -> str:
    return f"{local.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def text(report: Collected) -> str:
    return " ".join(tables.collected_text(report).plain.split())


@pytest.mark.parametrize(
    "written",
    [
        "Monday, 2 November 2026, 10:00 AM",
        "Monday, November 2, 2026, 10:00 a.m.",
        "2 November 2026, 10:00",
        "Montag, 2. November 2026, 10:00",
        "lundi 2 novembre 2026, 10:00",
        "lunes, 2 de noviembre de 2026, 10:00",
        "segunda-feira, 2 de novembro de 2026 às 10:00",
        "lunedì, 2 novembre 2026, 10:00",
        "maandag, 2 november 2026, 10:00",
        "måndag, 2 november 2026, 10:00",
        "poniedziałek, 2 listopada 2026, 10:00",
        "pondělí, 2. listopad 2026, 10:00",
        "maanantai, 2. marraskuuta 2026, 10:00",
        "2026. november 2., hétfő, 10:00",
        "2026-11-02 10:00",
        "2026-11-02T10:00:00",
    ],
)
def test_dates_of_moodles_languages(written: str) -> None:
    assert written_date(written) == TEN.astimezone(UTC)


def test_noon_midnight_and_a_zone_that_is_named() -> None:
    assert written_date("2 June 2026, 12:05 AM") == datetime(2026, 6, 2, 0, 5).astimezone(UTC)
    assert written_date("2 June 2026, 12:05\u202fPM") == datetime(2026, 6, 2, 12, 5).astimezone(UTC)
    assert written_date("2026-11-02 10:00:00+02:00") == datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-",
        "2/11/2026 10:00",
        "02.11.2026 10:00",
        "Monday, 2 November 2026",
        "2 November 26, 10:00",
        "Tuesday, 2 November 2026, 10:00 AM",
        "Montag, 2 novembre 2026, 10:00",
        "31 June 2026, 10:00",
        "2 November 2026, 13:00 PM",
        "2 November 2026, 25:00",
        "2 Brumaire 2026, 10:00",
        "2 3 November 2026, 10:00",
        "0001-01-01 00:00",
    ],
)
def test_what_is_no_plain_date_is_not_guessed(written: str) -> None:
    with pytest.raises(ValueError, match=r"no time|no date|no hour|out of range|must be in"):
        written_date(written)


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        HEADER.replace("Last modified (submission)", "Zuletzt geändert (Abgabe)"),
        HEADER.replace("Last modified (submission)", "Ändrat (X)").replace("Last modified (grade)", "Ändrat (Y)"),
    ],
)
def test_the_worksheets_column_is_found_in_any_language(tmp_path: Path, header: str) -> None:
    path = worksheet(tmp_path / "class.csv", "one", "two", "-")
    path.write_text(path.read_text().replace(HEADER, header))
    assert read_roster(path).submitted == {"ada": "one", "bob": "two", "cyd": "-"}


def test_a_list_without_the_column_has_no_times_and_another_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    path.write_text("student_id,Last modified\nada,now\n")
    assert read_roster(path).submitted is None
    assert read_roster(path, {"submitted": "Last modified"}).submitted == {"ada": "now"}


def test_the_worksheets_times_are_stored_and_what_cannot_be_read_is_named(course: CourseDir, tmp_path: Path) -> None:
    download = zipped(tmp_path / "x.zip", [moodle(name) for name in THREE], [0, 1, 2])
    collect(course, NAME, download, worksheet(tmp_path / "class.csv", "-", "-", "-"))
    assert stamps(course) == {}
    times = ("Monday, 2 November 2026, 9:00 AM", "2/11/2026 10:00", "-")
    report = collect(course, NAME, download, worksheet(tmp_path / "class.csv", *times))
    assert stamps(course) == {"ada": in_utc(datetime(2026, 11, 2, 9))}
    assert "those of the class list, in this machine's time zone" in text(report)
    assert "for bob is not plain (2/11/2026 10:00): write the time into timestamp.txt" in text(report)
    assert "has no time for cyd: download it again" in text(report)


def test_the_worksheets_time_replaces_that_of_the_file(course: CourseDir, tmp_path: Path) -> None:
    download = zipped(tmp_path / "x.zip", [moodle(name) for name in THREE], [0, 1, 2])
    sheet = worksheet(tmp_path / "class.csv", *["2026-11-02 09:00"] * 3)
    (tmp_path / "own.csv").write_text(CLASS)
    collect(course, NAME, download, tmp_path / "own.csv", times=True)
    assert stamps(course)["cyd"] == in_utc(datetime(2026, 11, 2, 10, 2))
    assert collect(course, NAME, download, sheet).unchanged == ["ada", "bob", "cyd"]
    assert set(stamps(course).values()) == {in_utc(datetime(2026, 11, 2, 9))}
    kept = (course.work / "replaced/cyd" / NAME).glob("*.txt")
    assert [path.read_text() for path in kept] == [in_utc(datetime(2026, 11, 2, 10, 2))]


@pytest.mark.parametrize(
    ("names", "minutes", "times", "noted"),
    [
        ([f"{name}_{FILE}" for name in CANVAS], [0, 4, 10], None, 0),
        ([f"{name}_{FILE}" for name in CANVAS], [0, 4, 11], None, 3),
        ([f"{name}_{FILE}" for name in CANVAS], [0, 4, 10], True, 3),
        ([f"{name}_{FILE}" for name in CANVAS], [0, 4, 11], False, 0),
        ([f"{name}_{FILE}" for name in CANVAS[:2]], [0, 0], None, 2),
        ([moodle(name) for name in THREE], [0, 4, 10], None, 0),
        ([f"{name[:3]}/{FILE}" for name in THREE], [0, 0, 0], None, 3),
    ],
)
def test_times_that_may_be_those_of_packing_are_not_stored(
    course: CourseDir, tmp_path: Path, names: list[str], minutes: list[int], times: bool | None, noted: int
) -> None:
    report = collect(course, NAME, zipped(tmp_path / "x.zip", names, minutes), times=times)
    assert len(stamps(course)) == noted
    said = times is None and noted == 0
    assert ("No times of submission are noted" in text(report)) == ("again with --times" in text(report)) == said


def test_a_time_that_was_written_by_hand_stays(course: CourseDir, tmp_path: Path) -> None:
    download = zipped(tmp_path / "x.zip", [f"{name}_{FILE}" for name in CANVAS], [0, 1, 2])
    collect(course, NAME, download)
    course.submitted(NAME, "9001").with_name("timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
    collect(course, NAME, download)
    assert stamps(course) == {"9001": "2026-11-20 10:00:00 UTC"}


def test_files_of_one_student_and_of_one_group_count_once(course: CourseDir, tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text("student_id,first_name,last_name,groups\na,A,A,Red\nb,B,B,Red\nc,C,C,Red\n")
    names = [f"Red_1_assignsubmission_file_/{FILE}", f"Red_1_assignsubmission_file_/{NAME} (1).ipynb"]
    collect(course, NAME, zipped(tmp_path / "x.zip", names, [0, 1]), tmp_path / "class.csv")
    assert stamps(course).keys() == {"a", "b", "c"}


@pytest.mark.parametrize("due", [TEN, None])
def test_who_is_marked_late_without_a_time_is_said(course: CourseDir, tmp_path: Path, due: datetime | None) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=due)
    names = [f"{name.replace('_', '_LATE_', 1)}_{FILE}" for name in CANVAS[:2]] + [f"{CANVAS[2]}_{FILE}"]
    report = collect(course, NAME, zipped(tmp_path / "x.zip", names, [0, 1, 2]))
    said = "late, but without a time, and so without a penalty: 9001, 9002. For each, write the time into timestamp.txt"
    assert (said in text(report) and "course extensions" in text(report)) == (due is not None)
