"""The small mark by which a notebook says, quietly, that something was checked and is right."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_COLOR = "#00639c"  # dark enough for white text, and a word stands with it


def show_mark(word: str, text: str, details: Sequence[str] = (), *, metadata: Mapping[str, Any] | None = None) -> None:
    """Show "✓ word" with a sentence, and small below it the details; in a plain terminal as text.

    `metadata` goes with the output into the notebook's file, where no reader sees it.
    """
    plain = f"✓ {word}: {text}" + "".join(f"\n    {line}" for line in details)
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(plain)
        return
    from IPython.display import display  # only where IPython runs already

    kept = {"course": dict(metadata)} if metadata else None
    display({"text/plain": plain, "text/html": _html(word, text, details)}, raw=True, metadata=kept)


def _html(word: str, text: str, details: Sequence[str]) -> str:
    badge = f"background:{_COLOR};color:#fff;border-radius:4px;padding:0 6px;font-size:12px;white-space:nowrap"
    faint = "opacity:0.75;font-size:13px;padding-left:1em;overflow-wrap:anywhere"
    lines = "".join(f'<div style="{faint}">{escape(line)}</div>' for line in details)
    return (
        f'<div role="note" style="max-width:46em;margin:2px 0;color:inherit;font-size:14px;line-height:1.5">'
        f'<span style="{badge}"><span aria-hidden="true">✓</span> {escape(word)}</span> {escape(text)}{lines}</div>'
    )
