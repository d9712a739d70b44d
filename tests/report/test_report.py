"""Reports: counts and intervals as other libraries have them, and a page that is one file in which text is text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup
from scipy.stats import binomtest, sem, t
from sklearn.metrics import confusion_matrix
from support.browser import opened

from course_lib import report

HOSTILE = "<script>document.title='led away'</script><b>bold</b> & \" '"


def example() -> report.Page:
    page = report.Page(HOSTILE, HOSTILE)
    page.section(HOSTILE, report.paragraph(HOSTILE), report.facts({HOSTILE: HOSTILE, "list": [HOSTILE, 2]}))
    page.section("Counts", report.confusion_table(np.array([[9, 1], [3, 0]]), (HOSTILE, "b")))
    page.section("Rows", report.table(("name", "count"), [(HOSTILE, 3), ("b", HOSTILE)]))
    page.section("Pictures", report.gallery([np.zeros((300, 400, 3), np.uint8)] * 8, [HOSTILE] * 8))
    return page


@pytest.mark.parametrize(("right", "total"), [(0, 5), (5, 5), (1, 3), (97, 120), (950, 1000)])
def test_the_interval_is_wilsons(right: int, total: int) -> None:
    oracle = binomtest(right, total).proportion_ci(0.95, method="wilson")
    assert np.allclose(report.interval(right, total), (oracle.low, oracle.high), atol=1e-4)


@pytest.mark.parametrize("shape", [(2,), (3,), (30,), (4, 5)])
def test_mean_and_half_are_those_of_students_t(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).normal(5, 2, shape)
    mean, half = report.mean_and_half(values)
    low, high = t.interval(0.95, shape[-1] - 1, values.mean(-1), sem(values, axis=-1))
    np.testing.assert_allclose((mean - half, mean + half), (low, high), rtol=1e-12)


@pytest.mark.parametrize("values", [[], [3.0], 3.0, [[1.0], [2.0]]])
def test_one_value_has_no_interval(values: object) -> None:
    with pytest.raises(ValueError, match="two or more"):
        report.mean_and_half(values)


def test_counts_are_those_of_another_library() -> None:
    rng = np.random.default_rng(0)
    labels, said = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    assert np.array_equal(report.confusion(labels, said, 5), confusion_matrix(labels, said))
    assert report.confusion([2], [0], 3).tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]


def test_what_cannot_be_counted_or_shown_is_refused() -> None:
    for labels, said in (([0, 1], [0]), ([0, 2], [0, 0]), ([0], [-1])):
        with pytest.raises(ValueError, match="labels"):
            report.confusion(labels, said, 2)
    for right, total in ((1, 0), (3, 2), (-1, 4)):
        with pytest.raises(ValueError, match="a share is"):
            report.interval(right, total)
    with pytest.raises(ValueError, match="2 cells"):
        report.table(("a", "b"), [(1, 2, 3)])
    with pytest.raises(ValueError, match="1 captions for 0"):
        report.gallery([], ["a"])
    with pytest.raises(ValueError, match="for 1 classes"):
        report.confusion_table(np.zeros((2, 2), np.int64), ("a",))
    with pytest.raises(TypeError, match="not str"):
        report.Page("a").section("b", "<p>text</p>")  # type: ignore[arg-type]  # that is the mistake


def test_text_is_text_and_the_file_needs_no_other(tmp_path: Path) -> None:
    soup = BeautifulSoup(example().save(tmp_path / "report.html").read_text("utf-8"), "html.parser")
    assert soup.find_all(["script", "b", "link", "iframe"]) == []
    assert soup.h1.text == soup.title.text == HOSTILE
    assert all(place["src"].startswith("data:image/jpeg;base64,") for place in soup.find_all("img"))
    assert all(place["alt"] == HOSTILE for place in soup.find_all("img"))
    shown = BeautifulSoup(example()._repr_html_(), "html.parser")
    assert not shown.iframe["sandbox"]  # nothing is allowed in the frame
    assert shown.iframe["srcdoc"] == example().html
    assert repr(example()).endswith("4 sections")


def test_the_cells_say_how_much_and_what_is_right() -> None:
    table = report.confusion_table(np.array([[9, 1], [3, 0]]), ("a", "b")).html
    cells = BeautifulSoup(table, "html.parser").tbody.find_all("td")
    assert [cell.text for cell in cells] == ["9", "1", "90%", "3", "0", "0%"]
    assert ["right" in cell.get("class", []) for cell in cells] == [True, False, False, False, True, False]


def test_a_browser_runs_nothing_and_a_phone_need_not_scroll_sideways(tmp_path: Path) -> None:
    place = example().save(tmp_path / "report.html")
    with opened(place, tmp_path / "profile") as page:
        assert page.evaluate("document.title") == HOSTILE
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.evaluate("document.body.style.width = '320px'")
        assert page.evaluate("document.querySelector('main').scrollWidth") <= 320
