"""All mutants of an answer cell, each once."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from grader.authoring import code
from grader.authoring.mutation import array_mutations, library

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@dataclass(frozen=True)
class Mutant:
    """A solution cell with one change between its markers.

    Attributes:
        operator: what was done to it, in words.
        line: of the cell where the change begins, counted from 0.
        before: the changed lines as they were, without indentation.
        after: and as they are now.
        source: the whole cell.
    """

    operator: str
    line: int
    before: str
    after: str
    source: str


def mutants_of(cell: str) -> list[Mutant]:
    """The mutants of an answer cell: of the library's operators first, then of those for array code.

    Two operators that make the same code give one mutant; code that does not parse, or is what it was, gives none.
    """
    original = code.parse(cell)
    seen = {_shape(original)}
    mutants = []
    for operator, source in (*library.mutations(cell, _region(cell)), *array_mutations.mutations(cell, _region(cell))):
        try:
            tree = code.parse(source)
        except SyntaxError:
            continue
        if _shape(tree) not in seen:
            seen.add(_shape(tree))
            mutants.append(Mutant(operator, *_change(cell, source), source))
    return mutants


def _region(cell: str) -> range:
    """The lines of a cell, counted from 0, that stand between its markers; all of them where there are none."""
    lines = [line.strip() for line in cell.split("\n")]
    if BEGIN not in lines or END not in lines:
        return range(len(lines))
    return range(lines.index(BEGIN) + 1, lines.index(END))


def _shape(tree: ast.AST) -> str:
    return ast.dump(tree)


def _change(old: str, new: str) -> tuple[int, str, str]:
    """Where the first difference is, and the lines that differ, before and after."""
    before, after = old.split("\n"), new.split("\n")
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [block for block in blocks if block[0] != "equal"]
    (_, first, _, from_, _), (_, _, last, _, to) = changed[0], changed[-1]
    return first, _joined(before[first:last]), _joined(after[from_:to])


def _joined(lines: list[str]) -> str:
    return "\n".join(_stripped(lines))


def _stripped(lines: list[str]) -> Iterator[str]:
    return (line.strip() for line in lines if line.strip())
