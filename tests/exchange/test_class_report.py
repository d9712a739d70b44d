"""The report on a class whose graded notebooks are made up: what it says, as a page and in the terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from rich.console import Console
from support.batch_course import copy_of
from support.browser import Page, opened
from support.grading_course import NAME, answered, hand_in
from support.reported_class import enter, error, grade_as, score

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.case_results import CaseResult
from grader.exchange.changes import Change
from grader.exchange.gradebook import open_gradebook
from grader.exchange.report import page, terminal
from grader.exchange.report.class_report import ClassReport, class_report
from grader.exchange.report.messages import failures
from grader.exchange.report.mistakes import KnownMistake
from grader.exchange.similar import Compared, SimilarAnswers, side_by_side

EVIL = "<script>alert(1)</script>\x1b[31m\u202e"
EVIL_NAME = f'"><img src=x onerror=alert(1)>{{{{ 7*7 }}}}{EVIL}'
LONG = "call: double(" + "1" * 500 + ")\nThe number is wrong.\ngot: 3\n" + "x" * 400

RIGHT = [CaseResult("small", 1, 1, False, ""), CaseResult("large", 1, 1, True, "")]
SQUARED = [
    CaseResult("small", 0, 1, False, "call: double(3)\nThe number is wrong.\nLikely mistake: squared"),
    CaseResult("large", 0, 1, True, "The number is wrong.\ngot: 81"),
]
LARGE = [CaseResult("small", 1, 1, False, ""), CaseResult("large", 0, 1, True, EVIL)]
WIDE = [CaseResult("small", 1, 1, False, ""), CaseResult("large", 0, 1, True, LONG)]
BLANK = [CaseResult(c.name, 0, 1, c.hidden, "Not answered yet. Exercise double: write your answer here") for c in RIGHT]

SQUARE = "def double(x):\n    return x**2"
CODES = {"anna": SQUARE, "bert": "def double(x):\n    return pow(x, 2)", "carl": "double = lambda x: x * x * 1.0"}
DOUBLE = {
    "anna": score(SQUARED),
    "bert": score(SQUARED),
    "carl": score([SQUARED[0], RIGHT[1]]),
    "dora": score(LARGE),
    "emil": score(WIDE),
    "finn": score(BLANK),
    "gwen": [error("TestError", "The process that ran this test died.")],
    **{student: score(RIGHT) for student in ("hugo", "ilse", "jana")},
}
TRIPLE = {"finn": [error("AssertionError", EVIL)], "gwen": [error("AssertionError", "no")]}

KNOWN = KnownMistake("double", "squares in place of doubling", SQUARE, failures(SQUARED))


@pytest.fixture(scope="module")
def course(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """Ten graded students, two with a file that cannot be read or was not graded yet, and one who handed in nothing."""
    course = copy_of(released_once, tmp_path_factory.mktemp("reported") / "course")
    answers = {s: {"double": CODES.get(s, "def double(x): ..."), "triple": "t = 1", "why": "Because."} for s in DOUBLE}
    grade_as(course, answers, {s: {"double_tests": DOUBLE[s], "triple_tests": TRIPLE.get(s, [])} for s in DOUBLE})
    hand_in(course, "kurt", "{")
    hand_in(course, "lena", answered(course))
    enter(course, anna=("Anna", "Aal"), dora=("Dora", EVIL_NAME), kurt=("Kurt", EVIL_NAME), lena=("Lena", ""))
    enter(course, mona=("Mona", "Meyer"))
    return course


@pytest.fixture(scope="module")
def report(course: CourseDir) -> ClassReport:
    return class_report(course, NAME, lambda codes: [KNOWN])


@pytest.fixture(scope="module")
def shown(course: CourseDir, report: ClassReport, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page in a browser."""
    with opened(page.write(course, report), tmp_path_factory.mktemp("profile")) as found:
        yield found


def test_the_catalog_is_asked_for_what_fails_and_was_answered(course: CourseDir) -> None:
    asked: list[Any] = []
    class_report(course, NAME, lambda codes: asked.append(codes) or [])
    (codes,) = asked
    assert set(codes) == {"double", "triple"}
    assert set(codes["double"]) == {*CODES.values(), "def double(x): ..."}
    assert len(codes["double"]) == 5  # not of who left it blank, nor of who was stopped


def test_what_the_class_got_wrong(report: ClassReport) -> None:
    assert [(one.exercise, one.words, one.students) for one in report.mistakes] == [
        ("double", KNOWN.label, {"anna": "code", "bert": "failures", "carl": "test"}),
        ("double", "the answer runs too long, or ends its process", {"gwen": ""}),
    ]
    assert [(one.exercise, list(one.students)) for one in report.unanswered] == [("double", ["finn"])]
    assert [one.kind for one in report.exercises[1].mistakes] == ["other"]


