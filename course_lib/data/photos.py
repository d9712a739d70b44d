"""Two real photographs, and their gray version."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from course_lib.data.scikit import scikit_file

PHOTOS = ("china", "flower")

# The weights of red, green and blue in luma, ITU-R recommendation BT.601: the eye is keenest for green.
_LUMA = (0.299, 0.587, 0.114)


def photo(name: str) -> npt.NDArray[np.uint8]:
    """Read a photograph, "china" or "flower": (427, 640, 3), uint8, red-green-blue, 0 to 255.

    The array is your own copy: you may write into it. Raises ValueError for another name.
    Both photographs come with scikit-learn and are licensed CC BY 2.0: china by Daniel Büchele, flower by
    the Flickr user vultilion.
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photo {name!r}: choose one of {', '.join(map(repr, PHOTOS))}")
    from PIL import Image  # comes with matplotlib; imported here because it takes a while

    with Image.open(scikit_file("images", f"{name}.jpg")) as picture:
        return np.array(picture.convert("RGB"), dtype=np.uint8)


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
