"""What people read: pictures with a description, links that lead somewhere, rows that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.authoring import code
from grader.authoring.coverage import Row
from grader.authoring.rules.syntax_trees import trees
from grader.authoring.source import Cell, Problem, Source


def figures_without_alt(source: Source) -> Iterator[Problem]:
    """A figure says in words what is to be seen."""
    for cell, tree in trees(source):
        for call in code.method_calls(tree, "vis"):
            if call.name == "show":
                alt = call.keyword("alt")
                empty = isinstance(alt, ast.Constant) and not str(alt.value or "").strip()
                if alt is None or empty:
                    message = 'a figure without alt text: vis.show(fig, alt="what is to be seen").'
                    yield source.problem(cell, message, call.line)
        for call in code.method_calls(tree, "plt"):
            if call.name == "show":
                yield source.problem(cell, "plt.show() has no alt text: use vis.show(fig, alt=...).", call.line)


def images_without_alt(source: Source) -> Iterator[Problem]:
    """So does an image in the text."""
    for cell in source.of_kind("text", "written"):
        for number, line in _lines_outside_fences(cell.source):
            if re.search(r"!\[\s*\]\(", line) or re.search(r"<img(?![^>]*\balt=\"[^\"]+\")", line):
                yield source.problem(cell, "an image without alt text: ![what is to be seen](file.png).", number)


def links(source: Source) -> Iterator[Problem]:
    """A link leads to a heading, a file or a whole address."""
    headings = [h for cell in source.of_kind("text") for h in re.findall(r"^#+ +(.+)$", cell.source, re.MULTILINE)]
    anchors = {_anchor(heading) for heading in headings}
    for cell in source.of_kind("text", "written"):
        for number, line in _lines_outside_fences(cell.source):
            for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", _without_code(line)):
                if reason := _broken(source, target, anchors):
                    yield source.problem(cell, f"the link {target} does not resolve: {reason}.", number)


def unknown_rows(source: Source, rows: dict[str, Row]) -> Iterator[Problem]:
    """What is covered stands in the coverage table."""
    for cell, offset, row in _covers(source):
        if row not in rows:
            named = f"the row {row!r} does not exist" if row else "a claim must name its row by a string literal"
            yield source.problem(cell, f"{named}: see docs/coverage.md.", offset)


def _broken(source: Source, target: str, anchors: set[str]) -> str:
    if re.match(r"[a-z][a-z+.-]*:", target):
        good = re.match(r"https?://[\w.-]+\.[a-z]{2,}(/\S*)?$", target) or target.startswith("mailto:")
        return "" if good else "it is not a complete http(s) address"
    path, _, fragment = target.partition("#")
    if not path:
        return "" if fragment in anchors else "no heading has this anchor"
    file = source.path.parent / path
    sources = (file.with_suffix(".md"), file.parent.parent / f"{file.stem}.md")
    built = file.suffix == ".ipynb" and any(path.exists() for path in sources)
    return "" if file.exists() or built else "there is no such file beside the source"


def _covers(source: Source) -> Iterator[tuple[Cell, int, str]]:
    for cell in source.cells:
        yield from ((cell, 0, row) for row in cell.covers)
    for cell, tree in trees(source):
        yield from ((cell, claim.line, claim.row) for claim in code.claims(tree))


def _lines_outside_fences(text: str) -> Iterator[tuple[int, str]]:
    fenced = False
    for number, line in enumerate(text.split("\n")):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def _without_code(line: str) -> str:
    return re.sub(r"`[^`]*`", "", line)


def _anchor(heading: str) -> str:
    return re.sub(r"\s+", "-", heading.strip())
