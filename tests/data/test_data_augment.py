"""Normalizing and varying pictures: by hand, against torch's own statistics, and the same for a seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_lib.data import augment


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(n: int = 6, height: int = 9, width: int = 12) -> torch.Tensor:
    return torch.randn(n, 3, height, width, generator=seeded(5), dtype=torch.float64)


def test_statistics_are_those_of_the_training_set():
    x = np.random.default_rng(0).integers(0, 256, (7, 3, 5, 4), dtype=np.uint8)
    x[:, 2] = 9
    statistics = augment.ChannelStatistics.of(x)
    scaled = x / 255
    assert np.allclose(statistics.mean, scaled.mean(axis=(0, 2, 3)), atol=1e-12)
    assert np.allclose(statistics.std[:2], scaled.std(axis=(0, 2, 3))[:2], atol=1e-12)
    z = statistics.normalize(torch.from_numpy(x))
    assert torch.allclose(z.mean((0, 2, 3)), torch.zeros(3), atol=1e-6)
    assert torch.allclose(z.std((0, 2, 3), correction=0), torch.tensor([1.0, 1.0, 0.0]), atol=1e-6)
    with pytest.raises(ValueError, match="uint8"):
        augment.ChannelStatistics.of(scaled)  # type: ignore[arg-type]


def test_a_flip_turns_half_of_the_pictures_over_and_nothing_else():
    x = pictures(400)
    y = augment.flip(x, seeded())
    turned = (y != x).flatten(1).any(1)
    assert 160 < int(turned.sum()) < 240
    assert torch.equal(y[turned], x[turned].flip(3))
    assert torch.equal(y[~turned], x[~turned])


def test_a_crop_is_a_window_of_the_mirrored_picture():
    x = pictures()
    y = augment.crop(2)(x, seeded())
    wide = torch.nn.functional.pad(x, (2,) * 4, mode="reflect")
    for before, after in zip(wide, y, strict=True):
        windows = [before[:, i : i + 9, j : j + 12] for i in range(5) for j in range(5)]
        assert any(torch.equal(window, after) for window in windows)
    assert torch.equal(augment.crop(0)(x, seeded()), x)


def test_scaling_by_one_changes_nothing_and_by_two_shows_the_middle():
    x = pictures()
    assert torch.allclose(augment.scale(1, 1)(x, seeded()), x)
    ramp = torch.linspace(-1, 1, 21, dtype=torch.float64).expand(1, 1, 21, 21)
    assert torch.allclose(augment.scale(2, 2)(ramp, seeded()), ramp / 2)
    with pytest.raises(ValueError, match="the smaller first"):
        augment.scale(2, 1)


def test_erasing_hides_a_square_that_may_lie_half_outside():
    x = pictures(400)
    y = augment.erase(4)(x, seeded())
    tops, lefts = set(), set()
    for before, after in zip(x, y, strict=True):
        hidden = (before != after).any(0)
        top, left = (int(index.min()) for index in torch.where(hidden))
        height, width = (len(index.unique()) for index in torch.where(hidden))
        assert hidden[top : top + height, left : left + width].all()
        assert {height, width} <= {2, 3, 4}
        assert torch.allclose(after[:, hidden], before.mean((1, 2))[:, None].expand(3, int(hidden.sum())))
        assert torch.equal(after[:, ~hidden], before[:, ~hidden])
        assert hidden.sum() == height * width
        tops.add(top)
        lefts.add(left)
    assert (tops, lefts) == (set(range(7)), set(range(10)))
    with pytest.raises(ValueError, match="hides nothing"):
        augment.erase(0)


def test_a_seed_gives_the_same_variation():
    vary = augment.chain([augment.flip, augment.crop(3), augment.scale()])
    assert torch.equal(vary(pictures(), seeded(1)), vary(pictures(), seeded(1)))
    assert not torch.equal(vary(pictures(), seeded(1)), vary(pictures(), seeded(2)))


def test_averaging_over_views_gives_probabilities_that_a_flip_does_not_change():
    weights = torch.randn(3 * 9 * 12, 4, generator=seeded(3), dtype=torch.float64)

    def model(x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1) @ weights / 10

    x = pictures()
    p = augment.averaged(model, x)
    assert torch.allclose(p.sum(1), torch.ones(6))
    assert torch.allclose(p, augment.averaged(model, x.flip(3)))
    assert not torch.allclose(p, model(x).softmax(1).float())
