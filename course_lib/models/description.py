"""A net from one line of text, such as `CONV 16 - RELU - POOL - DROPOUT 0.25 - FC 10`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from torch import nn

from course_lib.models.sizes import require_counts

MOST_LAYERS = 60
MOST_WIDTH = 1024
MOST_PARAMETERS = 2_000_000
MOST_PRODUCTS = 100_000_000  # for one picture: a few milliseconds on one thread

_REPEATED = re.compile(r"\[([^\[\]]*)\]\s*\*\s*(\d{1,2})")
_NAMES = ("CONV", "NORM", "RELU", "POOL", "DROPOUT", "FC")
_OF_THE_LOSS = ("SOFTMAX", "LOSS")


def described(description: str, input: tuple[int, int, int] = (3, 32, 32)) -> nn.Sequential:
    """The net of a description, for pictures (N, C, H, W) of the size `input`, which is (C, H, W).

    Its items are joined by " - ", small letters or large: `CONV 16` (16 filters of 3×3, padding 1), `NORM` (batch
    normalization of a map), `RELU`, `POOL` (2×2, maximum), `DROPOUT 0.25`, `FC 64` (linear, after a Flatten before the
    first one). `[CONV 16 - RELU - POOL]*2` stands for the same written twice. Raises ValueError for what it does not
    understand, what does not fit together, and nets of more than 2 million weights or 100 million products a picture.
    """
    require_counts(input=input)
    if len(input) != 3:
        raise ValueError(f"input is {input}: give channels, rows and columns, as in (3, 32, 32)")
    plan = _Plan(input)
    for name, number in _items(description):
        plan.add(name, number)
    return plan.net()


class _Plan:
    """The layers so far, and the shape of what comes out of them: (C, H, W), or (D,) from the first FC on."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.parameters = self.products = 0
        self.layers: list[nn.Module] = []

    def add(self, name: str, number: float | None) -> None:
        """One item. Sizes are checked before a layer is made, so a large one takes no memory."""
        if name in ("CONV", "NORM", "POOL") and len(self.shape) == 1:
            raise ValueError(f"{name} stands behind an FC: from there on there are no rows and columns")
        if name in ("CONV", "FC"):
            self._learns(name, int(number or 0))
        elif name == "NORM":
            self.layers.append(nn.BatchNorm2d(self.shape[0]))
        elif name == "RELU":
            self.layers.append(nn.ReLU())
        elif name == "DROPOUT":
            self.layers.append(nn.Dropout(number or 0.0))
        else:
            self._pool()
        if len(self.layers) > MOST_LAYERS:
            raise ValueError(f"the net has more than {MOST_LAYERS} layers")

    def _learns(self, name: str, width: int) -> None:
        flat = math.prod(self.shape)
        inputs, places = (flat, 1) if name == "FC" else (9 * self.shape[0], flat // self.shape[0])
        self.parameters += (inputs + 1) * width
        self.products += inputs * width * places
        if self.parameters > MOST_PARAMETERS or self.products > MOST_PRODUCTS:
            raise ValueError(
                f"up to {name} {width} the net has {self.parameters:,} weights, and {self.products:,} products for a "
                f"picture; at most {MOST_PARAMETERS:,} and {MOST_PRODUCTS:,} are allowed: pool earlier, or be narrower"
            )
        if name == "CONV":
            self.layers.append(nn.Conv2d(self.shape[0], width, 3, padding=1))
            self.shape = (width, *self.shape[1:])
            return
        if len(self.shape) == 3:
            self.layers.append(nn.Flatten())
        self.layers.append(nn.Linear(flat, width))
        self.shape = (width,)

    def _pool(self) -> None:
        channels, height, width = self.shape
        if min(height, width) < 2:
            raise ValueError(f"one POOL too many: before it a map has {height}×{width} pixels, which cannot be halved")
        self.layers.append(nn.MaxPool2d(2))
        self.shape = (channels, height // 2, width // 2)

    def net(self) -> nn.Sequential:
        """All of it. Raises ValueError if it does not end in an FC."""
        if not self.layers or not isinstance(self.layers[-1], nn.Linear):
            raise ValueError(
                "the last item is an FC with one output for each class, as in FC 10: its outputs are logits"
            )
        return nn.Sequential(*self.layers)


def _items(description: str) -> Iterator[tuple[str, float | None]]:
    """Name and number of each item."""
    if not isinstance(description, str):
        raise ValueError(f"a description is a text, such as 'CONV 16 - RELU - POOL - FC 10', not {description!r:.60}")
    text = _REPEATED.sub(lambda found: " - ".join([found[1]] * int(found[2])), description[:2000])
    for item in text.upper().split(" - "):
        name, *numbers = item.split()[:3] or [""]
        if name in _OF_THE_LOSS:
            raise ValueError(
                f"{name} is no part of the net: the loss, F.cross_entropy, takes logits and does the softmax"
            )
        if name not in _NAMES:
            raise ValueError(f"{item.strip()[:40]!r} is no item; there are {', '.join(_NAMES)}, joined by ' - '")
        yield name, _number(name, numbers)


def _number(name: str, numbers: list[str]) -> float | None:
    """The number behind a name. Raises ValueError if it is missing, too much, or out of range."""
    said = " ".join([name, *numbers])[:40]
    if name in ("CONV", "FC"):
        if len(numbers) != 1 or not re.fullmatch(r"[0-9]{1,6}", numbers[0]) or not 1 <= int(numbers[0]) <= MOST_WIDTH:
            raise ValueError(f"{said!r}: {name} needs one whole number from 1 to {MOST_WIDTH}, as in {name} 16")
        return int(numbers[0])
    if name == "DROPOUT":
        if len(numbers) != 1 or not re.fullmatch(r"0?\.[0-9]{1,6}|0", numbers[0]):
            raise ValueError(f"{said!r}: DROPOUT needs one number from 0 to below 1, as in DROPOUT 0.25")
        return float(numbers[0])
    if numbers:
        raise ValueError(f"{said!r}: {name} takes no number")
    return None
