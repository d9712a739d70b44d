"""Cases: the parts of a test cell that earn points on their own."""

from __future__ import annotations

import contextlib
import linecache
import sys
import types
import warnings
from dataclasses import dataclass, replace

from course_lib.check.calls import is_cell, is_hidden, is_module_level
from course_lib.check.describe import clip
from course_lib.check.failure import CheckFailure
from course_lib.check.finding_text import finding_text
from course_lib.check.findings import AuthorError, Finding, Verdict
from course_lib.check.raised import finding_from, raised_by

MOST_WARNINGS = 3


@dataclass(frozen=True)
class Case:
    """How one case went. `message` is plain text, empty when it passed."""

    name: str
    points: float
    earned: float
    hidden: bool
    message: str
    finding: Finding | None = None
    warnings: tuple[str, ...] = ()
    raised: str = ""  # for a hidden case: the kind of exception that ended it, in a sentence

    @property
    def verdict(self) -> Verdict:
        """Passed, failed, or not answered."""
        return self.finding.verdict if self.finding else "passed"


class Ledger:
    """The cases of the cell that is running. Those of an earlier cell that never came to its score are dropped."""

    def __init__(self) -> None:
        self._cell: tuple[int | None, str] | None = None
        self._cases: list[Case] = []
        self._open: str | None = None

    def begin(self, name: str, frame: types.FrameType) -> None:
        """Open a case. Raises AuthorError for a nested one or a name that this cell has used."""
        self._enter_cell(frame)
        if self._open is not None:
            raise AuthorError(f"the case {name!r} stands inside the case {self._open!r}: cases cannot be nested")
        if not _will_be_scored(frame):
            raise AuthorError(f"the case {name!r} stands in a cell without check.score(): its points would be lost")
        if any(case.name == name for case in self._cases):
            raise AuthorError(f"two cases of this cell are called {name!r}: give each its own name")
        self._open = name

    def close(self) -> None:
        """The open case is over, whatever came of it."""
        self._open = None

    def add(self, case: Case) -> None:
        """Keep how a case went until the score."""
        self._cases.append(case)

    def clear(self) -> None:
        """Forget the cases so far."""
        self._cases = []

    def take(self, frame: types.FrameType) -> tuple[Case, ...]:
        """The cases of this cell; the list is empty afterwards."""
        self._enter_cell(frame)
        if self._open is not None:
            raise AuthorError(f"check.score() stands inside the case {self._open!r}: move it to the end of the cell")
        cases, self._cases = tuple(self._cases), []
        return cases

    def _enter_cell(self, frame: types.FrameType) -> None:
        cell = _cell_of(frame)
        if cell != self._cell:
            self._cell, self._cases, self._open = cell, [], None


LEDGER = Ledger()


class case:
    """A part of a test cell with points of its own: `with check.case("stride 2, no padding", points=2):`.

    The case is earned when nothing in its block fails. Any exception but KeyboardInterrupt and SystemExit costs this
    case only, and the cell goes on. Warnings are shown, and what is written to stderr goes to stdout: neither costs
    points. Raises AuthorError for points <= 0, an empty or repeated name, and a case inside another.
    """

    def __init__(self, name: str, points: float = 1.0) -> None:
        if not isinstance(name, str) or not name.strip():
            raise AuthorError("a case needs a name in words, e.g. check.case('stride 2, no padding')")
        if isinstance(points, bool) or not isinstance(points, (int, float)) or not 0 < points < float("inf"):
            raise AuthorError(f"the case {name!r} needs points above 0, not {points!r}")
        self._name, self._points = name, float(points)
        self._frame: types.FrameType | None = None

    def __enter__(self) -> None:
        """Open the case; from here warnings are kept, and stderr goes to stdout."""
        frame = sys._getframe(1)
        LEDGER.begin(self._name, frame)
        self._frame, self._hidden = frame, is_hidden(frame)
        self._stack = contextlib.ExitStack()
        self._warnings = self._stack.enter_context(warnings.catch_warnings(record=True))
        self._stack.enter_context(contextlib.redirect_stderr(sys.stdout))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        """Keep how the case went. Only an interruption or an error of the author leaves the cell."""
        self._stack.close()
        LEDGER.close()
        frame, self._frame = self._frame, None
        if isinstance(error, (KeyboardInterrupt, SystemExit, AuthorError)) or frame is None:
            LEDGER.clear()  # the cell ends here, without a score
            return False
        finding = _finding(error, frame, self._hidden)
        earned = 0.0 if finding else self._points
        message = finding_text(finding) if finding else ""
        said = tuple(dict.fromkeys(clip(f"{w.category.__name__}: {w.message}", 160) for w in self._warnings))
        kept = said[:MOST_WARNINGS]
        case = Case(self._name, self._points, earned, self._hidden, message, finding, kept, raised_by(error))
        LEDGER.add(case)
        return True


def _finding(error: BaseException | None, frame: types.FrameType, hidden: bool) -> Finding | None:
    if error is None:
        return None
    if isinstance(error, CheckFailure):
        return replace(error.finding, call=None) if hidden else error.finding
    return finding_from(error, frame, hidden)


def _will_be_scored(frame: types.FrameType) -> bool:
    """False for a notebook cell that has no score; True for what cannot be known, as in a plain script."""
    filename = _cell_of(frame)[1]
    return not is_cell(filename) or any("score(" in line for line in linecache.getlines(filename) or ["score("])


def _cell_of(frame: types.FrameType) -> tuple[int | None, str]:
    """Which cell is running: IPython's counter, and the file of the module-level code that led here."""
    current = frame
    while current.f_back is not None and not is_module_level(current):
        current = current.f_back
    return _execution_count(), current.f_code.co_filename


def _execution_count() -> int | None:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "execution_count", None)
