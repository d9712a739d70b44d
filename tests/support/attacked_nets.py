"""Nets to attack: linear ones, of which the best attack is known, and a digit net that was trained for a moment."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

from course_lib import models, train
from course_lib.data import Images, digits


class TwoClasses(nn.Module):
    """A linear score w x + b, as the logits 0 and score: the probability of class 1 is its sigmoid."""

    def __init__(self, w: Tensor, b: float = 0.0) -> None:
        super().__init__()
        self.w, self.b = nn.Parameter(w.clone()), b

    def forward(self, x: Tensor) -> Tensor:
        score = x.flatten(1) @ self.w.flatten() + self.b
        return torch.stack([torch.zeros_like(score), score], 1)


def linear(classes: int = 4, size: int = 5, seed: int = 0) -> nn.Sequential:
    """One matrix, in double precision; around gray, its logits are small numbers."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * size * size, classes)).double().eval()


def gray(count: int = 6, size: int = 5, seed: int = 0) -> Tensor:
    """Pictures around the middle, in double precision, far from black and white."""
    generator = torch.Generator().manual_seed(seed)
    return 0.5 + 0.05 * torch.randn(count, 3, size, size, generator=generator, dtype=torch.float64).clamp(-2, 2)


def small(seed: int = 3) -> nn.Sequential:
    """Convolutions with batch norm and dropout, untrained."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        net = nn.Sequential(*layers, nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(), nn.Linear(72, 4))
        net[1].running_var.uniform_(0.5, 1.5)
    return net.eval()


def pictures(count: int = 6, size: int = 10, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


@cache
def digit_net() -> nn.Module:
    """Trained for a few epochs; right about more than nine of ten digits."""
    torch.manual_seed(0)
    net = models.plain(channels=1)
    train.fit(net, as_bytes(), train.Config.quick(epochs=5, validation=0, progress=False, precision="float32"))
    return net.requires_grad_(False)


@cache
def as_bytes() -> Images:
    """The 8 x 8 digits as bytes, as `train.fit` takes them."""
    d = digits()
    x_train, x_test = ((255 * x).round().astype("uint8") for x in (d.x_train, d.x_test))
    return Images(x_train, d.y_train, x_test, d.y_test, tuple("0123456789"))


def some_digits(count: int = 40) -> tuple[Tensor, Tensor]:
    d = as_bytes()
    return torch.from_numpy(d.x_test[:count]).float() / 255, torch.from_numpy(d.y_test[:count])
