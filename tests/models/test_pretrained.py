"""All trained nets by one interface, wherever their weights come from."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from support import torchvision_stand_in as stand_in

from course_lib import models
from course_lib.data.images import Images
from course_lib.errors import CourseError
from course_lib.train import Config
from course_lib.train.run import Run


@pytest.fixture
def offline(monkeypatch):
    """No network; torchvision is a stand-in."""
    monkeypatch.setattr("socket.socket.connect", None)
    return stand_in.install(monkeypatch)


@pytest.mark.parametrize("name", models.CARDS)
def test_one_interface(name, offline):
    card, model = models.CARDS[name], models.pretrained(name)
    assert not any(module.training for module in model.modules())
    assert {p.device.type for p in model.parameters()} == {"cpu"}
    assert all(bool(p.isfinite().all()) for p in model.state_dict().values())
    x = torch.rand(2, *card.input[:1], *(min(size, 64) for size in card.input[1:]), generator=torch.Generator())
    with torch.inference_mode():
        logits = model(x)
        assert logits.shape == (2, len(card.classes))
        assert not torch.equal(logits, card.make().eval()(x))
        assert torch.equal(models.pretrained(name)(x), logits)
    assert len(set(card.classes)) == len(card.classes)
    assert models.account(model, card.input).rows[-1].output == (len(card.classes),)
    assert 0.5 < card.accuracy < 1
    assert card.source.startswith(("measured by the course", "published, not measured here"))


@pytest.mark.parametrize("name", models.CARDS)
def test_preprocessing_is_the_first_layer_and_training_leaves_it(name, offline):
    model = models.pretrained(name)
    measured = [module for module in model.modules() if isinstance(module, models.Measured)]
    assert next(model.children()) is measured[0]
    before = {key: tensor.clone() for module in measured for key, tensor in module.state_dict().items()}
    x = np.zeros((4, *models.CARDS[name].input[:1], 32, 32), dtype=np.uint8)
    y = np.arange(4)
    images = Images(x, y, x, y, models.CARDS[name].classes)
    Run(model, images, Config(device="cpu"), clock=lambda: 0.0)
    for module in measured:
        for key, tensor in module.state_dict().items():
            assert torch.equal(tensor, before[key])


def test_resnet50_is_torchvisions(offline):
    model = models.pretrained("resnet50_imagenet")
    assert offline == [{"progress": False, "check_hash": True, "map_location": "cpu"}]
    x = torch.rand(2, 3, 96, 65, generator=torch.Generator().manual_seed(1))
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    with torch.inference_mode():
        wanted = stand_in.forward(stand_in.state(), (x - mean) / std)
        torch.testing.assert_close(model(x), wanted, rtol=1e-3, atol=1e-3 * float(wanted.abs().max()))
    assert sum(p.numel() for p in model.parameters()) == 25_557_032


def test_without_torchvision_or_a_network_it_says_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    with pytest.raises(CourseError, match=r"not installed\. Type: python -m pip install torchvision"):
        models.pretrained("resnet50_imagenet")
    stand_in.install(monkeypatch, URLError("no network"))
    with pytest.raises(CourseError, match=r"could not download .*no network.*take efficientnet_lite0_imagenet"):
        models.pretrained("resnet50_imagenet")


def test_an_unknown_name_is_answered_with_the_names():
    with pytest.raises(ValueError, match="no trained net 'resnet18' in the course; there is resnet20_cifar10, speedy"):
        models.pretrained("resnet18")
    with pytest.raises(ValueError, match="did you mean efficientnet_lite0_imagenet"):
        models.pretrained("efficientnet_lite0")


def test_what_is_bundled_is_small():
    assert max(file.stat().st_size for file in Path(models.__file__).parent.glob("weights/*")) <= 2e6
