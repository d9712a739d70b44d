"""What makes the two processes look like one kernel to a test cell: names both ways, and what a test replaces."""

from __future__ import annotations

import ast
import builtins
import contextlib
import types
from collections.abc import Iterable
from typing import Any

from grader.engine.encoding.tags import Node
from grader.engine.shell import CellRunner
from grader.engine.tester import format_templates
from grader.engine.tester.meanings import ABSENT, Meanings, module_of, testers_own
from grader.engine.tester.names_made import NamesMade
from grader.engine.tester.namespace import TesterNamespace
from grader.engine.tester.remote import Remote
from grader.engine.tester.stand_ins import StandIns
from grader.engine.tester.student_errors import StudentLost
from grader.engine.tester.withheld import Withheld

_PUBLIC_PART_ENDS = "__public_part_ends__"


class OneKernel:
    """Names and stand-ins of the cells that one tester runs.

    Args:
        namespace: the globals of the cells.
        remote: the student's objects.
        withheld: knows where the hidden part of a cell is.
    """

    def __init__(self, namespace: TesterNamespace, remote: Remote, withheld: Withheld) -> None:
        self._namespace, self._remote, self._withheld = namespace, remote, withheld
        self._names = self._names_made()
        self._stand_ins = StandIns(remote.operate, remote.is_packable, self._module)
        self._made: set[str] = set()  # names that test cells have bound, and no shared cell since
        self._before: dict[str, Any] = {}
        self._boundary = _Boundary()
        self._in_test = False
        remote.before_operation = self._tell
        remote.attached += [self._stand_ins.attached, lambda: self._names.attached()]
        remote.name_deleted = lambda name: self._names.note(name, ABSENT)
        vars(builtins)[_PUBLIC_PART_ENDS] = self._end_public_part
        vars(builtins)[format_templates.NAME] = format_templates.checked

    def watch(self, runner: CellRunner) -> None:
        """This one runs the cells."""
        runner.shell.ast_transformers += [self._boundary, format_templates.Templates()]

    def know(self, bindings: list[Node], free: list[str], loaded: list[str], preload: list[str]) -> None:
        """Take over what names mean in the author's notebook, and import what its given cells import."""
        self._namespace.meanings = Meanings(bindings)
        self._names = self._names_made(free, loaded)
        for target in preload:
            with contextlib.suppress(Exception):  # the cell that needs it is told
                testers_own(target)

    def begin_cell(self, source: str, position: int, code: Node) -> None:
        """A cell begins. `code`: what `test_cell_code` found; None for a shared cell, whose names stay the tester's."""
        self._in_test = code is not None
        self._namespace.begin_cell()
        if code is None:
            self._before = dict(dict.items(self._namespace))
            return
        for name in self._namespace.meanings.advance(position):
            if name in self._made:  # in one kernel, the author's cell has bound it anew since
                dict.pop(self._namespace, name, None)
                self._made.discard(name)
        self._before = dict(dict.items(self._namespace))
        imports, places, environment = code
        self._names.begin_cell(source, [name for name, _ in imports])
        self._stand_ins.begin_cell(dict(imports), places, environment=bool(environment))
        self._boundary.begin_cell(self._withheld.first_hidden_line)

    def end_cell(self) -> tuple[Node, list[Any]] | None:
        """The cell is over. What a new process of the student's must be told of its names, if anything."""
        own, before = self._namespace, self._before
        bound = {name for name, value in dict.items(own) if before.get(name, ABSENT) is not value}
        if not self._in_test:
            self._made -= bound
            return None
        self._made |= bound
        with contextlib.suppress(StudentLost):  # whatever comes next starts a new one
            if self._remote.is_attached:
                if not self._withheld.first_hidden_line:
                    self._names.end_public_part()
                self._names.put_back()
                self._stand_ins.end_cell()
        self._in_test = False
        return self._names.kept

    def _tell(self) -> None:
        """Before each operation: what has the test bound or replaced since the last one?"""
        if not self._in_test:
            return
        hidden = self._withheld.is_hidden
        if hidden:
            self._names.stop()
        self._names.tell()
        self._stand_ins.tell(hidden=hidden)

    def _end_public_part(self) -> None:
        """The cell has come to its hidden part. Called by the cell itself."""
        if self._remote.is_attached:
            self._names.end_public_part()
        self._names.stop()

    def _names_made(self, free: Iterable[str] = (), loaded: Iterable[str] = ()) -> NamesMade:
        return NamesMade(
            self._namespace, self._remote.operate, self._remote.is_packable, self._namespace.is_students, free, loaded
        )

    def _module(self, name: str) -> types.ModuleType | None:
        found = dict.get(self._namespace, name)
        if found is None:
            targets = self._namespace.meanings.targets(name)
            return module_of(targets[0]) if targets else None
        return found if isinstance(found, types.ModuleType) else None


class _Boundary(ast.NodeTransformer):
    """Puts a call between the public and the hidden part of a cell, where that lies between two statements."""

    def __init__(self) -> None:
        self._first = 0

    def begin_cell(self, first: int) -> None:
        """A cell begins, whose hidden part begins in this line; 0 if it has none."""
        self._first = first

    def visit_Module(self, tree: ast.Module) -> ast.Module:
        """Insert the call."""
        if not self._first:
            return tree
        place = next((n for n, node in enumerate(tree.body) if node.lineno >= self._first), None)
        if place is None or any((node.end_lineno or 0) >= self._first for node in tree.body[:place]):
            return tree  # it began within a statement
        call = ast.Expr(ast.Call(ast.Name(_PUBLIC_PART_ENDS, ast.Load()), [], []))
        for node in ast.walk(call):
            ast.copy_location(node, tree.body[place])
            node.lineno = node.end_lineno = max(1, self._first - 1)  # type: ignore[attr-defined]  # statements have it
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]  # as above
        tree.body.insert(place, call)
        return tree
