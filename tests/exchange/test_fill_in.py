"""Moodle's worksheet and Canvas's gradebook with our grades: as their own importers would read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.lms_importers import GERMAN, canvas_grades, moodle_grades

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange import fill_in as module
from grader.exchange.collected_from import CollectedFile
from grader.exchange.fill_in import FilledIn, fill_in
from grader.exchange.roster import Student
from grader.exchange.scores import Exercise, Row, Scores, Status

NAME = "01_convolution"
EXERCISES = [Exercise("flip_tests", 2, False), Exercise("why", 1.5, True)]
STUDENTS = [
    Student("km1", "Kim", "Muster", "km@example.org", "9001"),
    Student("zb2", "Zoë", "van der Berg", "zb@example.org", "9002"),
    Student("on3", "Max", "O_Neil", "", "9003"),
    Student("jq4", 'Jo "JJ" B.', "Quint-Łuk", "", "9004"),
    Student("wait", "Grace", "Hopper"),
    Student("none", "Kurt", "Gödel"),
]
WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 11","Kim Muster",km@example.org,"Submitted for grading - ",,3.50,Yes,"Monday, 2 November",-,
"Participant 12","Zoë van der Berg",ZB@example.org,Submitted,-,3.50,Yes,"Monday, 2 November",-,"Well done, ""Zoë""!"
"Participant 13","Max O_Neil",,Submitted,1.00,3.50,No,-,-,
"Participant 14","Jo ""JJ"" B. Quint-Łuk",,Submitted,3.50,3.50,Yes,-,-,
"Participant 15","Grace Hopper",,Submitted,,3.50,Yes,-,-,
"Participant 16","Kurt Gödel",,"No submission",,3.50,Yes,-,-,
"Participant 17","Some Teacher",,,,3.50,Yes,-,-,
"""
GRADEBOOK = """\
Student,ID,SIS Login ID,Section,00 Start (70),Convolution (71),"Norms, and more (72)",Final Score
,,,,,Manual Posting,,
    Points Possible,,,,10.00,3.50,(read only),(read only)
"Muster, Kim",9001,km,A,10.00,,1,50
"van der Berg, Zoë",9002,zb,"A, B",,0,1,
"O_Neil, Max",9003,mo,A,3.00,EX,,
"Quint-Łuk, Jo ""JJ"" B.",9004,jq,A,,3.5,,
"Gödel, Kurt",9016,kg,A,,,,
"Student, Test",9999,x,A,,,,
"""
COMMENT = "flip 2/2, why 0.25/1.5"


def row(student: Student, *points: float | None, status: Status = "graded", penalty: float = 0.0) -> Row:
    values = dict(zip((e.name for e in EXERCISES), points or (None, None), strict=True))
    return Row(student.id, student.first_name, student.last_name, values, status, penalty=penalty)


ROWS = [
    row(STUDENTS[0], 2, 0.25),
    row(STUDENTS[1], 0, 0),
    row(STUDENTS[2], 2, 1),
    row(STUDENTS[3], 2, 1.5),
    row(STUDENTS[4], 2, None, status="needs manual grading"),
    row(STUDENTS[5], status="not submitted"),
]


