"""Pages that the build collects from the lectures: the glossary, and one cheat-sheet a module."""

from __future__ import annotations

import re
from pathlib import Path

from grader.authoring import blocks
from grader.authoring.project import Project
from grader.authoring.source import Source

CHEAT_SHEET = re.compile(r"^## Cheat-sheet$", re.MULTILINE)

_GLOSSARY = """\
# Glossary

Made by `course build` from the lectures; do not edit.

| word | meaning | lecture |
|---|---|---|
"""
_CHEAT_SHEETS = """\
# Cheat-sheets

Made by `course build` from the ends of the lectures; do not edit. One page for each module.
"""


def collected(project: Project, sources: list[Source]) -> dict[Path, str]:
    """The pages for which the lectures have something, by path."""
    lectures = [source for source in sources if source.course.get("kind") == "lecture"]
    pages = {"glossary.md": _glossary(lectures), "cheat_sheets.md": _cheat_sheets(lectures)}
    return {project.root / "docs" / name: text for name, text in pages.items() if text}


def words(source: Source) -> dict[str, str]:
    """The words that a lecture explains in its `{glossary}`."""
    found = (block for cell in source.of_kind("text") for block in blocks.blocks(cell.source))
    return {term: text for block in found if block.name == "glossary" for term, text in blocks.terms(block).items()}


def cheat_sheet(source: Source) -> str:
    """What stands under the heading `## Cheat-sheet` ('' where there is none)."""
    for cell in source.of_kind("text"):
        if heading := CHEAT_SHEET.search(cell.source):
            return cell.source[heading.end() :].strip()
    return ""


def _glossary(lectures: list[Source]) -> str:
    rows = [(term, text, source) for source in lectures for term, text in words(source).items()]
    rows.sort(key=lambda row: (row[0].lower(), row[2].path.stem))
    lines = [f"| **{term}** | {blocks.in_table(text)} | {_link(source)} |\n" for term, text, source in rows]
    return _GLOSSARY + "".join(lines) if lines else ""


def _cheat_sheets(lectures: list[Source]) -> str:
    sheets = [
        f"\n## {source.path.stem[:2]} {source.course['title']}\n\n{sheet}\n\nFrom {_link(source)}.\n"
        for source in lectures
        if (sheet := cheat_sheet(source))
    ]
    return _CHEAT_SHEETS + "".join(sheets) if sheets else ""


def _link(source: Source) -> str:
    address = f"../{source.path.parent.name}/{source.path.stem}.ipynb"
    return f"[lecture {source.path.stem[:2]}, {source.course['title']}]({address})"