def test_the_cases_of_the_class(report: ClassReport) -> None:
    double, triple, why = report.exercises
    assert [(line.answered, line.failed) for line in report.exercises] == [(10, 7), (10, 2), (0, 0)]
    small, large, whole = double.cases
    assert (small.name, small.hidden, small.failed, small.says, small.times) == (
        "small",
        False,
        4,
        "The number is wrong.",
        3,
    )
    assert small.message == SQUARED[0].message
    assert (large.hidden, large.failed) == (True, 5)
    assert (whole.name, whole.failed) == ("", 1)
    assert [one.failed for one in triple.cases] == [2]
    assert why.cases == []


def test_the_figures(report: ClassReport) -> None:
    double, triple, why = report.exercises
    assert double.difficulty == pytest.approx((0 + 0 + 1 + 1 + 1 + 0 + 0 + 2 + 2 + 2) / 20)
    assert triple.difficulty == pytest.approx(0.8)
    assert why.difficulty is None
    assert double.discrimination == pytest.approx(triple.discrimination)  # of two, each is the other's rest
    assert report.mean == pytest.approx(sum(report.totals) / 10)
    assert report.when is not None


def test_who_has_no_grade_and_why(course: CourseDir, report: ClassReport) -> None:
    assert report.not_graded == {
        "kurt": "the file is not a notebook (not JSON)",
        "lena": "what was handed in last is not graded yet",
    }
    assert [row.student for row in report.not_submitted] == ["mona"]
    assert len(report.by_hand) == 10


def test_one_who_handed_in_again_is_told_apart(course: CourseDir, tmp_path: Path) -> None:
    again = copy_of(course, tmp_path / "again")
    hand_in(again, "hugo", answered(again))
    assert class_report(again, NAME).not_graded["hugo"] == "handed in again since it was graded"


def test_nothing_is_graded_yet(released: CourseDir) -> None:
    with pytest.raises(CourseError, match=f"nothing of {NAME} is graded yet: run `course grade {NAME}`"):
        class_report(released, NAME)


def test_points_that_a_person_gives_count_and_the_cases_stay(course: CourseDir, tmp_path: Path) -> None:
    other = copy_of(course, tmp_path / "by hand")
    with open_gradebook(other) as gradebook:
        for student in DOUBLE:
            gradebook.find_grade("why", NAME, NAME, student).manual_score = 0.5
        gradebook.find_grade("double_tests", NAME, NAME, "anna").manual_score = 2
        gradebook.db.commit()
    found = class_report(other, NAME)
    assert found.exercises[2].difficulty == pytest.approx(0.5)
    assert found.exercises[0].difficulty == pytest.approx(11 / 20)
    assert found.exercises[0].failed == 7


def test_in_the_terminal_it_fits_into_60_columns_and_repaints_nothing(report: ClassReport) -> None:
    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(terminal.whole(report))
    text = capture.get()
    assert max(map(len, text.splitlines())) <= 60
    assert "\x1b" not in text
    assert "\u202e" not in text
    lines = [line.strip() for line in text.splitlines()]
    assert lines[1:4] == [
        "3 of 10 in double",
        KNOWN.label,
        "recognized: 1 by failures, 1 by code, 1 by the test",
    ]
    assert "Left as handed out: double (1)" in lines
    assert "handed in nothing: Mona Meyer" in lines
    assert ["double", "7", "45%", f"{report.exercises[0].discrimination:.2f}"] in [line.split() for line in lines]


def test_the_page_says_the_same(course: CourseDir, report: ClassReport) -> None:
    path = page.write(course, report)
    assert path == course.work / "report" / f"{NAME}.html"
    text = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    first = text.select_one(".mistake")
    assert first is not None
    assert " ".join(first.select_one(".count").get_text().split()) == "3 of 10"
    assert first.select_one(".label").get_text() == "Squares in place of doubling"
    assert [item.get_text(" ", strip=True) for item in first.select(".people li")] == ["bert", "carl", "Anna Aal anna"]
    sections = [heading.get_text() for heading in text.select("h2")]
    assert sections[0] == "What the class got wrong"
    hidden = {item.parent.get_text(" ", strip=True) for item in text.select("#cases ~ details .hidden")}
    assert hidden == {"large hidden"}
    chart = text.select_one("svg")
    assert chart["role"] == "img"
    assert chart["aria-label"].startswith("Totals of 10 students. 0 to below 1 points: ")
    links = {link["href"].removeprefix("#") for link in text.select("a")}
    assert links <= {item["id"] for item in text.select("[id]")}


