"""MNIST: 70,000 handwritten digits of 28 by 28 pixels (LeCun, Cortes and Burges 1998)."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from course_lib.data.download import Remote, fetch, folder_by_hand
from course_lib.data.images import Images
from course_lib.errors import CourseError

_SUMS = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
_MOST = 1 << 26  # bytes of one file, unpacked; the largest real one has 47 million
_BYTES = 0x08  # IDX's code for unsigned bytes


def mnist() -> Images:
    """Read MNIST, (N, 1, 28, 28) uint8, white on black: 60,000 digits to train and 10,000 to test.

    Looks for the four IDX files, packed by gzip or not, in the folder that COURSE_DATA names or in `mnist` below it;
    else downloads them once (11 MB).
    Source: LeCun et al., Gradient-based learning applied to document recognition, 1998.

    Raises:
        CourseError: a file is neither there nor to be had, or it is damaged.
    """
    files = {name: read_idx(_path(name)) for name in _SUMS}
    x_train, y_train, x_test, y_test = files.values()
    for x, y in ((x_train, y_train), (x_test, y_test)):
        if x.ndim != 3 or y.ndim != 1 or len(x) != len(y):
            raise CourseError(f"these are no files of MNIST: pictures {x.shape}, labels {y.shape}.")
    return Images(
        x_train[:, np.newaxis],
        y_train.astype(np.int64),
        x_test[:, np.newaxis],
        y_test.astype(np.int64),
        tuple(map(str, range(10))),
    )


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Read an array of bytes in the IDX format, packed by gzip or not.

    The format: two zero bytes, the type, the number of axes, the length of each axis as four bytes with the highest
    first, the data. Raises CourseError when the file is something else, or shorter than it says.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(_MOST)
    except (OSError, EOFError, zlib.error) as error:
        raise CourseError(f"{path} cannot be read: {error}.") from error
    if len(content) < 4 or content[:3] != bytes([0, 0, _BYTES]):
        raise CourseError(f"{path} is no IDX file of bytes.")
    axes = content[3]
    start = 4 + 4 * axes
    shape = struct.unpack(f">{axes}I", content[4:start]) if len(content) >= start else (0,)
    if len(content) < start or len(content) - start != int(np.prod(shape, dtype=np.int64)):
        raise CourseError(f"{path} is damaged: it says {shape}, but holds {len(content) - start} numbers.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def _path(name: str) -> Path:
    given = folder_by_hand()
    if given is None:
        return fetch(Remote(name, _SUMS[name], tuple(mirror + name for mirror in MIRRORS)))
    places = [folder / file for folder in (given, given / "mnist") for file in (name, name.removesuffix(".gz"))]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise CourseError(f"COURSE_DATA names {given}, but {name} does not lie there. Unset it to download.")
    return found
