"""What a feedback page must not show or do, step by step."""

from __future__ import annotations

import html
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from course_lib import check
from course_lib.check.html_table import table_html
from grader.exchange import sanitize_outputs as inert_module
from grader.exchange.markdown_page import markdown2html
from grader.exchange.redact import IN_PLACE, RedactHidden
from grader.exchange.safe_html import MOST_TAGS, safe_html
from grader.exchange.sanitize_outputs import INTERACTIVE, TOO_LARGE, InertOutputs, is_active

SOURCE = """\
with check.case("public", points=1):
    check.equal(double(2), 4)
### BEGIN HIDDEN TESTS
with check.case("hidden", points=1):
    check.equal(double(-3), -6, hint="a <b> & 'c'")
else_
### END HIDDEN TESTS
check.score(out_of=2)"""
SECRET = "check.equal(double(-3), -6, hint=\"a <b> & 'c'\")"


def graded(*outputs: Any, source: str = SOURCE) -> Any:
    cell = new_code_cell(source, outputs=list(outputs))
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "double_tests", "points": 2}
    return cell


def redacted(*cells: Any) -> Any:
    notebook, _ = RedactHidden().preprocess(new_notebook(cells=list(cells)), {})
    return notebook.cells


def test_the_hidden_region_goes_and_a_remark_stays() -> None:
    (cell,) = redacted(graded())
    assert cell.source.split("\n") == [*SOURCE.split("\n")[:2], IN_PLACE, "check.score(out_of=2)"]


def test_several_regions_and_one_that_never_ends() -> None:
    source = "a\n    ### BEGIN HIDDEN TESTS\nb\n    ### END HIDDEN TESTS\nc\n### BEGIN HIDDEN TESTS\nd"
    (cell,) = redacted(graded(source=source))
    assert cell.source == f"a\n    {IN_PLACE}\nc\n{IN_PLACE}"


def test_a_traceback_in_a_test_cell_shrinks_to_type_and_message() -> None:
    lines = ["----> 5 " + SECRET, "\x1b[0;31mAssertionError\x1b[0m: no"]
    interrupted = new_output("error", ename="KeyboardInterrupt", evalue="", traceback=lines)
    timeout = new_output("error", ename="CellTimeoutError", evalue="stopped", traceback=lines)
    (cell,) = redacted(graded(interrupted, timeout))
    assert [o.traceback for o in cell.outputs] == [["CellTimeoutError: stopped"]]
    (cell,) = redacted(graded(interrupted))
    assert [o.traceback for o in cell.outputs] == [["KeyboardInterrupt"]]


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", name="stdout", text=f"  File x\n    {SECRET}\n"),
        new_output("display_data", data={"text/plain": repr(SECRET)}),
        new_output(
            "display_data", data={"text/html": "<td>check.equal(double(-3), -6, hint=\"a &lt;b&gt; &amp; 'c'\")</td>"}
        ),
        new_output(
            "error",
            ename="E",
            evalue=SECRET,
            traceback=["\x1b[32mcheck\x1b[39m.equal(double(\x1b[33m-3\x1b[0m), -6, hint=\"a <b> & 'c'\")"],
        ),
    ],
    ids=["print", "repr", "html", "colors"],
)
def test_what_the_student_printed_of_hidden_tests_goes(output: Any) -> None:
    student = new_code_cell("def double(x): ...", outputs=[output])
    cells = redacted(student, graded())
    assert "double(-3)" not in str(cells)
    assert "(hidden)" in str(cells[0].outputs)


def test_lines_that_are_public_too_stay() -> None:
    printed = new_output("stream", name="stdout", text="check.score(out_of=2)\ndouble(2)\nelse_")
    (cell,) = redacted(graded(printed))
    assert cell.outputs[0].text == "check.score(out_of=2)\ndouble(2)\nelse_"


