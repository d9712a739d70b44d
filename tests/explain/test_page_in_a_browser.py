"""A real browser opens pages of nets: it computes as torch does, by keyboard, on a phone, in a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from support.browser import Page, opened
from support.pages import NAMES, mean, odd, picture, plain, told
from support.waiting import until
from torch import nn

import course_lib
from course_lib import explain, models

PARTS = Path(course_lib.__file__).parent / "explain" / "explainer"
TITLE = "document.getElementById('story-title').textContent"
TOTAL = "document.getElementById('total').textContent"
LAYERS = ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2", "2", "4"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of a net, as a file."""
    path = explain.page(plain(), picture(2, 8, 10), NAMES).save(tmp_path_factory.mktemp("page") / "net.html")
    with opened(path, tmp_path_factory.mktemp("profile")) as found:
        until(lambda: found.evaluate("'ready' in document.documentElement.dataset"))
        yield found


@pytest.fixture
def page(shown: Page) -> Page:
    """The same, wide, light and at its start."""
    shown.resize(1200, 900)
    shown.darken(False)
    shown.evaluate("while (!document.getElementById('back').hidden) document.getElementById('back').click()")
    shown.evaluate("document.querySelectorAll('#layers button')[1].click()")
    return shown


def activations() -> list[np.ndarray]:
    """What torch has for each layer of the page."""
    net, x = plain(), picture(1, 2, 8, 10)
    with models.features(net, LAYERS) as seen, torch.no_grad():
        logits = net(x)
    return [value[0].numpy() for value in (x, *(seen[name] for name in LAYERS), logits.softmax(1))]


def unpacked(text: str) -> str:
    """A script that makes `layers` of a page, beside the functions that compute."""
    head, packed = (text.split(f'id="{name}">')[1].split("<")[0] for name in ("steps", "base64"))
    return f"{(PARTS / 'numbers.js').read_text('utf-8')}; const layers = unpacked({head}, {json.dumps(packed)});"


def number(page: Page, script: str = TOTAL) -> float:
    return float(page.evaluate(script).replace("−", "-"))


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.parentNode.id")


def test_a_layer_a_map_and_a_number_are_chosen_by_keyboard(page: Page) -> None:
    stops = "[...document.querySelectorAll('button, [tabindex]')].filter(x => x.tabIndex >= 0 && x.offsetHeight)"
    page.evaluate(f"{stops}[0].focus()")  # where the first Tab leads
    assert focused(page) == "layers"
    for _ in range(3):
        page.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Convolution 3 × 210 maps of 2 × 4"
    page.press("Tab")
    assert focused(page) == "units"
    page.press("Home")
    for _ in range(4):
        page.press("ArrowRight")
    page.press("Tab")
    assert focused(page) == "map"
    page.press("ArrowUp")
    page.press("ArrowUp")  # there is nothing further up
    page.press("End")
    page.press("ArrowDown")
    page.press("ArrowLeft")
    assert page.evaluate(TITLE) == "Convolution 3 × 2, map 4, row 1, column 2"
    truth = activations()[4][4, 1, 2]
    assert number(page) == pytest.approx(truth, abs=1e-4)
    assert page.evaluate("document.getElementById('said').textContent").startswith("map 4, row 1, column 2: ")
    assert page.evaluate("document.getElementById('agrees').textContent").startswith("✓ Computed on this page.")


def test_the_terms_on_the_screen_add_up(page: Page) -> None:
    page.evaluate("document.querySelectorAll('#layers button')[4].click()")
    cells = "[...document.querySelectorAll('.part')].map(part => [...part.querySelectorAll('table')].map(table => \
        [...table.querySelectorAll('td')].map(td => parseFloat(td.textContent.replaceAll('−', '-')))))"
    parts = np.array(page.evaluate(cells))
    assert parts.shape == (3, 3, 6)  # maps; window, weights and products; places
    np.testing.assert_allclose(parts[:, 0] * parts[:, 1], parts[:, 2], atol=2e-3)
    terms = page.evaluate("document.getElementById('sum').textContent").replace(" ", "").replace("−", "-")
    bias = float(terms.split("bias")[0].split("map2")[1])
    assert parts[:, 2].sum() + bias == pytest.approx(number(page), abs=0.01)


