"""A map over a picture, and maps in rows and columns: what is 0, what is most, and that few numbers hide none."""

import numpy as np
import pytest
import torch
from matplotlib.text import Text

from course_lib import vis

PICTURE = np.random.default_rng(0).random((6, 8, 3))
MAP = np.arange(12.0).reshape(3, 4)


def drawn(axes):
    return [np.asarray(image.get_array()) for image in axes.get_images()]


def words(figure):
    return {text.get_text() for text in figure.findobj(Text)} - {""}


def test_what_is_far_from_zero_covers_the_gray_picture():
    figure = vis.overlay(PICTURE, MAP, title="t", label="what")
    gray, colors = drawn(figure.axes[0])
    assert np.allclose(gray, PICTURE @ [0.299, 0.587, 0.114])
    assert np.allclose(colors[..., 3], 0.85 * MAP / 11)
    assert {tuple(image.get_extent()) for image in figure.axes[0].get_images()} == {(0, 8, 6, 0)}
    assert words(figure) >= {"t", "what"}
    assert figure.axes[1].get_ylim() == (0, 11)


def test_signs_have_colors_of_their_own_and_zero_is_in_the_middle():
    figure = vis.overlay(PICTURE, MAP - 5)
    _, colors = drawn(figure.axes[0])
    assert figure.axes[1].get_ylim() == (-6, 6)
    assert colors[1, 1, 3] == 0
    below, above = colors[0, 0, :3], colors[2, 3, :3]
    assert below[2] > below[0]  # violet
    assert above[0] > above[2]  # orange


@pytest.mark.parametrize("picture", [PICTURE.transpose(2, 0, 1), torch.tensor(PICTURE).permute(2, 0, 1)])
def test_pictures_are_taken_as_nets_take_them_too(picture):
    assert np.allclose(drawn(vis.overlay(picture, torch.ones(3, 4)).axes[0])[0], PICTURE @ [0.299, 0.587, 0.114])


def test_bytes_and_gray_pictures_are_pictures():
    gray = np.array([[0, 255]], np.uint8)
    assert drawn(vis.overlay(gray, [[1.0, 0]]).axes[0])[0].tolist() == [[0, 1]]


def test_a_map_of_zeros_covers_nothing():
    figure = vis.overlay(PICTURE, np.zeros((3, 4)))
    assert not drawn(figure.axes[0])[1][..., 3].any()
    sheet = vis.map_sheet([PICTURE], {"a": np.zeros((1, 6, 8)), "b": np.zeros((1, 3, 6, 8))})
    assert np.all(drawn(sheet.axes[2])[0] == 0.5)


def test_a_sheet_has_a_row_for_each_picture_and_a_column_for_each_method():
    maps = {"plain": torch.rand(2, 6, 8), "in color": torch.randn(2, 3, 6, 8)}
    figure = vis.map_sheet([PICTURE, PICTURE], maps, names=["one", "two"])
    assert words(figure) >= {"picture", "plain", "in color", "one", "two", "0", "most", "most below 0", "most above 0"}
    assert len(figure.axes) == 2 * 3 + 2
    assert [axes.get_title() for axes in figure.axes[:6]] == ["picture", "plain", "in color", "", "", ""]
    assert np.allclose(drawn(figure.axes[3])[0], PICTURE)


def test_each_map_is_scaled_to_itself_and_a_few_numbers_hide_nothing():
    plain = np.ones((1, 40, 40))
    plain[0, 0, :3] = 1000
    figure = vis.map_sheet([PICTURE], {"plain": plain, "all": plain}, brightest=0.99)
    assert figure.axes[1].get_images()[0].get_clim() == (0, 1)
    assert vis.map_sheet([PICTURE], {"a": plain}, brightest=1).axes[1].get_images()[0].get_clim() == (0, 1000)
    lonely = np.zeros((1, 40, 40))
    lonely[0, 3, 3] = 7  # its quantile is 0
    assert vis.map_sheet([PICTURE], {"a": lonely}).axes[1].get_images()[0].get_clim() == (0, 7)


def test_signed_maps_lie_on_gray():
    signed = np.array([[[-2.0, 0, 1, 4]]])
    color = np.stack([signed[0], -signed[0], 0 * signed[0]])[None]
    figure = vis.map_sheet([PICTURE], {"signed": signed, "color": color}, brightest=1)
    assert np.allclose(drawn(figure.axes[1])[0], [[0.25, 0.5, 0.625, 1]])
    assert np.allclose(drawn(figure.axes[2])[0][0, 3], [1, 0, 0.5])
    assert len(figure.axes) == 3 + 1  # one kind of map, one legend


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: vis.overlay(PICTURE[..., :2], MAP), "a picture has shape"),
        (lambda: vis.overlay(PICTURE * 300, MAP), "colors must lie"),
        (lambda: vis.overlay(PICTURE, MAP[None]), "a map has shape"),
        (lambda: vis.overlay(PICTURE, PICTURE), "covers a picture"),
        (lambda: vis.overlay(PICTURE, MAP / 0 * 0), "infinite"),
        (lambda: vis.map_sheet([], {"a": []}), "no picture"),
        (lambda: vis.map_sheet([PICTURE], {}), "no map"),
        (lambda: vis.map_sheet([PICTURE], {"a": [MAP, MAP]}), "a: 2 for 1"),
        (lambda: vis.map_sheet([PICTURE], {"a": [MAP]}, names=["x", "y"]), "names: 2 for 1"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_what_does_not_fit_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
