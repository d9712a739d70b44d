"""The gradebook as table, histogram and CSV, and what the commands say."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from grader.course_dir import CourseDir
from grader.engine.isolation import Isolation
from grader.exchange import export as export_module
from grader.exchange import tables
from grader.exchange.batch import Graded, GradeReport
from grader.exchange.class_table import ClassTable, legend
from grader.exchange.collected import Collected
from grader.exchange.export import export, number
from grader.exchange.grade_terminal import summary
from grader.exchange.scores import Exercise, Row, Scores, Status

EXERCISES = [Exercise("flip_tests", 2, False), Exercise("slide_tests", 3, False), Exercise("why", 1, True)]


def row(name: str, *points: float | None, status: Status = "graded", isolation: Isolation = Isolation.SANDBOX) -> Row:
    first, last = name.split()
    values = dict(zip((e.name for e in EXERCISES), points or (None,) * 3, strict=True))
    return Row(first.lower(), first, last, values, status, isolation)


CLASS = Scores(
    "01_x",
    EXERCISES,
    [
        replace(
            row("Ada Lovelace", 2, 3, None, status="needs manual grading"),
            penalty=1.0,
            due=datetime(2026, 11, 20, 22, 59),
            extension=timedelta(days=1, hours=12),
            submitted_at=datetime(2026, 11, 22, 12),
        ),
        row("Emil Post", 0.5, 0, 0, isolation=Isolation.NONE),
        row("Grace Hopper", status="not graded"),
        row("Kurt =Gödel", status="not submitted"),
    ],
)
DATES = ["2026-11-20 22:59:00", "1 day 12 h", "2026-11-22 12:00:00"]


def printed(what: RenderableType, width: int = 80) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(what)
    return "\n".join(line.rstrip() for line in capture.get().rstrip().split("\n"))


def test_totals() -> None:
    assert [r.total for r in CLASS.rows] == [4, 0.5, None, None]
    assert [r.raw for r in CLASS.rows] == [5, 0.5, None, None]
    assert replace(CLASS.rows[1], penalty=2.0).total == 0  # nbgrader's export never goes below
    assert (CLASS.max, CLASS.by_hand) == (6, 1)


def test_the_table() -> None:
    assert (
        printed(ClassTable(CLASS))
        == """\
01_x: 6 points
Student              Total                      1 2 3
(most)  Name             6 Late Status          2 3 1
─────────────────────────────────────────────────────
ada     Ada Lovelace     4   −1 by hand         2 3 …
emil    Emil Post      0.5      graded        0.5 0 0
grace   Grace Hopper     –      not graded
kurt    Kurt =Gödel      –      not submitted"""
    )


MANY = [Exercise(f"e{n}_tests", 2, False) for n in range(1, 17)]
BIG = Scores(
    "02_x",
    MANY,
    [
        Row("kw12345", "Katarzyna", "Wójcicka-Nowak", {e.name: 1.75 for e in MANY}, "graded"),
        Row("x" * 40, "", "", {e.name: 1.25 for e in MANY}, "graded"),
    ],
)


@pytest.mark.parametrize("width", [60, 80])
def test_the_table_of_a_big_assignment_goes_on_below(width: int) -> None:
    """Each point with both its decimals, each id whole, in every table."""
    text = printed(ClassTable(BIG), width)
    lines = text.split("\n")
    assert max(map(len, lines)) <= width
    heads = [line.split() for line in lines if line.startswith("Student")]
    assert [int(word) for head in heads for word in head if word.isdigit()] == [*range(1, 17)]
    assert text.count("1.75") == text.count("1.25") == 16
    assert text.count("kw12345") == text.count("(most)") == len(heads)
    assert text.count("x") == 40 * len(heads) + 1


def test_names_are_there_where_no_exercise_has_to_go_below_for_them() -> None:
    few = replace(BIG, exercises=MANY[:4], rows=BIG.rows[:1])
    assert "Katarzyna Wójcicka-Nowak" in printed(ClassTable(few), 60)
    narrower = printed(ClassTable(few), 48)  # on two lines, in whole words
    assert "kw12345 Katarzyna         28 1.75 1.75 1.75 1.75\n        Wójcicka-Nowak" in narrower
    assert "Katarzyna" not in printed(ClassTable(few), 47)


def test_even_a_very_narrow_terminal_gets_all_exercises() -> None:
    words = [word for line in printed(ClassTable(BIG), 24).split("\n") for word in line.split()]
    assert [words.count(str(n)) for n in range(10, 17)] == [1] * 7


def test_the_legend() -> None:
    assert printed(legend(CLASS)) == "Exercises: 1 flip, 2 slide, 3 why. why: graded by hand, … until then."


def test_the_histogram() -> None:
    assert (
        printed(tables.histogram(CLASS))
        == f"""\
