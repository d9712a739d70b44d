"""Pictures, and passages, to learn on.

One data set, one file; each is read when you call its function, not when you import it.

On your disk already: `photo` (`PHOTOS` has the names), `gray`, `square`, `digits` and `shapes`; `draw_faces` draws
faces, and `passages` writes texts with questions; `survey` looks into a folder of your own pictures, and `folder` reads
it. `cifar10` and `mnist` come from the folder that COURSE_DATA names, or are downloaded once.
`course_lib.data.augment`, which needs torch, normalizes and varies them.
"""

from course_lib.data.cifar10 import cifar10
from course_lib.data.digits import Digits, digits
from course_lib.data.faces import draw_faces
from course_lib.data.folder import folder
from course_lib.data.images import Images
from course_lib.data.mnist import mnist
from course_lib.data.passages import Passage, passages
from course_lib.data.photos import PHOTOS, gray, photo, square
from course_lib.data.shapes import Nuisances, draw_shapes, shapes
from course_lib.data.survey import Alike, Survey, survey

__all__ = [
    "PHOTOS",
    "Alike",
    "Digits",
    "Images",
    "Nuisances",
    "Passage",
    "Survey",
    "cifar10",
    "digits",
    "draw_faces",
    "draw_shapes",
    "folder",
    "gray",
    "mnist",
    "passages",
    "photo",
    "shapes",
    "square",
    "survey",
]