def test_a_traceback_of_the_student_stays() -> None:
    error = new_output("error", ename="E", evalue="v", traceback=["line 1", "\x1b[31mline 2\x1b[0m"])
    cells = redacted(new_code_cell("1/0", outputs=[error]), graded())
    assert cells[0].outputs[0].traceback == ["line 1", "\x1b[31mline 2\x1b[0m"]


ACTIVE = [
    "<script>alert(1)</script>",
    "<SCRIPT src=x>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="java\tscript:alert(1)">x</a>',
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<iframe srcdoc='x'></iframe>",
    "[click](javascript:alert(1))",
    '<meta http-equiv="refresh" content="0;url=data:text/html,x">',
]


@pytest.mark.parametrize("markup", ACTIVE)
def test_markup_that_can_run_code_is_found(markup: str) -> None:
    assert is_active(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<table style='color: red'><tr><td>a < b, on = 3</td></tr></table>",
        "if a < b: on = c > d",
        "**bold** $x < y$",
        "<b>Java</b>",
    ],
)
def test_ordinary_markup_is_left_alone(markup: str) -> None:
    assert not is_active(markup)


def inert(cell: Any) -> Any:
    notebook, _ = InertOutputs().preprocess(new_notebook(cells=[cell]), {})
    return notebook.cells[0]


@pytest.mark.parametrize(
    ("data", "left"),
    [
        ({"text/html": "<script>x</script>", "image/png": "iVBO", "text/plain": "p"}, {"image/png", "text/plain"}),
        ({"text/html": "<table></table>", "text/plain": "p"}, {"text/html", "text/plain"}),
        ({"application/javascript": "x"}, {"text/plain"}),
        ({"image/svg+xml": "<svg onload='x()'/>"}, {"text/plain"}),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "w"}, {"text/plain"}),
    ],
)
def test_outputs_keep_their_static_form(data: dict[str, Any], left: set[str]) -> None:
    cell = inert(new_code_cell("x", outputs=[new_output("display_data", data=data)]))
    assert set(cell.outputs[0].data) == left


HARMFUL = [
    *ACTIVE,
    "<x a='>' onclick=alert(1)>y</x>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<a href=' &#1;javascript:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<img src='https://example.org/who-reads-this.png'>",
    "<div style='background: url(https://example.org)'>x</div>",
    "<div style='background: u\\72l(https://example.org)'>x</div>",
    "<div style='position: fixed; top: 0'>30 of 30 points</div>",
    "<style>body { display: none }</style>",
    "[x](JaVaScript&#58;alert(1))",
    "[x](java&#x09;script:alert(1))",
    "[x][x]\n\n[x]: javascript:alert(1)",
    "![x](https://example.org/who-reads-this.png)",
    "</div></div></body><h1>30 of 30 points",
    # What one parser takes for text and another for a tag: a cleaner must not write it so that a browser runs it.
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding='text/html'><style><img src=1 onerror=alert(1)></style></annotation-xml></math>",
    "<svg><desc><table><thead><s></table></s><table><style><img src=1 onerror=alert(1)></style></table></svg>",
    "<svg><title><style><img src=1 onerror=alert(1)></title></svg>",
    "<template><img src=1 onerror=alert(1)></template>",
    "<noscript><style></noscript><img src=1 onerror=alert(1)></style>",
    "<xmp><p title='</xmp><img src=1 onerror=alert(1)>'></xmp>",
    "<textarea><p title='</textarea><img src=1 onerror=alert(1)>'>",
    "<select><template><style><!--</style><a rel='--></style></select><img src=1 onerror=alert(1)>'>",
    "<!--><img src=1 onerror=alert(1)>-->",
    "<!--!><img src=1 onerror=alert(1)>--!>",
    "<![CDATA[><img src=1 onerror=alert(1)>]]>",
    "<?php ><img src=1 onerror=alert(1)>?>",
    "<scr<svg>ipt>alert(1)</scr</svg>ipt>",
    "<im<math>g src=1 onerror=alert(1)>",
    "<a<svg> href=javascript:alert(1)>x</a>",
    "<img src='x<math>' onerror='alert(1)'>",
    # Addresses.
    "<a href='DATA:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='//example.org/led-away'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='blob:https://example.org/x'>x</a>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<img src='data:image/png;base64,AAAA' onload='alert(1)' srcset='https://example.org/x 1x' src='x'>".replace(
        "data:image/png", "data:application/png"
    ),
    # Names with a space of their own, and names that only look like those on the list.
    "<svg:script>alert(1)</svg:script>",
    "<b xlink:href='javascript:alert(1)' xml:base='javascript:' on:click='alert(1)'>x</b>",
    "<a xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='javascript:alert(1)'>x</a>",
    "<b/onclick=alert(1)/x>y</b>",
    "<b aria-label='x' formaction='javascript:alert(1)' is='x' slot='y' popover ping='https://example.org'>x</b>",
    # Styles that load, cover the page or draw on it elsewhere.
    "<div style='background-image: url(https://example.org)'>x</div>",
    "<div style='background: /**/u/**/rl(https://example.org)'>x</div>",
    "<div style='background: image-set(\"https://example.org\" 1x)'>x</div>",
    "<div style='background: src(\"https://example.org\")'>x</div>",
    "<div style='-moz-binding: url(x); behavior: url(x); position: absolute; z-index: 9'>x</div>",
    "<div style='transform: scale(99); content: \"30 of 30\"; filter: invert(1); animation: k 1s'>x</div>",
    "<div style='--x: url(https://example.org)'>x</div>",
    "<div style='color: expression(alert(1)) url(x)'>x</div>",
]


