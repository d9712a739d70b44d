"""A real browser opens executed notebooks as pages, without a kernel: films, sliders and folds work by keyboard."""

from __future__ import annotations

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from support.browser import Page, opened
from torch import nn

from course_lib import models, vis
from grader.authoring import blocks

QUIZ = ":::{quiz} How many?\n- [ ] 7\n  Too few.\n- [x] 13\n  Every echo ends.\n:::"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory):
    """A static page with a film, a flipbook, sliders and a quiz, as nbconvert makes it."""
    shown = [
        vis.slide_kernel([1, 2, 3, 4], [1, 1]),
        vis.flipbook({"first": vis.matrix([[0]]), "second": vis.matrix([[1]])}, alt="a zero becomes a one"),
        models.walk(nn.Sequential(nn.Flatten(), nn.ReLU()), {"low": [[-2.0]], "high": [[3.0]]}),
        vis.explore(vis.kernel_positions, lambda i, k: f"input {i}, kernel {k}", i=(2, 3, 4), k=(1, 2, 4)),
    ]
    outputs = [new_output("display_data", data=_data(one)) for one in shown]
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs), new_markdown_cell(blocks.expanded(QUIZ))])
    path = tmp_path_factory.mktemp("players") / "page.html"
    path.write_text(HTMLExporter().from_notebook_node(notebook)[0], "utf-8")
    with opened(path, tmp_path_factory.mktemp("profile")) as found:
        yield found


def _data(value: object) -> dict[str, object]:
    data, _ = value._repr_mimebundle_()  # type: ignore[attr-defined]  # each of them has it
    return dict(data)


def focus(page: Page, selector: str, number: int = 0) -> None:
    page.evaluate(f"document.querySelectorAll({selector!r})[{number}].focus()")


def test_a_film_steps_by_the_arrow_keys(page: Page) -> None:
    film = '[data-player^="slide-"]'
    said = f"document.querySelector('{film} .sum').textContent"
    assert page.evaluate(said) == "y[0] = 1·1 + 2·1 = 3"
    focus(page, f"{film} button", 2)
    page.press("ArrowRight")
    assert page.evaluate(said) == "y[1] = 2·1 + 3·1 = 5"
    page.press("Enter")  # the button itself: one on
    assert page.evaluate(said) == "y[2] = 3·1 + 4·1 = 7"


def test_each_picture_of_a_flipbook_has_its_words(page: Page) -> None:
    flip = '[data-player^="flip-"]'
    alt = f"document.querySelector('{flip} img').alt"
    assert page.evaluate(alt) == "first: a zero becomes a one"
    focus(page, f"{flip} input")
    page.press("ArrowRight")
    assert page.evaluate(alt) == "second: a zero becomes a one"


def test_sliders_choose_among_the_pictures(page: Page) -> None:
    knobs = '[data-player^="sliders-"]'
    state = f"(function (root) {{ var image = root.querySelector('img'); return [image.hidden, image.alt, \
        root.querySelector('.said').textContent]; }})(document.querySelector('{knobs}'))"
    before = page.evaluate(f"document.querySelector('{knobs} img').src")
    assert page.evaluate(state)[:2] == [False, "input 3, kernel 2"]
    focus(page, f"{knobs} input", 1)
    page.press("ArrowRight")
    assert page.evaluate(state) == [False, "input 3, kernel 3", "input 3, kernel 3"]
    assert page.evaluate(f"document.querySelector('{knobs} img').src") != before
    page.press("End")
    hidden, _, said = page.evaluate(state)
    assert hidden
    assert said == "a kernel that reaches over 4 cells does not fit into 3"
    assert page.evaluate(f"[...document.querySelectorAll('{knobs} output')].map(o => o.textContent)") == ["3", "4"]
    focus(page, f"{knobs} input", 0)
    page.press("ArrowRight")
    assert page.evaluate(state)[:2] == [False, "input 4, kernel 4"]


def test_a_walk_goes_on_at_the_same_layer_when_another_picture_is_chosen(page: Page) -> None:
    root = '[data-player^="walk-"]'
    said = f"document.querySelector('{root} .sum').textContent"
    assert page.evaluate(said).startswith("The picture: 1 × 1 × 1")
    focus(page, f"{root} input")
    page.press("End")
    assert "ReLU(−2.000) = 0.000" in page.evaluate(said)
    focus(page, f"{root} select")
    page.press("h")  # as in "high"
    assert "ReLU(3.000) = 3.000" in page.evaluate(said)
    assert page.evaluate(f"document.querySelector('{root} img').alt").startswith("high. 1, ReLU: 1 → 1.")
    assert page.evaluate(f"document.querySelector('{root} .sum').getAttribute('aria-live')") == "polite"


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_choice_of_a_quiz_opens_by_the_keyboard(page: Page, key: str) -> None:
    opened = "[...document.querySelectorAll('details')].map(fold => fold.open)"
    assert page.evaluate(opened) == [False, False]
    focus(page, "summary", 1)
    page.press(key)
    assert page.evaluate(opened) == [False, True]
    page.press(key)
    assert page.evaluate(opened) == [False, False]
