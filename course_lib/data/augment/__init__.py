"""Normalize and vary batches of pictures, as tensor operations on whatever device they lie."""

from course_lib.data.augment.statistics import ChannelStatistics
from course_lib.data.augment.variations import Batch, Variation, chain, crop, erase, flip, names, scale
from course_lib.data.augment.views import averaged

__all__ = ["Batch", "ChannelStatistics", "Variation", "averaged", "chain", "crop", "erase", "flip", "names", "scale"]
