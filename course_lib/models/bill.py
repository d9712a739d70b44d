"""What a net costs, layer by layer, and in all."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course_lib.models.bill_tables import HEADER, as_html, as_text

_MEGA = 2**20


@dataclass(frozen=True)
class Row:
    """One layer at work, or what a module computes itself between its layers; everything is for one picture.

    Attributes:
        name: its path in the net, such as `stages.0.1.conv2`.
        kind: the class of a layer, or the operations that a module does itself, such as `add + relu`.
        output: (C, H, W) or (D,), without the batch; () for a module that never runs.
        parameters: its own numbers that are learned, once: a layer that is used again has none the second time.
        multiply_adds: products of two numbers that are added to a sum. One is two floating-point operations (FLOPs).
        other: what is done beside multiply-adds in norms, pooling, activations and sums, roughly: one operation for
            each number of a pointwise function, two for a norm, the window for each number of a pooling layer.
        activations: the numbers that it puts into new memory; none if it works in place, or only looks at them anew.
        receptive_field: the pixels that a number of its output depends on, for each axis, statistics of norms aside;
            None where this makes no sense.
    """

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    multiply_adds: int
    activations: int
    receptive_field: tuple[int, ...] | None
    other: int = 0

    def cells(self) -> tuple[str, ...]:
        """As text, in the order of `bill_tables.HEADER`."""
        numbers = (self.parameters, self.multiply_adds, self.other, self.activations)
        return (
            self.name, self.kind, _sizes(self.output), *(f"{number:,}" for number in numbers),
            _sizes(self.receptive_field or ()),
        )  # fmt: skip


@dataclass(frozen=True)
class Memory:
    """Bytes. Each part by itself; `total` is their sum.

    Attributes:
        weights: parameters and buffers.
        gradients: one number for each trained parameter; 0 without training.
        optimizer: what it keeps for each trained parameter, such as a momentum; 0 without training.
        activations: in training all of them, for the backward pass needs them; else the most that is needed at once.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.activations

    def __str__(self) -> str:
        """In MiB, part by part."""
        parts = ("weights", "gradients", "optimizer", "activations")
        said = ", ".join(f"{part} {getattr(self, part) / _MEGA:,.1f}" for part in parts if getattr(self, part))
        return f"{self.total / _MEGA:,.1f} MiB: {said}"


@dataclass(frozen=True)
class Bill:
    """The account of a net for one picture: `rows`, and their totals. `models.account` makes it.

    Attributes:
        net: the class of the net.
        rows: the input, then every layer in the order in which they ran.
        trained: how many parameters require a gradient.
        weight_bytes: of parameters and buffers.
        trained_bytes: of the parameters that require a gradient.
        activation_bytes: of all activations, the input among them.
        peak_bytes: the most that activations need at once when nobody keeps them after their last use.
        notes: what the account does not count, in sentences.
    """

    net: str
    rows: tuple[Row, ...]
    trained: int
    weight_bytes: int
    trained_bytes: int
    activation_bytes: int
    peak_bytes: int
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """Numbers that are learned, those that layers share counted once."""
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Products of two numbers that are added to a sum: in convolutions, linear layers, products of matrices."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations of the multiply-adds, two for each; what `other` says is not among them."""
        return 2 * self.multiply_adds

    @property
    def other(self) -> int:
        """Operations of norms, pooling, activations and sums, roughly."""
        return sum(row.other for row in self.rows)

    @property
    def activations(self) -> int:
        """The numbers of all maps, the picture among them."""
        return sum(row.activations for row in self.rows)

    def memory(self, training: bool = True, batch: int = 1, optimizer: int = 1) -> Memory:
        """The bytes that a batch needs.

        PyTorch may take some more, for workspace, masks and indices, or less, where the backward pass can do without
        a layer's output.

        Args:
            training: with gradients, the optimizer's numbers and all activations kept; else a forward pass alone.
            batch: the number of pictures.
            optimizer: how many numbers it keeps for each weight: 1 for a momentum, 2 for Adam, 0 for plain SGD.
        """
        if batch < 1 or optimizer < 0:
            raise ValueError(f"batch is {batch} and optimizer {optimizer}: at least 1 and 0")
        if not training:
            return Memory(self.weight_bytes, 0, 0, batch * self.peak_bytes)
        activations = batch * self.activation_bytes
        return Memory(self.weight_bytes, self.trained_bytes, optimizer * self.trained_bytes, activations)

    def csv(self) -> str:
        """The rows as comma-separated values, numbers without separators; sizes joined by ×."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADER)
        for row in self.rows:
            numbers = (row.parameters, row.multiply_adds, row.other, row.activations)
            writer.writerow((row.name, row.kind, _sizes(row.output), *numbers, _sizes(row.receptive_field or ())))
        return text.getvalue()

    def to_csv(self, path: str | Path) -> None:
        """Write `csv()` to a file."""
        Path(path).write_text(self.csv(), "utf-8", newline="")

    def __str__(self) -> str:
        """The table, at most 100 columns wide, and the totals."""
        return as_text(self.net, [row.cells() for row in self.rows], self.totals())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self.net, [row.cells() for row in self.rows], self.totals())

    def totals(self) -> list[str]:
        """The sums, in sentences."""
        return [
            f"{self.parameters:,} parameters",
            f"{self.multiply_adds:,} multiply-adds, which are {self.flops:,} FLOPs",
            f"{self.other:,} other operations: norms, pooling, activations, sums of maps",
            f"{self.activations:,} activations, the picture among them",
            f"memory to train on one picture, with a momentum: {self.memory()}",
            f"memory to look at one picture: {self.memory(training=False)}",
            *self.notes,
        ]


def _sizes(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))