class Course:
    """A gradebook without a database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.rows, self.students, self.collected = list(ROWS), list(STUDENTS), list[CollectedFile]()
        self.folder = folder
        monkeypatch.setattr(module, "scores", lambda course, name: Scores(name, EXERCISES, self.rows))
        monkeypatch.setattr(module, "students_of", lambda course: self.students)
        monkeypatch.setattr(module, "collected_from", lambda course, name: self.collected)

    def fill(self, text: str | bytes, *, scale: bool = False, column: str = "") -> tuple[FilledIn, bytes]:
        file = self.folder / "from the LMS.csv"
        data = text if isinstance(text, bytes) else text.encode()
        file.write_bytes(data)
        done = fill_in(CourseDir.sandbox(self.folder), NAME, file, scale=scale, column=column)
        assert (done.path, file.read_bytes()) == (self.folder / "from the LMS-filled.csv", data)
        return done, done.path.read_bytes()


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Course:
    return Course(monkeypatch, tmp_path)


def users(*students: str) -> dict[str, str]:
    return dict(
        zip(map(str, range(11, 18)), students or ("km1", "zb2", "on3", "jq4", "wait", "none", "x"), strict=False)
    )


def test_moodles_worksheet(course: Course) -> None:
    done, data = course.fill(WORKSHEET)
    assert data.decode() == (
        WORKSHEET.replace(
            ',,3.50,Yes,"Monday, 2 November",-,\n', f',2.25,3.50,Yes,"Monday, 2 November",-,"{COMMENT}"\n'
        )
        .replace("Submitted,-,3.50", "Submitted,0,3.50")
        .replace("3.50,3.50,Yes,-,-,", '3.50,3.50,Yes,-,-,"flip 2/2, why 1.5/1.5"')
    )
    read = moodle_grades(data, users(), 3.5, locked=["on3"])
    assert read.grades == {"km1": 2.25, "zb2": 0, "jq4": 3.5}
    assert read.left_out == ["on3"]  # the grade that was there before, and stays
    assert read.comments == {"km1": COMMENT, "zb2": 'Well done, "Zoë"!', "jq4": "flip 2/2, why 1.5/1.5"}
    assert (done.platform, done.filled, done.strangers) == ("Moodle", ["km1", "zb2", "jq4"], ["Some Teacher"])
    assert done.left_out == {"on3": "Moodle says that the grade cannot be changed"}
    assert done.waiting == {"wait": "points given by hand are missing", "none": "not submitted"}
    assert done.other_comments == ["zb2"]


def test_the_same_again_after_regrading(course: Course) -> None:
    """Our own comment is replaced by the new one; a file that has all of it stays as it is."""
    _, first = course.fill(WORKSHEET)
    assert course.fill(first)[1] == first
    course.rows[0] = row(STUDENTS[0], 1, 0.25, penalty=0.5)
    done, data = course.fill(first)
    assert data == first.replace(b",2.25,", b",0.75,").replace(COMMENT.encode(), b"flip 1/2, why 0.25/1.5; late: -0.5")
    assert done.other_comments == ["zb2"]


def test_a_worksheet_in_german_with_decimal_commas_and_a_mark(course: Course) -> None:
    header = "ID,Vollständiger Name,E-Mail-Adresse,Status,Gruppe,Bewertung,Bestwertung,Bewertung kann geändert werden"
    lines = [
        header
        + ",Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar",  # codespell:ignore als
        'Teilnehmer/in11,Kim Muster,km@example.org,Abgegeben,A,,"3,50",Ja,-,-,',
        'Teilnehmer/in12,Zoë van der Berg,,Abgegeben,A,"1,00","3,50",Nein,-,-,',
    ]
    text = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
    done, data = course.fill(text)
    assert data == text.replace(b',,"3,50",Ja,-,-,', f',"2,25","3,50",Ja,-,-,"{COMMENT}"'.encode())
    assert list(done.left_out) == ["zb2", "on3", "jq4"]
    assert moodle_grades(data, users(), 3.5, strings=GERMAN, decimal=",").grades == {"km1": 2.25, "zb2": 1}


def test_a_language_that_is_in_no_list_is_read_by_what_stands_in_the_columns(course: Course) -> None:
    header = "Tunniste,Nimi,Tila,Arvosana,Enintään,Muokattavissa,Viimeksi,Palaute\n"
    _, data = course.fill(header + "Osallistuja11,Kim Muster,x,,3.50,Kyllä,-,\nOsallistuja12,Q,x,,3.50,Ei,-,\n")
    assert f'Osallistuja11,Kim Muster,x,2.25,3.50,Kyllä,-,"{COMMENT}"\nOsallistuja12,Q,x,,3.50' in data.decode()
    with pytest.raises(CourseError, match="site in English"):
        course.fill(header + "Osallistuja11,Kim Muster,x,,3.50,Mhm,-,\n")


def test_without_names_the_number_of_the_download_decides(course: Course) -> None:
    """A team's folder has a number of its own kind, which says nothing about participants."""

    def collected(number: str, name: str, *students: str) -> CollectedFile:
        path = f"{name}_{number}_assignsubmission_file_/x.ipynb"
        return CollectedFile(path, students, "Moodle", number, name, "x.ipynb", False)

    blind = "Identifier,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade)\n" + "".join(
        f"Participant {number},Submitted,,3.50,Yes,-\n" for number in (11, 12, 13)
    )
    course.collected = [
        collected("11", "Participant", "zb2"),
        collected("12", "Red team", "km1"),
        collected("13", "Participant", "km1", "jq4"),
    ]
    done, data = course.fill(blind)
    assert moodle_grades(data, users("zb2", "x", "y"), 3.5).grades == {"zb2": 0}
    assert done.strangers == ["12", "13"]
    assert not done.comments
    in_teams = blind.replace("Status,", "Status,Group,").replace("Submitted,", "Submitted,Red team,")
    done, data = course.fill(in_teams)
    assert moodle_grades(data, users("zb2", "x", "y"), 3.5).grades == {"zb2": 0}


def test_two_of_one_name_are_told_apart_by_their_address_or_left_out(course: Course) -> None:
    twin = Student("km9", "Kim", "Muster", "other@example.org")
    course.students.append(twin)
    course.rows.append(row(twin, 1, 1))
    head, first, *rest = WORKSHEET.splitlines(keepends=True)
    second = first.replace("11", "18").replace("km@", "other@")
    _, data = course.fill("".join([head, first, second, *rest]))
    assert moodle_grades(data, users() | {"18": "km9"}, 3.5).grades["km9"] == 2
    without = [line.replace("km@example.org", "").replace("other@example.org", "") for line in (first, second)]
    done, data = course.fill("".join([head, *without, *rest]))
    assert not {"km1", "km9"} & moodle_grades(data, users() | {"18": "km9"}, 3.5).grades.keys()
    assert {done.left_out["km1"], done.left_out["km9"]} == {"it is not plain which line is theirs"}
    assert len(done.doubtful) == 2


