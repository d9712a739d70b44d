"""Where the search begins: the names of the student's that the test of an exercise calls."""

from __future__ import annotations

import ast
from functools import lru_cache

from course_lib.ruled_out.code_cells import TESTS, Owner
from course_lib.ruled_out.timeline import Timeline


def roots(timeline: Timeline, test: int | None, answer: int | None, moment: int) -> list[str]:
    """The names of the student's that the test of the exercise calls, also through given code."""
    tree = timeline.cells[test].tree if test is not None else None
    if tree is None:
        return timeline.names_of(answer) if answer is not None else []
    names, waiting, found = set[str](), [*_free(tree)], list[str]()
    while waiting:
        if (name := waiting.pop()) in names:
            continue
        names.add(name)
        definitions, _ = timeline.at(name, moment)
        for definition in definitions:
            if timeline.cells[definition.cell].owner is Owner.GIVEN:
                waiting += [part for node in definition.binding.code for part in _free(node)]
            elif not _is_of_another(timeline, name, definition.cell, answer):
                found.append(name)
        if name in timeline.helpers:
            waiting += [part for node in timeline.helpers[name].code for part in _free(node)]
    return list(dict.fromkeys(found))


def _is_of_another(timeline: Timeline, name: str, position: int, answer: int | None) -> bool:
    """Whether `name` is the answer to another exercise, whose own test calls it."""
    cell = timeline.cells[position]
    test = timeline.position(f"{cell.name}{TESTS}", Owner.TEST) if cell.name else None
    tree = timeline.cells[test].tree if test is not None and position != answer else None
    return tree is not None and name in _free(tree)


@lru_cache(maxsize=1024)
def _free(tree: ast.AST) -> frozenset[str]:
    """Names that code reads and does not bind: what it binds is its own, whoever else uses the name."""
    nodes = list(ast.walk(tree))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    bound |= {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return frozenset(read - bound)
