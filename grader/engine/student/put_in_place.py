"""What a test puts in the place of a library's function: put in while an operation of the test is carried out."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
from collections.abc import Iterator, Sequence
from typing import Any

_ABSENT = object()


class StandIns:
    """Modules and paths, and what stands there for the test that runs."""

    def __init__(self) -> None:
        self._places: list[tuple[str, str, Any]] = []

    def replace(self, places: Sequence[Sequence[str]], values: Sequence[Any]) -> None:
        """From the next operation on these values stand in these places, and nothing anywhere else."""
        self._places = [(module, path, value) for (module, path), value in zip(places, values, strict=True)]

    def in_place(self) -> contextlib.AbstractContextManager[None]:
        """While an operation is carried out."""
        return self._all_in_place() if self._places else contextlib.nullcontext()

    @contextlib.contextmanager
    def _all_in_place(self) -> Iterator[None]:
        """Student code that replaces the same keeps what it put there."""
        with contextlib.ExitStack() as undo:
            for module, path, value in self._places:
                undo.enter_context(_environment(value) if path == "environ" else _replaced(module, path, value))
            yield


@contextlib.contextmanager
def _replaced(module: str, path: str, value: Any) -> Iterator[None]:
    *parents, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for part in parents:
        owner = getattr(owner, part)
    if path == "stdin":
        value = _Input(value)
    before = getattr(owner, name, _ABSENT)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if getattr(owner, name, _ABSENT) is value:
            setattr(owner, name, before) if before is not _ABSENT else delattr(owner, name)


@contextlib.contextmanager
def _environment(changes: dict[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _change(changes)
    try:
        yield
    finally:
        _change({name: value for name, value in before.items() if os.environ.get(name) == changes[name]})


def _change(changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class _Input(io.TextIOBase):
    """Standard input, whose lines the test gives."""

    def __init__(self, lines: Any) -> None:
        super().__init__()
        self._lines = lines

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # of text
        """The next line."""
        return str(self._lines.readline())

    def read(self, size: int | None = -1, /) -> str:
        """All lines that are left."""
        return "".join(self)
