"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED = ".unfinished"


@contextmanager
def replacing(files: Mapping[Path, bytes]) -> Iterator[None]:
    """Write files in two steps: all are complete on disk before the body, and take their names after it, in this order.

    If the body raises, or the disk is full, the old files stay as they were. Whoever is killed between two names has
    not written the last one: by the last one it is judged whether all of them are there.
    """
    unfinished = {path: path.with_name(f".{path.name}{_UNFINISHED}") for path in files}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with unfinished[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        yield
        for path, written in unfinished.items():
            written.replace(path)
    finally:
        for written in unfinished.values():
            written.unlink(missing_ok=True)


def sweep(folder: Path, inside: str) -> None:
    """Take away what a killed process left half-written in the folders that match the pattern `inside`."""
    for left in folder.glob(f"{inside}/.*{_UNFINISHED}"):
        left.unlink(missing_ok=True)
