"""What the eye of the instructor should see: code that could reach a name without writing it. It costs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from course_lib.ruled_out.code_cells import CodeCell, Owner
from course_lib.ruled_out.scopes import root

_RUN_TEXT = ("exec", "eval", "compile")
_LOOK_UP = ("globals", "locals", "__builtins__")
_INSIDE = ("__dict__", "__getattribute__", "__globals__", "__builtins__", "__subclasses__", "__code__",
           "f_globals", "f_locals", "f_back", "user_ns", "run_cell", "ast_transformers")  # fmt: skip
_FRAMES = ("currentframe", "_getframe")  # the way into the variables of whoever calls
_BY_NAME = ("import_module", "__import__", "resolve_name", "locate")
_MAGICS = ("run", "load", "load_ext", "writefile", "file", "python", "python3")


@dataclass(frozen=True)
class Evasion:
    """A place that hides what it uses.

    Attributes:
        what: what stands there, as a piece of a sentence: `calls exec`.
        cell: position of the cell among those that were given.
        line: of the cell, counted from 1.
    """

    what: str
    cell: int
    line: int


def evasions(cells: Sequence[CodeCell]) -> list[Evasion]:
    """All such places in the student's own cells."""
    found: list[Evasion] = []
    imported = {bound.name for cell in cells for bound in cell.bound if bound.path}
    for position, cell in enumerate(cells):
        if cell.owner is not Owner.STUDENT:
            continue
        if cell.is_too_deep:
            found.append(Evasion("is nested too deeply to be read", position, 1))
        if cell.tree is None:
            continue
        for node in ast.walk(cell.tree):
            found += [Evasion(what, position, getattr(node, "lineno", 1)) for what in _looks_evasive(node, imported)]
    return sorted(set(found), key=lambda one: (one.cell, one.line, one.what))


def _looks_evasive(node: ast.AST, imported: set[str]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in _RUN_TEXT:
            yield f"calls {name}"
        case ast.Call(func=ast.Name(id="vars"), args=arguments) if not all(map(_is_self, arguments)):
            yield "calls vars"
        case ast.Name(id=name) if name in _LOOK_UP:
            yield f"uses {name}"
        case ast.Attribute(value=ast.Name(id="self"), attr="__dict__"):
            pass
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            yield "uses sys.modules"
        case ast.Attribute(attr=name) if name in _INSIDE or name in _FRAMES:
            yield f"uses {name}"
        case ast.Name(id=name) if name in _FRAMES:
            yield f"uses {name}"
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]) if not _is_text(name) and not _is_self(
            owner
        ):
            yield "calls getattr with a name that is computed"
        case ast.Call(func=function, args=[name, *_]) if _called(function) in ("attrgetter", "methodcaller"):
            if not _is_text(name):
                yield f"calls {_called(function)} with a name that is computed"
        case ast.Call(func=function, args=[name, *_]) if _called(function) in _BY_NAME:
            if not _is_text(name):
                yield "imports a module by a name that is computed"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="pickle"), attr="load" | "loads")):
            yield "unpickles, which can fetch any function"
        case ast.ImportFrom(module="pickle"):
            yield "unpickles, which can fetch any function"
        case ast.Call(
            func=ast.Attribute(attr="run_line_magic" | "run_cell_magic"), args=[ast.Constant(value=name), *_]
        ):
            if name in _MAGICS:
                yield f"uses the magic {name}"
        case ast.Assign(targets=targets, value=value) if not isinstance(value, ast.Constant):
            for target in targets:
                if isinstance(target, ast.Attribute) and root(target) in imported:
                    yield f"puts something into a module ({ast.unparse(target)})"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
