"""Pictures of what computing costs: shares, rooflines, devices. Each draws what it was given, or says what it needs."""

import matplotlib.colors as mcolors
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.text import Text

from course_lib import vis

POINTS = {"conv": {"conv1": (100.0, 9e10), "conv2": (110.0, 8e10)}, "dense": {"fc": (0.5, 5e9)}}


def words(figure):
    return {text.get_text() for text in figure.findobj(Text)} - {""}


def test_shares_of_each_bar_add_up_to_a_hundred_and_small_ones_have_no_number():
    figure = vis.shares({"batch 1": {"conv": 3.0, "fc": 1.0}, "batch 64": {"fc": 0.02, "conv": 0.98}})
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    spans = [(bar.get_x(), bar.get_width()) for bar in bars]
    np.testing.assert_allclose(spans, [(0, 75), (75, 25), (0, 98), (98, 2)])
    assert words(figure) >= {"batch 1", "batch 64", "75", "25", "98", "conv", "fc"}
    assert "2" not in words(figure)
    assert bars[0].get_facecolor() == bars[2].get_facecolor() != bars[1].get_facecolor()


def test_a_roofline_has_its_slope_its_top_and_every_point():
    axes = vis.roofline(1e11, 2e10, POINTS).axes[0]
    slope, top, ridge, conv, dense = axes.lines
    x, y = slope.get_data()
    np.testing.assert_allclose(y, x * 2e10)
    np.testing.assert_allclose(top.get_ydata(), 1e11)
    np.testing.assert_allclose([x[1], top.get_xdata()[0], ridge.get_xdata()[0]], 5)
    np.testing.assert_allclose(conv.get_xydata(), list(POINTS["conv"].values()))
    np.testing.assert_allclose(dense.get_xydata(), [(0.5, 5e9)])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_points_of_a_roofline_that_are_close_have_one_label():
    chain = {str(n): (10 ** (0.15 * n), 1e9) for n in (0, 2, 1)}  # the middle one joins the others
    figure = vis.roofline(1e11, 2e10, POINTS | {"chain": chain})
    assert words(figure) >= {"conv1, conv2", "fc", "0, 2, 1", "20 GB/s", "100 GFLOP/s"}


def test_devices_share_a_color_where_they_have_the_same():
    figure = vis.devices(["a", "b", "c"], {"filters": ["all"] * 3, "pictures": ["1", "2", "3"]}, {"filters": "sums"})
    boxes = [mcolors.to_hex(p.get_facecolor()) for p in figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
    assert len(set(boxes[:3])) == 1
    assert len(set(boxes[3:])) == 3
    assert boxes[0] not in boxes[3:]
    assert sum(isinstance(patch, FancyArrowPatch) for patch in figure.axes[0].patches) == 2
    assert words(figure) >= {"a", "b", "c", "filters", "all", "pictures", "1", "sums"}


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: vis.shares({}), "no bar"),
        (lambda: vis.shares({"a": {}}), "no part"),
        (lambda: vis.shares({"a": dict.fromkeys("abcdefg", 1.0)}), "7 parts: there are 6 colors"),
        (lambda: vis.shares({"a": {"x": 1}, "b": {"y": 1}}), "'b' has the parts y; the first bar has x"),
        (lambda: vis.shares({"a": {"x": 1, "y": -1}}), "must not be negative"),
        (lambda: vis.shares({"a": {"x": 0}}), "not all be zero"),
        (lambda: vis.roofline(1, 1, {}), "no point"),
        (lambda: vis.roofline(1, 1, {"a": {}}), "no point"),
        (lambda: vis.roofline(0, 1, POINTS), "not positive"),
        (lambda: vis.roofline(1, 1, {"a": {"x": (0, 1)}}), "not positive"),
        (lambda: vis.devices([], {}), "at least one"),
        (lambda: vis.devices(["a", "b"], {"x": ["1"]}), r"2 devices, at least one: \['x'\]"),
        (lambda: vis.devices(["a"], {"x": ["1"]}, {"y": "z"}), "in 'y': there is no such row"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
