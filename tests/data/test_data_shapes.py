"""The bundled shapes: deterministic, balanced, and each difficulty apart from the others."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from course_lib import data

CALM = data.Nuisances(**{field.name: 0.0 for field in fields(data.Nuisances)})


def test_the_form_of_the_set():
    shapes = data.shapes(train=120, test=30, seed=3)
    assert (shapes.x_train.shape, shapes.x_test.shape) == ((120, 3, 32, 32), (30, 3, 32, 32))
    assert (shapes.x_train.dtype, shapes.y_train.dtype) == (np.uint8, np.int64)
    assert len(shapes.classes) == 10
    assert np.bincount(shapes.y_train).tolist() == [12] * 10


def test_a_seed_gives_the_same_pictures_everywhere():
    x, y = data.draw_shapes(20, seed=7)
    assert y.tolist() == [0, 8, 9, 2, 6, 5, 1, 4, 3, 7, 2, 0, 1, 7, 8, 9, 3, 4, 5, 6]
    again, _ = data.draw_shapes(700, seed=7)
    assert np.array_equal(again[:20], x)
    other, _ = data.draw_shapes(20, seed=8)
    assert not np.array_equal(other, x)


@pytest.mark.parametrize("name", [field.name for field in fields(data.Nuisances)])
def test_each_difficulty_changes_the_picture_and_has_its_own_random_numbers(name):
    """With one difficulty alone the pictures of a class differ; without it everything else stays as it was."""
    calm, _ = data.draw_shapes(60, nuisances=CALM)
    alone, _ = data.draw_shapes(60, nuisances=replace(CALM, **{name: 1.0}))
    changed = np.abs(alone.astype(int) - calm).max(axis=(1, 2, 3)) > 12
    assert changed.mean() > {"occlusion": 0.3, "rotation": 0.6}.get(name, 0.9)
    full, labels = data.draw_shapes(60)
    without, same_labels = data.draw_shapes(60, nuisances=replace(data.Nuisances(), **{name: 0.0}))
    assert labels.tolist() == same_labels.tolist()
    same = (full == without).all(axis=(1, 2, 3))
    # A stripe covers only some shapes. Were its numbers drawn from a common stream, no picture would be left the same.
    assert 0.3 < same.mean() < 0.7 if name == "occlusion" else not same.any()


def test_without_difficulties_each_class_is_one_picture_and_no_two_are_alike():
    x, y = data.draw_shapes(100, nuisances=CALM)
    means = np.stack([x[y == label].mean(axis=(0, 1)) for label in range(10)])
    for label in range(10):
        assert np.abs(x[y == label].mean(axis=1) - means[label]).max() < 12  # the noise
        others = np.delete(np.arange(10), label)
        assert min(np.abs(means[other] - means[label]).mean() for other in others) > 3


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"clutter is -1: the strength of a difficulty is 0 or more"):
        data.Nuisances(clutter=-1)
    with pytest.raises(ValueError, match="at least one picture"):
        data.draw_shapes(0)


def test_a_validation_set_and_a_subset_are_parts_of_the_training_set():
    shapes = data.shapes(train=200, test=20)
    split = shapes.validation(50, seed=1)
    assert (len(split.y_train), len(split.y_test)) == (150, 50)
    both = np.concatenate([split.x_train, split.x_test])
    assert {picture.tobytes() for picture in both} == {picture.tobytes() for picture in shapes.x_train}
    few = shapes.subset(43, seed=1)
    assert sorted(np.bincount(few.y_train).tolist()) == [4] * 7 + [5] * 3
    assert few.x_test is shapes.x_test
    with pytest.raises(ValueError, match="of 200 training pictures"):
        shapes.validation(200)
    with pytest.raises(ValueError, match="class 0 has 20 pictures, but 21"):
        shapes.subset(201)
