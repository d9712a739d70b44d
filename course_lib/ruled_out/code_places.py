"""Where code stands: its cell, the moment at which it runs, and the scopes around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from course_lib.ruled_out.scopes import Binding


@dataclass(frozen=True, eq=False)
class Scope:
    """Names of a function, a class or a comprehension, in those around it."""

    bindings: Mapping[str, list[Binding]]
    outer: Scope | None
    node: ast.AST


@dataclass(frozen=True)
class Place:
    """Where code stands: position of its cell, the moment at which it runs, and its innermost scope."""

    cell: int
    moment: int
    scope: Scope | None = None

    def inside(self, node: ast.AST, found: Iterator[Binding], moment: int | None = None) -> Place:
        """The place within `node`, which binds names of its own; `moment`: when it runs, if not with what is around."""
        names: dict[str, list[Binding]] = {}
        for binding in found:
            if not binding.changes:
                names.setdefault(binding.name, []).append(binding)
        return Place(self.cell, self.moment if moment is None else moment, Scope(names, self.scope, node))

    def local(self, name: str) -> tuple[Scope | None, list[Binding]]:
        """The scope that binds a name, and how; the names of a class are seen in its own body alone."""
        scope = self.scope
        while scope is not None:
            if name in scope.bindings and (scope is self.scope or not isinstance(scope.node, ast.ClassDef)):
                return scope, scope.bindings[name]
            scope = scope.outer
        return None, []
