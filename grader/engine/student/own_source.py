"""What `inspect` says here about a function or a class, as data."""

from __future__ import annotations

import inspect
import pydoc
from typing import Any


def source(value: Any) -> tuple[list[str], int]:
    """The lines of the file, or cell, that defines it, and the number of the first. Raises as `inspect` does."""
    lines, number = inspect.findsource(inspect.unwrap(value) if callable(value) else value)
    return list(lines), number


def documentation(value: Any, title: str) -> str:
    """What `help` shows of it."""
    return pydoc.render_doc(value, title, renderer=pydoc.plaintext)  # type: ignore[attr-defined]  # typeshed lacks it


def signature(value: Any) -> Any:
    """Its parameters (name, kind, and each in a list of one or none, default and annotation), and what it returns.

    None where it has no signature.
    """
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    empty = inspect.Parameter.empty
    parameters = [
        (p.name, p.kind.name, [p.default] if p.default is not empty else [], _given(p.annotation))
        for p in found.parameters.values()
    ]
    return parameters, _given(found.return_annotation)


def _given(annotation: Any) -> list[Any]:
    return [] if annotation is inspect.Parameter.empty else [annotation]
