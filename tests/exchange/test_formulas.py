"""Formulas on pages are MathML: right, harmless whatever stands in them, and quickly made."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from jinja2 import Environment
from support.tiny_project import ROOT

from grader.exchange.formulas import MOST_CHARACTERS, mathml
from grader.exchange.markdown_page import clean_html, markdown2html

PICTURE = {"image/png": "aGk="}


def shown(source: str, **attachments: Any) -> BeautifulSoup:
    environment = Environment()  # the filter's own result is under test
    environment.filters |= {"markdown2html": markdown2html, "clean_html": clean_html}
    template = environment.from_string("{{ source | markdown2html | clean_html }}")
    return BeautifulSoup(template.render(source=source, cell={"attachments": attachments}), "html.parser")


@pytest.mark.parametrize(
    ("source", "display", "parts"),
    [
        (r"so $\frac{a}{b}$ it is", "inline", ["mfrac"]),
        (r"$$\sum_{i<n} x_i^2$$", "block", ["munder", "msubsup"]),
        ("\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}", "block", ["mtable"]),
        (r"# A title with $\sqrt{2}$", "inline", ["msqrt"]),
        ("| a |\n|---|\n| $x^2$ |", "inline", ["msup"]),
        ("<details><summary>Hint: $x_1$</summary>no</details>", "inline", ["msub"]),
        ("<div>$$x &lt; y^2$$</div>", "block", ["msup"]),
        (r"$\lVert x \rVert$", "inline", ["mo"]),
    ],
)
def test_a_formula_of_a_cell_is_mathml(source: str, display: str, parts: list[str]) -> None:
    page = shown(source)
    formula = page.find("math")
    assert formula is not None
    assert formula["display"] == display
    assert all(formula.find(part) for part in parts)
    assert "\\" not in formula.text
    assert "$" not in page.text


@pytest.mark.parametrize(
    "source", ["`$x$`", "costs $5", "```\n$x$\n```", r"\$x\$", '<b title="$x$">y</b>', "[a](# '$x$')"]
)
def test_what_is_no_formula_stays_text(source: str) -> None:
    assert shown(source).find("math") is None


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
        r"\mbox{</mtext></math><img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background: url(http://a.b/c)}{x}",
        r"\class{evil}{x}",
        r"\unknown<script>",
        r"\begin{<script>}x\end{<script>}",
        r"\color{red\" onclick=\"alert(1)}x",
        r"\hspace{99999em}x",
        r"x\text{<annotation-xml encoding='text/html'><img src=x onerror=alert(1)>}",
    ],
)
def test_a_formula_brings_no_markup_of_its_own(tex: str) -> None:
    page = BeautifulSoup(mathml(tex, display=False), "html.parser")
    names = {tag.name for tag in page.find_all(True)}
    assert not names & {"script", "img", "a", "annotation-xml", "style"}
    for tag in page.find_all(True):
        assert not {"href", "style", "class", "onclick", "onerror"} & set(tag.attrs)
        assert "99999em" not in tag.attrs.values()


@pytest.mark.parametrize(
    "tex",
    [
        r"\def\a{xx}\def\b{\a\a}\b",
        r"\newcommand{\a}{xx}\a",
        r"\DeclareMathOperator{\a}{xx}\a",
        "x" * (MOST_CHARACTERS + 1),
        "{" * 2000,
        "x^2^2",
        r"\left(" * 300,
        "",
    ],
)
def test_a_formula_that_is_none_is_shown_as_it_was_written(tex: str) -> None:
    page = BeautifulSoup(mathml(tex, display=True), "html.parser")
    assert page.find("math") is None
    assert page.text == tex


def test_every_formula_of_the_course_is_converted() -> None:
    sources = [
        cell.source
        for file in sorted(ROOT.glob("assignments/*/*.ipynb"))
        for cell in nbformat.read(file, 4).cells
        if cell.cell_type == "markdown"
    ]
    formulas = [tag for source in sources if "$" in source for tag in shown(source).find_all("math")]
    assert len(formulas) > 500
    assert [tag["alttext"] for tag in formulas if "\\" in tag.text] == []


def test_pictures_are_shown_as_they_were_attached_and_resized() -> None:
    source = (
        'A ![sketch](attachment:a.png), <img src="attachment:a.png" width="100">\n\n'
        "<div><img width=50 src='attachment:my%20own.png' onerror='x'></div>\n\n![$x^2$](attachment:a.png)"
    )
    page = shown(source, **{"a.png": PICTURE, "my own.png": PICTURE})
    assert [tag["src"] for tag in page.find_all("img")] == ["data:image/png;base64,aGk="] * 4
    assert [tag.get("width") for tag in page.find_all("img")] == [None, "100", "50", None]
    assert not any(tag.get("onerror") for tag in page.find_all("img"))


def test_a_picture_that_is_not_attached_costs_nobody_the_page() -> None:
    page = shown("Before ![x](attachment:gone.png) <img src='attachment:gone.png'> after")
    assert "The picture gone.png is not attached" in page.text
    assert "after" in page.text
    assert [tag.get("src", "") for tag in page.find_all("img")] == [""]


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml;base64,x", 'image/png" onload="x'])
def test_what_is_attached_must_be_a_picture(kind: str) -> None:
    page = shown('<img src="attachment:a"> ![b](attachment:a)', a={kind: "aGk="})
    assert not any(tag.get("src") for tag in page.find_all("img"))


def test_bytes_of_a_picture_cannot_leave_their_attribute() -> None:
    page = shown('<img src="attachment:a">', a={"image/png": '"><script>alert(1)</script>'})
    assert page.find("script") is None
