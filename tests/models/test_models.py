"""The nets: sizes as in the paper, shapes, shortcuts without weights."""

from __future__ import annotations

from pathlib import Path

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
        if isinstance(layer, (models.Whiten, torch.nn.Conv2d)):
            layer.register_forward_hook(lambda layer, inputs, output: sizes.append(tuple(output.shape[1:])))
    assert model(torch.rand(2, 1, 13, 10)).shape == (2, 5)
    assert sizes == [(8, 12, 9), (4, 12, 9), (4, 6, 4), (6, 6, 4), (6, 3, 2)]
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


def test_projections_are_counted_and_are_the_shortcut():
    """Options A, B and C of He et al. 2016: a 1×1 convolution and a norm for each shortcut that projects."""
    counts = {option: weights(models.resnet((4, 6, 8), (2, 1, 2), shortcuts=option)) for option in "ABC"}
    changes, stays = 4 * 6 + 2 * 6 + 6 * 8 + 2 * 8, 2 * (4 * 4 + 2 * 4) + 8 * 8 + 2 * 8
    assert counts["B"] - counts["A"] == changes
    assert counts["C"] - counts["B"] == stays
    block = models.resnet((4, 6), (1, 2), shortcuts="B").eval().stages[1][0]
    assert [hasattr(b, "project") for b in models.resnet((4, 4), (1, 2), shortcuts="B").stages[1]] == [True, False]
    x = torch.rand(2, 4, 6, 8)
    conv, norm = block.project
    expected = torch.nn.functional.conv2d(x[:, :, ::2, ::2], conv.weight) / (norm.running_var + norm.eps).sqrt()[0]
    assert torch.allclose(block.shortcut(x), expected, atol=1e-6)
    assert torch.equal(block(x), torch.relu(block.branch(x) + block.shortcut(x)))


def test_normalize_learns_channel_statistics_and_saves_them():
    x = np.random.default_rng(0).integers(0, 256, (5, 3, 4, 6), dtype=np.uint8)
    layer = models.Normalize()
    pixels = torch.from_numpy(x) / 255
    assert torch.equal(layer(pixels), pixels)
    layer.measure(x)
    assert torch.allclose(layer(pixels), ChannelStatistics.of(x).normalize(torch.from_numpy(x)))
    assert set(layer.state_dict()) == {"mean", "std", "pictures"}
    assert repr(layer) == "Normalize(3, pictures=5)"
    with pytest.raises(ValueError, match="3 channels, but x_train is"):
        layer.measure(x[:, :1])


def test_whitened_patches_vary_alike_and_independently():
    noise = np.random.default_rng(0).normal(size=(40, 3, 12, 17))
    smooth = noise + np.roll(noise, 1, axis=3) + np.roll(noise, 1, axis=1) / 2
    x = np.clip(128 + 20 * smooth, 0, 255).astype(np.uint8)
    layer = models.Whiten()
    layer.measure(x)
    y = layer(torch.from_numpy(x) / 255)
    assert y.shape == (40, 24, 11, 16)
    assert torch.equal(y[:, 12:], -y[:, :12])
    found = torch.cov(y[:, :12].transpose(0, 1).flatten(1))
    assert torch.allclose(found, torch.eye(12), atol=0.03)
    assert torch.allclose(y.mean((0, 2, 3)), torch.zeros(24), atol=0.05)
    deviations = layer.weight[:12].flatten(1).norm(dim=1)
    assert torch.equal(deviations, deviations.sort().values), "the direction of the largest variance comes first"
    assert set(layer.state_dict()) == {"weight", "mean", "pictures", "bias"}
    assert repr(layer) == "Whiten(3, size=2, pictures=40)"


def test_what_hardly_varies_is_not_blown_up():
    """Gray pictures: nothing varies but the brightness, and noise in the colors stays small."""
    gray = np.random.default_rng(0).integers(0, 256, (20, 1, 9, 9), dtype=np.uint8).repeat(3, axis=1)
    layer = models.Whiten()
    layer.measure(gray)
    assert layer.weight.isfinite().all()
    reddish = torch.from_numpy(gray) / 255
    reddish[:, 0] += 1 / 255
    change = layer(reddish) - layer(torch.from_numpy(gray) / 255)
    assert change.abs().max() < 1


def test_a_speedy_net_begins_with_convolutions_that_pass_on():
    model = models.speedy((30, 40))
    first = model[2]
    x = torch.rand(1, 24, 5, 5)
    assert torch.equal(first(x)[:, :24], x)
    assert not torch.equal(first(x)[:, 24:], torch.zeros(1, 6, 5, 5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"widths": ()}, "widths is"),
        ({"widths": (4, 0)}, "widths is"),
        ({"blocks": (1, 1.5, 1)}, "blocks is"),
        ({"blocks": (1, 1)}, "3 widths, but 2 numbers of blocks"),
        ({"widths": (8, 4, 16)}, "at least as wide"),
        ({"classes": 0}, "classes is"),
        ({"shortcuts": "D"}, "the paper has"),
        ({"shortcuts": "C", "residual": False}, "no shortcuts"),
    ],
)
def test_sizes_that_make_no_net_are_refused(arguments: dict, message: str):
    with pytest.raises(ValueError, match=message):
        models.resnet(**arguments)


