"""Markdown cells as harmless HTML: formulas become MathML, attached pictures stand in the page."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any
from urllib.parse import unquote

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from grader.exchange.formulas import mathml
from grader.exchange.safe_html import safe_html

_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
_ATTACHED = re.compile(r"""(<img\b[^<>]*?\bsrc\s*=\s*)(?:"attachment:([^"]*)"|'attachment:([^']*)')""", re.IGNORECASE)
_IN_HTML = re.compile(r"(?<![\\$])(?:\$\$(?P<block>[^$]+)\$\$|\$(?P<line>[^$\n]+)\$)")
_TAG_OR_TEXT = re.compile(r"(<[^<>]*>)")


class Cleaned(str):
    """HTML that has passed the list of what is harmless, with formulas, which are not on it."""

    __slots__ = ()


@pass_context
def markdown2html(context: Context, source: str) -> Cleaned:
    """Nbconvert's filter of this name."""
    cell: Any = context.get("cell", {})
    renderer = _Renderer(cell.get("attachments", {}))
    return renderer.with_formulas(safe_html(MarkdownWithMath(renderer=renderer).render(source)))


def clean_html(markup: str) -> str:
    """Nbconvert's filter of this name, which also gets what `markdown2html` has made."""
    return markup if isinstance(markup, Cleaned) else safe_html(markup)


def strip_files_prefix(markup: str) -> str:
    """Nbconvert's filter of this name, which would make another text between the two: no page leads to files."""
    return markup


class _Renderer(IPythonRenderer):
    """Leaves a mark in place of each formula, since cleaning would take MathML out."""

    def __init__(self, attachments: dict[str, dict[str, str]]) -> None:
        super().__init__(escape=False, attachments=attachments)
        self._mark = f"formula-{secrets.token_hex(16)}"  # no submission can write it
        self._formulas: list[str] = []

    def with_formulas(self, cleaned: str) -> Cleaned:
        """The HTML with its formulas. In an attribute, where quotes are escaped, a mark is none any more."""
        pattern = re.compile(f'<var class="{self._mark}-([0-9]+)">.*?</var>', re.DOTALL)
        return Cleaned(pattern.sub(lambda found: self._formulas[int(found[1])], cleaned))

    def block_math(self, body: str) -> str:
        """A formula in a line of its own."""
        return self._marked(body, display=True)

    def inline_math(self, body: str) -> str:
        """A formula inside of a line."""
        return self._marked(body, display=False)

    def latex_environment(self, name: str, body: str) -> str:
        r"""What stands between `\begin` and `\end`."""
        return self._marked(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    def block_html(self, html: str) -> str:
        """HTML of the cell, with formulas and pictures too."""
        return str(super().block_html(self._with_marks(self._with_pictures(html))))

    def inline_html(self, html: str) -> str:
        """A tag in a line."""
        return str(super().inline_html(self._with_pictures(html)))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A picture; a sentence in place of one that is not attached."""
        if url.startswith("attachment:"):
            found = self._picture(url.removeprefix("attachment:"))
            if not found:
                return f"<em>(The picture {html.escape(url.removeprefix('attachment:'))} is not attached.)</em>"
            url = found
        return str(super().image(text, url, title))

    def _marked(self, tex: str, *, display: bool) -> str:
        self._formulas.append(mathml(tex.strip(), display=display))
        return f'<var class="{self._mark}-{len(self._formulas) - 1}">{html.escape(tex)}</var>'

    def _with_marks(self, markup: str) -> str:
        parts = _TAG_OR_TEXT.split(markup)
        return "".join(part if part.startswith("<") else _IN_HTML.sub(self._from_html, part) for part in parts)

    def _from_html(self, found: re.Match[str]) -> str:
        display = found["block"] is not None
        return self._marked(html.unescape(found["block"] if display else found["line"]), display=display)

    def _with_pictures(self, markup: str) -> str:
        def embedded(found: re.Match[str]) -> str:
            name = html.unescape(found[2] or found[3] or "")
            return f'{found[1]}"{self._picture(name) or ""}"'

        return _ATTACHED.sub(embedded, markup)

    def _picture(self, name: str) -> str | None:
        """The attached picture as an address that holds it."""
        forms = self.attachments.get(name) or self.attachments.get(unquote(name)) or {}
        kind = next((kind for kind in _PICTURES if isinstance(forms.get(kind), str | list)), None)
        return f"data:{kind};base64,{''.join(forms[kind])}" if kind else None
