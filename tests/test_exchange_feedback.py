"""What a feedback page must not show or do, step by step."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.exchange.inert import InertOutputs, is_active
from grader.exchange.redact import IN_PLACE, RedactHidden

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
    ids=["print", "repr", "html", "colours"],
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


def test_active_text_of_a_student_is_shown_as_text() -> None:
    assert inert(new_markdown_cell("<img src=x onerror=y> **a**")).source == "&lt;img src=x onerror=y&gt; **a**"
    assert inert(new_markdown_cell("<b>fine</b>")).source == "<b>fine</b>"
