"""The classic nets against their papers' tables: sizes, parameters, multiply-adds."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from support.bills import bill_of

from course_lib import models
from course_lib.models.imagenet_resnet import imagenet_resnet


def learned(bill: models.Bill) -> list[int]:
    """The parameters, layer by layer, without layers that have none."""
    return [row.parameters for row in bill.rows if row.parameters]


@pytest.mark.covers("A01")
def test_lenet5_layer_by_layer():
    bill = bill_of("lenet5")
    assert learned(bill) == [156, 2416, 48_120, 10_164, 850]
    assert bill.parameters == 61_706
    sizes = [row.output for row in bill.rows if row.kind in ("picture", "Conv2d", "AvgPool2d", "Linear")]
    assert sizes == [(1, 32, 32), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1), (84,), (10,)]
    assert [row.multiply_adds for row in bill.rows if row.multiply_adds] == [117_600, 240_000, 48_000, 10_080, 840]


def test_lenet5_of_1998_has_the_papers_counts():
    """Its section II.B says for each layer how many numbers are learned: 60,000 in all."""
    bill = bill_of("lenet5_1998")
    assert learned(bill) == [156, 12, 1516, 32, 48_120, 10_164]
    assert bill.parameters == 60_000
    rows = {row.name: row for row in bill.rows}
    # The paper counts connections: multiply-adds, and one for each bias.
    connections = {"c1": 122_304, "c3": 151_600, "c5": 48_120}
    for name, count in connections.items():
        assert rows[name].multiply_adds + int(torch.tensor(rows[name].output).prod()) == count


def test_the_connection_table_is_obeyed():
    net = models.build("lenet5_1998")
    c3 = net.c3
    x = torch.rand(1, 6, 14, 14, requires_grad=True)
    for map, seen in enumerate([(0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)]):
        (gradient,) = torch.autograd.grad(c3(x)[0, map].sum(), x)
        assert gradient[0].abs().amax((1, 2)).gt(0).nonzero().flatten().tolist() == list(seen)
    (gradient,) = torch.autograd.grad(c3(x)[0, 15].sum(), x)
    assert gradient[0].abs().amax((1, 2)).gt(0).all()
    assert net(torch.rand(2, 1, 32, 32)).shape == (2, 10)


@pytest.mark.covers("A02")
def test_alexnet_layer_by_layer():
    bill = bill_of("alexnet")
    rows = [34_944, 614_656, 885_120, 1_327_488, 884_992, 37_752_832, 16_781_312, 4_097_000]
    assert learned(bill) == rows
    assert bill.parameters == 62_378_344
    halved = [34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000]
    assert learned(bill_of("alexnet_two_groups")) == halved
    assert bill_of("alexnet_two_groups").parameters == 60_965_224
    assert bill_of("alexnet_one_column").parameters == 61_100_840


@pytest.mark.covers("A03")
def test_sizes_of_alexnet():
    sizes = [row.output[1] for row in bill_of("alexnet").rows if len(row.output) == 3]
    assert list(dict.fromkeys(sizes)) == [227, 55, 27, 13, 6]
    kinds = [row.kind for row in bill_of("alexnet").rows]
    assert kinds.count("LocalResponseNorm") == 2


@pytest.mark.covers("A04")
@pytest.mark.parametrize(
    ("name", "millions", "layers"),
    [("vgg11", 133, 11), ("vgg11_lrn", 133, 11), ("vgg13", 133, 13), ("vgg16_1x1", 134, 16), ("vgg16", 138, 16),
     ("vgg19", 144, 19)],
)  # fmt: skip
def test_vgg_has_the_papers_millions(name: str, millions: int, layers: int):
    """Simonyan and Zisserman 2015, tables 1 and 2."""
    bill = bill_of(name)
    assert round(bill.parameters / 1e6) == millions
    assert len(learned(bill)) == layers


@pytest.mark.covers("A05", "A06")
def test_vgg16_row_by_row():
    bill = bill_of("vgg16")
    assert learned(bill) == [
        1792, 36_928, 73_856, 147_584, 295_168, 590_080, 590_080, 1_180_160, 2_359_808, 2_359_808, 2_359_808, 2_359_808,
        2_359_808, 102_764_544, 16_781_312, 4_097_000,
    ]  # fmt: skip
    assert bill.parameters == 138_357_544
    assert bill.activations == 15_237_608
    assert round(bill.memory().activations / 2**20) == 58


def test_zf_net_has_the_papers_sizes():
    """Zeiler and Fergus 2014, figure 3."""
    sizes = [row.output[1] for row in bill_of("zfnet").rows if len(row.output) == 3]
    assert list(dict.fromkeys(sizes)) == [224, 110, 55, 26, 13, 6]
    assert [row.output[0] for row in bill_of("zfnet").rows if row.kind == "Conv2d"] == [96, 256, 384, 384, 256]
    assert bill_of("zfnet").parameters == 62_357_608


# Szegedy et al. 2015, table 1: height and width, maps, thousands of parameters, millions of operations.
GOOGLENET = {
    "stem.conv1": (112, 64, 2.7, 34), "stem.conv2": (56, 192, 112, 360),
    "blocks.3a": (28, 256, 159, 128), "blocks.3b": (28, 480, 380, 304),
    "blocks.4a": (14, 512, 364, 73), "blocks.4b": (14, 512, 437, 88), "blocks.4c": (14, 512, 463, 100),
    "blocks.4d": (14, 528, 580, 119), "blocks.4e": (14, 832, 840, 170),
    "blocks.5a": (7, 832, 1072, 54), "blocks.5b": (7, 1024, 1388, 71),
    "classify": (1, 1000, 1000, 1),
}  # fmt: skip


@pytest.mark.covers("A09", "A10")
def test_googlenet_row_by_row():
    """Operations are multiply-adds; three rows of the printed table do not follow from its columns."""
    bill = bill_of("googlenet")
    wrong = set()
    for name, (side, maps, thousands, millions) in GOOGLENET.items():
        rows = [row for row in bill.rows if row.name.startswith(name)]  # "stem.conv2" and "stem.conv2_reduce" are one
        size = rows[-1].output
        assert size in ((maps, side, side), (maps,)), name
        parameters, products = sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows)
        if abs(parameters / (1024 * thousands) - 1) > 0.025 or abs(products / (1e6 * millions) - 1) > 0.025:
            wrong.add(name)
    assert wrong == {"stem.conv1", "blocks.4c", "blocks.5a"}
    assert bill.parameters == 6_998_552
    assert bill.parameters - 1_025_000 == 5_973_552, "without the classifier"
    assert round(bill.multiply_adds / 1e9, 1) == 1.6


def test_googlenets_heads_are_there_while_it_is_trained():
    bill = bill_of("googlenet_with_heads")
    head = 512 * 128 + 128 + 2048 * 1024 + 1024 + 1024 * 1000 + 1000
    assert bill.parameters == 6_998_552 + 2 * head + 16 * 128
    net = models.build("googlenet_with_heads", classes=4)
    assert [logits.shape for logits in net(torch.rand(1, 3, 224, 224))] == [(1, 4)] * 3
    with torch.no_grad():
        assert net.eval()(torch.rand(1, 3, 224, 224)).shape == (1, 4)
    assert models.account(net, (3, 224, 224)).parameters == sum(p.numel() for p in net.parameters())


@pytest.mark.covers("A12")
@pytest.mark.parametrize(
    ("name", "billions", "parameters"),
    [("resnet18", 1.8, 11_689_512), ("resnet34", 3.6, 21_797_672), ("resnet50_2015", 3.8, 25_557_032),
     ("resnet101_2015", 7.6, 44_549_160), ("resnet152_2015", 11.3, 60_192_808), ("resnet50", 4.1, 25_557_032),
     ("resnet101", 7.8, 44_549_160), ("resnet152", 11.5, 60_192_808)],
)  # fmt: skip
def test_resnets(name: str, billions: float, parameters: int):
    """He et al. 2016, table 1; the stride in the 3×3 costs 0.23 billion multiply-adds more."""
    bill = bill_of(name)
    assert bill.parameters == parameters
    assert abs(bill.multiply_adds / 1e9 - billions) < 0.07  # the paper cuts 3.66 to 3.6, and 3.86 to 3.8
    sizes = [row.output[1] for row in bill.rows if len(row.output) == 3 and row.kind == "Conv2d"]
    assert set(sizes) == {112, 56, 28, 14, 7}
    weights = [row for row in bill.rows if row.kind in ("Conv2d", "Linear") and "shortcut" not in row.name]
    assert f"resnet{len(weights)}" == name.removesuffix("_2015")


@pytest.mark.covers("A13")
def test_resnet18_counted_in_two_ways():
    """A table with a bias in each convolution, no norms and no projections, and the net as it is built."""
    rows = [row for row in bill_of("resnet18").rows if row.parameters]
    projections = sum(row.parameters for row in rows if "shortcut" in row.name and row.kind == "Conv2d")
    norms = sum(row.parameters for row in rows if row.kind == "BatchNorm2d")
    biases = sum(row.output[0] for row in rows if row.kind == "Conv2d" and "shortcut" not in row.name)
    assert (projections, norms, biases) == (172_032, 9600, 3904)
    assert 11_689_512 - projections - norms + biases == 11_511_784
    without = models.account(imagenet_resnet(18, shortcuts="A"), (3, 224, 224))
    assert 11_689_512 - without.parameters == projections + 2 * (128 + 256 + 512)


def test_shortcuts_of_the_paper():
    x = torch.rand(1, 64, 8, 8)
    padded = imagenet_resnet(18, shortcuts="A").stage3[0].shortcut
    assert torch.equal(padded(x), torch.cat([x[:, :, ::2, ::2], torch.zeros(1, 64, 4, 4)], dim=1))
    for option, projections in (("none", 0), ("A", 0), ("B", 3), ("C", 8)):
        with torch.device("meta"):
            net = imagenet_resnet(18, shortcuts=option)
        assert sum(name.endswith("shortcut.project") for name, _ in net.named_modules()) == projections
        assert net(torch.empty(1, 3, 224, 224, device="meta")).shape == (1, 1000)
    with pytest.raises(ValueError, match="depth is 20"):
        imagenet_resnet(20)


def test_a_block_adds_its_input():
    block = imagenet_resnet(50).stage2[1].eval()
    torch.nn.init.zeros_(block.branch.norm3.weight)
    x = torch.rand(1, 256, 4, 4)
    assert torch.equal(block(x), x)
    x.requires_grad_()
    block(x).sum().backward()
    assert torch.equal(x.grad, torch.ones_like(x))


def test_small_resnets_are_those_of_the_course():
    for depth, millions in ((20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)):
        bill = bill_of(f"resnet{depth}_cifar")
        assert round(bill.parameters / 1e6, 2 if depth < 110 else 1) == millions
        assert sum(row.kind in ("Conv2d", "Linear") for row in bill.rows) == depth
        assert bill_of(f"plain{depth}_cifar").parameters == bill.parameters


def test_mobilenet_v2():
    bill = bill_of("mobilenet_v2")
    assert bill.parameters == 3_504_872
    assert round(bill.multiply_adds / 1e6) == 301, "the paper says 300 million"
    net = models.build("mobilenet_v2", classes=3).eval()
    with torch.no_grad():
        assert net(torch.rand(1, 3, 64, 64)).shape == (1, 3)


def test_an_unknown_name_is_told_what_is_near():
    with pytest.raises(ValueError, match="did you mean vgg16"):
        models.build("VGG-16")
    with pytest.raises(ValueError, match=r"there is .*lenet5"):
        models.build("?")
    for classes in (0, 1.5, True):
        with pytest.raises(ValueError, match="whole number"):
            models.build("lenet5", classes=classes)
    assert bill_of("alexnet", classes=7).rows[-1].output == (7,)


def test_a_name_is_loaded_when_it_is_used():
    code = """
import sys
from course_lib import models
loaded = lambda: {name for name in sys.modules if name.startswith("course_lib.models.")}
assert not loaded() and "torch" not in sys.modules, loaded()
models.build("lenet5")
assert loaded() == {"course_lib.models.catalog", "course_lib.models.lenet"}, loaded()
models.account
assert "course_lib.models.vgg" not in loaded() and "safetensors" not in sys.modules
assert not any(name.split(".")[0] in ("matplotlib", "sympy") for name in loaded())
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there():
    for name in models.__all__:
        assert getattr(models, name) is not None
        assert name in dir(models)
    assert sorted(name for names in models._FILES.values() for name in names) == sorted(models.__all__)
    with pytest.raises(AttributeError, match="no attribute 'vgg_99'"):
        models.vgg_99  # noqa: B018
