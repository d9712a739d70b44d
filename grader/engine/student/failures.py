"""An exception of the student's code as data: the names of its classes, its message, the student's own lines."""

from __future__ import annotations

import linecache
import types
from typing import Any

from grader.engine.encoding import EncodingError, Packer
from grader.engine.encoding.tags import Node
from grader.engine.student.handles import qualified

_MOST_TEXT = 10_000
_MOST_LINES = 3
_MOST_ARGUMENTS = 8


def failure(error: BaseException) -> Node:
    """Class names, message, arguments as far as they are plain, `name` of a NameError, notes, lines."""
    bases = type.__dict__["__mro__"].__get__(type(error))
    return [
        [qualified(base) for base in bases[:32]],
        _message(error),
        _arguments(error),
        _text(getattr(error, "name", None)) if isinstance(error, NameError | AttributeError | ImportError) else None,
        _notes(error),
        _lines(error.__traceback__),
    ]


def _message(error: BaseException) -> str:
    try:
        return str.__getitem__(str(error), slice(0, _MOST_TEXT))
    except Exception:
        return "(its message cannot be shown)"


def _arguments(error: BaseException) -> Node:
    try:
        arguments = BaseException.__dict__["args"].__get__(error)
        if len(arguments) > _MOST_ARGUMENTS or any(type(a) not in (str, int, float, bool) for a in arguments):
            return None
        packer = Packer()
        return [packer.pack(a[:_MOST_TEXT] if isinstance(a, str) else a) for a in arguments]
    except EncodingError:
        return None


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", ())
    return [note[:_MOST_TEXT] for note in list(notes)[:_MOST_LINES] if type(note) is str]


def _lines(tb: types.TracebackType | None) -> list[str]:
    """The last lines of the notebook's own code that the exception passed."""
    lines = []
    while tb is not None:
        code = tb.tb_frame.f_code
        if "ipykernel_" in code.co_filename:
            text = linecache.getline(code.co_filename, tb.tb_lineno).strip()[:200]
            place = f"line {tb.tb_lineno} of {code.co_name}"
            lines.append(f"{place}: {text}" if text else place)
        tb = tb.tb_next
    return lines[-_MOST_LINES:]


def _text(value: Any) -> str | None:
    return value[:200] if type(value) is str else None
