"""Feedback pages run no code of a student: outputs and text that could carry a script give way to their static form."""

from __future__ import annotations

import html
import re
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

SCRIPTS = ("application/javascript", "text/javascript", "application/vnd.jupyter.widget-view+json")
MARKUP = ("text/html", "image/svg+xml", "text/markdown")
REMARK = "(An interactive output, which a feedback page does not show.)"

_ACTIVE = re.compile(
    r"<\s*/?\s*(script|iframe|frame|object|embed|link|meta|base|form|svg:script|foreignobject|animate|set)\b"
    r"|<[^>]*[\s/\"']on[a-z]+\s*="  # an event handler among the attributes
    r"|(javascript|vbscript)\s*:"
    r"|data\s*:\s*text/html",
    re.IGNORECASE,
)


class InertOutputs(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Drop what could run in the reader's browser; pictures, tables and text stay."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Make one cell inert."""
        if cell.cell_type == "code":
            for output in cell.outputs:
                if "data" in output:
                    _strip(output.data)
        elif is_active(cell.source):
            cell["source"] = html.escape(cell.source, quote=False)
        return cell, resources


def is_active(markup: str) -> bool:
    """Whether HTML, SVG or Markdown might run code. It says yes too often rather than too rarely."""
    # As a browser reads it: entities resolved; in addresses it skips tabs and line breaks too.
    readable = html.unescape(markup)
    return any(_ACTIVE.search(form) for form in (markup, readable, re.sub(r"[\x00-\x1f]", "", readable)))


def _strip(data: NotebookNode) -> None:
    dropped = [mime for mime in data if mime in SCRIPTS]
    dropped += [mime for mime in MARKUP if mime in data and is_active("".join(data[mime]))]
    for mime in dropped:
        del data[mime]
    if dropped and not any(mime.startswith(("image/", "text/")) for mime in data):
        data["text/plain"] = REMARK
