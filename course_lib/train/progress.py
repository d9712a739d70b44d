"""What you see while a net learns: where it computes, a bar, and the curves if you want them."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from course_lib.train.device import describe
from course_lib.train.history import History, Row
from course_lib.train.run import Run


class Progress:
    """A bar over all steps, with the figures of the last epoch."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._bar: Any = None
        self._figure: Any = None

    def __enter__(self) -> Progress:
        """Say where it computes, and show the bar."""
        run = self._run
        if run.config.progress:
            from tqdm.auto import tqdm

            print(f"Training on {describe(run.device, run.precision)}: {len(run.y):,} pictures, {self._validation()}.")
            self._bar = tqdm(total=run.config.epochs * run.steps_per_epoch, initial=run.step, unit="step")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """A step is done. Its loss stays on the device: to look at it would make a GPU wait."""
        if self._bar is not None:
            self._bar.update()

    def epoch(self, row: Row) -> None:
        """An epoch is done."""
        if self._bar is not None:
            shown = {"epoch": row.epoch, "loss": f"{row.train_loss:.3f}"}
            if row.val_accuracy is not None:
                shown["val_accuracy"] = f"{row.val_accuracy:.3f}"
            self._bar.set_postfix(shown)
        if self._run.config.live:
            self._draw()

    def _draw(self) -> None:
        from IPython.display import display

        from course_lib import vis

        history = History(tuple(self._run.rows), self._run.step, "finished")
        picture = vis.picture(history.curves(), history.describe())
        if self._figure is None:
            self._figure = display(picture, display_id=True)
        else:
            self._figure.update(picture)

    def _validation(self) -> str:
        held_out = self._run.held_out
        return f"{len(held_out[1]):,} held out to validate" if held_out else "none held out"