Totals of 2 students (mean 2.25, of 6):
  0 to <1 {"█" * 30} 1
  1 to <2 0
  2 to <3 0
  3 to <4 0
  4 to <5 {"█" * 30} 1
  5 to 6  0"""
    )
    nobody = Scores("x", EXERCISES, CLASS.rows[2:])
    assert printed(tables.histogram(nobody)) == "Nobody has a grade yet."


@pytest.mark.parametrize("most", [1, 2.5, 7, 30, 100])
def test_every_total_falls_into_one_bar(most: float) -> None:
    exercise = Exercise("a_tests", most, False)
    points = [0, most / 3, most / 2, most, most + 1]  # extra credit may go beyond
    rows = [Row(str(n), "", "", {"a": p}, "graded") for n, p in enumerate(points)]
    lines = printed(tables.histogram(Scores("x", [exercise], rows))).split("\n")[1:]
    assert sum(int(line.split()[-1]) for line in lines) == len(points)
    assert len(lines) <= 6


def test_a_name_cannot_repaint_the_terminal() -> None:
    evil = Row("x", "\x1b[2J[bold]Eve", "", {e.name: 0.0 for e in EXERCISES}, "graded")
    assert "[2J[bold]Eve" in printed(ClassTable(Scores("x", EXERCISES, [evil])))


def test_the_csv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(export_module, "scores", lambda course, name: CLASS)
    path = export(CourseDir.sandbox(tmp_path), "01_x", tmp_path / "out.csv").path
    lines = list(csv.reader(path.open(encoding="utf-8-sig")))
    assert lines == [
        [*export_module.LEADING, "flip", "slide", "why"],
        [
            "01_x",
            "ada",
            "Ada",
            "Lovelace",
            "needs manual grading",
            "sandbox",
            "yes",
            "4",
            "6",
            "5",
            "1",
            *DATES,
            "2",
            "3",
            "",
        ],
        ["01_x", "emil", "Emil", "Post", "graded", "none", "no", "0.5", "6", "0.5", "0", "", "", "", "0.5", "0", "0"],
        ["01_x", "grace", "Grace", "Hopper", "not graded", "", "no", "", "6", *[""] * 8],
        ["01_x", "kurt", "Kurt", "'=Gödel", "not submitted", "", "no", "", "6", *[""] * 8],
    ]


def test_numbers_have_no_needless_zeros() -> None:
    assert [number(x) for x in (None, 0.0, 2.0, 2.5, 1 / 3)] == ["", "0", "2", "2.5", "0.33"]


def test_the_report_of_grading() -> None:
    results = [
        Graded("ada", "graded", notes=("flip_tests: stopped after 60 s",), stopped=("flip_tests",)),
        Graded("bob", "unchanged", repairs=("One cell was moved.",)),
        Graded("cy", "not graded", "the file is not a notebook (not JSON)", "damaged"),
        Graded("dan", "graded", repairs=("One cell was moved.",), isolation=Isolation.NONE),
    ]
    anew = {"penalties": ["bob"], "times": ["eve", "fay"], "late": {"ada": 7200.0, "bob": 200_000.0}}
    text = printed(summary(GradeReport("01_x", Path("/var/log/grade.log"), results, **anew)), width=120)
    assert (
        text
        == """\
01_x: 2 graded, 1 unchanged, 1 not graded.
  late penalties anew for 1 submission: bob.
  another time of submission for 2 submissions: eve, fay.
  2 late: ada by 2 h, bob by 2 days 7 h.
  2 repaired, 1 damaged, 1 slow, 1 without isolation.
  bob, dan: One cell was moved.
  ada: flip_tests: stopped after 60 s
  cy was NOT graded: the file is not a notebook (not JSON)
  Nobody gets zero for that: their totals stay empty. Details: /var/log/grade.log"""
    )


def test_the_report_of_collecting() -> None:
    report = Collected(
        "01_x",
        new=["ada"],
        replaced={"bob": Path("/old/bob.ipynb")},
        late=["bob"],
        older=["bob/1.ipynb"],
        unmatched={"x.txt": "not a notebook", "y.txt": "not a notebook"},
        renamed=["ada/homework.ipynb"],
        missing=[f"student{n:02}" for n in range(1, 31)],
    )
    assert (
        printed(tables.collected_text(report))
        == """\
01_x: 1 new submission, 0 unchanged.
Handed in again (1): bob.
  The earlier files are kept in /old
Late, as the platform says (1): bob.
Taken although the name differs (1):
  ada/homework.ipynb
Not taken, since a later one of the same student was (1):
  bob/1.ipynb
Not taken: not a notebook (2):
  x.txt
  y.txt
Handed in nothing (30): student01, student02, student03, student04, student05,
  student06, student07, student08, student09, student10, student11, student12,
  student13, student14, student15, student16, student17, student18, student19,
  student20, student21, student22, student23, student24, student25, student26,
  student27, student28, student29, student30."""
    )
