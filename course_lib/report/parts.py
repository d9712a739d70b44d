"""Pieces of a report, each made of plain text, numbers and pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

_WIDTH = 112  # pixels, of a picture in a gallery
_WIDE = '<div class="wide" tabindex="0">'  # scrolls sideways by itself, also by keyboard
_DARK = 0.65  # share of blue in a ground, above which white text reads better than black


@dataclass(frozen=True)
class Part:
    """A piece of HTML that this package has made, with all text in it escaped."""

    html: str


def paragraph(text: str) -> Part:
    """A paragraph of plain text."""
    return Part(f"<p>{escape(text)}</p>")


def facts(values: Mapping[str, Any]) -> Part:
    """Names with what is to be said of each; a list of texts becomes a list."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{_said(value)}</dd>" for name, value in values.items())
    return Part(f"<dl>{items}</dl>")


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Part:
    """A table with a head; the first cell of each row names it. Raises ValueError for rows of another length."""
    if any(len(row) != len(columns) for row in rows):
        raise ValueError(f"each row needs {len(columns)} cells, one for each column")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(str(name))}</th>{"".join(f"<td>{escape(str(c))}</td>" for c in cells)}</tr>'
        for name, *cells in rows
    )
    return Part(f"{_WIDE}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")


def confusion_table(counts: npt.NDArray[np.int64], classes: Sequence[str]) -> Part:
    """The counts of `report.confusion` as a table: the more of its row, the darker a cell; right answers are framed."""
    if counts.shape != (len(classes), len(classes)):
        raise ValueError(f"counts of shape {counts.shape} for {len(classes)} classes")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in classes)
    rows = []
    for k, name in enumerate(classes):
        cells = "".join(_count(counts[k, j], shares[k, j], k == j) for j in range(len(classes)))
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}<td>{shares[k, k]:.0%}</td></tr>')
    return Part(
        "<p>Rows: what it is. Columns: what it was called.</p>"
        f'{_WIDE}<table><thead><tr><td></td>{head}<th scope="col">right</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def gallery(pictures: Sequence[npt.NDArray[np.uint8]], captions: Sequence[str]) -> Part:
    """Pictures (H, W, 3) with a caption each, which is what a screen reader reads. ValueError for other lengths."""
    if len(pictures) != len(captions):
        raise ValueError(f"{len(captions)} captions for {len(pictures)} pictures")
    figures = "".join(
        f'<figure><img src="{_address(picture)}" alt="{escape(caption)}" width="{_WIDTH}">'
        f'<figcaption aria-hidden="true">{escape(caption)}</figcaption></figure>'
        for picture, caption in zip(pictures, captions, strict=True)
    )
    return Part(f'<div class="gallery">{figures}</div>')


def _said(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "<ul>" + "".join(f"<li>{escape(str(item))}</li>" for item in value) + "</ul>"
    return escape(str(value))


def _count(count: int, share: float, right: bool) -> str:
    """A cell on a ground of blue; the text is white where that is dark."""
    marks = ' class="right"' if right else ""
    color = "#fff" if share > _DARK else "inherit"
    return f'<td{marks} style="background:rgba(0,60,120,{share:.2f});color:{color}">{count}</td>'


def _address(picture: npt.NDArray[np.uint8]) -> str:
    """The picture as a data address, in a size that a page can have many of."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    image.thumbnail((2 * _WIDTH, 2 * _WIDTH))
    file = io.BytesIO()
    image.convert("RGB").save(file, format="jpeg", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
