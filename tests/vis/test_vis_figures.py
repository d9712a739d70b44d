"""Each kind of figure draws what it was given, and refuses what it cannot draw."""

import io
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.contour import QuadContourSet
from matplotlib.text import Text
from PIL import Image

from course_lib import vis
from course_lib.vis.number_squares import number

CLOUD = ([[0.0, 1.0], [-1.0, 0.5], [0.3, 0.2]], [0, 1, 1])
BOWL = vis.Landscape(lambda u, v: u**2 + 2 * v**2, (-2, 2), (-1, 1), lowest=(0, 0))


def words(figure):
    return {text.get_text() for text in figure.findobj(Text)} - {""}


@pytest.mark.parametrize(
    ("value", "short"),
    [(3.0, "3"), (-2, "−2"), (0.0625, "0.0625"), (1 / 3, "0.333"), (float("nan"), ""), (1e7, "1e+07")],
)
def test_numbers_are_short(value, short):
    assert number(value) == short


def test_matrix_writes_each_number_and_name_and_leaves_nan_empty():
    figure = vis.matrix([[1, np.nan], [-3, 4]], rows=["a", "b"], columns=["c", "d"], title="t")
    assert words(figure) >= {"1", "−3", "4", "a", "b", "c", "d", "t"}
    assert "nan" not in words(figure)
    assert sum(patch.get_fill() for patch in figure.axes[0].patches) == 3  # the place of the nan is an empty frame


def test_equation_writes_arrays_signs_and_titles():
    figure = vis.equation(
        [1, 2], "∗", [[5]], "=", [[5, 10]], titles=["x", "w", "y"], highlight=[[True, False], None, None]
    )
    assert words(figure) >= {"1", "2", "5", "10", "∗", "=", "x", "w", "y"}
    bold = [text.get_text() for text in figure.findobj(Text) if text.get_weight() == "bold"]
    assert bold == ["1"]


def test_cells_of_one_group_share_a_ground_in_all_arrays_of_an_equation():
    figure = vis.equation([[1, 2, 3]], "→", [[4, 5]], groups=[[[1, 0, -1]], [[0, 1]]])
    first, second, alone, fourth, fifth = (patch.get_facecolor() for patch in figure.axes[0].patches)
    assert (first, second) == (fifth, fourth)
    assert len({first, second, alone}) == 3


def test_axes_are_logarithmic_where_asked():
    axes = vis.curves({"a": ([1, 10, 100], [1, 2, 3])}, log_x=True, xticks={1: "1", 100: "100"}).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert [label.get_text() for label in axes.get_xticklabels(which="both")] == ["1", "100"]


