"""Pictures that are moved, paired and cut up, and faces of parts: what goes where, and the same for a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib import data
from course_lib.data import faces, placing


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def some(count: int = 4, height: int = 3, width: int = 5, channels: int = 2) -> Any:
    return np.arange(1.0, 1 + count * channels * height * width).reshape(count, channels, height, width)


def test_place_lays_each_picture_where_it_is_told():
    x = some()
    down, right = np.array([0, -2, 1, 3]), np.array([1, 0, -1, 2])
    ground = placing.place(x, down, right, size=9)
    assert ground.shape == (4, 2, 9, 9)
    for n in range(4):
        top, left = 3 + down[n], 2 + right[n]
        assert np.array_equal(ground[n, :, top : top + 3, left : left + 5], x[n])
        assert np.count_nonzero(ground[n]) == 30
    assert np.array_equal(placing.place(x, size=9), placing.place(x, np.zeros(4, int), 0, size=9))


def test_digits_keep_their_bytes_or_floats():
    assert placing.place(np.ones((2, 1, 8, 8), np.uint8)).dtype == np.uint8
    assert placing.place(data.digits().x_test[:3], 2, -2).dtype == np.float32


def test_moved_pictures_go_everywhere_within_reach(rng):
    x = np.ones((400, 1, 8, 8))
    ground = placing.moved(x, 2, rng)
    corners = {tuple(np.argwhere(one[0])[0]) for one in ground}
    assert corners == {(row, column) for row in range(5) for column in range(5)}
    assert np.array_equal(placing.moved(x, 2, np.random.default_rng(1)), placing.moved(x, 2, np.random.default_rng(1)))
    assert np.array_equal(placing.moved(x, 0, rng), placing.place(x))


def test_on_a_ground_of_their_own_size_they_are_cut_off(rng):
    ground = placing.moved(np.ones((200, 1, 6, 6)), 2, rng, size=6)
    assert ground.shape == (200, 1, 6, 6)
    assert {int(one.sum()) for one in ground} == {36, 30, 24, 25, 20, 16}


def test_pairs_are_two_classes_over_each_other(rng):
    d = data.digits()
    pairs = placing.overlapping(d.x_test, d.y_test, 300, rng)
    assert pairs.x.shape == pairs.first.shape == (300, 1, 12, 12)
    assert np.array_equal(pairs.x, np.maximum(pairs.first, pairs.second))
    assert (pairs.labels[:, 0] != pairs.labels[:, 1]).all()
    targets = pairs.targets()
    assert targets.sum(axis=1).tolist() == [2.0] * 300
    assert all(targets[n, one] == 1 for n, labels in enumerate(pairs.labels) for one in labels)
    assert len({tuple(labels) for labels in pairs.labels.tolist()}) > 75
    # Each half is a digit of its class, somewhere on the ground.
    known = {(int(y), x.tobytes()) for x, y in zip(d.x_test, d.y_test, strict=True)}
    for n in (0, 7, 299):
        for label, half in zip(pairs.labels[n], (pairs.first[n], pairs.second[n]), strict=True):
            windows = (half[:, r : r + 8, c : c + 8].tobytes() for r in range(5) for c in range(5))
            assert any((int(label), window) in known for window in windows)
    again = placing.overlapping(d.x_test, d.y_test, 300, np.random.default_rng(5))
    assert np.array_equal(again.x, pairs.x)


@pytest.mark.parametrize(("parts", "height", "width"), [(2, 4, 6), (3, 6, 9), (2, 8, 8)])
def test_scrambled_pictures_have_all_their_tiles_and_none_in_place(rng, parts, height, width):
    x = some(50, height, width)
    before = x.copy()
    cut = placing.scrambled(x, rng, parts=parts)
    assert np.array_equal(x, before)

    def tiles(picture: Any) -> list[bytes]:
        rows = np.split(picture, parts, axis=1)
        return [np.ascontiguousarray(tile).tobytes() for row in rows for tile in np.split(row, parts, axis=2)]

    for one, other in zip(x, cut, strict=True):
        assert sorted(tiles(one)) == sorted(tiles(other))
        assert all(a != b for a, b in zip(tiles(one), tiles(other), strict=True))
    assert len({tuple(np.argsort(one[0].ravel())) for one in cut}) > 3  # not always the same order


def test_faces_have_their_parts_and_scrambled_ones_the_same_ink():
    kinds = {kind: faces.draw_faces(200, kind, seed=2) for kind in ("face", "broken", "scrambled")}  # type: ignore[arg-type]  # wrong on purpose
    for x in kinds.values():
        assert x.shape == (200, 1, 32, 32)
        assert x.dtype == np.float32
        assert 0 <= x.min() <= x.max() <= 1
    ink = {kind: (x > 0.6).sum(axis=(1, 2, 3)) for kind, x in kinds.items()}
    assert ink["face"].min() > 30
    assert abs(ink["face"].mean() - ink["scrambled"].mean()) < 1
    assert ink["broken"].std() > 2 * ink["face"].std()
    assert np.array_equal(faces.draw_faces(200, "face", seed=2), kinds["face"])
    assert not np.array_equal(faces.draw_faces(200, "face", seed=3), kinds["face"])


def test_a_face_is_where_its_parts_belong_and_a_scrambled_one_is_not():
    """The mean face, blurred by the moves, is far more like faces than like scrambled ones."""
    mean = faces.draw_faces(300, seed=1).mean(axis=0)
    mean -= mean.mean()
    scores = {kind: (faces.draw_faces(100, kind, seed=9) * mean).sum(axis=(1, 2, 3)) for kind in ("face", "scrambled")}  # type: ignore[arg-type]  # wrong on purpose
    assert scores["face"].mean() > 1.1 * scores["scrambled"].mean()


x, y = np.ones((3, 1, 8, 8)), np.array([0, 1, 2])
BAD: list[tuple[Callable[[Any], Any], str]] = [
    (lambda rng: placing.place(x[0]), r"x has shape \(1, 8, 8\); it must be an array \(N, C, H, W\)"),
    (lambda rng: placing.place(x, 3), "down goes from 3 to 3: pictures of 8 pixels reach beyond a ground of 12"),
    (lambda rng: placing.place(x, 0, np.array([0, -3, 0])), "right goes from -3 to 0"),
    (lambda rng: placing.place(x, np.array([0, 1])), "down is .* or one for each picture"),
    (lambda rng: placing.place(x, 0.5), "it must be a whole number of pixels"),  # type: ignore[arg-type]  # wrong on purpose
    (lambda rng: placing.moved(x, 3, rng), "take a larger size"),
    (lambda rng: placing.overlapping(x, y, 0, rng), "0 pairs of 3 pictures"),
    (lambda rng: placing.overlapping(x, y[:2], 5, rng), r"labels \(2,\)"),
    (lambda rng: placing.overlapping(x, 0 * y, 5, rng), "all pictures are of class 0; a pair needs two classes"),
    (lambda rng: placing.scrambled(x, rng, parts=3), "8 by 8 in 3 by 3 tiles"),
    (lambda rng: placing.scrambled(x, rng, parts=1), "at least 2"),
    (lambda rng: faces.draw_faces(0), "count is 0"),
    (lambda rng: faces.draw_faces(1, "upside down"), "there are face, broken, scrambled"),  # type: ignore[arg-type]  # wrong on purpose
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_is_told(rng, call, message):
    with pytest.raises(ValueError, match=message):
        call(rng)
