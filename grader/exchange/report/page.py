"""The report as one HTML file that needs nothing else: no network, no script, no font."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.course_dir import CourseDir
from grader.exchange.changed_points import change_in_words
from grader.exchange.export import number
from grader.exchange.histogram import bins
from grader.exchange.printable import printable
from grader.exchange.report.class_report import ClassReport
from grader.exchange.report.statistics import FEWEST
from grader.whole_files import write_whole

_TEMPLATES = Path(__file__).parents[1] / "templates" / "class_report"
_WIDTH, _HEIGHT, _ROOM = 480, 150, 22  # of the chart, with room for numbers above and below the bars


@dataclass(frozen=True)
class Bar:
    """A bar of the chart of totals, in the chart's own units."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str


def write(course: CourseDir, report: ClassReport) -> Path:
    """Write the page among the course's work. Raises CourseError where that cannot be done."""
    path = course.work / "report" / f"{report.scores.assignment}.html"
    write_whole(path, page(report))
    return path


def page(report: ClassReport) -> str:
    """The page as text. Names, messages and what else comes from outside are escaped where they stand."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "percent": _percent,
        "shown": _shown,
        "change": change_in_words,
        "sentence": _sentence,
    }
    return environment.get_template("report.html.j2").render(
        report=report,
        names=report.names,
        bars=_bars(report),
        chart=(_WIDTH, _HEIGHT),
        fewest=FEWEST,
    )


def _bars(report: ClassReport) -> list[Bar]:
    counted = bins(report.totals, report.scores.max)
    highest = max(one.count for one in counted)
    step = _WIDTH / len(counted)
    bars = []
    for place, one in enumerate(counted):
        height = (_HEIGHT - 2 * _ROOM) * one.count / highest
        label = f"{number(one.low)} to {'' if place == len(counted) - 1 else 'below '}{number(one.high)}"
        bars.append(Bar(place * step + 4, _HEIGHT - _ROOM - height, step - 8, height, one.count, label))
    return bars


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", " %")


def _sentence(words: str) -> str:
    """With a capital letter at its beginning, unless that is code."""
    first = words.split(maxsplit=1)[0] if words.split() else ""
    return words[:1].upper() + words[1:] if first.rstrip(",:;").isalpha() else words


def _shown(text: str) -> str:
    """The text with an escape for each character that a browser would not show, or would turn round; lines stay."""
    return "\n".join(printable(line) for line in text.splitlines())
