"""`docs/claims.md`: each row of the coverage table, the cell or test that covers it, and the outcome."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from grader.authoring import code
from grader.authoring.coverage import Row
from grader.authoring.project import Project
from grader.authoring.source import Cell, Source

HEAD = """\
# Claims: what became of every row

Made by `course build` from the notebooks and the tests; do not edit. The rows are those of [coverage.md](coverage.md).

- **reproduced**: the course's own code gives the deck's number.
- **measured**: a lab measures the claim, and checks the result whenever it runs.
- **refuted**: the computation shows something else than the deck says.
- **exercise**: the student writes it, and its tests are proved by right and wrong answers.
- **shown**: code in a notebook does it. **tested**: an automatic test asserts it. **told**: said, with its source.
"""


@dataclass(frozen=True)
class Evidence:
    """One place that covers a row."""

    row: str
    outcome: str
    text: str
    place: str
    link: str


def evidence(project: Project, sources: list[Source]) -> list[Evidence]:
    """Everything in notebooks and tests that covers a row, notebooks first."""
    found = [item for source in sources for item in _in_source(project, source)]
    for path in sorted((project.root / "tests").glob("**/test_*.py")):
        found += _in_test(project, path)
    return found


def page(rows: dict[str, Row], found: list[Evidence]) -> str:
    """The text of `docs/claims.md`."""
    parts = [HEAD]
    covered = {item.row for item in found}
    missing = []
    for section, group in groupby(rows.values(), key=lambda row: row.section):
        members = list(group)
        if not any(row.id in covered for row in members):
            missing.append((section, len(members)))
            continue
        parts.append(f"\n## {section}\n\n| id | kind | what | outcome, and where |\n|---|---|---|---|\n")
        parts += [_table_row(row, [item for item in found if item.row == row.id]) for row in members]
    if missing:
        parts.append("\n## Not covered yet\n\n")
        parts += [f"- {section}: {count} rows, its module is still to come\n" for section, count in missing]
    return "".join(parts)


def _table_row(row: Row, found: list[Evidence]) -> str:
    # That code is merely shown says nothing where something stronger covers the row too.
    proofs = [item for item in found if item.outcome != "shown"] or found
    entries = dict.fromkeys(
        f"**{item.outcome}**{': ' if item.text else ''}{item.text} ([{item.place}]({item.link}))" for item in proofs
    )
    cells = (row.id, row.kind, row.what, "<br>".join(entries) or "**open**")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _in_source(project: Project, source: Source) -> Iterator[Evidence]:
    name = project.relative(source.path)
    section = ""
    for cell in source.cells:
        section = _heading(cell) or section
        link = f"../{name}#{_github_anchor(section)}"
        place = f"{source.path.parent.name[:-1]} {source.number or source.path.stem}, {section}"
        for row in cell.covers:
            yield Evidence(row, *_covered_by(cell), place, link)
        if cell.is_code:
            for claim in code.claims(code.parse(cell.source)):
                yield Evidence(claim.row, claim.outcome, claim.text, place, link)


def _covered_by(cell: Cell) -> tuple[str, str]:
    if cell.kind == "tests":
        return "exercise", f"`{cell.name}`, {cell.options['points']} points"
    return ("told", "") if not cell.is_code else ("shown", "code in the notebook")


def _heading(cell: Cell) -> str:
    found = re.findall(r"^#{1,4} +(.+)$", cell.source, re.MULTILINE) if cell.kind == "text" else []
    return found[-1].strip() if found else ""


def _github_anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _in_test(project: Project, path: Path) -> Iterator[Evidence]:
    """Tests marked `@pytest.mark.covers("C05", ...)`."""
    name = project.relative(path)
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.covers":
                    for row in map(code.literal, mark.args):
                        yield Evidence(str(row), "tested", "", f"{path.name}, {node.name}", f"../{name}#L{node.lineno}")
