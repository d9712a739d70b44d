"""Read a student's notebook, also one that came back from Colab or e-mail with its metadata damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError

_DOWNLOAD = "Download it again (JupyterLab: File > Download; Colab: File > Download > Download .ipynb)."


def read(path: Path) -> NotebookNode:
    """Read a notebook as format 4.5, whole enough to run; raises CourseError when it is none."""
    raw = _json(path)
    if not isinstance(raw, dict) or not isinstance(raw.get("cells"), list):
        if isinstance(raw, dict) and "worksheets" in raw:
            raise CourseError(f"{path} is a notebook of before 2015. Open it in JupyterLab and save it again.")
        raise CourseError(f"{path} is JSON, but not a notebook: it has no list of cells. {_DOWNLOAD}")
    cells = [_mended_cell(cell, position) for position, cell in enumerate(raw["cells"]) if isinstance(cell, dict)]
    metadata = _mended_metadata(raw.get("metadata"))
    book: NotebookNode = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})
    return book


def _json(path: Path) -> Any:
    """Load the file, or say in one line why it cannot be."""
    if path.is_dir():
        inside = sorted(file.name for file in path.glob("*.ipynb"))
        hint = f"Name the notebook in it, e.g. {path / inside[0]}." if inside else "There is no notebook in it either."
        raise CourseError(f"{path} is a folder. {hint}")
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CourseError(f"there is no file {path}.") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not a notebook: it is not text. {_DOWNLOAD}") from None
    except RecursionError:
        raise CourseError(f"{path} is JSON, but not a notebook: it is nested too deeply. {_DOWNLOAD}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise CourseError(
            f"{path} is not a notebook, or a damaged one: no valid JSON at {where}. {_DOWNLOAD}"
        ) from None


def _mended_metadata(raw: Any) -> dict[str, Any]:
    """Keep what is read of a notebook's metadata where it is whole: kernel, released tests, what is ruled out."""
    spec, course = _dict(_dict(raw).get("kernelspec")), _dict(_dict(raw).get("course"))
    tests, modules = _dict(course.get("tests")), course.get("out_of_bounds")
    return {
        "kernelspec": spec if isinstance(spec.get("name"), str) else {},
        "course": {
            "tests": {name: float(worth) for name, worth in tests.items() if isinstance(worth, int | float)},
            "out_of_bounds": [str(module) for module in modules] if isinstance(modules, list) else [],
            **{rule: course[rule] for rule in ("rules_out", "tests_only") if rule in course},
        },
    }


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _mended_cell(raw: dict[str, Any], position: int) -> dict[str, Any]:
    """Keep what matters of a cell (kind, source, metadata) in the form that format 4.5 asks for."""
    source = raw.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    kind = raw.get("cell_type")
    metadata = _dict(raw.get("metadata"))
    if not isinstance(metadata.get("tags", []), list):
        del metadata["tags"]
    cell: dict[str, Any] = {
        "cell_type": kind if kind in ("code", "markdown") else "raw",
        "id": f"cell-{position}",  # only this copy sees it, so a missing or doubled id does no harm
        "metadata": metadata,
        "source": text.encode("utf-8", "replace").decode("utf-8"),  # halves of characters cannot be sent to a kernel
    }
    if cell["cell_type"] == "code":
        # Old outputs are dropped: the verdict comes from this run alone.
        cell |= {"outputs": [], "execution_count": None}
    return cell
