"""Can a map be believed? What a method draws should change when what the net has learned is taken away."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn


def top_down(net: nn.Module) -> list[str]:
    """The names of the layers with weights (convolutions, linear layers), from the output down.

    The order is that of registration, turned around: that of the run, in nets that are written from top to bottom.
    """
    return [name for name, module in net.named_modules() if _weights(module)][::-1]


def randomized(net: nn.Module, names: str | Iterable[str], seed: int = 0) -> nn.Module:
    """A copy in which the numbers of each weight of the modules `names`, and of all in them, change places at random.

    Each tensor of weights keeps its numbers, and so their mean and deviation; nothing of what they have learned is left
    but that. Biases and norms stay as they are. The more names are given, the more is shuffled, and what a first name
    gets is the same then. Raises ValueError for unknown names, and for modules without weights. Source: Adebayo et
    al., 2018 (who draw new weights).
    """
    changed = copy.deepcopy(net)
    modules = dict(changed.named_modules(remove_duplicate=False))
    random = torch.Generator().manual_seed(seed)
    done: set[int] = set()
    for name in (names,) if isinstance(names, str) else names:
        if name not in modules:
            raise ValueError(f"the net has no module {name!r}; explain.top_down(net) lists what can be shuffled")
        weights = [weight for module in modules[name].modules() for weight in _weights(module)]
        if not weights:
            raise ValueError(f"{name} has no weights to shuffle; explain.top_down(net) lists the layers that have")
        for weight in weights:
            if id(weight) not in done:
                done.add(id(weight))
                order = torch.randperm(weight.numel(), generator=random).to(weight.device)
                with torch.no_grad():
                    weight.copy_(weight.flatten()[order].view_as(weight).clone())
    return changed


def agreement(a: Tensor, b: Tensor) -> float:
    """Spearman's rank correlation of two maps of one shape: 1 if they order the pixels alike, 0 if they are unrelated.

    Equal numbers share the mean of their ranks. A map that is the same everywhere orders nothing: 0. Raises ValueError
    for two shapes, and for infinite numbers.
    """
    if a.shape != b.shape or a.numel() < 2:
        raise ValueError(f"two maps of one shape are needed, not {tuple(a.shape)} and {tuple(b.shape)}")
    if not (a.isfinite().all() and b.isfinite().all()):
        raise ValueError("maps with infinite numbers, or with nan, have no order")
    ranks = torch.stack([_ranks(a), _ranks(b)])
    ranks -= ranks.mean(1, keepdim=True)
    lengths = ranks.norm(dim=1).prod()
    return float(ranks.prod(0).sum() / lengths) if lengths else 0.0


def _ranks(x: Tensor) -> Tensor:
    _, which, counts = x.detach().cpu().flatten().unique(return_inverse=True, return_counts=True)
    mean_ranks: Tensor = counts.cumsum(0).double() - (counts - 1) / 2
    return mean_ranks[which]


def _weights(module: nn.Module) -> list[Tensor]:
    """What a module owns itself and that mixes numbers: matrices and filters."""
    return [weight for weight in module.parameters(recurse=False) if weight.dim() > 1]
