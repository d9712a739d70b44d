"""Pictures to learn on. One data set, one file; each is read when you call its function, not when you import it.

On your disk already: `photo` (`PHOTOS` has the names), `gray`, `square`, `digits` and `shapes`; `folder` reads your own
pictures. `cifar10` and `mnist` are taken from the folder that COURSE_DATA names, or downloaded once.
`course_lib.data.augment`, which needs torch, normalizes and varies them.
"""

from course_lib.data.cifar10 import cifar10
from course_lib.data.digits import Digits, digits
from course_lib.data.folder import folder
from course_lib.data.images import Images
from course_lib.data.mnist import mnist
from course_lib.data.photos import PHOTOS, gray, photo, square
from course_lib.data.shapes import Nuisances, draw_shapes, shapes

__all__ = [
    "PHOTOS",
    "Digits",
    "Images",
    "Nuisances",
    "cifar10",
    "digits",
    "draw_shapes",
    "folder",
    "gray",
    "mnist",
    "photo",
    "shapes",
    "square",
]
