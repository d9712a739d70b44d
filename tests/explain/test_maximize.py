"""Pictures that make an objective large: closed forms on linear nets, and what must hold on any net."""

import pytest
import torch
from support.toy_nets import matrix, smooth
from torch import nn

from course_lib import explain
from course_lib.explain.fourier import from_waves
from course_lib.explain.regularizers import blurred, total_variation


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_pixels_go_to_the_end_that_their_weight_points_to() -> None:
    weights = drawn(2, 3, 4, 5)
    climbed = explain.maximize(matrix(weights), [0, 1], (4, 5), count=2, parameters="pixels", steps=60, rate=0.1)
    assert torch.equal(climbed.pictures, (weights > 0).double())
    torch.testing.assert_close(climbed.values[-1], weights.clamp(min=0).sum((1, 2, 3)))


def test_decay_holds_each_pixel_where_both_pulls_are_equal() -> None:
    weights = drawn(1, 3, 4, 5)
    climbed = explain.maximize(matrix(weights), 0, (4, 5), parameters="pixels", decay=1.5, steps=400, rate=0.02)
    torch.testing.assert_close(climbed.pictures, (0.5 + weights / (2 * 1.5)).clamp(0, 1), atol=1e-4, rtol=0)


def test_waves_with_decay_reach_the_same_point() -> None:
    weights = 0.12 * drawn(1, 3, 6, 5)
    climbed = explain.maximize(matrix(weights), 0, (6, 5), decay=0.5, steps=200, rate=0.2)
    torch.testing.assert_close(climbed.pictures, 0.5 + weights / (2 * 0.5), atol=2e-3, rtol=0)


def test_a_step_by_hand() -> None:
    """Adam's first step is the rate, in the direction of the gradient's sign, whatever its size."""
    weights = torch.tensor([[[[1.0, -200.0], [0.003, -1.0]]]], dtype=torch.float64)
    one = explain.maximize(matrix(weights), 0, 2, channels=1, parameters="pixels", steps=1, rate=0.1, keep=(0, 1))
    torch.testing.assert_close(one.frames[1] - one.frames[0], 0.1 * weights.sign(), atol=1e-5, rtol=0)
    torch.testing.assert_close(one.values, torch.stack([(weights * f).sum().reshape(1) for f in one.frames.values()]))


@pytest.mark.parametrize("parameters", ["pixels", "fourier"])
def test_the_value_rises_and_pictures_stay_pictures(parameters: str) -> None:
    net = smooth()
    climbed = explain.maximize(net, explain.channel("2", 3), 12, count=3, steps=40, parameters=parameters, jitter=2)
    assert climbed.values.shape == (41, 3)
    assert (climbed.values[-1] > 2 * climbed.values[0]).all()
    assert climbed.pictures.shape == (3, 3, 12, 12)
    assert climbed.pictures.min() >= 0
    assert climbed.pictures.max() <= 1
    assert not torch.allclose(climbed.pictures[0], climbed.pictures[1])


def test_total_variation_falls_with_its_weight() -> None:
    rough = [
        total_variation(
            explain.maximize(smooth(), 1, 10, parameters="pixels", steps=40, total_variation=weight).pictures
        ).item()
        for weight in (0.0, 1e-3, 1e-1)
    ]
    assert rough[0] > rough[1] > rough[2]


def test_total_variation_by_hand() -> None:
    x = torch.tensor([[[[0.0, 1.0], [0.5, 0.5]]], [[[1.0, 1.0], [1.0, 1.0]]]])
    torch.testing.assert_close(total_variation(x), torch.tensor([0.25 + 0.25 + 1.0, 0.0]))


def test_blur_is_an_average() -> None:
    x = torch.zeros(1, 2, 9, 9, dtype=torch.float64)
    x[:, 1, 4, 4] = 1
    out = blurred(x, 0.8)
    assert out[0, 0].abs().max() == 0
    torch.testing.assert_close(out.sum(), x.sum())
    torch.testing.assert_close(out, out.mT)
    torch.testing.assert_close(out[0, 1, 4, 5] / out[0, 1, 4, 4], torch.tensor(-1 / (2 * 0.8**2)).exp().double())
    torch.testing.assert_close(blurred(x + 0.3, 0.8), out + 0.3)  # at the border too