def test_each_number_leads_back_to_the_picture(page: Page) -> None:
    """From the probability to a pixel, by Tab and Enter alone, and back again."""
    page.evaluate("document.querySelectorAll('#layers button')[9].focus()")
    page.press("End")
    titles, values = [], activations()
    for depth in range(9, 0, -1):
        titles.append(page.evaluate(TITLE))
        page.evaluate("document.getElementById('story-title').focus()")
        while not page.evaluate("document.activeElement.closest('td') !== null"):
            page.press("Tab")
        name = page.evaluate("document.activeElement.getAttribute('aria-label')")
        page.press("Enter")
        assert focused(page) == "story-title"
        assert page.evaluate(TITLE).endswith(name.split(", ", 1)[1])
        assert abs(values[depth - 1] - number(page)).min() <= 1e-4
    assert page.evaluate(TITLE).startswith("Picture, map ")
    assert page.evaluate("document.querySelectorAll('#parts button').length") == 0
    for title in reversed(titles):
        page.press("Backspace")
        assert page.evaluate(TITLE) == title
    assert page.evaluate("document.getElementById('back').hidden")


def test_arrow_keys_lead_through_a_window(page: Page) -> None:
    first = "document.querySelector('#parts table button')"
    page.evaluate(f"{first}.focus()")
    page.press("ArrowRight")
    page.press("ArrowDown")
    place = "[...document.activeElement.closest('table').querySelectorAll('button')].indexOf(document.activeElement)"
    columns = page.evaluate(f"{first}.closest('tr').querySelectorAll('button').length")
    assert page.evaluate(place) == columns + 1
    assert page.evaluate("document.querySelectorAll('#parts td.near').length") == 3  # number, weight and product
    stops = "document.querySelector('#parts table').querySelectorAll('[tabindex=\"0\"]').length"
    assert page.evaluate(stops) == 1


