"""Your own pictures: a folder with one sub-folder for each class."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt

from course_lib.data.images import Images, balanced
from course_lib.errors import CourseError

_KINDS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}


def folder(
    path: str | Path, size: int = 32, test: float = 0.2, seed: int = 0, leave_out: Collection[Path] = ()
) -> Images:
    """Read all pictures below `path`, (N, 3, size, size) uint8; the names of the sub-folders are the classes.

    If `path` holds `train` and `test`, each with the same sub-folders, that is the split; else a share `test` of the
    pictures, the same of each class, is set aside for testing, by `seed`. Each picture is cut to a square around its
    middle and scaled. `leave_out` names files that are passed over: `data.survey` finds those that should be.

    Raises:
        CourseError: there is no such folder, a class has too few pictures, or a file is no picture.
    """
    root = Path(path)
    if not root.is_dir():
        raise CourseError(f"{root} is no folder. data.folder wants one with a sub-folder of pictures for each class.")
    if size < 1 or not 0 < test < 1:
        raise ValueError(f"size is at least 1 and test lies between 0 and 1, not {size} and {test}")
    if (root / "train").is_dir() and (root / "test").is_dir():
        classes = class_names(root / "train")
        if class_names(root / "test") != classes:
            raise CourseError(f"{root}/train and {root}/test do not have the same sub-folders.")
        train, held = (_read_classes(root / part, classes, size, leave_out) for part in ("train", "test"))
        return Images(*train, *held, classes)
    classes = class_names(root)
    x, y = _read_classes(root, classes, size, leave_out)
    count = round(test * len(y))
    if count < len(classes):
        raise CourseError(f"{len(y)} pictures are too few: none of some class would be left for testing.")
    chosen = np.zeros(len(y), dtype=bool)
    try:
        chosen[balanced(y, count, seed)] = True
    except ValueError as error:
        raise CourseError(f"{root}: {error}.") from error
    return Images(x[~chosen], y[~chosen], x[chosen], y[chosen], classes)


def class_names(root: Path) -> tuple[str, ...]:
    """The names of the sub-folders, in order; CourseError for less than two."""
    names = tuple(sorted(child.name for child in root.iterdir() if child.is_dir() and not child.name.startswith(".")))
    if len(names) < 2:
        raise CourseError(f"{root} has {len(names)} sub-folders; at least two are needed, one for each class.")
    return names


def picture_files(root: Path) -> list[Path]:
    """Files below `root` that are called like pictures, in order."""
    return sorted(file for file in root.rglob("*") if file.suffix.lower() in _KINDS)


def _read_classes(
    root: Path, classes: tuple[str, ...], size: int, leave_out: Collection[Path]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    x, y = [], []
    for label, name in enumerate(classes):
        files = [file for file in picture_files(root / name) if file not in leave_out]
        if not files:
            raise CourseError(f"{root / name} holds no picture ({', '.join(sorted(_KINDS))}).")
        x += [_picture(file, size) for file in files]
        y += [label] * len(files)
    return np.stack(x), np.array(y, dtype=np.int64)


def _picture(file: Path, size: int) -> npt.NDArray[np.uint8]:
    """One picture, (3, size, size), the square around its middle."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as picture:
            square = ImageOps.fit(ImageOps.exif_transpose(picture).convert("RGB"), (size, size))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise CourseError(f"{file} is no picture that can be read: {error}.") from error
    return np.asarray(square, dtype=np.uint8).transpose(2, 0, 1)
