"""How good a net is: logits, loss and accuracy, with the net left as it was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.train.config import Precision

AT_ONCE = 1000  # pictures


@dataclass(frozen=True)
class Score:
    """Mean cross-entropy (natural logarithm) and the share of right answers, over `count` pictures."""

    loss: float
    accuracy: float
    count: int

    def __repr__(self) -> str:
        """As in `86.31 % of 10,000 right, loss 0.4213`."""
        return f"{100 * self.accuracy:.2f} % of {self.count:,} right, loss {self.loss:.4f}"


def evaluate(model: nn.Module, x: Any, y: Any, *, precision: Precision = "float32", at_once: int = AT_ONCE) -> Score:
    """Loss and accuracy on pictures x, (N, C, H, W) bytes or floats of 0 to 1, with labels y (N,).

    The net judges in evaluation mode, on its own device; afterwards each of its layers is in the mode it was in.
    Raises ValueError for an empty set, other shapes, or labels that the net has no output for.
    """
    logits = predict(model, x, precision=precision, at_once=at_once)
    labels = as_tensor(y).cpu().long()
    if labels.shape != logits.shape[:1]:
        raise ValueError(f"{len(logits)} pictures need labels of shape ({len(logits)},), not {tuple(labels.shape)}")
    if not 0 <= int(labels.min()) <= int(labels.max()) < logits.shape[1]:
        raise ValueError(f"the net has {logits.shape[1]} outputs, but labels go from {labels.min()} to {labels.max()}")
    right = int((logits.argmax(1) == labels).sum())
    return Score(float(F.cross_entropy(logits, labels)), right / len(labels), len(labels))


def predict(model: nn.Module, x: Any, *, precision: Precision = "float32", at_once: int = AT_ONCE) -> torch.Tensor:
    """Logits (N, K) float32, on the CPU, for pictures x (N, C, H, W), bytes or floats of 0 to 1.

    Raises ValueError for an empty set or other shapes.
    """
    pictures = as_tensor(x)
    if pictures.ndim != 4 or not len(pictures):
        raise ValueError(f"x has shape {tuple(pictures.shape)}; it must be (N, C, H, W), with N of at least 1")
    device = device_of(model)
    with evaluation_mode(model), torch.inference_mode(), autocast(device, precision):
        parts = [model(pixels(part.to(device))).float().cpu() for part in pictures.split(at_once)]
    if parts[0].ndim != 2:
        raise ValueError(f"the net gives {tuple(parts[0].shape)}; for labels it must give logits (N, classes)")
    return torch.cat(parts)


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Every layer in evaluation mode; afterwards each in its own again, a frozen one frozen."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Convolutions and products in bfloat16, if that is the precision; the weights stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def pixels(x: torch.Tensor) -> torch.Tensor:
    """Bytes to floats of 0 to 1; floats stay as they are."""
    return x.float() / 255 if x.dtype == torch.uint8 else x


def as_tensor(array: Any) -> torch.Tensor:
    """A tensor that shares the memory of an array, or the tensor itself."""
    return array if isinstance(array, torch.Tensor) else torch.from_numpy(np.ascontiguousarray(array))


def device_of(model: nn.Module) -> torch.device:
    """Where its parameters lie."""
    return next((p.device for p in model.parameters()), torch.device("cpu"))
