"""*Your turn*: one cell of the source becomes a stub, an instant check in a folded cell, and a folded solution."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import replace

from grader.authoring import code
from grader.authoring.blocks import details
from grader.authoring.folding import FOLD
from grader.authoring.source import Cell, Source

SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
CHECK = ("### BEGIN CHECK", "### END CHECK")
_SOLUTION = re.compile(rf"^(?P<indent> *){SOLUTION[0]}\n(?P<lines>.*?)^ *{SOLUTION[1]}\n?", re.MULTILINE | re.DOTALL)
_CHECK = re.compile(rf"^{CHECK[0]}\n(?P<lines>.*?)^{CHECK[1]}\n?", re.MULTILINE | re.DOTALL)
STUB = 'raise NotImplementedError("Your turn: write your lines here")'


def is_turn(cell: Cell) -> bool:
    """Whether the cell is one for the reader: `:turn: name`."""
    return cell.kind == "given" and "turn" in cell.options


def parts(cell: Cell) -> tuple[str, str] | None:
    """The lines of the solution and of the check; None where a marker is missing."""
    solution, check = _SOLUTION.search(cell.source), _CHECK.search(cell.source)
    return (solution["lines"], check["lines"]) if solution and check else None


def expanded(source: Source) -> Source:
    """The source with three cells in place of each *Your turn*."""
    return replace(
        source, cells=[part for cell in source.cells for part in (_three(cell) if is_turn(cell) else [cell])]
    )


def solved(cell: Cell) -> str:
    """What a reader with the right answer has in the first of the three cells."""
    body = re.sub(rf"^ *(?:{SOLUTION[0]}|{SOLUTION[1]})\n?", "", _CHECK.sub("", cell.source), flags=re.MULTILINE)
    return body.rstrip("\n")


def _three(cell: Cell) -> list[Cell]:
    found = parts(cell)
    if found is None:
        return [cell]  # the rule of the pattern reports it
    lines, check = found
    name = str(cell.options["turn"])
    stub = _CHECK.sub("", _SOLUTION.sub(_stub, cell.source)).rstrip("\n")
    judge = f"@check.turn\ndef check_{name}():\n{textwrap.indent(check, '    ')}".rstrip("\n")
    solution = details("Solution", f"```python\n{textwrap.dedent(lines).rstrip()}\n```")
    return [
        Cell("given", stub, cell.line, {"tags": cell.options.get("tags", [])}),
        Cell("given", judge, cell.line, {"tags": [FOLD], "title": "Check your turn: run this cell too"}),
        Cell("text", solution, cell.line),
    ]


def _stub(match: re.Match[str]) -> str:
    """What stands in place of a solution: in a function an error, else each name as `...`."""
    if match["indent"]:
        return f"{match['indent']}{STUB}\n"
    names = sorted(code.top_level_names(ast.parse(match["lines"])))
    return "".join(f"{name} = ...  # your turn\n" for name in names)
