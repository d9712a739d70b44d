"""The sizes of a CapsNet: those of the paper, and those of a small net for small digits."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, get_args

from course_lib.capsules.tensors import Through
from course_lib.models.sizes import require_counts


@dataclass(frozen=True)
class CapsConfig:
    """The sizes of a CapsNet; without arguments those of the paper: 8,215,568 parameters, 6,804,224 without decoder.

    Raises ValueError for sizes that are no whole numbers from 1, and pictures that are smaller than the kernels.

    Attributes:
        size: height and width of the pictures.
        channels: of the pictures.
        filters: of the first convolution.
        kernel: height and width of its kernels.
        padding: on each side, of the first convolution.
        types: of the capsules below; each type has one capsule at each position.
        primary_dim: numbers in a capsule below, d.
        primary_kernel: height and width of the kernels that make the capsules below.
        stride: of these.
        classes: capsules above, J.
        dim: numbers in a capsule above, D.
        iterations: of the routing.
        decoder: the widths of its hidden layers; () for none.
        bias: whether routing adds a bias (J, D) before squash.
        through: where gradients flow in routing, as `route` says.
        init_std: of the matrices W at the start. None is J / sqrt(I D): a capsule above then begins, before squash, as
            long as one below. 30 times that, and all lengths begin near 1.
    """

    size: int = 28
    channels: int = 1
    filters: int = 256
    kernel: int = 9
    padding: int = 0
    types: int = 32
    primary_dim: int = 8
    primary_kernel: int = 9
    stride: int = 2
    classes: int = 10
    dim: int = 16
    iterations: int = 3
    decoder: tuple[int, ...] = (512, 1024)
    bias: bool = False
    through: Through = "all"
    init_std: float | None = None

    def __post_init__(self) -> None:
        """Check the sizes."""
        free = ("padding", "decoder", "bias", "through", "init_std")
        require_counts(**{f.name: [getattr(self, f.name)] for f in fields(self) if f.name not in free})
        if not isinstance(self.padding, int) or isinstance(self.padding, bool) or self.padding < 0:
            raise ValueError(f"padding is {self.padding}: a whole number of pixels, at least 0")
        if self.decoder:
            require_counts(decoder=self.decoder)
        if self.through not in get_args(Through):
            raise ValueError(f"through is {self.through!r}: gradients flow through 'all' iterations or the 'last'")
        if self.init_std is not None and not self.init_std > 0:
            raise ValueError(f"init_std is {self.init_std}: it must be positive")
        if self.side < 1:
            raise ValueError(
                f"pictures of {self.size} by {self.size} are too small for kernels of {self.kernel} and "
                f"{self.primary_kernel}"
            )

    @classmethod
    def small(cls, **changes: Any) -> CapsConfig:
        """For the digits of 8 by 8 pixels: 72 capsules below, 111,136 parameters, seconds to train.

        It has no decoder; `decoder=(96,)` gives it one. Larger pictures need no padding: `size=12, padding=0`.
        """
        sizes: dict[str, Any] = {
            "size": 8, "filters": 32, "kernel": 3, "padding": 1, "types": 8, "primary_kernel": 3, "bias": True,
            "decoder": (),
        }  # fmt: skip
        return cls(**(sizes | changes))

    @property
    def side(self) -> int:
        """Height and width of the grid of capsules below."""
        seen = self.size + 2 * self.padding - self.kernel + 1
        return (seen - self.primary_kernel) // self.stride + 1 if min(seen, seen - self.primary_kernel + 1) > 0 else 0

    @property
    def below(self) -> int:
        """The number of capsules below, I."""
        return self.types * self.side**2
