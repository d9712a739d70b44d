"""Other teachers' nbgrader notebooks, their own solutions graded in one kernel and in two interpreters.

    python benchmarks/public_courses.py FOLDER... [--show]

Each folder is one course: all notebooks below it with test cells count, with the files beside each. Nothing is
downloaded. The one kernel has the rights of the process: for notebooks that you have not read, run all of it in a
sandbox (`bwrap --ro-bind / / --dev /dev --proc /proc --unshare-net --tmpfs /tmp --ro-bind FOLDER FOLDER ...`).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.nbgraderformat.v1 import MetadataValidatorV1
from nbgrader.nbgraderformat.v2 import MetadataValidatorV2
from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

from grader.audit.two_ways import Comparison, compare
from grader.engine.limits import Limits
from grader.engine.submission_files import read_beside

LIMITS = Limits()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--show", action="store_true", help="each cell that differs, with both results")
    asked = parser.parse_args()
    total: Counter[str] = Counter()
    for folder in asked.folders:
        course: Counter[str] = Counter()
        for path, notebook in notebooks(folder):
            found = compare(notebook, read_beside(path.parent, LIMITS.disk_bytes), LIMITS)
            counts = count(found)
            course += counts
            print(line(str(path.relative_to(folder)), counts), flush=True)
            for cell in found if asked.show else []:
                if not cell.agrees:
                    print(difference(cell), flush=True)
        print(line(f"= {folder.name}", course), flush=True)
        total += course
    print(line("= all", total))


def notebooks(folder: Path) -> Iterator[tuple[Path, NotebookNode]]:
    """The notebooks below a folder that have test cells, with nbgrader's metadata as it is written today.

    Old versions gave an answer and its test one name, or none: here each cell gets its own.
    """
    for path in sorted(folder.rglob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for validator in (MetadataValidatorV1(), MetadataValidatorV2(), MetadataValidatorV3()):
            notebook = validator.upgrade_notebook_metadata(notebook)
        names: set[str] = set()
        for place, cell in enumerate(notebook.cells):
            if part := cell.metadata.get("nbgrader"):
                name = part.get("grade_id") or f"cell-{place}"
                part["grade_id"] = f"{name}-{place}" if name in names else name
                names.add(part["grade_id"])
        parts = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells if cell.cell_type == "code"]
        if any(part.get("grade") and not part.get("solution") for part in parts):
            yield path, notebook


def count(cells: list[Comparison]) -> Counter[str]:
    counts = Counter({"cells": len(cells), "earned": sum(cell.one.share > 0 for cell in cells)})
    counts["agree"] = sum(cell.agrees for cell in cells)
    counts["low"] = sum(cell.two.share < cell.one.share for cell in cells)
    counts["high"] = sum(cell.two.share > cell.one.share for cell in cells)
    return counts


def line(name: str, n: Counter[str]) -> str:
    return (
        f"{name[-56:]:56} cells {n['cells']:4}  earned in one {n['earned']:4}  agree {n['agree']:4}  "
        f"too low {n['low']:3}  too high {n['high']:3}"
    )


def difference(cell: Comparison) -> str:
    code = "\n".join(f"      | {text}" for text in cell.source.splitlines())
    return (
        f"  - {cell.name}: {cell.one.share:g} in one kernel, {cell.two.share:g} in two\n"
        f"      one: {cell.one.error or 'passes'}\n      two: {cell.two.error or 'passes'}\n{code}"
    )


if __name__ == "__main__":
    main()
