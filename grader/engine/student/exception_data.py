"""An exception of the student's code as data: the names of its classes, its message, the student's own lines."""

from __future__ import annotations

import linecache
import types
from collections.abc import Callable
from typing import Any

from grader.engine.encoding import EncodingError, Packer
from grader.engine.encoding.tags import Node
from grader.engine.student.class_nodes import is_of_notebook, qualified

_MOST_TEXT = 10_000
_MOST_LINES = 3
_MOST_ARGUMENTS = 8
_MOST_PARTS = 8  # of an ExceptionGroup
_MOST_LEVELS = 3


def failure(error: BaseException, node_of: Callable[[Any], Node] = lambda _: None, level: int = 1) -> Node:
    """Class names, message, plain arguments, `name` of a NameError, notes, lines, the parts of a group, the object.

    `node_of` describes the object of an exception of the notebook's own class.

    An exception whose class answers such questions with exceptions of its own is told by less.
    """
    try:
        return _described(error, node_of, level)
    except BaseException:
        return [
            ["builtins.RuntimeError"],
            "an exception that cannot be described was raised",
            None,
            None,
            [],
            [],
            [],
            None,
        ]


def _described(error: BaseException, node_of: Callable[[Any], Node], level: int) -> Node:
    bases = type.__dict__["__mro__"].__get__(type(error))
    return [
        [qualified(base) for base in bases[:32]],
        _message(error),
        _arguments(error),
        _missing_name(error),
        _notes(error),
        _lines(BaseException.__dict__["__traceback__"].__get__(error)),
        [failure(part, node_of, level + 1) for part in _parts(error)] if level < _MOST_LEVELS else [],
        node_of(error) if is_of_notebook(type(error)) else None,
    ]


def _message(error: BaseException) -> str:
    try:
        if isinstance(error, BaseExceptionGroup):  # its text counts the parts, which the tester does again
            return str(BaseExceptionGroup.__dict__["message"].__get__(error))[:_MOST_TEXT]
        return str.__getitem__(str(error), slice(0, _MOST_TEXT))
    except BaseException:
        return "(its message cannot be shown)"


def _parts(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return []
    return list(BaseExceptionGroup.__dict__["exceptions"].__get__(error))[:_MOST_PARTS]


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
    from course_lib.check.calls import line_at  # only a failure needs it

    lines = []
    while tb is not None:
        code = tb.tb_frame.f_code
        if "ipykernel_" in code.co_filename:
            number = line_at(code, tb.tb_lasti)
            text = linecache.getline(code.co_filename, number).strip()[:200]
            place = f"line {number} of {code.co_name}"
            lines.append(f"{place}: {text}" if text else place)
        tb = tb.tb_next
    return lines[-_MOST_LINES:]


def _missing_name(error: BaseException) -> str | None:
    name = getattr(error, "name", None) if isinstance(error, NameError | AttributeError | ImportError) else None
    return name[:200] if type(name) is str else None
