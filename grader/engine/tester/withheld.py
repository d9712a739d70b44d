"""What a test cell shows from its hidden part on: kept for the instructor, since it may hold hidden inputs.

The feedback page leaves out what is marked; the graded notebook and the formgrader have it. Students see the score, the
table of cases (in which `check` tells less of hidden ones), and of an error its built-in type.
"""

from __future__ import annotations

import builtins
import itertools
import sys
from typing import Any

from course_lib.check.calls import BEGIN_HIDDEN, line_at
from course_lib.check.hidden import INSTRUCTOR_ONLY
from course_lib.check.score import SCORE_MIME
from grader.engine.shell import CellRunner, OutputSink
from grader.engine.shell.sink import Message

IN_HIDDEN = "in a hidden test"
_OURS = (
    *("CheckFailure", "AuthorError", "CodeRefused", "NotBelieved", "NotComparable", "TestOutOfMemory"),
    *("StudentLost", "StudentDied", "StudentTimeout", "StudentRefused"),
)


class Withheld:
    """Sorts what a test cell shows.

    Args:
        sink: where it is collected.
    """

    def __init__(self, sink: OutputSink) -> None:
        self._sink = sink
        self._runner: CellRunner | None = None
        self._first = 0  # line of the hidden part; 0: there is none
        self._hidden = self._after_hidden = False
        self._public: list[Message] = []

    def watch(self, runner: CellRunner) -> None:
        """This one runs the cells."""
        self._runner = runner

    def begin_cell(self, source: str, *, after_hidden: bool) -> None:
        """A cell begins. `after_hidden`: the submission has met hidden inputs in an earlier one."""
        # IPython drops blank lines at the beginning.
        lines = enumerate(itertools.dropwhile(lambda line: not line.strip(), source.split("\n")), 1)
        self._first = next((number for number, line in lines if BEGIN_HIDDEN in line), 0)
        self._hidden, self._after_hidden, self._public = False, after_hidden, []

    @property
    def first_hidden_line(self) -> int:
        """Where the hidden part of the cell begins; 0 if it has none."""
        return self._first

    @property
    def is_hidden(self) -> bool:
        """Has the submission been asked something from the hidden part of the cell?"""
        return self._hidden

    @property
    def has_hidden_part(self) -> bool:
        """Is there one in this cell?"""
        return bool(self._first)

    def look(self) -> None:
        """The submission is about to be asked something: has the cell come to its hidden part?"""
        if self._first and not self._hidden and self._running_line() >= self._first:
            assert self._runner is not None
            self._runner.streams.flush()
            self._public = self._sink.take()
            self._hidden = True

    def in_hidden_part(self) -> bool:
        """Has the running cell come to its hidden part?"""
        self.look()
        return self._hidden

    def write(self, stream: str, text: str) -> None:
        """Take what the student's code printed; where it may know hidden inputs, for the instructor."""
        if self._hidden or self._after_hidden:
            self._sink.emit("display_data", _for_instructor(text))
        else:
            (sys.stdout if stream == "stdout" else sys.stderr).write(text)

    def messages(self) -> list[Message]:
        """What the cell has shown, each message marked that is not for students."""
        rest = self._sink.take()
        if not self._hidden:
            return [*self._public, *rest]
        return [*self._public, *(shown for message in rest for shown in _sorted(message))]

    def _running_line(self) -> int:
        """The line of the cell that is running, at its top level."""
        assert self._runner is not None
        namespace = self._runner.shell.user_ns
        frame = sys._getframe(1)
        while frame is not None and not (frame.f_globals is namespace and _is_top(frame.f_code.co_name)):
            frame = frame.f_back  # type: ignore[assignment]  # None ends the loop
        return line_at(frame.f_code, frame.f_lasti) if frame is not None else 0


def _is_top(name: str) -> bool:
    return name == "<module>" or name.startswith("<cell line")


def _sorted(message: Message) -> list[Message]:
    kind, content = message
    data = content.get("data", {})
    if kind == "stream":
        return [("display_data", _for_instructor(content["text"]))]
    if kind == "error":
        name = str(content["ename"])
        known = getattr(builtins, name, None)
        plain = name in _OURS or (isinstance(known, type) and issubclass(known, BaseException))
        name = name if plain else "Exception"
        told = {"ename": name, "evalue": IN_HIDDEN, "traceback": [f"{name}: {IN_HIDDEN}"]}
        return [("display_data", _for_instructor("\n".join(content["traceback"]))), ("error", told)]
    if SCORE_MIME in data or (kind == "execute_result" and _is_number(data.get("text/plain"))):
        return [message]
    if kind in ("display_data", "execute_result"):
        metadata = {**(content.get("metadata") or {}), INSTRUCTOR_ONLY: True}
        return [("display_data", {"data": data, "metadata": metadata})]
    return [message]


def _for_instructor(text: str) -> dict[str, Any]:
    return {"data": {"text/plain": f"[For the instructor only]\n{text}"}, "metadata": {INSTRUCTOR_ONLY: True}}


def _is_number(text: object) -> bool:
    try:
        float(str(text))
    except ValueError:
        return False
    return True