LINE = "CONV 16 - RELU - POOL - CONV 32 - NORM - RELU - POOL - DROPOUT 0.25 - FC 64 - RELU - FC 10"


def test_a_net_of_a_line_of_text():
    """COVERAGE T09: every item, and the sizes between them."""
    net = models.described(LINE)
    names = "Conv2d ReLU MaxPool2d Conv2d BatchNorm2d ReLU MaxPool2d Dropout Flatten Linear ReLU Linear"
    assert [type(layer).__name__ for layer in net] == names.split()
    assert net[7].p == 0.25
    assert net[9].in_features == 32 * 8 * 8
    assert net(torch.rand(2, 3, 32, 32)).shape == (2, 10)


def test_a_description_fits_odd_and_narrow_pictures():
    net = models.described("conv 4 - pool  - CONV 5 - POOL - FC 3", input=(2, 13, 22))
    assert net[5].in_features == 5 * 3 * 5
    assert net(torch.rand(1, 2, 13, 22)).shape == (1, 3)


def test_a_repeated_part_is_written_out():
    short = models.described("[CONV 8 - RELU - POOL]*2 - [FC 6 - RELU] * 3 - FC 2", input=(1, 8, 12))
    long = models.described(" - ".join(["CONV 8 - RELU - POOL"] * 2 + ["FC 6 - RELU"] * 3 + ["FC 2"]), input=(1, 8, 12))
    assert str(short) == str(long)


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (3, "a description is a text"),
        ("", r"'' is no item; there are CONV, NORM, RELU, POOL, DROPOUT, FC"),
        ("CONV 4 - RELO - FC 2", "'RELO' is no item"),
        ("CONV 4-RELU - FC 2", "CONV needs one whole number from 1 to 1024"),
        ("CONV - FC 2", "'CONV': CONV needs one whole number"),
        ("CONV 0 - FC 2", "CONV needs one whole number from 1"),
        ("CONV 4 3 - FC 2", "'CONV 4 3': CONV needs one whole number"),
        ("FC 2.5", "FC needs one whole number"),
        ("FC 99999999999999999999", "FC needs one whole number"),
        ("FC ²", "FC needs one whole number"),
        ("DROPOUT 1.5 - FC 2", "DROPOUT needs one number from 0 to below 1"),
        ("DROPOUT nan - FC 2", "DROPOUT needs one number"),
        ("POOL 2 - FC 2", "POOL takes no number"),
        ("[POOL]*4 - FC 2", "one POOL too many: before it a map has 1×1 pixels"),
        ("FC 4 - CONV 4 - FC 2", "CONV stands behind an FC"),
        ("FC 4 - NORM - FC 2", "NORM stands behind an FC"),
        ("CONV 4 - RELU", "the last item is an FC"),
        ("FC 4 - RELU", "the last item is an FC"),
        ("FC 2 - SOFTMAX", r"SOFTMAX is no part of the net: the loss, F\.cross_entropy"),
        ("FC 2 - LOSS", "LOSS is no part of the net"),
        ("[CONV 1024]*3 - FC 2", "at most 2,000,000 and 100,000,000 are allowed: pool earlier"),
        ("[RELU]*99 - FC 2", "more than 60 layers"),
        ("[[FC 2]*99]*99", "is no item"),
    ],
)
def test_a_bad_description_is_refused(description, message: str):
    with pytest.raises(ValueError, match=message):
        models.described(description, input=(3, 8, 8))


@pytest.mark.parametrize("size", [(3, 8), (3, 8, 0), (3, 8, 8.0)])
def test_a_bad_size_is_refused(size):
    with pytest.raises(ValueError, match="input is"):
        models.described("FC 2", input=size)


def test_packed_weights_are_bytes_and_move_by_half_a_factor_at_most():
    state = models.speedy((4, 6)).state_dict()
    state["2.weight"][1] = 0
    packed = models.pack(state)
    kernels = {name for name, tensor in state.items() if tensor.ndim > 1}
    assert {name for name, tensor in packed.items() if tensor.dtype == torch.int8} == kernels
    found = models.unpack(packed)
    assert set(found) == set(state)
    for name, tensor in state.items():
        if name in kernels:
            factors = packed[f"{name}.factors"].view(-1, *[1] * (tensor.ndim - 1))
            assert ((found[name] - tensor).abs() <= 0.5001 * factors).all()
            assert packed[name].flatten(1)[0].abs().max() == 127
        else:
            assert torch.equal(found[name], tensor)
    assert (found["2.weight"][1] == 0).all()
    models.speedy((4, 6)).load_state_dict(found)
    assert models.unpack(state).keys() == state.keys()


@pytest.mark.parametrize("name", models.CARDS)
def test_the_card_says_what_the_code_says(name):
    text, card = (
        (Path(models.__file__).parent / "weights" / "README.md").read_text(encoding="utf-8"),
        models.CARDS[name],
    )
    part = text.split(f"## {name}\n")[1].split("\n## ")[0]
    assert f"{100 * card.accuracy:.2f} %" in part
    assert card.ten_views is None or f"{100 * card.ten_views:.2f} % with ten" in part
    assert ("published, not measured here" in part) == ("published" in card.source)
    assert ", ".join(card.classes) in part or "imagenet_classes.txt" in part
    assert f"{weights(card.make()):,} parameters" in part
