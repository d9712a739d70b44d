"""An exception in student code as a finding: type, message and the student's own lines, nothing else."""

from __future__ import annotations

import linecache
import sysconfig
import types

from course_lib.check.calls import is_cell, is_folded, line_at, line_is_hidden, traceback_call
from course_lib.check.describe import clip, type_name
from course_lib.check.findings import Finding

MOST_LINES = 3
LINES_ELSEWHERE = "_lines_of_the_submission"
"""The attribute of an exception that names the student's lines where a grader ran them in another process."""
_TORCH_IS_FULL = "DefaultCPUAllocator: can't allocate memory"
_OURS = ("course_lib", "grader")  # the packages whose frames tell a student nothing
_LIBRARY_FOLDERS = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def finding_from(error: BaseException, frame: types.FrameType, hidden: bool) -> Finding:
    """What to show for an exception that left the block of a case. `frame` is the frame of that block."""
    entries = _entries(error.__traceback__)
    own = [tb for tb in entries if _is_test(tb, frame)]
    call = traceback_call(own[-1]) if own and not hidden else None
    message = _message(error)
    if isinstance(error, NotImplementedError):
        return Finding(f"Not answered yet. {message}".strip(), verdict="not answered")
    lines = tuple(_line_of_student(tb) for tb in entries if _is_student(tb, frame))[-MOST_LINES:]
    notes = _notes(error)
    if not lines and not notes and not isinstance(error, NameError):
        notes = ("Raised where the test uses your result, not inside your function.",)
    return Finding(_headline(error, message, inside=bool(lines)), call=call, code=lines, notes=notes)


def _headline(error: BaseException, message: str, inside: bool) -> str:
    name = type_name(error)
    if isinstance(error, NameError) and error.name and not inside:
        return f"{name}: {message}. Run the cell that defines `{error.name}` first."
    if not inside and (isinstance(error, MemoryError) or _TORCH_IS_FULL in message):
        return f"{name}: your result unfolds to more than fits into the memory of a test. {message}".strip()
    if isinstance(error, RecursionError):
        return f"{name}: the function calls itself without end."
    return f"{name}: {message}" if message else f"{name} was raised."


def _message(error: BaseException) -> str:
    try:
        return clip(str(error), 300)
    except Exception:
        return ""


def _notes(error: BaseException) -> tuple[str, ...]:
    """Notes that were added to the exception, after the lines that led to it where a grader ran the code elsewhere.

    Such lines are no notes before they are shown: `pytest.raises(match=...)` takes notes for a part of the message.
    """
    lines = [f"In the submission, {line}" for line in error.__dict__.get(LINES_ELSEWHERE, ())]
    notes = [*lines, *getattr(error, "__notes__", ())]
    return tuple(clip(note, 300) for note in notes[:MOST_LINES] if isinstance(note, str))


def _entries(tb: types.TracebackType | None) -> list[types.TracebackType]:
    entries = []
    while tb is not None:
        entries.append(tb)
        tb = tb.tb_next
    return entries


def _is_test(tb: types.TracebackType, frame: types.FrameType) -> bool:
    """Does this entry belong to the test: the block itself, another line of its cell, or a lambda beside it?"""
    code = tb.tb_frame.f_code
    if tb.tb_frame is frame:
        return True
    if code.co_filename != frame.f_code.co_filename:
        return False
    if is_cell(code.co_filename) or code.co_name == "<lambda>":
        return True
    return line_is_hidden(code.co_filename, line_at(code, tb.tb_lasti))


def _is_student(tb: types.TracebackType, frame: types.FrameType) -> bool:
    package = str(tb.tb_frame.f_globals.get("__name__")).partition(".")[0]
    if package in _OURS or tb.tb_frame.f_code.co_filename.startswith((*_LIBRARY_FOLDERS, "<frozen")):
        return False
    return not _is_test(tb, frame) and not is_folded(tb.tb_frame.f_code.co_filename)


def _line_of_student(tb: types.TracebackType) -> str:
    code = tb.tb_frame.f_code
    number = line_at(code, tb.tb_lasti)
    text = linecache.getline(code.co_filename, number).strip()
    place = f"line {number} of {code.co_name}"
    return f"{place}: {clip(text, 120)}" if text else place


def raised_by(error: BaseException | None) -> str:
    """A sentence on an exception that says nothing but its built-in type, or what the grader says of its own."""
    if error is None or isinstance(error, AssertionError):
        return ""
    kind = type(error)
    own = getattr(kind, "told_of_hidden", None)
    if isinstance(own, str):
        return own
    return f"{built_in_name(kind)} was raised."


def built_in_name(kind: type[BaseException]) -> str:
    """The nearest built-in class: the name of the student's own may say anything."""
    return next(base.__name__ for base in kind.__mro__ if base.__module__ == "builtins")