def test_names_and_messages_are_text_on_the_page(report: ClassReport) -> None:
    text = page.page(report)
    found = BeautifulSoup(text, "html.parser")
    assert found.find_all(["script", "img", "link", "iframe"]) == []
    assert not [tag for tag in found.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    assert "\x1b" not in text
    assert "\u202e" not in text
    shown = found.get_text()
    assert "<script>alert(1)</script>\\x1b[31m\\u202e" in shown
    assert "{{ 7*7 }}" in shown
    assert found.select_one("meta[http-equiv=Content-Security-Policy]")["content"].startswith("default-src 'none'")


@pytest.mark.parametrize("width", [390, 1280])
def test_it_needs_no_sideways_scroll(shown: Page, width: int) -> None:
    shown.resize(width, 844)
    shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_it_loads_nothing(shown: Page) -> None:
    assert shown.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)") == []


def test_it_is_dark_where_that_is_asked_for_and_can_be_read(shown: Page) -> None:
    contrast = """(() => {
        const light = color => { const [r, g, b] = color.match(/[\\d.]+/g).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b };
        const under = one => { for (; one; one = one.parentElement) {
            const color = getComputedStyle(one).backgroundColor;
            if (color !== 'rgba(0, 0, 0, 0)') return color } };
        const ratios = [...document.querySelectorAll('h1, h2, p, a, summary, strong, .small, .hidden, dd, dt, pre')]
            .map(one => [light(getComputedStyle(one).color), light(under(one))])
            .map(pair => (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05));
        return [light(getComputedStyle(document.body).backgroundColor), Math.min(...ratios)] })()"""
    for dark in (False, True):
        shown.darken(dark)
        ground, lowest = shown.evaluate(contrast)
        assert (ground < 0.1) is dark
        assert lowest >= 4.5  # what WCAG asks for


def test_what_is_folded_opens_by_keyboard(shown: Page) -> None:
    first = "document.querySelector('.mistake details')"
    shown.evaluate(f"{first}.open = false")
    shown.evaluate(f"{first}.querySelector('summary').focus()")
    shown.press("Enter")
    assert shown.evaluate(f"{first}.open") is True


def test_what_the_last_grading_changed(report: ClassReport) -> None:
    changes = [
        Change("anna", "double", 1.5, 2, ("small", EVIL), "new test"),
        Change("gone", "triple", None, 0, (), ""),
    ]
    changed = dataclasses.replace(report, changes=changes)
    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(terminal.whole(changed))
    told = [
        'double: 1.5 → 2, by "small", "<script>alert(1)</script>\\x1b[31m\\u202e" (new test)',
        "triple: no points → 0",
    ]
    text = " ".join(capture.get().split())
    assert f"Changed by the last grading Anna Aal, {told[0]} gone, {told[1]}" in text
    found = BeautifulSoup(page.page(changed), "html.parser")
    assert [one.get_text() for one in found.select("#changes + dl dd")] == told
    assert found.find("script") is None


def test_answers_that_are_alike_stand_side_by_side(report: ClassReport) -> None:
    lines = tuple(side_by_side(f"x = 1  # {EVIL}\ny = 2", "a = 1\nwhile 1: pass"))
    group = SimilarAnswers("double", ("anna", "bert", "gone"), 0.83, ("anna", "bert"), lines)
    alike = dataclasses.replace(report, similar=Compared([group], {"carl": EVIL}))
    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(terminal.whole(alike))
    text = capture.get()
    assert "no verdict" in text
    assert "double: Anna Aal, " in text
    assert max(map(len, text.splitlines())) <= 60
    found = BeautifulSoup(page.page(alike), "html.parser")
    assert found.find("script") is None
    assert "83 % in common" in found.select_one("#alike ~ details summary").get_text()
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in found.select(".alike tbody tr")]
    assert [len(row) for row in rows] == [2, 2]
    assert [row.get("class") for row in found.select(".alike tbody tr")] == [["same"], None]
    assert "was not compared" in found.get_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [("cuts off: at one end", "Cuts off: at one end"), ("np.pad(x) is", "np.pad(x) is"), ("Éa, b", "Éa, b"), ("", "")],
)
def test_a_sentence_begins_with_a_capital_unless_with_code(words: str, told: str) -> None:
    assert page._sentence(words) == told


def test_a_class_without_mistakes(released_once: CourseDir, tmp_path: Path) -> None:
    course = copy_of(released_once, tmp_path / "course")
    grade_as(course, {"ada": {"double": "d = 2", "why": "So."}}, {"ada": {}})
    report = class_report(course, NAME)
    assert report.mistakes == []
    text = BeautifulSoup(page.page(report), "html.parser").get_text()
    assert "Nobody made a mistake that has a name." in text
    assert "answers file" not in text
