"""Run the shared, answer and test cells of an assignment in a real IPython shell and read the verdicts."""

from __future__ import annotations

import ast
import contextlib
import functools
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.authoring.forks import Lost, OutOfTime, time_limit
from grader.authoring.source import Cell, Source
from grader.course_dir import LIMITS

CELL_SECONDS = LIMITS.cell_seconds / 3
"""A third of what grading allows: a machine that grades may be slower than one that proves."""


@dataclass(frozen=True)
class Verdict:
    """What a test cell said.

    Attributes:
        earned: points; None if the cell returned no score (then it passes when `error` is empty).
        lost: names of the cases that failed.
        cases: names of all cases.
        error: type and message of the exception that ended the cell, '' if none.
        text: what the student would read.
        seconds: how long it computed.
        told: for each case in `lost`, what its row of the table says.
    """

    earned: float | None
    lost: tuple[str, ...]
    cases: tuple[str, ...]
    error: str
    text: str
    seconds: float
    told: tuple[str, ...] = ()

    def points(self, out_of: float) -> float:
        """Points in nbgrader's sense: an error earns none, no score earns all."""
        if self.error:
            return 0.0
        return out_of if self.earned is None else self.earned

    @property
    def passed(self) -> tuple[str, ...]:
        """Names of the cases that count as earned."""
        return () if self.error else tuple(name for name in self.cases if name not in self.lost)


Outcome = Verdict | Lost
"""What came of a trial in a fork: a fork that died has no verdict."""


class FirstLoss(KeyboardInterrupt):
    """Ends a test at the first case that fails; a KeyboardInterrupt, which `check.case` lets pass."""


class Session:
    """An IPython shell in this process. One per process: fork before you start another."""

    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        # Without history: the forks would all write to one database.
        self._shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
        transform = functools.partial(_as_python, self._shell.transform_cell)
        self._shell.transform_cell = transform  # type: ignore[method-assign]  # of this one shell, on purpose
        _skip_drawing()

    @property
    def names(self) -> dict[str, Any]:
        """What the cells so far have defined."""
        names: dict[str, Any] = self._shell.user_ns
        return names

    def hide_tracebacks(self) -> None:
        """From here on, do not spend time on tracebacks that nobody reads."""
        self._shell.showtraceback = lambda *_, **__: None  # type: ignore[method-assign]  # of this one shell, as above
        self._shell.showsyntaxerror = lambda *_, **__: None  # type: ignore[method-assign]  # of this one shell, as above

    def stop_at_first_loss(self) -> None:
        """From here on, a test ends with the first of its cases that fails, and that is the only one lost."""
        from course_lib.check.cases import LEDGER, Case

        add = LEDGER.add

        def add_or_stop(case: Case) -> None:
            add(case)
            if case.earned < case.points:
                raise FirstLoss(case.name)

        LEDGER.add = add_or_stop  # type: ignore[method-assign]  # of this one ledger, on purpose

    def run(self, source: str, seconds: float = CELL_SECONDS) -> Verdict:
        """Run one cell for at most so many seconds of computing; nothing that it does raises here."""
        out = io.StringIO()
        began = time.process_time()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            try:
                with time_limit(seconds):
                    result = self._shell.run_cell(source, store_history=False)
                error: BaseException | None = result.error_before_exec or result.error_in_exec
                value: Any = result.result
            except OutOfTime as caught:
                error, value = caught, None
        took = time.process_time() - began
        cases = getattr(value, "cases", ())
        lost = tuple(case.name for case in cases if case.earned < case.points)
        return Verdict(
            earned=float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None,
            lost=(str(error),) if isinstance(error, FirstLoss) else lost,
            cases=tuple(case.name for case in cases),
            error=f"{type(error).__name__}: {error}" if error is not None else "",
            text=out.getvalue(),
            seconds=took,
            told=tuple(str(case.message) for case in cases if case.earned < case.points),
        )


def runnable(source: Source) -> list[Cell]:
    """The cells that decide a grade, in order: shared code, answers, tests with their helpers, and what tests call."""
    kinds = ("shared", "tests_only", "answer", "tests")
    return [cell for cell in source.cells if cell.kind in kinds or cell.is_for_tests]


def _as_python(by_ipython: Callable[[str], str], cell: str) -> str:
    """The cell without magics. What is Python has none, and IPython takes longer to see that than many a test runs."""
    try:
        compile(cell, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError):
        return by_ipython(cell)
    return cell if cell.endswith("\n") else cell + "\n"


def _skip_drawing() -> None:
    """Figures are looked at elsewhere; here they would only cost time."""
    import matplotlib.pyplot as plt

    from course_lib import vis

    vis.show = lambda fig, **_: plt.close(fig)
