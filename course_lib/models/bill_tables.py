"""A bill as a table: for a terminal, and for a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

Rows = Sequence[tuple[str, ...]]  # each with a cell for every column of HEADER
HEADER = (
    "layer", "kind", "output", "parameters", "multiply-adds", "other operations", "activations", "receptive field",
)  # fmt: skip
_NAMES = 2  # columns of text; numbers stand in the others
_WIDTH = 100


def as_text(net: str, rows: Rows, totals: Sequence[str]) -> str:
    """At most 100 columns wide, with the totals below; other operations stand in the totals alone."""
    shown = [index for index, name in enumerate(HEADER) if name != "other operations"]
    lines = [[cells[index] for index in shown] for cells in (HEADER, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(shown))]
    spare = _WIDTH - sum(widths[_NAMES:]) - 2 * (len(widths) - 1)
    widths[1] = min(widths[1], max(spare - min(widths[0], spare * 3 // 5), 8))
    widths[0] = min(widths[0], max(spare - widths[1], 8))
    table = [_text_line(line, widths) for line in lines]
    return "\n".join([f"{net}, for one picture", *table, "", *totals])


def _text_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Names to the left, numbers to the right; of a long name the end is what tells it from others."""
    name, kind = (_cut(cells[0], widths[0], end=True), _cut(cells[1], widths[1], end=False))
    numbers = (cell.rjust(width) for cell, width in zip(cells[_NAMES:], widths[_NAMES:], strict=True))
    return "  ".join([name.ljust(widths[0]), kind.ljust(widths[1]), *numbers]).rstrip()


def _cut(text: str, width: int, end: bool) -> str:
    if len(text) <= width:
        return text
    return "…" + text[1 - width :] if end else text[: width - 1] + "…"


def as_html(net: str, rows: Rows, totals: Sequence[str]) -> str:
    """A table that scrolls where it is long or the window narrow, and the totals as a list below it."""
    body = "".join(_html_row("td", cells) for cells in rows)
    return (
        '<div tabindex="0" style="overflow: auto; max-height: 32em">'
        '<table style="border-collapse: collapse; font-variant-numeric: tabular-nums">'
        f"<caption>{html.escape(net)}, for one picture</caption>"
        f"<thead>{_html_row('th', HEADER)}</thead><tbody>{body}</tbody></table></div>"
        f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in totals)}</ul>"
    )


def _html_row(tag: str, cells: Iterable[str]) -> str:
    aligned = ("left" if column < _NAMES else "right" for column in range(len(HEADER)))
    return "<tr>" + "".join(
        f'<{tag} style="text-align: {side}; padding: 0.15em 0.6em">{html.escape(cell)}</{tag}>'
        for side, cell in zip(aligned, cells, strict=True)
    ) + "</tr>"  # fmt: skip
