"""Pictures that are nothing at all, bred without a gradient: changed at random, and the better ones kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.attack.base import AT_ONCE, check_whole
from course_lib.attack.fooling import Fooling, check_wanted, towards
from course_lib.attack.goal import weights_of


class Encoding(ABC):
    """How pictures are written down so that chance can change them. A genome may be anything."""

    @abstractmethod
    def new(self, random: np.random.Generator) -> Any:
        """A genome to begin with."""

    @abstractmethod
    def changed(self, genome: Any, random: np.random.Generator) -> Any:
        """A child: a changed copy."""

    @abstractmethod
    def picture(self, genome: Any) -> Tensor:
        """The picture (C, H, W), 0 to 1, that a genome stands for."""


def fool_by_evolution(
    net: nn.Module, classes: Sequence[int] | Tensor, encoding: Encoding, *, generations: int = 300,
    children: int = 100, confidence: float = 0.99, seed: int = 0,
) -> Fooling:  # fmt: skip
    """A champion for each class. Children of any champion take the place of each champion that they beat.

    It ends when the net is sure about every champion. Which class a picture is bred for is open: many a champion comes
    from another class's line (MAP-Elites, Mouret and Clune, 2015). Source: Nguyen et al., 2015.

    Args:
        net: in eval mode; it is left as it was.
        classes: the classes (K,).
        encoding: `Pixels(8)` changes pixels one by one; `CPPN(8)` draws with functions of the place.
        generations: at most so many.
        children: in each.
        confidence: the bar: the probability to get above.
        seed: of all chance.

    Raises:
        ValueError: an argument out of its range, classes that the net does not know, a net in training mode.
        TypeError: what comes first is no net.
    """
    check_whole(1, children=children)
    check_whole(0, generations=generations, seed=seed)
    random = np.random.default_rng(seed)
    with torch.inference_mode(False), torch.no_grad():
        wanted = check_wanted(classes, confidence)
        genomes = [encoding.new(random) for _ in range(max(children, len(wanted)))]
        pictures = _drawn(net, encoding, genomes)
        towards(net, pictures[: len(wanted)], wanted)  # refuses what does not fit
        sure, which = _probabilities(net, pictures)[:, wanted].max(0)
        champions, best = [genomes[k] for k in which.tolist()], pictures[which.to(pictures.device)]
        needed = torch.where(sure > confidence, 0, -1)
        for generation in range(1, generations + 1):
            if (needed >= 0).all():
                break
            parents = random.integers(len(champions), size=children)
            genomes = [encoding.changed(champions[parent], random) for parent in parents]
            pictures = _drawn(net, encoding, genomes)
            now, which = _probabilities(net, pictures)[:, wanted].max(0)
            for k in (now > sure).nonzero()[:, 0].tolist():
                champions[k], best[k], sure[k] = genomes[int(which[k])], pictures[int(which[k])], now[k]
            needed[(needed < 0) & (sure > confidence)] = generation
    return Fooling(best, sure, needed)


def _drawn(net: nn.Module, encoding: Encoding, genomes: Sequence[Any]) -> Tensor:
    return torch.stack([encoding.picture(genome) for genome in genomes]).to(weights_of(net))


def _probabilities(net: nn.Module, pictures: Tensor) -> Tensor:
    """(N, K), on the CPU."""
    return torch.cat([net(part.clone()).softmax(1) for part in pictures.split(AT_ONCE)]).cpu()