def test_scattered_points_share_one_scale_and_the_best_is_ringed():
    figure = vis.scatter_panels({"a": ([1, 10], [2, 3], [0.1, 0.5]), "b": ([5], [4], [0.9])}, value="right", log=True)
    first, second, colors = figure.axes
    assert [axes.get_xscale() for axes in (first, second)] == ["log", "log"]
    points, ring = first.collections
    assert points.get_offsets().tolist() == [[1, 2], [10, 3]]
    assert ring.get_offsets().tolist() == [[10, 3]]
    assert points.get_clim() == second.collections[0].get_clim() == (0.1, 0.9)
    assert colors.get_ylabel() == "right"


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: vis.matrix(np.zeros((2, 2, 2))), "one or two axes"),
        (lambda: vis.matrix(np.zeros((40, 40))), "too many to read"),
        (lambda: vis.matrix([[1, 2]], rows=["a", "b"]), "2 names for 1 rows"),
        (lambda: vis.equation("="), "at least one array"),
        (lambda: vis.scatter_panels({"a": ([1, 2], [3, 4], [5])}), "three vectors of one length"),
        (lambda: vis.scatter_panels({"a": ([], [], [])}), "no point to draw"),
        (lambda: vis.equation([1], titles=["a", "b"]), "2 titles for 1 arrays"),
        (lambda: vis.equation([1], groups=[None, None]), "2 groups for 1 arrays"),
        (lambda: vis.equation([1, 2], groups=[[0]]), r"shape \(1, 1\) for an array of shape \(1, 2\)"),
        (lambda: vis.image_grid([]), "no image"),
        (lambda: vis.image_grid([np.zeros((3, 8, 9))]), r"transpose\(1, 2, 0\)"),
        (lambda: vis.image_grid([np.full((2, 2, 3), 1.5)]), "clip or scale"),
        (lambda: vis.image_grid([np.zeros((2, 2))], ["a", "b"]), "2 titles for 1 images"),
        (lambda: vis.curves({}), "no line"),
        (lambda: vis.curves({"a": ([1, 2], [1])}), "'a' is neither"),
        (lambda: vis.curves({"a": [1, 0]}, log=True), "'a': not all of it is positive"),
        (lambda: vis.function_panels({}), "no function"),
        (lambda: vis.function_panels({"a": ([1, 2], [1, 2], [1])}), "'a' needs x, y and slope of one length"),
        (lambda: vis.histogram_panels({}, [], limits=(0, 1)), "no row"),
        (lambda: vis.histogram_panels({"a": [[1, 2]]}, ["1", "2"], limits=(0, 1)), "'a' has 1 arrays for 2 columns"),
        (lambda: vis.bar_panels({}), "no panel"),
        (lambda: vis.layer_chart([], []), "left_out must hold places"),
        (lambda: vis.layer_chart(["conv"], [1]), r"left_out must hold places in 0\.\.0, got \[1\]"),
        (lambda: vis.bars({}), "no bar"),
        (lambda: vis.bars({"a": 0.0}, log=True), "not positive"),
        (lambda: vis.kernel_positions(3, 4), "does not fit"),
        (lambda: vis.kernel_positions(3, 2, s=0), "s must be at least 1"),
        (lambda: vis.wiring({}), "no layer"),
        (lambda: vis.curve_panels({}), "no panel"),
        (lambda: vis.descents({}), "no landscape"),
        (lambda: vis.descents({"bowl": (BOWL, {"a": [1, 2]})}), "the way 'a' has shape"),
        (lambda: vis.thinned_network([1, 0], {}, CLOUD, reach=1), "no map"),
        (lambda: vis.thinned_network([1, 0], {"a": [0.5, 0.5]}, CLOUD, reach=1), "'a' must be a matrix"),
        (lambda: vis.thinned_network([1, 0], {"a": [[0.5, 1.5]]}, CLOUD, reach=1), "'a' must be a matrix of prob"),
        (lambda: vis.paths(5), "2 to 4 blocks"),
        (lambda: vis.paths(3, [0, 2]), r"removed=\[0\]"),
        (lambda: vis.receptive_cone([(3, 0)]), "at least 1"),
        (lambda: vis.receptive_cone([(3, 1)], names=["a", "b"]), "2 names for 1 layers"),
        (lambda: vis.cube(np.zeros((2, 3)), (0, 0, 0)), "three axes"),
        (lambda: vis.cube(np.zeros((2, 3, 4)), (0, 3, 0)), "outside of the shape"),
        (lambda: vis.cube(np.zeros((20, 20, 20)), (0, 0, 0)), "too many to tell apart"),
        (lambda: vis.strips({}, limits=(0, 1)), "no panel"),
        (lambda: vis.strips({"a": [1, 2]}, limits=(0, 1)), r"'a' has shape \(2,\)"),
        (lambda: vis.slide_kernel(np.zeros((3, 3)), np.zeros(3)), "same number of axes"),
        (lambda: vis.slide_kernel(np.zeros((3, 3)), np.zeros((4, 1))), "padded input has only"),
        (lambda: vis.slide_kernel(np.zeros((3, 3)), np.zeros((2, 2)), stride=0), "stride must be at least 1"),
        (lambda: vis.slide_kernel(np.zeros((24, 24)), np.zeros((2, 2))), "too many to watch"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_images_keep_their_pixels_and_their_scale():
    gray, bright = np.arange(6.0).reshape(2, 3), np.full((2, 3), 200, dtype=np.uint8)
    figure = vis.image_grid([gray, bright], ["gray", "bright"])
    shown = [axes.images[0] for axes in figure.axes]
    np.testing.assert_array_equal(shown[0].get_array(), gray)
    assert shown[0].get_clim() == (0, 5)
    assert shown[1].get_clim() == (0, 255)
    assert words(figure) >= {"gray", "bright"}


def test_curves_differ_without_color():
    figure = vis.curves({"a": [1, 2], "b": ([0, 1], [3, 4]), "c": ([0, 1], [3, 4], [2, 3], [4, 5])})
    lines = figure.axes[0].lines
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 3
    assert len(figure.axes[0].collections) == 1  # the band of c
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["a", "b", "c"]


def test_curves_name_their_ticks():
    figure = vis.curves({"a": [3, 1]}, xticks={0: "none", 1: "2×2"})
    figure.draw_without_rendering()
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["none", "2×2"]


def test_curves_on_a_logarithmic_axis():
    axes = vis.curves({"a": [1, 1e-6]}, log=True).axes[0]
    assert (axes.get_yscale(), axes.get_xscale()) == ("log", "linear")


def test_curve_panels_share_a_scale_and_name_each_line_once():
    figure = vis.curve_panels({"first": {"a": [1, 2], "b": [3, 4]}, "second": {"a": [5, 9]}}, columns=1, log=True)
    assert {(axes.get_yscale(), axes.get_ylim()) for axes in figure.axes} == {("log", figure.axes[0].get_ylim())}
    assert [len(axes.lines) for axes in figure.axes] == [2, 1]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_descents_draw_each_way_from_its_start_with_one_look_in_all_landscapes():
    way = np.array([[1.0, 1.0], [0.5, 0.0], [0.1, 0.1]])
    figure = vis.descents({"left": (BOWL, {"a": way, "b": -way}), "right": (BOWL, {"b": way})})
    left, right = figure.axes
    star, start, line, *_ = left.lines
    assert list(star.get_xydata()[0]) == [0, 0]
    assert list(start.get_xydata()[0]) == [1, 1]
    np.testing.assert_array_equal(line.get_xydata(), way)
    assert left.lines[4].get_color() == right.lines[2].get_color() != line.get_color()
    assert right.get_xlim() == BOWL.first


def test_a_film_of_descents_goes_on_from_picture_to_picture_on_the_same_ground():
    way = np.array([[1.5, 0.8], [0.5, 0.0], [-1.5, -0.8]])
    film = vis.descent_film({"bowl": (BOWL, {"a": way})}, {0: "start", 1: "one", 2: "two"}, alt="down and up again")
    pages = [np.asarray(Image.open(io.BytesIO(page.png)).convert("L"), int) for page in film.frames.values()]
    changed = [(abs(b - a) > 40).mean() for a, b in pairwise(pages)]
    assert list(film.frames) == ["start", "one", "two"]
    assert all(0.001 < part < 0.05 for part in changed)


def test_function_panels_draw_each_function_with_its_derivative_on_one_scale():
    x = np.linspace(-1, 1, 5)
    figure = vis.function_panels({"square": (x, x**2, 2 * x), "line": (x, x, x * 0 + 1)}, columns=1, ylim=(-2, 2))
    assert words(figure) >= {"square", "line", "function", "derivative"}
    for axes, (y, slope) in zip(figure.axes, [(x**2, 2 * x), (x, x * 0 + 1)], strict=True):
        *_, drawn, dashed = axes.lines
        np.testing.assert_array_equal(drawn.get_ydata(), y)
        np.testing.assert_array_equal(dashed.get_ydata(), slope)
        assert (drawn.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
        assert axes.get_ylim() == (-2, 2)


def test_histogram_panels_count_what_lies_inside_and_write_the_deviation_of_all():
    figure = vis.histogram_panels({"a": [[0, 0, 0, 9], [1, 1]]}, ["first", "second"], limits=(-1, 1))
    heights = [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes]
    assert heights == [3, 2]
    assert words(figure) >= {"first\nσ = 3.9", "second\nσ = 0", "a"}


def test_bar_panels_share_one_scale_and_write_their_values():
    figure = vis.bar_panels({"warm": {"cat": 0.25, "dog": 0.75}, "cold": {"cat": 0.001}}, ylabel="p")
    assert words(figure) >= {"warm", "cold", "0.25", "0.75", "0.001", "p"}
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    levels = [axes.lines for axes in vis.bar_panels({"a": {"x": 1.0}}, level=0.5).axes]
    assert [list(line.get_ydata()) for lines in levels for line in lines] == [[0.5, 0.5]]


def test_the_chart_of_a_network_says_how_much_it_leaves_out():
    figure = vis.layer_chart(["conv", "ReLU", "dense"], left_out=[1])
    blocks = [text.get_text() for text in figure.findobj(Text)]
    assert (blocks.count("conv"), blocks.count("ReLU"), blocks.count("dense")) == (2, 1, 2)
    assert "2 of 3 layers" in blocks
    dashed = [patch for patch in figure.axes[0].patches if patch.get_linestyle() == "--"]
    assert len(dashed) == 1


def test_bars_write_their_values():
    assert words(vis.bars({"dense": 1.6e9, "time": 1234.5, "share": 0.25})) >= {"1,600,000,000", "1,234", "0.25"}


@pytest.mark.parametrize(
    ("i", "k", "s", "p", "d"), [(5, 3, 1, 0, 1), (6, 3, 2, 0, 1), (7, 2, 3, 2, 2), (4, 4, 1, 0, 1)]
)
def test_kernel_positions_agree_with_the_floor_formula(i, k, s, p, d):
    assert len(vis.positions(i, k, s, p, d)) == (i + 2 * p - d * (k - 1) - 1) // s + 1
    assert f"o={len(vis.positions(i, k, s, p, d))}" in " ".join(words(vis.kernel_positions(i, k, s, p, d)))


def test_wiring_counts_weights_and_colors_only_shared_ones():
    figure = vis.wiring({"local": [[0, 1, -1], [-1, 2, 3]], "shared": [[0, 1, -1], [-1, 0, 1]]})
    local, shared = figure.axes
    assert words(figure) >= {"4 weights", "2 weights"}
    assert {line.get_color() for line in local.lines} == {"#7f7f7f"}
    assert len({line.get_color() for line in shared.lines}) == 2


def test_a_thinned_network_lacks_the_lines_of_its_dropped_units():
    slope = np.tile(np.linspace(0, 1, 5), (4, 1))
    whole = vis.thinned_network([1, 1, 1], {"slope": slope}, CLOUD, reach=2).axes[0]
    thinned = vis.thinned_network([True, False, True], {"slope": slope}, CLOUD, reach=2).axes[0]
    assert (len(whole.lines), len(thinned.lines)) == (9, 6)  # two inputs and one output for each unit
    assert "×" in {text.get_text() for text in thinned.texts}
    assert thinned.get_title() == "2 of 3 units"


def test_a_map_has_its_points_and_a_line_where_the_answer_changes():
    slope = np.tile(np.linspace(0, 1, 5), (4, 1))
    figure = vis.thinned_network([1, 0], {"slope": slope, "sure": np.ones((4, 5))}, CLOUD, reach=2)
    _, sloping, sure = figure.axes
    assert words(figure) >= {"slope", "sure", "1 of 2 units"}
    drawn = [np.asarray(points.get_offsets()) for points in sloping.findobj(PathCollection)]
    np.testing.assert_allclose(np.vstack(drawn), CLOUD[0])
    (border,) = [lines for lines in sloping.findobj(QuadContourSet) if not lines.filled]
    np.testing.assert_allclose(np.vstack(border.allsegs[0])[:, 0], 0, atol=1e-12)  # 0.5 lies in the middle
    assert all(lines.filled for lines in sure.findobj(QuadContourSet))


def test_each_removed_block_halves_the_paths_and_cuts_a_plain_net():
    assert words(vis.paths(3)) >= {"its 8 paths", "plain net: one path", "length 0", "length 3"}
    figure = vis.paths(3, [2])
    assert words(figure) >= {"its paths: 4 of 8 still carry something", "plain net: one path, and it is cut"}
    crosses = [text for axes in figure.axes for text in axes.texts if text.get_text() == "×"]
    assert len(crosses) == 2 + 4, "one in each net, and one in each of the paths through it"
    assert "its paths: 4 of 16 still carry something" in words(vis.paths(4, [1, 4]))


def test_the_cone_widens_by_kernel_and_stride():
    # 1 <- 3 (kernel 3) <- 6 (pooling 2, stride 2) <- 8 (kernel 3)
    assert words(vis.receptive_cone([(3, 1), (2, 2), (3, 1)])) >= {"1", "3", "6", "8", "input"}


def test_film_draws_the_chosen_positions():
    film = vis.slide_kernel(np.arange(16).reshape(4, 4), [[1, 0], [0, -1]])
    assert words(film.filmstrip(3)) >= {"position 1 of 9", "position 5 of 9", "position 9 of 9", "−5"}
    assert "0·1 + 1·0 + 4·0 + 5·(−1) = −5" in film.alt


@pytest.mark.parametrize(("axis", "marked", "borders"), [(0, 12 + 4 + 3, 7), (1, 3 + 2 + 6, 15), (2, 4 + 8 + 2, 12)])
def test_a_cube_marks_all_that_shares_a_number_and_parts_it_from_the_rest(axis, marked, borders):
    # Of 2 x 4 x 3 cells, 12 are seen in front, 8 above and 6 at the side; the outline of the whole has 2*(2+4+3) edges.
    figure = vis.cube(np.indices((2, 4, 3))[axis], (0, 3, 0), names=("batch", "units", "time"), title="shared")
    red, _, blue, _ = np.transpose([patch.get_facecolor() for patch in figure.axes[0].patches])
    assert (blue - red > 0.3).sum() == marked
    assert len(figure.axes[0].lines) == 18 + borders
    assert words(figure) == {"batch", "units", "time", "shared"}


def test_strips_draw_all_values_of_each_unit_with_its_mean_and_deviation():
    values = np.array([[0.0, 1], [4, 1], [2, 1], [2, 9]])
    figure = vis.strips({"before": values, "after": values / 2}, limits=(-1, 5), ylabel="value")
    first = figure.axes[0]
    dots, means = first.lines[::2], first.lines[1::2]
    assert [line.get_ydata().tolist() for line in dots] == [[0, 4, 2, 2], [1, 1, 1, 5]]  # 9 lies at the edge
    assert [line.get_ydata()[0] for line in means] == [2, 3]
    np.testing.assert_allclose([box.get_height() / 2 for box in first.patches], values.std(axis=0))
    assert all(abs(line.get_xdata() - unit).max() < 0.5 for unit, line in enumerate(dots, start=1))
    assert words(figure) >= {"before", "after", "value", "unit"}
