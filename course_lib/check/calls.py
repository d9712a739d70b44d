"""The failing call as the author of the test wrote it, read from the source of the calling frame."""

from __future__ import annotations

import ast
import linecache
import re
import types
from collections.abc import Iterator, Mapping
from typing import Any

from course_lib.check.describe import clip, short
from course_lib.check.findings import Call

BEGIN_HIDDEN = "BEGIN HIDDEN TESTS"  # as nbgrader looks for them, whatever stands before them in the line
END_HIDDEN = "END HIDDEN TESTS"
FOLDED = "# @title "  # begins each cell that the build folds, as a form on Colab: tests, their helpers, pictures
MOST_NAMES = 8
LONGEST_CALL = 300
_CELL = re.compile(r"^<ipython-input-|ipykernel_\d")  # ipykernel_launcher.py, which starts the kernel, is none
_ABSENT = object()


def is_hidden(frame: types.FrameType) -> bool:
    """Is this frame, or one that called it, between the markers of hidden tests?"""
    current: types.FrameType | None = frame
    while current is not None:
        if line_is_hidden(current.f_code.co_filename, line_at(current.f_code, current.f_lasti)):
            return True
        if is_module_level(current):
            return False
        current = current.f_back
    return False


def line_at(code: types.CodeType, offset: int) -> int:
    """The line of the instruction at an offset, or of the nearest before it.

    The jump back to the head of a loop has no line of its own, and a call that runs too long may be stopped there.
    """
    line = code.co_firstlineno
    for start, _, number in code.co_lines():
        if start > offset:
            break
        line = line if number is None else number
    return line


def line_is_hidden(filename: str, line: int) -> bool:
    """Is the nearest marker above this line one that begins hidden tests?"""
    for text in reversed(linecache.getlines(filename)[:line]):
        if END_HIDDEN in text:
            return False
        if BEGIN_HIDDEN in text:
            return True
    return False


def is_module_level(frame: types.FrameType) -> bool:
    """True for the top of a file or a cell (IPython 8.0 to 8.4 gave cells a name of their own)."""
    return frame.f_code.co_name == "<module>" or frame.f_code.co_name.startswith("<cell line")


def is_cell(filename: str) -> bool:
    """Is this the name that IPython or ipykernel gives to the source of a cell?"""
    return _CELL.search(filename) is not None


def is_folded(filename: str) -> bool:
    """Is this a cell that the build has folded? Such a cell is given; no answer is one."""
    return is_cell(filename) and linecache.getline(filename, 1).startswith(FOLDED)


def argument_call(frame: types.FrameType, position: int = 0) -> Call | None:
    """What stands at this position in the check being called in `frame`; a name is traced to its assignment."""
    node = executing_node(frame)
    if not isinstance(node, ast.Call) or len(node.args) <= position:
        return None
    if any(isinstance(argument, ast.Starred) for argument in node.args[: position + 1]):
        return None
    return _call_of(node.args[position], frame)


def raised_call(frame: types.FrameType) -> Call | None:
    """`f(x, stride=0)` for check.raises(ValueError, f, x, stride=0)."""
    node = executing_node(frame)
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return None
    keywords = [word for word in node.keywords if word.arg not in ("match", "hint")]
    return _describe(ast.Call(func=node.args[1], args=node.args[2:], keywords=keywords), frame)


def block_call(frame: types.FrameType, values: Mapping[str, Any]) -> Call | None:
    """The first statement of the `with` block that `frame` is in, with these values for the names in it."""
    node = executing_node(frame)
    while node is not None and not isinstance(node, ast.With):
        node = getattr(node, "parent", None)
    return _describe(node.body[0], frame, values) if isinstance(node, ast.With) else None


def traceback_call(tb: types.TracebackType) -> Call | None:
    """The expression that raised, in the frame of this traceback entry."""
    node = executing_node(tb)
    return _describe(node, tb.tb_frame) if isinstance(node, ast.expr) else None


def tuple_names(frame: types.FrameType) -> tuple[str, ...]:
    """The names in `check.close((dx, dw), ...)`: they name the parts of the result."""
    node = executing_node(frame)
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], (ast.Tuple, ast.List)):
        parts = node.args[0].elts
        if parts and all(isinstance(part, ast.Name) for part in parts):
            return tuple(part.id for part in parts if isinstance(part, ast.Name))
    return ()


def executing_node(place: types.FrameType | types.TracebackType) -> ast.AST | None:
    """The syntax node that runs there, or None when the source is not available."""
    try:
        import executing  # only a failure needs it

        node = executing.Source.executing(place).node
    except Exception:  # a source that cannot be parsed or matched only costs the call's text
        return None
    return node if isinstance(node, ast.AST) else None


def _call_of(node: ast.expr, frame: types.FrameType) -> Call:
    """The expression, or the call whose result it names: assigned above, or passed in by the calling frame."""
    names = [n for n in getattr(node, "elts", [node]) if isinstance(n, ast.Name)]
    for name in names:
        assigned = _assignment(name)
        if assigned is not None:
            return _describe(assigned, frame)
        code = frame.f_code
        if name.id in code.co_varnames[: code.co_argcount] and frame.f_back is not None:
            outer = executing_node(frame.f_back)
            if isinstance(outer, ast.Call):
                return _describe(outer, frame.f_back)
    return Call(_source(node, frame)) if isinstance(node, ast.Name) else _describe(node, frame)


def _assignment(name: ast.Name) -> ast.expr | None:
    """The call last assigned to this name above its use, in the same function or cell."""
    scope: Any = name
    while scope is not None and not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
        scope = getattr(scope, "parent", None)
    found: ast.expr | None = None
    last = 0
    for node in ast.walk(scope) if scope is not None else ():
        if isinstance(node, ast.Assign) and last <= node.lineno < name.lineno:
            stored = {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
            if name.id in stored:
                found, last = node.value, node.lineno
    return found if found is not None and any(isinstance(n, ast.Call) for n in ast.walk(found)) else None


def _describe(node: ast.AST, frame: types.FrameType, values: Mapping[str, Any] | None = None) -> Call:
    return Call(_source(node, frame), tuple(_described_names(node, frame, values or {})))


def _source(node: ast.AST, frame: types.FrameType) -> str:
    """The text as written where there is one, else as Python would write it."""
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    written = None
    if lines and isinstance(node, ast.expr | ast.stmt) and hasattr(node, "lineno"):
        above = node.lineno - 1  # empty here: Python's function goes through its text letter by letter
        written = ast.get_source_segment("\n" * above + "".join(lines[above : node.end_lineno]), node)
    return clip(written or ast.unparse(node), LONGEST_CALL)


def _described_names(node: ast.AST, frame: types.FrameType, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    own = {n.id for n in found if isinstance(n.ctx, ast.Store)}  # as in a comprehension: they mean nothing outside
    names = [n.id for n in sorted(found, key=lambda n: (n.lineno, n.col_offset)) if n.id not in own]
    shown = 0
    for name in dict.fromkeys(names):
        value = values.get(name, frame.f_locals.get(name, frame.f_globals.get(name, _ABSENT)))
        if value is _ABSENT or isinstance(value, types.ModuleType) or _is_callable(value):
            continue
        if shown < MOST_NAMES:
            yield name, short(value)
        shown += 1


def _is_callable(value: object) -> bool:
    try:
        return callable(value)
    except Exception:
        return False
