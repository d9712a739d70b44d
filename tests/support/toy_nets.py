"""Nets small enough to know everything about them, and one net written with each way to call a rectifier."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Function = Callable[[Tensor], Tensor]


def pictures(count: int = 2, size: int = 10, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


class Conv(nn.Module):
    """Two convolutions, each with a function behind it, max pooling between, a residual sum, three classes."""

    def __init__(self, first: Function, second: Function | None = None) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            self.a, self.b = nn.Conv2d(3, 5, 3, padding=1), nn.Conv2d(5, 5, 3, padding=1)
            self.norm = nn.BatchNorm2d(5)
            self.classify = nn.Linear(5, 3)
            for numbers in (self.norm.running_var, self.norm.weight.data, self.norm.bias.data):
                numbers.uniform_(0.2, 1.2)
        self.first, self.second = first, second or first
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.first(self.a(x)))
        x = x + self.second(self.norm(self.b(x)) * 1)
        return self.classify(x.mean((2, 3)) * 4)


def conv(first: Function, second: Function | None = None) -> nn.Module:
    return Conv(first, second).eval()


def rectifier_by_hand(rule: str, high: float = float("inf")) -> Function:
    """min(max(0, x), high) as a function of its own, whose backward pass is the rule, written out."""

    class ByHand(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.clamp(0, high)

        @staticmethod
        def backward(ctx, arrived):
            (x,) = ctx.saved_tensors
            passed, positive = (x > 0) & (x < high), arrived > 0
            keep = {"plain": passed, "deconvnet": positive, "guided_backprop": passed & positive}[rule]
            return torch.where(keep, arrived, torch.zeros(()))

    return ByHand.apply


def matrix(rows: Tensor) -> nn.Sequential:
    """A net whose logits are sums of rows (classes, C, H, W) times pixels."""
    dense = nn.Linear(rows[0].numel(), len(rows), bias=False, dtype=rows.dtype)
    dense.weight.data.copy_(rows.flatten(1))
    return nn.Sequential(nn.Flatten(), dense).eval()


def linear(classes: int = 4, size: int = 10) -> tuple[nn.Module, Tensor]:
    """A net that is one matrix, and its rows as pictures (classes, 3, size, size)."""
    rows = torch.randn(classes, 3, size, size, generator=torch.Generator().manual_seed(5)) / (3 * size * size) ** 0.5
    return matrix(rows), rows


def smooth(seed: int = 0) -> nn.Sequential:
    """Two convolutions for climbs, in double precision: any picture has a slope."""
    torch.manual_seed(seed)
    layers = nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(8, 6, 3, padding=1), nn.Softplus()
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)).double().eval()


def inplace_relu(x: Tensor) -> Tensor:
    return F.relu(x, inplace=True)
