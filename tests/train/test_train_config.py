"""Configurations refuse what makes no sense; devices and precisions are chosen by what is there."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
import torch

from course_lib.data.augment import crop, flip
from course_lib.train import Config, Cosine, Plateau, WarmUp, choose_device, choose_precision, describe

BAD = {
    "epochs": (0, 1.5, True, "3"),
    "batch_size": (0, -1),
    "lr": (0, -0.1, float("nan"), float("inf"), "0.1"),
    "momentum": (1.0, -0.1),
    "weight_decay": (-1e-4,),
    "label_smoothing": (1.0, -0.1),
    "clip": (0, -1),
    "validation": (1.0, -0.1),
    "patience": (0, 1.5),
    "seconds": (0, float("nan")),
    "seed": (-1, 0.5),
    "optimizer": ("SGD",),
    "precision": ("float16",),
    "schedule": (0.5, Cosine),
    "augment": (flip, ("flip",)),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_refused_by_name(name: str, value: object):
    with pytest.raises(ValueError, match=f"^{name} is "):
        Config(**{name: value})  # type: ignore[arg-type]


def test_whoever_watches_the_validation_loss_needs_one():
    for changes in ({"patience": 3}, {"schedule": WarmUp(1).then(Plateau())}):
        with pytest.raises(ValueError, match=r"hold pictures out for it, as in validation=0\.1"):
            Config(validation=0, **changes)  # type: ignore[arg-type]


def test_profiles_are_configurations_to_change():
    assert Config.quick(epochs=3).epochs == 3
    assert Config.full(lr=0.2).lr == 0.2
    assert Config.full().augment
    with pytest.raises(FrozenInstanceError):
        Config.quick().lr = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError, match="learning_rate"):
        Config.quick(learning_rate=0.1)


def test_the_record_is_the_same_in_another_process():
    record = Config(augment=(flip, crop(4)), schedule=WarmUp(2).then(Cosine())).record()
    assert record["augment"] == "flip, crop(4)"
    assert Config(augment=(flip, crop(2))).record()["augment"] != record["augment"]
    assert record["schedule"] == (
        "Chain(first=WarmUp(epochs=2, start=0.1), epochs=2, second=Cosine(end=0.0))"
    )  # and no address in memory
    assert "seconds" not in record


def test_a_device_that_is_not_there_is_refused():
    for name in ("cuda:99", "nonsense"):
        with pytest.raises(ValueError, match=f"device '{name}' cannot be used here"):
            choose_device(name)
    assert choose_device("cpu").type == "cpu"
    assert describe(torch.device("cpu"), "float32") == f"cpu (threads: {torch.get_num_threads()}), float32"


@pytest.mark.parametrize(("capable", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_the_precision_is_what_the_hardware_is_fast_at(monkeypatch, capable: bool, expected: str):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": capable}, raising=False)
    assert choose_precision("auto", torch.device("cpu")) == expected
    assert choose_precision("float32", torch.device("cpu")) == "float32"
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert choose_precision("auto", torch.device("cpu")) == "float32"
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0) if capable else (7, 5))
    assert choose_precision("auto", torch.device("cuda")) == expected
