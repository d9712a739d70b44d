"""LeNet-5: as it is counted everywhere, and as it was built.

Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, Proceedings of the
IEEE 86(11), 1998, section II.B.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Table I of the paper: the maps of S2 that each of the 16 maps of C3 sees.
CONNECTIONS = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
RBF_UNITS = 84  # inputs of each output unit: the pixels of a drawing of 7×12


def lenet5(classes: int = 10) -> nn.Sequential:
    """LeNet-5 with the parts of today: 61,706 parameters. Takes (N, 1, 32, 32), gives logits (N, classes).

    What differs from the net of 1998, `lenet5_1998`: each map of C3 sees all six maps of S2; pooling has no weights
    and no squashing; tanh is not scaled; the last layer is linear, where the original measures distances.
    """
    return nn.Sequential(
        OrderedDict(
            c1=nn.Conv2d(1, 6, 5), tanh1=nn.Tanh(), s2=nn.AvgPool2d(2),
            c3=nn.Conv2d(6, 16, 5), tanh3=nn.Tanh(), s4=nn.AvgPool2d(2),
            c5=nn.Conv2d(16, 120, 5), tanh5=nn.Tanh(), flatten=nn.Flatten(),
            f6=nn.Linear(120, 84), tanh6=nn.Tanh(), output=nn.Linear(84, classes),
        )
    )  # fmt: skip


def lenet5_1998(classes: int = 10) -> nn.Sequential:
    """LeNet-5 as the paper has it: 60,000 trained parameters. Takes (N, 1, 32, 32), gives (N, classes).

    Each map of C3 sees the maps of S2 that table I names; S2 and S4 learn a weight and a bias for each map, and squash;
    squashing is 1.7159·tanh(2x/3); each output is minus the squared distance of F6 to a fixed code of ±1, so that here
    too the largest wins. The paper draws the codes as small pictures of the characters; here they are random.
    """
    return nn.Sequential(
        OrderedDict(
            c1=nn.Conv2d(1, 6, 5), squash1=ScaledTanh(), s2=Subsampling(6), squash2=ScaledTanh(),
            c3=Connected(CONNECTIONS, 5), squash3=ScaledTanh(), s4=Subsampling(16), squash4=ScaledTanh(),
            c5=nn.Conv2d(16, 120, 5), squash5=ScaledTanh(), flatten=nn.Flatten(),
            f6=nn.Linear(120, RBF_UNITS), squash6=ScaledTanh(), output=Distances(RBF_UNITS, classes),
        )
    )  # fmt: skip


class ScaledTanh(nn.Module):
    """1.7159·tanh(2x/3): ±1 goes to ±1, where the curve bends most (appendix A of the paper)."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same shape."""
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsampling(nn.Module):
    """The sum of 2×2 numbers, times a weight, plus a bias; each map has its own two."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.sums = nn.AvgPool2d(2, divisor_override=1)
        self.weight = nn.Parameter(torch.full((maps, 1, 1), 0.25))
        self.bias = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, maps, H, W) to (N, maps, H / 2, W / 2)."""
        y: Tensor = self.weight * self.sums(x) + self.bias
        return y


class Connected(nn.Module):
    """A convolution in which each map has inputs of its own: one kernel for each connection, one bias for each map.

    Args:
        inputs: for each map that comes out, the maps that it sees.
        size: of the kernels.
    """

    def __init__(self, inputs: tuple[tuple[int, ...], ...], size: int) -> None:
        super().__init__()
        self.seen = [map for maps in inputs for map in maps]
        self.lengths = [len(maps) for maps in inputs]
        kernels = [torch.empty(count, 1, size, size).uniform_(-1, 1) / (count**0.5 * size) for count in self.lengths]
        self.weight = nn.Parameter(torch.cat(kernels))
        self.bias = nn.Parameter(torch.zeros(len(inputs), 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, len(inputs), H - size + 1, W - size + 1)."""
        each = F.conv2d(x[:, self.seen], self.weight, groups=len(self.seen))
        sums = [maps.sum(1, keepdim=True) for maps in each.split(self.lengths, dim=1)]
        return torch.cat(sums, dim=1) + self.bias


class Distances(nn.Module):
    """Minus the squared distance to a code of each class (radial basis functions); the codes are not trained."""

    codes: Tensor

    def __init__(self, units: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.randint(0, 2, (classes, units)) * 2.0 - 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, units) to (N, classes)."""
        return -(x[:, None] - self.codes).square().sum(2)
