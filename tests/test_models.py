"""The nets: sizes as in the paper, shapes, shortcuts without weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_lib import models
from course_lib.data.augment import ChannelStatistics


def weights(model: torch.nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(("n", "millions"), [(3, 0.27), (5, 0.46), (7, 0.66), (9, 0.85), (18, 1.7)])
def test_parameters_are_those_of_the_paper(n: int, millions: float):
    """He et al. 2016, table 6: ResNet-20, 32, 44, 56 and 110."""
    count = weights(models.resnet(blocks=(n, n, n))) / 1e6
    assert round(count, 2 if millions < 1 else 1) == millions
    assert weights(models.resnet(blocks=(n, n, n), residual=False)) / 1e6 == count, "shortcuts have no weights"


def test_resnet20_by_hand():
    convolutions = 3 * 16 + 6 * 16 * 16 + 16 * 32 + 5 * 32 * 32 + 32 * 64 + 5 * 64 * 64
    norms = 2 * (7 * 16 + 6 * 32 + 6 * 64)
    assert weights(models.resnet20()) == 9 * convolutions + norms + 65 * 10 == 269_722
    layers = [m for m in models.resnet20().modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    assert len(layers) == 20


def test_stages_halve_and_logits_come_out():
    model = models.resnet((4, 6, 8), (1, 2, 1), classes=7, channels=1).eval()
    sizes = []
    for stage in model.stages:
        stage.register_forward_hook(lambda layer, inputs, output: sizes.append(tuple(output.shape)))
    assert model(torch.rand(2, 1, 12, 20)).shape == (2, 7)
    assert sizes == [(2, 4, 12, 20), (2, 6, 6, 10), (2, 8, 3, 5)]
    assert models.plain((4, 6), classes=5)(torch.rand(2, 3, 12, 9)).shape == (2, 5)


def test_speedy_does_most_of_its_work_on_few_pixels():
    model = models.speedy((4, 6), classes=5, channels=1).eval()
    sizes = []
    for layer in model:
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(lambda layer, inputs, output: sizes.append(tuple(output.shape[1:])))
    assert model(torch.rand(2, 1, 13, 10)).shape == (2, 5)
    assert sizes == [(24, 12, 9), (4, 12, 9), (4, 6, 4), (6, 6, 4), (6, 3, 2)]
    assert weights(models.speedy()) * 4 < 2e6, "as a file, below two megabytes"


def test_a_block_whose_convolutions_are_zero_passes_its_input_on():
    for residual in (True, False):
        model = models.resnet((4, 6), (1, 1), residual=residual).eval()
        block = model.stages[1][0]
        torch.nn.init.zeros_(block.conv2.weight)
        x = torch.rand(2, 4, 6, 8)
        expected = torch.zeros(2, 6, 3, 4)
        if residual:
            expected[:, :4] = x[:, :, ::2, ::2]
        assert torch.equal(block(x), expected)


def test_normalise_learns_channel_statistics_and_saves_them():
    x = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 6), dtype=np.uint8)
    layer = models.Normalise()
    pixels = torch.from_numpy(x) / 255
    assert torch.equal(layer(pixels), pixels)
    layer.measure(x)
    assert torch.allclose(layer(pixels), ChannelStatistics.of(x).normalise(torch.from_numpy(x)))
    assert set(layer.state_dict()) == {"mean", "std", "pictures"}
    assert repr(layer) == "Normalise(3, pictures=5)"
    with pytest.raises(ValueError, match="3 channels, but x_train is"):
        layer.measure(x[:, :1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"widths": ()}, "widths is"),
        ({"widths": (4, 0)}, "widths is"),
        ({"blocks": (1, 1.5, 1)}, "blocks is"),
        ({"blocks": (1, 1)}, "3 widths, but 2 numbers of blocks"),
        ({"widths": (8, 4, 16)}, "at least as wide"),
        ({"classes": 0}, "classes is"),
    ],
)
def test_sizes_that_make_no_net_are_refused(arguments: dict, message: str):
    with pytest.raises(ValueError, match=message):
        models.resnet(**arguments)
