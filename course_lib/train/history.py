"""What a training measured: a row for each epoch, as a table and as curves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Stopped = Literal["finished", "early stop", "time", "interrupted", "diverged"]

WHY: dict[Stopped, str] = {
    "finished": "all epochs done",
    "early stop": "stopped early: the validation loss has stopped falling",
    "time": "stopped: the time is up",
    "interrupted": "stopped by you, at the end of a step",
    "diverged": "stopped: the numbers are no longer finite. Try a smaller lr, a warm-up, or clip=1.0",
}


@dataclass(frozen=True)
class Row:
    """One epoch. The training values are means over its steps, while the weights moved; validation is after it.

    Attributes:
        epoch: counted from 1.
        lr: learning rate of its last step.
        train_loss: with label smoothing, if there is any.
        train_accuracy: between 0 and 1, on varied pictures if there is augmentation.
        val_loss: without label smoothing; None without validation.
        val_accuracy: between 0 and 1; None without validation.
        seconds: since the beginning, interruptions not counted.
    """

    epoch: int
    lr: float
    train_loss: float
    train_accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    seconds: float


COLUMNS = tuple(f.name for f in fields(Row))


@dataclass(frozen=True)
class History:
    """The rows of the epochs that are complete, the steps done, and why the training stopped."""

    rows: tuple[Row, ...]
    steps: int
    stopped: Stopped

    def column(self, name: str) -> list[float]:
        """One value for each epoch; a column without values is empty. Raises ValueError for an unknown name."""
        if name not in COLUMNS:
            raise ValueError(f"there is no column {name!r}; there are {', '.join(COLUMNS)}")
        return [value for row in self.rows if (value := getattr(row, name)) is not None]

    @property
    def best(self) -> Row:
        """The epoch with the lowest validation loss; without validation the last one. ValueError if there is none."""
        if not self.rows:
            raise ValueError("no epoch was completed, so there is no best one")
        losses = self.column("val_loss")
        return self.rows[losses.index(min(losses))] if losses else self.rows[-1]

    def curves(self, what: Literal["loss", "accuracy"] = "loss") -> Figure:
        """Training and validation curves over the epochs. Raises ValueError before the first epoch is complete."""
        from course_lib import vis

        if what not in ("loss", "accuracy"):
            raise ValueError(f"what is {what!r}: draw the 'loss' or the 'accuracy'")
        epochs = self.column("epoch")
        lines = {name: self.column(f"{short}_{what}") for name, short in (("training", "train"), ("validation", "val"))}
        drawn = {name: (epochs, line) for name, line in lines.items() if line}
        return vis.curves(drawn, xlabel="epoch", ylabel=what, title=f"{what.capitalize()} after {_epochs(len(epochs))}")

    def describe(self, what: Literal["loss", "accuracy"] = "loss") -> str:
        """The curves in words: alt text for `curves`."""
        parts = []
        for name, short in (("training", "train"), ("validation", "val")):
            if values := self.column(f"{short}_{what}"):
                parts.append(f"{name} {what} goes from {values[0]:.3g} to {values[-1]:.3g}")
        return f"Over {_epochs(len(self.rows))}, {' and '.join(parts)}." if parts else "No epoch is complete yet."

    def show(self, what: Literal["loss", "accuracy"] = "loss") -> None:
        """Display the curves, with alt text."""
        from course_lib import vis

        vis.show(self.curves(what), alt=self.describe(what))

    def table(self) -> str:
        """All rows as plain text."""
        lines = [list(COLUMNS)] + [_cells(row) for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        drawn = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([*drawn, f"{WHY[self.stopped]} ({self.steps:,} steps)"])

    def __repr__(self) -> str:
        """Show the table."""
        return self.table()

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name.replace("_", " ")}</th>' for name in COLUMNS)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(row))}</tr>" for row in self.rows)
        caption = f"<caption>{escape(WHY[self.stopped])} ({self.steps:,} steps)</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _epochs(count: int) -> str:
    return f"{count} epoch" + "s" * (count != 1)


def _cells(row: Row) -> list[str]:
    formats: dict[str, str] = {"epoch": "d", "lr": ".4g", "seconds": ".1f"}
    values: list[tuple[str, Any]] = [(name, getattr(row, name)) for name in COLUMNS]
    return ["–" if value is None else format(value, formats.get(name, ".4f")) for name, value in values]