@pytest.mark.parametrize("markup", HARMFUL)
@pytest.mark.parametrize("as_markdown", [False, True], ids=["html", "markdown"])
def test_what_is_left_of_harmful_markup_can_do_nothing(markup: str, as_markdown: bool) -> None:
    context: Any = SimpleNamespace(get=lambda name, default: default)
    made = markdown2html(context, markup) if as_markdown else safe_html(markup)
    left: Any = BeautifulSoup(f"<main>{made}</main>", "html.parser")
    assert [child.name for child in left.children] == ["main"]  # it stays where it was put
    for tag in left.main.find_all(True):
        assert tag.name in ("a", "b", "div", "h1", "img", "p", "s", "table", "tbody", "thead")
        assert not [name for name in tag.attrs if name.startswith("on")]
        assert tag.get("href", "#").startswith("#")
        assert not tag.get("src")
        assert not tag.get("style")


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<math><mi>x</mi><mo>=</mo><mn>3</mn></math>", "x=3"),
        ("<svg width='9'><text x='1'>label</text></svg>", "label"),
        ("<style scoped>td {color: red}</style><title>t</title><script>s()</script>text", "text"),
        ("<noscript><b>bold</b></noscript>", "<b>bold</b>"),
        ("<p align='center'>$a < b$ &amp; c</p>", '<p align="center">$a &lt; b$ &amp; c</p>'),
        ("<img alt='a dog' width=3 src='data:image/png;base64,iVBO\nAA=='>",) * 2,
        ("<details open=''><summary style='color:red'>more</summary>text</details>",) * 2,
        ("<table class='dataframe' border='1'><tbody><tr><th scope='row'>a</th><td>1</td></tr></tbody></table>",) * 2,
        ("<a href='https://example.org/a?b=1#c'>x</a> <a href='mailto:a@b.org'>y</a> <a href='#d' name='e'>z</a>",) * 2,
        ("<b style='color: RED; position: fixed; flex: 1 1 auto'>x</b>", "<b style='color:RED;flex:1 1 auto'>x</b>"),
    ],
)
def test_what_is_harmless_is_shown(markup: str, shown: str) -> None:
    assert described(safe_html(markup)) == described(shown)


@pytest.mark.parametrize("open_tag", ["<b>", "<div>", "<a>", "<table><td>", "<b><p>", "<svg><foreignObject>"])
def test_tags_that_are_never_closed_bring_no_cleaner_down(open_tag: str) -> None:
    """More deeply than a parser that calls itself for each tag can go."""
    assert safe_html(open_tag * 5_000 + "text").count("text") == 1