def test_who_is_not_in_the_file_is_named(course: Course) -> None:
    done, _ = course.fill("".join(WORKSHEET.splitlines(keepends=True)[:2]))
    assert done.left_out == dict.fromkeys(("zb2", "on3", "jq4"), "not in the file")


def test_another_maximum_needs_a_word(course: Course) -> None:
    other = WORKSHEET.replace(",3.50,", ",100.00,")
    with pytest.raises(CourseError, match=r"gives 100 points at most, and 01_convolution has 3\.5: .*--scale"):
        course.fill(other)
    _, data = course.fill(other, scale=True)
    assert moodle_grades(data, users(), 100, locked=["on3"]).grades == {"km1": 64.29, "zb2": 0, "jq4": 100}


def test_an_assignment_without_points_is_refused(course: Course) -> None:
    with pytest.raises(CourseError, match="that Moodle grades by a scale, or not at all"):
        course.fill(WORKSHEET.replace(",3.50,", ",-,"))


def test_more_than_moodle_takes_is_told(course: Course) -> None:
    course.rows[0] = row(STUDENTS[0], 2, 3)
    done, data = course.fill(WORKSHEET)
    assert done.left_out["km1"].startswith("more than the maximum")
    assert "km1" not in moodle_grades(data, users(), 3.5).grades


def test_canvass_gradebook(course: Course) -> None:
    done, data = course.fill(GRADEBOOK)
    assert data.decode() == GRADEBOOK.replace("9001,km,A,10.00,,1", "9001,km,A,10.00,2.25,1")
    read = canvas_grades(data, dict.fromkeys(("9001", "9002", "9003", "9004", "9016", "9999")), {"71": "Convolution"})  # type: ignore[arg-type]  # names are not asked for
    assert read["Convolution"].grades == {"9001": 2.25, "9002": 0, "9004": 3.5}
    assert read["Convolution"].comments == {"9003": "EX"}
    assert (done.platform, done.filled, done.strangers) == ("Canvas", ["km1", "zb2", "jq4"], [])
    assert done.left_out == {"on3": "Canvas has EX there"}


def test_a_gradebook_with_semicolons_first_names_and_commas(course: Course) -> None:
    text = (
        "LastName;FirstName;ID;SIS User ID;SIS Login ID;Section;01_Convolution (71);Override Score (2026)\r\n"
        "    Points Possible;;;;;;3,50;(read only)\r\n"
        "van der Berg;Zoë;1;;zb2;A;;\r\nMuster;Kim;2;;km@example.org;A;;\r\n"
    )
    done, data = course.fill(text)
    assert done.filled == ["km1", "zb2"]
    assert data.decode() == text.replace("zb2;A;", "zb2;A;0").replace("example.org;A;", "example.org;A;2,25")
    read = canvas_grades(data, {"1": "z", "2": "k"}, {"71": "01_Convolution"})
    assert read["01_Convolution"].grades == {"1": 0, "2": 2.25}


def test_a_column_that_cannot_be_told_is_not_guessed(course: Course) -> None:
    other = GRADEBOOK.replace("Convolution (71)", "Week one (71)")
    with pytest.raises(
        CourseError, match=r"no one column is 01_convolution's: name it with --column; .*Week one \(71\)"
    ):
        course.fill(other)
    for named in ("71", "Week one", "Week one (71)"):
        assert course.fill(other, column=named)[1] == course.fill(GRADEBOOK)[1].replace(b"Convolution", b"Week one")
    with pytest.raises(CourseError, match="'Week' is no column"):
        course.fill(other, column="Week")
    with pytest.raises(CourseError, match=r"\(read only\) points possible: it cannot be filled"):
        course.fill(other, column="72")


def test_a_number_of_ours_that_is_another_persons_in_canvas_proves_nothing(course: Course) -> None:
    course.students[0] = replace(STUDENTS[0], id="9016", lms_id="")
    course.rows[0] = replace(ROWS[0], student="9016")
    done, data = course.fill(GRADEBOOK)
    assert ",9016,kg,A,,,," in data.decode()
    assert "9016" in done.filled  # by the name


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "Identifier,Full name,Status,Grade,Feedback\n1,x,,,\n"])
def test_another_file_is_refused(course: Course, text: str) -> None:
    with pytest.raises(CourseError, match="neither Moodle's grading worksheet nor Canvas's gradebook"):
        course.fill(text)


def test_the_download_is_kept(course: Course, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text(WORKSHEET)
    with pytest.raises(CourseError, match="is kept: give --out another name"):
        fill_in(CourseDir.sandbox(tmp_path), NAME, file, file)
    with pytest.raises(CourseError, match="cannot be written"):
        fill_in(CourseDir.sandbox(tmp_path), NAME, file, tmp_path / "nowhere" / "y.csv")