def test_touch_moves_too(page: Page) -> None:
    page.evaluate("document.querySelectorAll('#layers button')[0].click()")
    box = page.evaluate("JSON.stringify(document.querySelector('#map canvas').getBoundingClientRect())")
    rect = json.loads(box)
    where = {"x": rect["x"] + rect["width"] * 0.75, "y": rect["y"] + rect["height"] * 0.45}
    for kind in ("mousePressed", "mouseReleased"):
        page._ask("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)
    assert page.evaluate(TITLE).endswith(", row 3, column 7")
    page.evaluate("document.querySelector('[aria-label=\"One down\"]').click()")
    assert page.evaluate(TITLE).endswith(", row 4, column 7")


def test_names_of_classes_are_text(page: Page) -> None:
    page.evaluate("document.querySelectorAll('#layers button')[9].click()")
    rows = page.evaluate("[...document.querySelectorAll('#units button span:first-child')].map(x => x.textContent)")
    assert rows == list(NAMES)
    assert page.evaluate("document.querySelectorAll('script').length") == 3


def test_a_narrow_screen_needs_no_scrolling_aside(page: Page) -> None:
    for width in (360, 320):
        page.resize(width, 740)
        for layer in range(10):
            page.evaluate(f"document.querySelectorAll('#layers button')[{layer}].click()")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, layer
        sizes = page.evaluate("[...document.querySelectorAll('.arrows button')].map(x => x.offsetHeight)")
        assert all(size == 0 or size >= 44 for size in sizes)


def test_dark_and_light_are_those_of_the_machine(page: Page) -> None:
    look = "[getComputedStyle(document.body).backgroundColor, [...document.querySelector('#legend canvas')\
        .getContext('2d').getImageData(50, 0, 1, 1).data].slice(0, 3).join()]"
    assert page.evaluate(look) == ["rgb(255, 255, 255)", "255,255,255"]
    page.darken(True)
    until(lambda: page.evaluate(look) == ["rgb(21, 25, 29)", "20,24,28"])
    assert page.evaluate(look) == ["rgb(21, 25, 29)", "20,24,28"]


def test_nothing_is_loaded(page: Page) -> None:
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so of even kernels
@pytest.mark.parametrize(
    ("net", "shape"), [(plain(), (2, 8, 10)), (odd(), (4, 21, 17)), (mean(), (3, 6, 5))], ids=["plain", "odd", "mean"]
)
def test_every_number_is_computed_as_by_torch(page: Page, net: nn.Module, shape: tuple[int, ...]) -> None:
    """All numbers of all layers, from their windows and weights alone."""
    text = explain.page(net, 4 * picture(*shape) - 2).html
    _, layers = told(text)
    computed = page.evaluate(
        f"(function () {{ {unpacked(text)}"
        "return layers.map((layer, n) => { const [maps, rows, columns] = layer.shape, all = [];"
        "for (let m = 0; m < maps; m++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++)"
        "all.push(made(layers, [n, m, i, j]).total); return all; }); })()"
    )
    assert len(computed) == len(layers)
    for layer, values in zip(layers, computed, strict=True):
        np.testing.assert_allclose(values, layer["values"].ravel(), atol=1e-4, err_msg=layer["kind"])


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_what_a_number_has_seen_is_where_its_gradient_is(page: Page) -> None:
    """With positive weights, each pixel of the receptive field counts, and no other."""
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.AvgPool2d(2, padding=1), nn.ReLU(),
        nn.Conv2d(2, 2, 2, padding="same", groups=2), nn.Flatten(), nn.Linear(40, 2),
    ).eval()  # fmt: skip
    x = picture(1, 13, 15).requires_grad_()
    for p in net.parameters():
        p.detach().fill_(0.5)
    units = [(4, 1, 0, 4), (4, 0, 3, 1), (5, 27, 0, 0), (6, 1, 0, 0)]
    seen = page.evaluate(
        f"(function () {{ {unpacked(explain.page(net, x).html)} return {json.dumps(units)}\
        .map((unit) => seenBy(layers, unit)); }})()"
    )
    for box, (depth, *place) in zip(seen, units, strict=True):
        output = net[:depth](x[None])[0]
        (gradient,) = torch.autograd.grad(output[tuple(place[: output.ndim])], x)
        rows, columns = gradient[0].nonzero().T
        assert box == [rows.min(), rows.max(), columns.min(), columns.max()]


def test_it_lives_in_a_notebook(tmp_path: Path) -> None:
    """On a static page of an executed notebook, dark on a light machine: its own styles, height, keys and colors."""
    made = explain.page(plain(), picture(2, 8, 10))
    loud = "<style>button, td, h2 { display: none !important } * { font-size: 40px !important }</style>"
    outputs = [new_output("display_data", data={"text/html": html}) for html in (loud, *2 * [made._repr_html_()])]
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    path = tmp_path / "notebook.html"
    path.write_text(HTMLExporter(theme="dark").from_notebook_node(notebook)[0], "utf-8")
    frame = "document.querySelectorAll('iframe')[1]"
    inside = f"{frame}.contentDocument"
    with opened(path, tmp_path / "profile") as page:
        page.resize(1000, 800)
        until(lambda: page.evaluate(f"!!{inside} && 'ready' in {inside}.documentElement.dataset"))
        assert page.evaluate(f"{inside}.getElementById('back').nextElementSibling.offsetHeight") > 0
        assert page.evaluate(f"getComputedStyle({inside}.body).fontSize") == "16px"
        assert page.evaluate(f"getComputedStyle({inside}.querySelector('h2')).display") == "block"
        tall = f"{frame}.clientHeight >= {inside}.querySelector('main').getBoundingClientRect().height"
        assert until(lambda: page.evaluate(tall))
        assert page.evaluate(f"{inside}.documentElement.dataset.theme") == "dark"
        page.evaluate(f"{inside}.getElementById('map').focus()")
        page.press("Home")
        page.press("ArrowRight")
        titles = "[...document.querySelectorAll('iframe')].map(x => x.contentDocument.querySelector(\
            '#story-title').textContent)"
        other, own = page.evaluate(titles)
        assert own.endswith("column 1")
        assert own != other
