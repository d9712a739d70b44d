"""The table of cases as HTML: self-contained, for light and dark pages, for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from course_lib.check.cases import Case
from course_lib.check.findings import Finding, Grid
from course_lib.check.text_table import MARKS, points_text, told

# Dark enough for white text, and told apart by every kind of color vision; a mark and a word stand with each.
COLORS = {"passed": "#00639c", "failed": "#a8410a", "not answered": "#5c5c5c"}

# JupyterLab has rules of its own for tables (stripes, alignment, a width): each is answered here.
_PLAIN = "border:0;background:transparent;color:inherit;vertical-align:top;max-width:none"
_CELL = f"{_PLAIN};text-align:left;padding:5px 16px 5px 0;font-size:14px"
_TABLE = "border-collapse:collapse;border:0;margin:0;color:inherit;line-height:1.5;table-layout:auto"
_RULE = "border-top:1px solid rgba(128,128,128,0.4)"
_CODE = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px"
_FAINT = "opacity:0.75"
_NARROW = "width:1px;white-space:nowrap"
_CAPTION = "font-size:14px;caption-side:top;text-align:left;color:inherit;white-space:nowrap"


def table_html(cases: Sequence[Case], total: str) -> str:
    """A table with one row per case, and what was found below a case that is not passed."""
    heads = "".join(f'<th scope="col" style="{_CELL};{_FAINT};font-weight:400">{name}</th>' for name in _HEADS)
    caption = f'<caption style="{_CAPTION};padding:0 0 4px;font-weight:700">{escape(total)}</caption>'
    rows = "".join(_case(case, finding) for case, finding in told(cases))
    return (
        f'<div style="overflow-x:auto;font-size:14px"><table style="{_TABLE}">{caption}<thead '
        f'style="border:0"><tr style="background:transparent">{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


_HEADS = ("Result", "Case", "Points")


def _case(case: Case, finding: Finding | None) -> str:
    color = COLORS[case.verdict]
    badge = (
        f'<span style="display:inline-block;white-space:nowrap;padding:0 8px;border-radius:4px;color:#fff;'
        f'background:{color}"><span aria-hidden="true">{MARKS[case.verdict]}</span> {case.verdict}</span>'
    )
    hidden = f' <span style="{_FAINT};font-weight:400">(hidden)</span>' if case.hidden else ""
    row = (
        f'<tr style="background:transparent;{_RULE}"><td style="{_CELL};{_NARROW}">{badge}</td>'
        f'<th scope="row" style="{_CELL};font-weight:600">{escape(case.name)}{hidden}</th>'
        f'<td style="{_CELL};{_NARROW}">{points_text(case.earned)} of {points_text(case.points)}</td></tr>'
    )
    details = "".join(_finding(finding) if finding else ())
    details += "".join(_labeled("Warning", escape(text)) for text in case.warnings)
    if not details:
        return row
    return (
        f'{row}<tr style="background:transparent"><td colspan="3" style="{_CELL};padding:0 0 10px 4px">'
        f'<div style="border-left:4px solid {color};padding-left:12px">{details}</div></td></tr>'
    )


def _finding(finding: Finding) -> Iterator[str]:
    if finding.call:
        yield f"<div>{_code(finding.call.text)}</div>"
        for name, text in finding.call.names:
            yield f'<div style="padding-left:2em;{_FAINT}">{_code(f"{name}: {text}")}</div>'
    weight = 400 if finding.verdict == "not answered" else 600
    yield f'<div style="font-weight:{weight};padding:2px 0">{escape(finding.problem)}</div>'
    if finding.facts:
        yield _facts(finding.facts)
    if finding.grid:
        yield _grid(finding.grid, finding.labels)
    yield from (_labeled("In your code", _code(line)) for line in finding.code)
    yield from (f"<div>{escape(note)}</div>" for note in finding.notes)
    if finding.mistake:
        yield _labeled("Likely mistake", escape(finding.mistake))
    if finding.hint:
        yield _labeled("Hint", escape(finding.hint))


def _labeled(label: str, html: str) -> str:
    return f'<div><span style="font-weight:600">{label}:</span> {html}</div>'


def _code(text: str) -> str:
    plain = "background:transparent;color:inherit;padding:0;border:0;white-space:pre-wrap"
    return f'<code style="{_CODE};{plain}">{escape(text)}</code>'


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr style="background:transparent"><th scope="row" style="{_PLAIN};text-align:left;padding:0 12px 0 0;'
        f'font-weight:400;font-size:14px;{_FAINT}">{escape(label)}</th>'
        f'<td style="{_PLAIN};text-align:left;padding:0">{_code(text)}</td></tr>'
        for label, text in facts
    )
    return f'<table style="{_TABLE}"><tbody>{rows}</tbody></table>'


def _grid(grid: Grid, labels: tuple[str, str]) -> str:
    left = _array_table(grid.left, grid.wrong, f"{labels[0]} (* wrong)", grid.row_labels)
    right = _array_table(grid.right, (), labels[1], ())
    return (
        f'<div style="display:flex;align-items:flex-start;gap:2.5em;flex-wrap:wrap;padding:4px 0">{left}{right}</div>'
    )


def _array_table(
    rows: Sequence[Sequence[str]], wrong: Sequence[Sequence[bool]], label: str, indices: Sequence[str]
) -> str:
    cell = f"{_PLAIN};{_CODE};text-align:right;padding:1px 6px"
    mark = f"{cell};font-weight:700;background:rgba(213,94,0,0.22);outline:1px solid rgba(213,94,0,0.8)"
    body = ""
    for i, row in enumerate(rows):
        index = f'<th scope="row" style="{cell};{_FAINT};font-weight:400">{indices[i]}</th>' if indices else ""
        cells = (
            f'<td style="{mark}">{escape(text)}*</td>'
            if wrong and wrong[i][j]
            else f'<td style="{cell}">{escape(text)}</td>'
            for j, text in enumerate(row)
        )
        body += f'<tr style="background:transparent">{index}{"".join(cells)}</tr>'
    caption = f'<caption style="{_CAPTION};{_FAINT}">{escape(label)}</caption>'
    return f'<table style="{_TABLE}">{caption}<tbody>{body}</tbody></table>'
