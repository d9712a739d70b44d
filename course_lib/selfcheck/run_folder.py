"""Where the copy of the notebook runs: a folder with the files that grading would find, and no others."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode


@contextmanager
def working_folder(files: Iterable[Path]) -> Iterator[Path]:
    """Make a folder with copies of these files; it is gone afterwards."""
    with TemporaryDirectory(prefix="course-check-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        for file in files:
            shutil.copyfile(file, folder / file.name)
        yield folder


def files_beside(path: Path, book: NotebookNode) -> list[Path]:
    """The files that the assignment asks for, as far as they lie beside the notebook."""
    beside = [path.resolve().parent / name for name in handed_in(book)]
    return [file for file in beside if file.is_file()]


def handed_in(book: NotebookNode) -> list[str]:
    """The files that are handed in beside the notebook (`course.hand_in`)."""
    names = book.metadata.get("course", {}).get("hand_in", ())
    return [name for name in names if isinstance(name, str) and Path(name).name == name]


def shadowing(path: Path) -> list[str]:
    """A sentence for each file beside the notebook that a package of the same name is hidden by."""
    folder = path.resolve().parent
    return [
        f"{file.name} lies beside your notebook, so in your own session `import {file.stem}` takes this file in place "
        "of the package of that name. Rename it. Grading does not have it, and this check left it out."
        for file in sorted(folder.glob("*.py"))
        if file.stem.isidentifier() and _is_a_package(file)
    ]


def not_handed_in(error: str, path: Path, book: NotebookNode) -> str:
    """A sentence when an error is about a file that lies beside the notebook but is not handed in; "" otherwise."""
    for file in sorted(path.resolve().parent.iterdir()):
        if file.name == path.name or file.name in handed_in(book):
            continue
        module = file.suffix == ".py" and f"No module named '{file.stem}'" in error
        if module or (file.name in error and error.startswith("FileNotFoundError")):
            return f"{file.name} lies beside your notebook but is not handed in with it, so grading will not find it."
    return ""


def _is_a_package(file: Path) -> bool:
    try:
        spec = find_spec(file.stem)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None and (spec.origin is None or Path(spec.origin).resolve() != file)