def test_blurred_pictures_are_smoother() -> None:
    rough = [
        total_variation(explain.maximize(smooth(), 1, 10, parameters="pixels", steps=41, blur=b).pictures).item()
        for b in (0.0, 1.0)
    ]
    assert rough[1] < rough[0] / 2


def test_a_wave_by_hand() -> None:
    """Waves are divided by their frequency; the mean, by one over the longer side."""
    waves = torch.zeros(2, 1, 6, 5, 2, dtype=torch.float64)  # of pictures 6 x 8
    waves[0, 0, 1, 2, 0], waves[1, 0, 0, 0, 0] = 1, 1
    rows, columns = torch.arange(6.0)[:, None] / 6, torch.arange(8.0)[None] * 2 / 8
    frequency = ((1 / 6) ** 2 + (2 / 8) ** 2) ** 0.5
    cosine = torch.cos(2 * torch.pi * (rows + columns)).double()
    out = torch.logit(from_waves(waves, (6, 8))[:, 0])
    torch.testing.assert_close(out[0], 0.25 * 2 / 48**0.5 / frequency * cosine, atol=1e-6, rtol=0)
    torch.testing.assert_close(out[1], torch.full((6, 8), 0.25 * 8 / 48**0.5, dtype=torch.float64))


def test_three_channels_are_brightness_and_contrasts_of_colors() -> None:
    waves = torch.zeros(3, 3, 4, 3, 2)
    waves[range(3), range(3), 0, 0, 0] = 1
    colors = torch.logit(from_waves(waves, (4, 4))[:, :, 0, 0])
    expected = torch.tensor([[26.0, 27, 27], [9, 0, -9], [2, -5, 3]])
    torch.testing.assert_close(colors / colors[0, 0], expected / 26, atol=1e-5, rtol=0)


def test_any_waves_are_a_picture() -> None:
    x = from_waves(3 * drawn(2, 3, 9, 5, 2), (9, 8))
    assert x.shape == (2, 3, 9, 8)
    assert x.isfinite().all()
    assert x.min() >= 0
    assert x.max() <= 1


def test_a_picture_that_is_shown_in_many_sizes_is_liked_in_many_sizes() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten()).eval()
    nn.init.normal_(net[0].weight)
    plain, scaled = (explain.maximize(net, 0, 16, steps=60, scale=s).pictures for s in (0.0, 0.5))
    sizes = [nn.functional.interpolate(torch.cat([plain, scaled]), s, mode="bilinear") for s in (11, 13, 21, 24)]
    with torch.no_grad():
        worst = torch.stack([net(x)[:, 0] for x in sizes]).amin(0)
    assert worst[1] > worst[0]


def test_a_seed_is_a_picture_and_frames_lie_on_its_way() -> None:
    net, goal = smooth(), [0, 3]
    long = explain.maximize(net, goal, 8, count=2, steps=9, jitter=2, keep=(0, 4, 9), seed=5)
    short = explain.maximize(net, goal, 8, count=2, steps=4, jitter=2, seed=5)
    other = explain.maximize(net, goal, 8, count=2, steps=4, jitter=2, seed=6)
    assert list(long.frames) == [0, 4, 9]
    assert torch.equal(long.frames[4], short.pictures)
    assert torch.equal(long.frames[9], long.pictures)
    assert not torch.allclose(other.pictures, short.pictures)


def test_pictures_have_the_precision_of_the_net() -> None:
    """Also if its only tensors are buffers, with one of integers among them."""
    net = nn.Sequential(nn.BatchNorm2d(3, affine=False), nn.Flatten()).double().eval()
    net.register_buffer("count", torch.zeros(3, dtype=torch.long))
    climbed = explain.maximize(net, 0, 4, steps=2)
    assert climbed.pictures.dtype == climbed.values.dtype == torch.float64


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"size": 0}, "size"), ({"size": (8, 8, 8)}, "size"), ({"count": 0}, "count"), ({"steps": 0}, "steps"),
        ({"rate": -1}, "rate"), ({"decay": -1}, "decay"), ({"jitter": -1}, "jitter"), ({"scale": 1.0}, "scale"),
        ({"blur": 0.5}, "pixels"),
        ({"total_variation": float("nan")}, "total_variation"), ({"parameters": "wavelets"}, "wavelets"),
        ({"keep": (200,)}, "0 to 120"),
    ],
)  # fmt: skip
def test_arguments_out_of_range(wrong: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        explain.maximize(nn.Identity().eval(), 0, **{"size": 8, **wrong})
