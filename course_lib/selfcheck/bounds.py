"""Modules that an assignment puts out of bounds, because they hold the answer: refused before and while it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_lib import out_of_bounds
from course_lib.errors import CourseError
from course_lib.selfcheck import cell_roles

# Runs in the kernel before the first cell, and leaves no name behind.
_GUARD = "__import__('course_lib.out_of_bounds', fromlist=['*']).refuse_imports({names!r}, except_in={tests!r})"


def forbidden_modules(book: NotebookNode) -> tuple[str, ...]:
    """Read the modules that the notebook's metadata puts out of bounds (`course.out_of_bounds`)."""
    return tuple(book.metadata.get("course", {}).get("out_of_bounds", ()))


def guard(book: NotebookNode, forbidden: tuple[str, ...]) -> str:
    """Write the code that makes importing these modules fail in a kernel; "" when there are none.

    Test cells and their helpers may import them as they were released: where it counts, no student's code runs there.
    """
    if not forbidden:
        return ""
    released = [cell for cell in book.cells if _is_of_tests(cell) and cell_roles.is_untouched(cell)]
    return _GUARD.format(names=forbidden, tests=[out_of_bounds.digest(cell.source) for cell in released])


def _is_of_tests(cell: NotebookNode) -> bool:
    return cell_roles.is_test(cell) or cell_roles.is_tests_only(cell)


def require_allowed_imports(book: NotebookNode, forbidden: tuple[str, ...]) -> None:
    """Raise CourseError, naming the cell, when one that the student may write imports what is out of bounds."""
    for number, (cell, title) in enumerate(zip(book.cells, cell_roles.titles(book), strict=True), start=1):
        if cell.cell_type != "code" or cell_roles.is_given(cell):
            continue
        for name in imported(cell.source):
            if module := out_of_bounds.bound(name, forbidden):
                under = f', under "{title}"' if title else ""
                reason = out_of_bounds.sentence(module)
                raise CourseError(f"cell {number}{under} imports {name}. Remove the import: {reason}")


def imported(source: str) -> Iterator[str]:
    """Find every module that the code names in an import, an import_module(...) or an __import__(...)."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError):  # ValueError: a null character
        return  # it cannot run either
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module" | "__import__"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module
