"""Look at a folder of pictures before anything is learned from it: what cannot be read, and what stands there twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from course_lib.data.folder import class_names, picture_files
from course_lib.errors import CourseError

_SIDE = 16  # pixels of the thumbnails that are compared
_AT_ONCE = 500  # rows of the table of likeness that are in memory together
_FLAT = 2.0  # of 255: a picture with less contrast is like any other one


@dataclass(frozen=True)
class Alike:
    """Two files that show the same: the earlier and the later one, and how alike they are, at most 1."""

    first: Path
    second: Path
    likeness: float


@dataclass(frozen=True)
class Survey:
    """What a folder of pictures holds.

    Attributes:
        classes: the names of the sub-folders.
        files: the pictures that can be read.
        labels: the class of each, by its name.
        sizes: (width, height) of each, in pixels.
        unreadable: the files that cannot be read, each with the reason.
        alike: pairs of pictures that show the same.
    """

    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    unreadable: dict[Path, str]
    alike: tuple[Alike, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Pictures in each class that can be read."""
        return {name: Counter(self.labels)[name] for name in self.classes}

    @property
    def leave_out(self) -> frozenset[Path]:
        """What should not be learned from: unreadable files, repetitions, and both of a pair in two classes."""
        label = dict(zip(self.files, self.labels, strict=True))
        torn = {pair.first for pair in self.alike if label[pair.first] != label[pair.second]}
        return frozenset(self.unreadable) | {pair.second for pair in self.alike} | torn


def survey(path: str | Path, likeness: float = 0.98) -> Survey:
    """Read every picture below `path`, one sub-folder for each class, as `data.folder` does, and compare them all.

    Pictures are alike where the correlation of their thumbnails is at least `likeness`. So a picture that was saved
    again, smaller or brighter, is found, one that was cut or mirrored is not.

    Raises:
        CourseError: there is no such folder, or it has fewer than two classes.
    """
    root = Path(path)
    if not root.is_dir():
        raise CourseError(f"{root} is no folder. data.survey wants one with a sub-folder of pictures for each class.")
    split = (root / "train").is_dir() and (root / "test").is_dir()
    parts = [root / "train", root / "test"] if split else [root]
    classes = class_names(parts[0])
    found = [(name, file) for part in parts for name in classes for file in picture_files(part / name)]
    kept, thumbnails, sizes, unreadable = [], [], [], {}
    for name, file in found:
        try:
            thumbnail, size = _thumbnail(file)
        except (OSError, SyntaxError, ValueError) as error:
            unreadable[file] = str(error)
            continue
        kept.append((name, file))
        thumbnails.append(thumbnail)
        sizes.append(size)
    files = tuple(file for _, file in kept)
    alike = _alike(files, np.array(thumbnails), likeness) if files else ()
    return Survey(classes, files, tuple(name for name, _ in kept), tuple(sizes), unreadable, alike)


def _thumbnail(file: Path) -> tuple[npt.NDArray[np.float32], tuple[int, int]]:
    """The whole picture on 16 by 16 pixels, as a vector of 768 values of mean 0 and length 1, and its size."""
    from PIL import Image, ImageOps  # imported here because it takes a while

    try:
        with Image.open(file) as picture:
            size = picture.size
            small = ImageOps.exif_transpose(picture).convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from error
    values = np.asarray(small, dtype=np.float32).ravel()
    values = values - values.mean()
    flat = values.std() < _FLAT
    return (np.zeros_like(values) if flat else values / np.linalg.norm(values)), size


def _alike(files: tuple[Path, ...], thumbnails: npt.NDArray[np.float32], likeness: float) -> tuple[Alike, ...]:
    found = []
    for begin in range(0, len(files), _AT_ONCE):
        table = thumbnails[begin : begin + _AT_ONCE] @ thumbnails.T
        for row, column in np.argwhere(table >= likeness):
            if begin + row < column:
                found.append(Alike(files[begin + row], files[column], float(table[row, column])))
    return tuple(found)
