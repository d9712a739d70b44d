"""Feedback pages run no code of a student: outputs and text that could carry a script give way to their static form."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.exchange.carriage_returns import as_shown
from grader.exchange.safe_html import safe_html

SHOWN = ("text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "text/plain")
"""What a page shows of an output. The template escapes the rest of them, and cleans Markdown when it becomes HTML."""
LARGEST = 4 * 2**20
"""Characters of an output; a figure in high resolution has less than a million."""
INTERACTIVE = "(An interactive output, which a feedback page does not show.)"
TOO_LARGE = "(An output that is too large for a feedback page.)"

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
                    output["data"] = _inert_forms(output.data)
                    output["metadata"] = _sizes_and_alt_texts(output.get("metadata", {}))
                elif output.output_type == "stream":
                    output["text"] = as_shown("".join(output.text))
        elif cell.cell_type == "raw":
            cell["source"] = f"<pre>{html.escape(cell.source)}</pre>"  # the template would print it as HTML
        elif is_active(cell.source):
            cell["source"] = html.escape(cell.source, quote=False)
        return cell, resources


def is_active(markup: str) -> bool:
    """Whether HTML, SVG or Markdown is made to run code: then its static form says more. It says yes too often."""
    # As a browser reads it: entities resolved; in addresses it skips tabs and line breaks too.
    readable = html.unescape(markup)
    return any(_ACTIVE.search(form) for form in (markup, readable, re.sub(r"[\x00-\x1f]", "", readable)))


def _inert_forms(data: dict[str, Any]) -> NotebookNode:
    """The forms of an output that a page may show; a remark where none is left."""
    forms = {mime: "".join(value) for mime, value in data.items() if isinstance(value, str | list)}
    small = {mime: text for mime, text in forms.items() if len(text) <= LARGEST}
    quiet = {mime: text for mime, text in small.items() if not (_is_markup(mime) and is_active(text))}
    shown = {mime: text for mime, text in quiet.items() if mime in SHOWN}
    if "image/svg+xml" in quiet and not {"text/html", "image/png", "image/jpeg"} & set(shown):
        shown["text/html"] = _as_picture(quiet["image/svg+xml"])
    if "text/latex" in shown:
        # As Markdown its formulas become MathML, as those of a cell do.
        shown.setdefault("text/markdown", shown.pop("text/latex"))
    if "text/html" in shown:
        shown["text/html"] = safe_html(shown["text/html"])
    if not shown:
        shown["text/plain"] = INTERACTIVE if len(small) == len(forms) else TOO_LARGE
    return NotebookNode(shown)


def _is_markup(mime: str) -> bool:
    return mime in ("text/html", "text/markdown", "image/svg+xml")


def _as_picture(svg: str) -> str:
    """An SVG as `img`: there, browsers run no script of it and load nothing for it."""
    return f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'


def _sizes_and_alt_texts(metadata: dict[str, Any]) -> NotebookNode:
    """Width, height and alt text of pictures. The template writes other metadata as they come into its tags."""
    return NotebookNode(
        {mime: NotebookNode(_size_and_alt_text(of)) for mime, of in metadata.items() if isinstance(of, dict)}
    )


def _size_and_alt_text(metadata: dict[str, Any]) -> dict[str, Any]:
    numbers = {key: metadata[key] for key in ("width", "height") if isinstance(metadata.get(key), int | float)}
    return numbers | ({"alt": metadata["alt"]} if isinstance(metadata.get("alt"), str) else {})
