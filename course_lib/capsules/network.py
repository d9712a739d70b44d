"""CapsNet: a convolution, capsules at each position of a grid, one capsule for each class, and a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor, nn

from course_lib.capsules.settings import CapsConfig
from course_lib.capsules.tensors import mask, route, squash


class Route(Protocol):
    """Anything that routes as `route` does."""

    def __call__(self, u_hat: Tensor, iterations: int, /, *, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Predictions û (N, I, J, D) -> v (N, J, D), couplings (N, I, J)."""
        ...


class PrimaryCapsules(nn.Module):
    """A convolution whose channels are dealt out: each `dim` neighboring channels, at one position, are a capsule."""

    def __init__(self, before: int, types: int, dim: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, types * dim, kernel, stride)
        self.types, self.dim = types, dim

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, before, H, W) -> capsules u (N, I, dim), type after type, row after row; I = types · H_out · W_out.

        Numbers of one capsule are of one position. A plain `view(N, -1, dim)` of the maps would not do: it cuts them
        into neighbors of one channel.
        """
        maps: Tensor = self.conv(x)
        grouped = maps.reshape(len(maps), self.types, self.dim, -1)  # (N, types, dim, positions)
        return squash(grouped.movedim(2, 3).flatten(1, 2))


class DigitCapsules(nn.Module):
    """One capsule for each class, routed to by all capsules below, with a matrix for each pair of the two.

    `w` (I, J, D, d) begins normal with deviation `std`, None for J / sqrt(I D). `routing` takes the place of `route`:
    it is called as routing(û, iterations), and with bias=(J, D) if there is one, and gives v and the couplings.
    """

    def __init__(
        self,
        below: int,
        classes: int,
        dim: int,
        below_dim: int,
        *,
        iterations: int = 3,
        bias: bool = False,
        std: float | None = None,
        routing: Route = route,
    ) -> None:
        super().__init__()
        std = classes / (below * dim) ** 0.5 if std is None else std
        self.w = nn.Parameter(std * torch.randn(below, classes, dim, below_dim))
        self.bias = nn.Parameter(torch.zeros(classes, dim)) if bias else None
        self.iterations, self.routing = iterations, routing

    def forward(self, u: Tensor) -> Tensor:
        """Capsules u (N, I, d) -> v (N, J, D)."""
        return self.routed(u)[0]

    def predictions(self, u: Tensor) -> Tensor:
        """Capsules u (N, I, d) -> û (N, I, J, D). Raises ValueError for other capsules than those below."""
        if u.ndim != 3 or u.shape[1:] != (len(self.w), self.w.shape[3]):
            raise ValueError(f"u has shape {tuple(u.shape)}; it must be (N, {len(self.w)}, {self.w.shape[3]})")
        u_hat: Tensor = torch.einsum("ijkd,nid->nijk", self.w, u)
        return u_hat

    def routed(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """Capsules u (N, I, d) -> v (N, J, D), and the couplings c (N, I, J) of the last iteration."""
        u_hat = self.predictions(u)
        extra = {} if self.bias is None else {"bias": self.bias}
        v, c = self.routing(u_hat, self.iterations, **extra)
        if v.shape != (len(u), *self.w.shape[1:3]) or c.shape != u_hat.shape[:3]:
            raise ValueError(
                f"routing gave v of shape {tuple(v.shape)} and couplings of shape {tuple(c.shape)}; they must be "
                f"(N, J, D), {(len(u), *self.w.shape[1:3])}, and (N, I, J), {tuple(u_hat.shape[:3])}"
            )
        return v, c


class Decoder(nn.Sequential):
    """Masked capsules (N, K * D) -> pictures (N, channels, size, size) of 0 to 1, by fully connected layers."""

    def __init__(self, before: int, hidden: Sequence[int], channels: int, size: int) -> None:
        layers: list[nn.Module] = []
        for one, two in pairwise([before, *hidden]):
            layers += [nn.Linear(one, two), nn.ReLU()]
        last = nn.Linear([before, *hidden][-1], channels * size * size)
        super().__init__(*layers, last, nn.Sigmoid(), nn.Unflatten(1, (channels, size, size)))


class CapsNet(nn.Module):
    """The net of Sabour, Frosst and Hinton (2017), by default with its sizes: pictures in, lengths of capsules out.

    `forward` gives lengths (N, K), from 0 to 1: no logits, so no cross-entropy. Train it by the margin loss, as
    `capsules.fit` does. `routing` takes the place of `route`, to try another one.
    """

    def __init__(self, config: CapsConfig | None = None, *, routing: Route | None = None) -> None:
        super().__init__()
        self.config = c = config or CapsConfig()
        self.conv = nn.Conv2d(c.channels, c.filters, c.kernel, padding=c.padding)
        self.primary = PrimaryCapsules(c.filters, c.types, c.primary_dim, c.primary_kernel, c.stride)
        self.digits = DigitCapsules(
            c.below,
            c.classes,
            c.dim,
            c.primary_dim,
            iterations=c.iterations,
            bias=c.bias,
            std=c.init_std,
            routing=routing or partial(route, through=c.through),
        )
        self.decoder = Decoder(c.classes * c.dim, c.decoder, c.channels, c.size) if c.decoder else None

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) of 0 to 1 -> the lengths of the capsules (N, K); the longest is the answer."""
        lengths: Tensor = torch.linalg.vector_norm(self.capsules(x), dim=2)
        return lengths

    def capsules(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) of 0 to 1 -> v (N, K, D), a capsule for each class."""
        v: Tensor = self.digits(self.below(x))
        return v

    def couplings(self, x: Tensor) -> Tensor:
        """Pictures -> couplings (N, I, K) of the last iteration: those of a capsule below sum to 1.

        `net.digits.iterations` says how many there are; a smaller number shows how the couplings came about.
        """
        return self.digits.routed(self.below(x))[1]

    def below(self, x: Tensor) -> Tensor:
        """Pictures -> the capsules below, u (N, I, d). Raises ValueError for pictures of another shape."""
        c = self.config
        if x.ndim != 4 or x.shape[1:] != (c.channels, c.size, c.size):
            raise ValueError(f"x has shape {tuple(x.shape)}; it must be (N, {c.channels}, {c.size}, {c.size})")
        u: Tensor = self.primary(self.conv(x).relu())
        return u

    def reconstruct(self, v: Tensor, labels: Tensor | None = None) -> Tensor:
        """Capsules v (N, K, D), labels (N,) -> the pictures (N, C, H, W) that the decoder draws of these capsules.

        Without labels it draws the longest capsule, but not in training. Raises ValueError then, for labels out of
        range, and if there is no decoder.
        """
        if self.decoder is None:
            raise ValueError("this net has no decoder: give its config the widths of one, such as decoder=(96,)")
        if labels is None:
            if self.training:
                raise ValueError("in training the decoder draws the right digit: give its labels, or call net.eval()")
            labels = torch.linalg.vector_norm(v, dim=2).argmax(1)
        pictures: Tensor = self.decoder(mask(v, labels))
        return pictures
