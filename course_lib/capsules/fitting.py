"""Training by the margin loss, in one short loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.capsules.network import CapsNet
from course_lib.capsules.tensors import margin_loss

Vary = Callable[[Any, Any, np.random.Generator], tuple[Any, Any]]


def fit(
    net: nn.Module,
    x: Any,
    y: Any,
    *,
    epochs: int = 15,
    lr: float = 0.01,
    batch: int = 64,
    seed: int = 0,
    reconstruction: float = 0.0,
    vary: Vary | None = None,
) -> list[float]:
    """Train a net by the margin loss, in place and on its device, and return the mean loss of each epoch.

    Adam, with a learning rate that rises to `lr` and falls again (one cycle). Afterwards the net is in evaluation mode.

    Args:
        net: pictures to lengths (N, K): a CapsNet; or any other net that ends in numbers of 0 to 1, by a sigmoid.
        x: pictures (N, C, H, W), floats of 0 to 1, or bytes.
        y: labels (N,), or T (N, K) of zeros and ones.
        epochs: times that each picture is seen.
        lr: the highest learning rate.
        batch: pictures in a step.
        seed: of the order of the pictures, and of `vary`.
        reconstruction: how much the decoder's error counts: the sum of squared differences of a picture, averaged over
            the batch. The decoder draws the right digit's capsule. The paper has 0.0005 for 784 pixels.
        vary: called as vary(x, y, rng) with arrays for each batch; gives the x and y to learn from instead.

    Raises:
        ValueError: no pictures, another number of labels, less than 1 epoch, a negative weight of the reconstruction;
            a reconstruction without a decoder, or for targets that are no labels; a loss that is not finite.
    """
    pictures, targets = np.asarray(x), np.asarray(y)
    _refuse(net, pictures, targets, epochs, batch, reconstruction)
    pictures = pictures.astype(np.float32) / 255 if pictures.dtype == np.uint8 else pictures
    rng = np.random.default_rng(seed)
    steps = -(-len(pictures) // batch)
    optimizer = torch.optim.Adam(net.parameters(), lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * steps)
    device = next(net.parameters()).device
    net.train()
    history = []
    for _ in range(epochs):
        losses = []
        for chosen in np.array_split(rng.permutation(len(pictures)), steps):
            xb, yb = pictures[chosen], targets[chosen]
            if vary is not None:
                xb, yb = vary(xb, yb, rng)
            loss = _loss(net, _tensor(xb, device), _tensor(yb, device), reconstruction)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
        history.append(float(torch.stack(losses).mean()))
        if not np.isfinite(history[-1]):
            raise ValueError(f"the loss is {history[-1]} in epoch {len(history)}: take a smaller lr than {lr}")
    net.eval()
    return history


def _loss(net: nn.Module, x: Tensor, y: Tensor, reconstruction: float) -> Tensor:
    if not reconstruction or not isinstance(net, CapsNet):
        return margin_loss(net(x), y)
    v = net.capsules(x)
    error = F.mse_loss(net.reconstruct(v, y), x, reduction="sum") / len(x)
    return margin_loss(torch.linalg.vector_norm(v, dim=2), y) + reconstruction * error


def _refuse(net: nn.Module, x: Any, y: Any, epochs: int, batch: int, reconstruction: float) -> None:
    if x.ndim != 4 or not len(x):
        raise ValueError(f"x has shape {x.shape}; it must be (N, C, H, W), with N of at least 1")
    if y.shape[:1] != x.shape[:1] or y.ndim > 2:
        raise ValueError(f"y has shape {y.shape}; {len(x)} pictures need labels ({len(x)},) or T ({len(x)}, K)")
    if epochs < 1 or batch < 1:
        raise ValueError(f"epochs is {epochs} and batch {batch}: at least 1 of both")
    if not reconstruction >= 0:
        raise ValueError(f"reconstruction is {reconstruction}: its weight is 0 or more")
    if reconstruction and (not isinstance(net, CapsNet) or net.decoder is None):
        raise ValueError(f"reconstruction is {reconstruction}, but this net has no decoder")
    if reconstruction and y.ndim == 2:
        raise ValueError("a reconstruction needs labels, (N,): the decoder draws one digit")


def _tensor(array: Any, device: torch.device) -> Tensor:
    return torch.as_tensor(np.ascontiguousarray(array)).to(device)
