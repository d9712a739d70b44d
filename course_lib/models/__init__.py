"""Nets in PyTorch, small enough to read and to train. They take pictures as floats from 0 to 1, (N, C, H, W)."""

from course_lib.models.described import described
from course_lib.models.measured import Measured
from course_lib.models.normalize import Normalize
from course_lib.models.packed import pack, unpack
from course_lib.models.plain import plain
from course_lib.models.pretrained import CARDS, pretrained
from course_lib.models.resnet import resnet, resnet20
from course_lib.models.speedy import speedy
from course_lib.models.whiten import Whiten

__all__ = [
    "CARDS", "Measured", "Normalize", "Whiten", "described", "pack", "plain", "pretrained", "resnet", "resnet20",
    "speedy", "unpack",
]  # fmt: skip
