"""The classic nets against their papers' tables: sizes, parameters, multiply-adds."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from course_lib import models


def bill_of(name: str, **options: int) -> models.Bill:
    return models.account(models.build(name, device="meta", **options), models.NETS[name].input)


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
    bill = models.account(models.build("vgg16", device="meta").eval(), (3, 224, 224))
    assert learned(bill) == [
        1792, 36_928, 73_856, 147_584, 295_168, 590_080, 590_080, 1_180_160, 2_359_808, 2_359_808, 2_359_808, 2_359_808,
        2_359_808, 102_764_544, 16_781_312, 4_097_000,
    ]  # fmt: skip
    assert bill.parameters == 138_357_544
    assert bill.activations == 15_237_608
    assert round(bill.memory().activations / 2**20) == 58


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
