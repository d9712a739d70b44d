"""A net that needs every kind of state, and pictures so few that a training takes a moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import models, train
from course_lib.data import Images


@pytest.fixture(scope="session")
def images() -> Images:
    """20 pictures that can be told apart, and no test set: `fit` must not want one."""
    rng = np.random.default_rng(0)
    y = np.arange(20) % 3
    x = (rng.integers(0, 150, (20, 3, 8, 6)) + 50 * y[:, None, None, None]).astype(np.uint8)
    return Images(x, y, x[:0], y[:0], ("a", "b", "c"))


@pytest.fixture
def net() -> Callable[..., nn.Sequential]:
    def make(seed: int = 0) -> nn.Sequential:
        torch.manual_seed(seed)
        front = models.Normalize(), nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()
        return nn.Sequential(*front, nn.Dropout(0.3), nn.Flatten(), nn.Linear(4 * 6 * 4, 3))

    return make


def shake(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A variation that draws from every source there is."""
    drawn = torch.rand(len(x), 1, 1, 1, generator=generator)
    return x * (0.8 + 0.2 * drawn) + 0.1 * np.random.rand() + 0.1 * random.random()  # noqa: NPY002  # the global one


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., train.Config]:
    """16 pictures in batches of 4, 3 epochs: 12 steps."""

    def make(**changes: Any) -> train.Config:
        usual: dict[str, Any] = {"epochs": 3, "batch_size": 4, "lr": 0.05, "validation": 0.2, "augment": (shake,)}
        usual |= {"device": "cpu", "precision": "float32", "progress": False}
        return train.Config(**usual | changes)

    return make


class At:
    """A variation that changes nothing, and does something in one step."""

    def __init__(self, step: int, act: Callable[[], object]) -> None:
        self.left, self.act = step, act
        self.__qualname__ = "at"

    def __call__(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        self.left -= 1
        if self.left == 0:
            self.act()
        return x


@pytest.fixture
def at() -> type[At]:
    return At


def no_clock() -> float:
    return 0.0


@pytest.fixture
def still() -> Callable[[], float]:
    """A clock that stands still, so that rows can be compared whole."""
    return no_clock


@pytest.fixture
def same() -> Callable[[nn.Module, nn.Module], bool]:
    def compare(a: nn.Module, b: nn.Module) -> bool:
        left, right = a.state_dict(), b.state_dict()
        return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)

    return compare