def test_markup_of_more_tags_than_any_table_is_shown_as_text() -> None:
    """The cleaner would need hours for 600,000 of them, which fit into an output."""
    too_many = "<i>" * (MOST_TAGS + 1)
    assert safe_html(too_many) == f"<pre>{html.escape(too_many)}</pre>"
    assert safe_html(too_many[3:]) != f"<pre>{html.escape(too_many[3:])}</pre>"


def test_our_own_table_stays_as_it_is() -> None:
    with check.case("plain", points=2):
        check.close([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]], hint="a < b & c")
    with check.case("not answered", points=1):
        raise NotImplementedError("write it")
    table = table_html(check.score(out_of=3).cases, "Score: 0 of 3 points.")
    assert described(safe_html(table)) == described(table)


def described(markup: str) -> list[Any]:
    """Tags, attributes and text, whatever the order of styles and the spelling of entities."""
    soup: Any = BeautifulSoup(markup, "html.parser")
    for tag in soup.find_all(True):
        if "style" in tag.attrs:
            tag["style"] = sorted(part.replace(" ", "") for part in tag["style"].split(";") if part.strip())
    return [(tag.name, tag.attrs) for tag in soup.find_all(True)] + [soup.get_text()]


def test_a_formula_as_an_output_is_shown_as_one_in_a_text() -> None:
    for data, left in (
        ({"text/latex": "$x$", "text/plain": "x"}, {"text/markdown": "$x$", "text/plain": "x"}),
        ({"text/latex": "$x$", "text/markdown": "*x*"}, {"text/markdown": "*x*"}),
    ):
        cell = inert(new_code_cell("x", outputs=[new_output("display_data", data=data)]))
        assert cell.outputs[0].data == left


def test_a_progress_bar_is_shown_once() -> None:
    cell = inert(new_code_cell("x", outputs=[new_output("stream", text="10 %\r20 %\r30 %\ndone\n")]))
    assert cell.outputs[0].text == "30 %\ndone\n"


def test_a_drawing_is_shown_where_it_can_run_nothing() -> None:
    cell = inert(new_code_cell("x", outputs=[new_output("display_data", data={"image/svg+xml": "<svg></svg>"})]))
    assert cell.outputs[0].data == {"text/html": '<img alt="" src="data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=">'}


def test_an_output_that_nothing_is_left_of_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inert_module, "LARGEST", 100)
    for data, remark in (
        ({"application/pdf": "x"}, INTERACTIVE),
        ({"application/json": {"a": 1}}, INTERACTIVE),
        ({"text/html": "<p>" + "x" * 100}, TOO_LARGE),
    ):
        cell = inert(new_code_cell("x", outputs=[new_output("display_data", data=data)]))
        assert cell.outputs[0].data == {"text/plain": remark}


def test_only_sizes_and_alt_text_are_left_of_metadata() -> None:
    evil = {"width": '"><script>', "height": 3, "alt": "a", "unconfined": "x"}
    output = new_output("display_data", data={"image/png": "iVBO"}, metadata={"image/png": evil, "isolated": True})
    cell = inert(new_code_cell("x", outputs=[output]))
    assert cell.outputs[0].metadata == {"image/png": {"height": 3, "alt": "a"}}


def test_a_raw_cell_is_shown_as_text() -> None:
    assert inert(new_raw_cell("</div><b>x</b>")).source == "<pre>&lt;/div&gt;&lt;b&gt;x&lt;/b&gt;</pre>"


def test_active_text_of_a_student_is_shown_as_text() -> None:
    assert inert(new_markdown_cell("<img src=x onerror=y> **a**")).source == "&lt;img src=x onerror=y&gt; **a**"
    assert inert(new_markdown_cell("<b>fine</b>")).source == "<b>fine</b>"
