"""In the kernel: a case of a test that ended it is lost, and the next kernel runs the other cases of this test."""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import NoReturn

from course_lib.check.cases import LEDGER
from course_lib.out_of_bounds import digest

MOST_RESTARTS = 10  # for one test cell: what ends in one exercise must not cost the others
WENT_ON = "The rest of this test ran in a new kernel, after the cells above."


Lost = dict[str, dict[str, str]]  # why a case is lost, by its name, by the digest of its cell


class CaseLost(RuntimeError):
    """Raised in place of a case that ended a kernel before."""


class Diary:
    """A file that says which case is running: who reads it after the kernel's end knows in which case that was."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keeping(self, lost: Lost) -> str:
        """The code that makes a kernel keep it, and leave out the cases that are lost."""
        return f"__import__('course_lib.lost_cases', fromlist=['*']).keep({str(self._path)!r}, {lost!r})"

    def write(self, case: str, reason: str = "") -> None:
        """This case begins ("": no case is running), or ends its kernel for this reason."""
        self._path.write_text(json.dumps({"case": case, "reason": reason}), "utf-8")

    def read(self) -> tuple[str, str]:
        """The case that was running at the end, and the reason as far as it was told; "" for none."""
        try:
            said = json.loads(self._path.read_text("utf-8"))
            return str(said["case"]), str(said["reason"])
        except (OSError, ValueError, KeyError, TypeError):  # no case began, or the end came in the middle of a word
            return "", ""


class _Keeper:
    """Keeps the diary of this process, and leaves out the cases that are lost."""

    def __init__(self, diary: Diary, lost: Lost) -> None:
        self._diary, self._lost, self._cell, self.open = diary, lost, "", ""
        self._begin, self._close = LEDGER.begin, LEDGER.close
        LEDGER.begin, LEDGER.close = self.begin, self.close  # type: ignore[method-assign]  # of this one ledger

    def enter(self, cell: str) -> None:
        """A cell begins."""
        self._cell, self.open = digest(cell), ""
        self._diary.write("")

    def begin(self, name: str, frame: types.FrameType) -> None:
        """A case begins."""
        self._begin(name, frame)
        self.open = name
        self._diary.write(name)
        if why := self._lost.get(self._cell, {}).get(name):
            _raise_at_next_line(frame, why)

    def close(self) -> None:
        """The case is over."""
        self._close()
        self.open = ""
        self._diary.write("")

    def end_process(self, reason: str) -> NoReturn:
        """End this process, which is in the middle of a case that nothing else ends."""
        self._diary.write(self.open, reason)
        os._exit(1)


_keepers: list[_Keeper] = []


def keep(path: str, lost: Lost) -> None:
    """Keep a diary in this kernel, and leave out the cases that are lost."""
    from IPython import get_ipython

    keeper = _Keeper(Diary(Path(path)), lost)
    _keepers[:] = [keeper]
    get_ipython().events.register("pre_run_cell", lambda info: keeper.enter(info.raw_cell))


def end_case(reason: str) -> None:
    """End this kernel if it is in a case of a test, which then is lost for this reason."""
    for keeper in _keepers:
        if keeper.open:
            keeper.end_process(reason)


def _raise_at_next_line(frame: types.FrameType, why: str) -> None:
    def at_next_line(*_: object) -> NoReturn:
        sys.settrace(None)
        frame.f_trace = None
        error = CaseLost(why)
        error.add_note(WENT_ON)
        raise error

    frame.f_trace = at_next_line
    sys.settrace(lambda *_: None)
