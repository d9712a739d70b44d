"""Seven real photographs, their gray version, and the square in their middle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from course_lib.data.scikit import scikit_file

_FROM_SCIKIT_LEARN = ("china", "flower")
_OURS = ("astronaut", "cat", "coffee", "rocket", "camera")
PHOTOS = (*_FROM_SCIKIT_LEARN, *_OURS)

# The weights of red, green and blue in luma, ITU-R recommendation BT.601: the eye is keenest for green.
_LUMA = (0.299, 0.587, 0.114)


def photo(name: str) -> npt.NDArray[np.uint8]:
    """Read a photograph: (H, W, 3), uint8, red-green-blue, 0 to 255. `data.PHOTOS` has the names.

    "china", "flower" and "rocket" are (427, 640, 3), "coffee" is (400, 600, 3), "cat" (300, 451, 3), "astronaut" and
    "camera", which is gray, (512, 512, 3). The array is your own copy: you may write into it. Raises ValueError for
    another name.

    "china", by Daniel Büchele, and "flower", by the Flickr user vultilion, come with scikit-learn under CC BY 2.0; the
    others are in the public domain or CC0, and `data/photographs/README.md` names their authors.
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photo {name!r}: choose one of {', '.join(map(repr, PHOTOS))}")
    from PIL import Image  # comes with matplotlib; imported here because it takes a while

    ours = Path(__file__).with_name("photographs") / f"{name}.jpg"
    with Image.open(ours if name in _OURS else scikit_file("images", f"{name}.jpg")) as picture:
        return np.array(picture.convert("RGB"), dtype=np.uint8)


def square(photo: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    """Cut a photograph (H, W, 3) to the largest square in its middle and scale that, for a net: (3, size, size), uint8.

    Where it shrinks, every pixel counts: the weights of bicubic interpolation are as wide as the new pixels. Raises
    ValueError for another shape or type of array, or a size below 1.
    """
    photo = np.asarray(photo)
    if photo.ndim != 3 or photo.shape[2] != 3 or not photo.size or photo.dtype != np.uint8:
        raise ValueError(f"square needs a photograph (H, W, 3) of uint8, but got {photo.dtype} {photo.shape}")
    if size < 1:
        raise ValueError(f"size is {size}: at least 1")
    from PIL import Image

    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = Image.fromarray(np.ascontiguousarray(photo[top : top + side, left : left + side]))
    scaled = np.array(middle.resize((size, size), Image.Resampling.BICUBIC), dtype=np.uint8)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def gray(image: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Turn a color image (..., H, W, 3) into its luma (..., H, W), float64, in the unit that it came in.

    0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601). Raises ValueError when the last axis is not 3 long.
    """
    image = np.asarray(image)
    if image.ndim < 3 or image.shape[-1] != 3:
        raise ValueError(f"gray needs a color image (..., H, W, 3), but the shape is {image.shape}")
    # The sum is done in float64, so bytes cannot overflow.
    luma: npt.NDArray[np.float64] = image.astype(np.float64) @ np.array(_LUMA)
    return luma
