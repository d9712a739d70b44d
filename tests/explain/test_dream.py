"""Dreams: a step by hand, octaves, tiles, and what must hold on any net."""

import pytest
import torch
from support.toy_nets import matrix, smooth

from course_lib import explain
from course_lib.explain.dream import octave_sizes


def photo(*size: int, count: int = 1) -> torch.Tensor:
    x = torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return 0.25 + 0.5 * x


def test_a_step_by_hand() -> None:
    """The gradient is 3 and -1 by turns: over its mean size, 2, that is 1.5 and -0.5."""
    weights = torch.tensor([3.0, -1.0], dtype=torch.float64).repeat(3, 8, 4)[None]
    x = photo(8, 8)
    out = explain.dream(matrix(weights), x, 0, octaves=1, steps=1, rate=0.1, jitter=0)
    torch.testing.assert_close(out, x + 0.1 * weights / 2)


def test_the_objective_grows_and_the_size_stays() -> None:
    net, x, goal = smooth(), photo(21, 26, count=2), explain.layer("2")
    kept = x.clone()
    out = explain.dream(net, x, goal, octaves=3, steps=5, rate=0.02, jitter=3)
    assert out.shape == x.shape
    assert (goal(net, out) > 1.5 * goal(net, x)).all()
    assert torch.equal(x, kept)
    assert out.min() >= 0
    assert out.max() <= 1


def test_every_picture_climbs_by_itself() -> None:
    net, x = smooth(), photo(16, 16, count=2)
    both = explain.dream(net, x, explain.layer("0"), octaves=2, steps=3)
    torch.testing.assert_close(explain.dream(net, x[1:], explain.layer("0"), octaves=2, steps=3), both[1:])


def test_a_dream_without_steps_is_the_photograph() -> None:
    x = photo(20, 30)
    torch.testing.assert_close(explain.dream(smooth(), x, explain.layer("0"), octaves=3, steps=0), x)


def test_octaves_shrink_by_the_ratio() -> None:
    assert octave_sizes((100, 200), 3, 2) == [(25, 50), (50, 100), (100, 200)]
    assert octave_sizes((224, 224), 4, 1.3) == [(102, 102), (133, 133), (172, 172), (224, 224)]
    assert octave_sizes((9, 7 + 1), 1, 1.3) == [(9, 8)]
    with pytest.raises(ValueError, match=r"smallest of 4 octaves is \(5, 9\)"):
        octave_sizes((40, 72), 4, 2)
    with pytest.raises(ValueError, match="at least 1"):
        octave_sizes((40, 72), 0, 2)
    with pytest.raises(ValueError, match="at least 1"):
        octave_sizes((40, 72), 2, 0.5)


def test_what_a_small_octave_draws_is_larger() -> None:
    """With octaves, the same net draws coarser things: more of what was added is slow waves."""
    net, x = smooth(), photo(32, 32)

    def slow(octaves: int, steps: int) -> float:
        out = explain.dream(net, x, explain.layer("0"), octaves=octaves, ratio=2, steps=steps, jitter=0)
        strength = torch.fft.fft2(out - x).abs().square()
        frequency = torch.fft.fftfreq(32).abs()
        low = (frequency[:, None] < 0.15) & (frequency[None] < 0.15)
        low[0, 0] = False
        return float(strength[..., low].sum() / strength.sum())

    assert slow(3, 5) > slow(1, 15)


def test_tiles_come_near_to_the_whole() -> None:
    net, x, goal = smooth(), photo(48, 40), explain.layer("2")

    def dreamed(tile: int | None) -> torch.Tensor:
        return explain.dream(net, x, goal, octaves=1, steps=4, rate=0.02, jitter=4, tile=tile) - x

    whole = dreamed(None)
    off = [float((dreamed(tile) - whole).norm() / whole.norm()) for tile in (8, 16, 24)]
    assert off[0] > off[1] > off[2]
    assert off[2] < 0.3
    assert torch.equal(dreamed(48), whole)


def test_tiles_of_a_dense_gradient_are_weighted_by_their_share() -> None:
    """The mean of one map of a 1x1 convolution: tiles give its gradient exactly, although their sizes differ."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1)).double().eval()
    x, goal = photo(26, 17), explain.layer("0")
    whole, tiled = (explain.dream(net, x, goal, octaves=2, steps=3, tile=tile) for tile in (None, 10))
    torch.testing.assert_close(tiled, whole)


def test_a_seed_is_a_dream() -> None:
    first, again, other = (
        explain.dream(smooth(), photo(16, 16), explain.layer("2"), octaves=2, steps=2, seed=seed) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_a_flat_objective_changes_nothing() -> None:
    x = photo(16, 16)
    flat = 0 * explain.layer("0")
    torch.testing.assert_close(explain.dream(smooth(), x, flat, octaves=1), x)


def test_what_cannot_work_says_so() -> None:
    net, x, goal = smooth(), photo(16, 16), explain.layer("2")
    for wrong, match in (
        ({"octaves": 6}, "smallest of 6 octaves"),
        ({"tile": 2}, "tile"),
        ({"rate": -0.1}, "rate"),
        ({"steps": -1}, "steps"),
    ):
        with pytest.raises(ValueError, match=match):
            explain.dream(**{"net": net, "x": x, "target": goal, "octaves": 1, **wrong})
