"""What `help()` and an error show speaks of the subject: row ids and decks are the course's own bookkeeping."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.tiny_project import ROOT

FILES = sorted((ROOT / "course_lib").rglob("*.py"))
ROW, DECK = re.compile(r"\b[A-Z]\d\d\b"), re.compile(r"\bdecks?\b|\bCOVERAGE\b", re.IGNORECASE)
ABOUT_ROWS = {"claims.py"}  # what a row is called is what its functions are given


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Docstrings and messages with their line; a word alone is a name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_row_and_no_deck_is_named(path: Path) -> None:
    rules = (DECK,) if path.name in ABOUT_ROWS else (ROW, DECK)
    assert [(line, text) for line, text in sentences(path) if any(rule.search(text) for rule in rules)] == []
