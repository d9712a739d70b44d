"""Raise again, in the tester, what the student's code raised: with its type as far as the tester knows it."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeGuard

from course_lib.check.raised import LINES_ELSEWHERE
from grader.engine.encoding import RefusedValue
from grader.engine.encoding.tags import Node
from grader.engine.tester import trusted_names

UnpackError = Callable[[Node, list[Any] | None, str], Exception | None]
_MOST_TEXT = 20_000
_ENGINE = f"{Path(__file__).parents[1]}{os.sep}"
_MOST_CLASSES = 256
_made: dict[tuple[str, ...], type[Exception]] = {}


def exception_class(names: list[str]) -> type[Exception]:
    """The class for these names, from the class itself up to its bases.

    A class that the tester knows is itself; one of the student's becomes a class of the same name below the first base
    that the tester knows. What is no `Exception` (SystemExit, KeyboardInterrupt) becomes a RuntimeError of that name,
    so that it cannot end the test.
    """
    first = trusted_names.exception(names[0])
    if first is not None and issubclass(first, Exception):
        return first
    return _class_below(
        next((found for found in map(trusted_names.exception, names) if found is not None), None), names
    )


def _class_below(base: type[BaseException] | None, names: list[str], *, plain: bool = False) -> type[Exception]:
    """A class of the first of these names below `base`; a plain one has its message as its text."""
    below = base if base is not None and issubclass(base, Exception) else RuntimeError
    key = (f"{below.__module__}.{below.__qualname__}", str(plain), *names)
    if key not in _made:
        if len(_made) >= _MOST_CLASSES:
            raise RefusedValue("too many classes of exceptions")
        name = names[0].rpartition(".")[2]
        more = {"__str__": BaseException.__str__} if plain else {}
        _made[key] = type(name if name.isidentifier() else "Error", (below,), {"__module__": "student", **more})
    return _made[key]


def exception_of(node: Node, unpack: UnpackError, level: int = 1) -> Exception:
    """The exception that this node describes. Raises RefusedValue for a malformed one.

    `unpack` makes one of a class of the submission.
    """
    if type(node) is not list or len(node) != 8 or type(node[6]) is not list or len(node[6]) > 8 or level > 4:
        raise RefusedValue("an exception is malformed")
    names, message, arguments, name, notes, lines, parts, original = node
    _check_texts(names, 1, 40)
    _check_texts(notes, 0, 8)
    _check_texts(lines, 0, 8)
    if type(message) is not str or len(message) > _MOST_TEXT or not (name is None or type(name) is str):
        raise RefusedValue("an exception is malformed")
    error = None if original is None or parts else unpack(original, _arguments(arguments), message)
    if error is None:
        made = [exception_of(part, unpack, level + 1) for part in parts]
        error = _instance_of(names, message, _arguments(arguments), made)
    if name is not None and isinstance(error, NameError | AttributeError):
        error.name = name
    if lines:
        error.__dict__[LINES_ELSEWHERE] = tuple(lines)
    for note in notes:
        error.add_note(note)
    return error


def tell_lines_when_shown(shell: Any) -> None:
    """Show with an error the lines of the submission that led to it: from then on they are notes of it.

    Not before: `pytest.raises(ValueError, match="positive$")` takes notes for a part of the message.
    """
    own_show, own_format = shell.showtraceback, traceback.TracebackException.__init__

    def showtraceback(exc_tuple: Any = None, *args: Any, **kwargs: Any) -> Any:
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        _add_lines(error)
        if not _comes_of_a_group(error):
            return own_show(exc_tuple, *args, **kwargs)
        # IPython only prints it, so that the cell would end without an error among its outputs.
        shown = traceback.TracebackException.from_exception(error)
        shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(_ENGINE)]
        return shell._showtraceback(type(error), error, list(shown.format()))

    def format_error(self: Any, kind: Any, error: Any, *args: Any, **kwargs: Any) -> None:
        _add_lines(error)
        own_format(self, kind, error, *args, **kwargs)

    shell.showtraceback = showtraceback
    traceback.TracebackException.__init__ = format_error  # type: ignore[assignment, method-assign]  # unittest shows it


def _comes_of_a_group(error: BaseException | None) -> TypeGuard[BaseException]:
    seen: list[BaseException] = []
    while error is not None and not any(error is other for other in seen):
        if isinstance(error, BaseExceptionGroup):
            return True
        seen.append(error)
        error = error.__context__
    return False


def _add_lines(error: BaseException | None) -> None:
    """Make notes of the lines, also of the errors that it came of."""
    ahead, seen = [error], set()
    while ahead:
        error = ahead.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        lines = error.__dict__.pop(LINES_ELSEWHERE, ())
        if lines:
            notes = list(getattr(error, "__notes__", ()))
            error.__notes__ = [*(f"In the submission, {line}" for line in lines), *notes]
        ahead += [error.__cause__, error.__context__]
        if isinstance(error, BaseExceptionGroup):
            ahead += error.exceptions


def _instance_of(names: list[str], message: str, arguments: list[Any] | None, parts: list[Exception]) -> Exception:
    """An instance whose text is the message, made without running a constructor of its own.

    Some classes are of no use without their constructor (`AxisError` has no text then, `HTTPError` takes no
    notes either): then it is one of the same name below, or below the built-in base.
    """
    kind = exception_class(names)
    if issubclass(kind, ExceptionGroup):
        # Python itself makes it: a group without parts is none.
        return ExceptionGroup.__new__(kind, message, parts or [Exception("its parts were not sent")])
    built_in = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    with contextlib.suppress(TypeError, AttributeError, KeyError):
        return _without_constructor(kind, message, arguments)
    for base in (kind, built_in):
        with contextlib.suppress(TypeError, AttributeError, KeyError):
            return _without_constructor(_class_below(base, names, plain=True), message, None)
    return RuntimeError(message)


def _without_constructor(kind: type[Exception], message: str, arguments: list[Any] | None) -> Exception:
    if arguments is None or (len(arguments) != 1 and kind.__str__ is BaseException.__str__):
        arguments = [message]
    error = kind.__new__(kind, *arguments)
    error.args = tuple(arguments)
    if hasattr(error, "__notes__") or type(str(error)) is not str:
        raise TypeError("it says more than it was given")
    return error


def _arguments(node: Node) -> list[Any] | None:
    if node is None:
        return None
    if type(node) is not list or len(node) > 8 or any(type(part) not in (str, int, float, bool) for part in node):
        raise RefusedValue("the arguments of an exception are malformed")
    return node or None


def _check_texts(node: Node, least: int, most: int) -> None:
    if type(node) is not list or not least <= len(node) <= most:
        raise RefusedValue("an exception is malformed")
    if any(type(text) is not str or len(text) > _MOST_TEXT for text in node):
        raise RefusedValue("an exception is malformed")
