"""The page that carries the parts: one file, without scripts, readable on a phone, in the dark and on paper."""

from __future__ import annotations

from html import escape
from pathlib import Path

from course_lib.report.parts import Part

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
body { max-width: 54rem; margin: 0 auto; padding: 1rem; }
h1 { line-height: 1.2; margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #8a8a8a; }
.lead { font-size: 1.15rem; }
dl { display: grid; grid-template-columns: minmax(7rem, 1fr) 3fr; gap: .4rem 1.2rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; } dd ul { margin: 0; padding-left: 1.1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { overflow-wrap: normal; padding: .3rem .7rem; border: 1px solid #8a8a8a55; text-align: right; }
th[scope=row], thead th:first-child { text-align: left; font-weight: 600; }
td.right { outline: 2px solid; outline-offset: -3px; }
.gallery { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; width: 7rem; } figure img { width: 100%; height: auto; border-radius: 4px; }
figcaption { font-size: .85rem; line-height: 1.3; overflow-wrap: anywhere; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .7rem; } }
"""


class Page:
    """A report that grows section by section. In a notebook it shows itself, in a frame of its own.

    Attributes:
        title: what it is about.
        lead: one sentence below it.
    """

    def __init__(self, title: str, lead: str = "") -> None:
        self.title, self.lead = title, lead
        self._sections: list[str] = []

    def section(self, heading: str, *parts: Part) -> None:
        """Add a heading and the parts below it. Raises TypeError for what is no part, such as text."""
        for part in parts:
            if not isinstance(part, Part):
                raise TypeError(f"a section holds parts, such as report.paragraph(...), not {type(part).__name__}")
        self._sections.append(f"<h2>{escape(heading)}</h2>" + "".join(part.html for part in parts))

    @property
    def html(self) -> str:
        """The text of the file."""
        lead = f'<p class="lead">{escape(self.lead)}</p>' if self.lead else ""
        return (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style></head>\n"
            f"<body><main><h1>{escape(self.title)}</h1>{lead}\n"
            + "\n".join(self._sections)
            + "\n</main></body></html>\n"
        )

    def save(self, path: str | Path) -> Path:
        """Write the file; returns where it lies."""
        place = Path(path)
        place.write_text(self.html, encoding="utf-8")
        return place.resolve()

    def _repr_html_(self) -> str:
        frame = "width:100%;height:32rem;border:1px solid #8a8a8a"
        return f'<iframe title="{escape(self.title)}" sandbox="" srcdoc="{escape(self.html)}" style="{frame}"></iframe>'

    def __repr__(self) -> str:
        """Name it: a plain terminal can show no more."""
        return f"Report: {self.title}, {len(self._sections)} sections"
