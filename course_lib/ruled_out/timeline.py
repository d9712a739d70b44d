"""What each name of a notebook stands for, at each moment of its run from top to bottom."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from course_lib.ruled_out.code_cells import CodeCell, Owner
from course_lib.ruled_out.scopes import Binding, global_bindings, star_imports


@dataclass(frozen=True)
class Definition:
    """A binding at the top level of a notebook.

    Attributes:
        binding: what the name gets.
        cell: position of its cell.
        moment: when it happens: later ones have larger numbers.
    """

    binding: Binding
    cell: int
    moment: int


class Timeline:
    """The definitions of the interpreter that runs the student's code: test cells and their helpers are not there."""

    def __init__(self, cells: Sequence[CodeCell]) -> None:
        self.cells = cells
        self.begins: list[int] = []  # the moment at which each cell begins
        self._definitions: dict[str, list[Definition]] = defaultdict(list)
        self._stars: list[tuple[int, str]] = []
        self.helpers: dict[str, Binding] = {}  # what the helpers of the tests bind, which is not there
        moment = 0
        for position, cell in enumerate(cells):
            self.begins.append(moment)
            if cell.tree is not None and cell.owner is Owner.TESTS_ONLY:
                self.helpers |= {binding.name: binding for binding in cell.bound}
            if cell.tree is None or cell.owner in (Owner.TEST, Owner.TESTS_ONLY):
                continue
            found = list(cell.bound)
            for node in ast.walk(cell.tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found += global_bindings(node)
            for binding in found:
                moment += 1
                self._definitions[binding.name].append(Definition(binding, position, moment))
            self._stars += [(moment, module) for module in star_imports(cell.tree.body)]
        self.end = moment

    def at(self, name: str, moment: int) -> tuple[list[Definition], bool]:
        """What `name` may stand for up to this moment, the last first, and whether it surely stands for one of them."""
        found: list[Definition] = []
        sure = False
        for definition in reversed(self._definitions.get(name, ())):
            if definition.moment > moment:
                continue
            if sure := definition.binding.sure:
                if definition.binding.gone:
                    sure = False
                else:
                    found.append(definition)
                break
            found.append(definition)
        return self._of_the_student(found), sure

    def stars(self, moment: int) -> list[str]:
        """Modules whose names were all imported up to this moment."""
        return [module for when, module in self._stars if when <= moment]

    def imports(self) -> dict[str, str]:
        """What the given cells call their modules: {"np": "numpy"}."""
        return {
            name: definition.binding.path
            for name, definitions in self._definitions.items()
            for definition in definitions
            if definition.binding.path and self.cells[definition.cell].owner is Owner.GIVEN
        }

    def position(self, name: str, owner: Owner) -> int | None:
        """The position of the cell of this name and owner; None for none."""
        return next((n for n, cell in enumerate(self.cells) if cell.name == name and cell.owner is owner), None)

    def defines(self, name: str, position: int) -> bool:
        """Whether the cell there binds `name`."""
        return any(d.cell == position and not d.binding.changes for d in self._definitions.get(name, ()))

    def is_own(self, definition: Definition) -> bool:
        """Whether it is the student's."""
        return self.cells[definition.cell].owner is Owner.STUDENT

    def has_method(self, name: str) -> bool:
        """Whether a class of this notebook defines a method or an inner class of this name."""
        return any(
            isinstance(node, ast.ClassDef) and any(getattr(part, "name", "") == name for part in node.body)
            for cell in self.cells
            if cell.owner in (Owner.STUDENT, Owner.GIVEN) and cell.tree is not None
            for node in ast.walk(cell.tree)
        )

    def names_of(self, position: int) -> list[str]:
        """The names that the cell there binds."""
        return [name for name in self._definitions if self.defines(name, position)]

    def _of_the_student(self, found: list[Definition]) -> list[Definition]:
        """Without changes of what is not the student's own, such as a call of a module's function."""
        bases = [d for d in found if not d.binding.changes]
        own = bases and all(self.is_own(d) and not d.binding.path for d in bases)
        return found if own else bases
