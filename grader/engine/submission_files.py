"""The files beside a submission's notebook: a mapping of relative paths to contents, from one disk to the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from grader.engine.job import TooLarge
from grader.engine.limits import Limits
from grader.engine.sandbox.delivery import TOO_MUCH

MOST_FILES = 10_000
_PAGE = 4096


def belongs(inside: PurePosixPath) -> bool:
    """Whether a file comes along: data, pictures, modules. Notebooks and Jupyter's copies may hold hidden tests."""
    return inside.suffix.lower() != ".ipynb" and ".ipynb_checkpoints" not in inside.parts


def read_beside(folder: Path, most_bytes: int) -> dict[str, bytes]:
    """What lies beside the notebook in `folder`. Links are not followed, since they may lead anywhere.

    Raises:
        TooLarge: the folder is larger than a submission's disk.
    """
    files: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not belongs(PurePosixPath(inside.as_posix())) or not path.is_file():
            continue
        if any((folder / part).is_symlink() for part in (inside, *inside.parents)):
            continue
        size += path.stat().st_size
        if size > most_bytes or len(files) >= MOST_FILES:
            most = f"{MOST_FILES} files and {most_bytes / 1e6:g} MB"
            raise TooLarge(f"the files beside the notebook are more than a submission may bring ({most})")
        files[inside.as_posix()] = path.read_bytes()
    return files


def read_authors(notebook: Path, most_bytes: int, *, left_to_students: Collection[str] = ()) -> dict[str, bytes]:
    """The author's own files beside the source: nbgrader puts them in place of what a submission has under their names.

    Args:
        notebook: the source's notebook.
        most_bytes: of all files together.
        left_to_students: files that are the submission's all the same (`Autograde.exclude_overwriting`).

    Raises:
        TooLarge: they are more than a submission may bring.
    """
    if not notebook.is_file():
        return {}
    files = read_beside(notebook.parent, most_bytes)
    return {
        name: content
        for name, content in files.items()
        if name not in left_to_students and "__pycache__" not in PurePosixPath(name).parts
    }


def write_beside(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files into the empty folder where a submission runs. Raises ValueError for a path that leaves it."""
    _require_inside(files)
    for name, content in files.items():
        path = folder.joinpath(*PurePosixPath(name).parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def require_fit(files: Mapping[str, bytes], limits: Limits) -> None:
    """Raise TooLarge for more than a submission may store, ValueError for a path that leaves its folder."""
    _require_inside(files)
    stored = sum(-(-len(content) // _PAGE) * _PAGE for content in files.values())  # the quota counts whole pages
    if stored > limits.disk_bytes:
        raise TooLarge(f"{TOO_MUCH} the {limits.disk_bytes} bytes that it may store")
    if len(files) > MOST_FILES:
        raise TooLarge(f"the submission has more than {MOST_FILES} files")


def _require_inside(files: Mapping[str, bytes]) -> None:
    for name in files:
        path = PurePosixPath(name)
        if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name:
            raise ValueError(f"a submission's file must have a relative path inside its directory, not {name!r}")
