"""What can be wrong with a file of weights: an error of its own for each, so that you can tell them apart."""

from __future__ import annotations

from course_lib.errors import CourseError


class CheckpointError(CourseError):
    """A file of weights cannot be used."""


class NoCheckpoint(CheckpointError):
    """There is no such file."""


class PickleRefused(CheckpointError):
    """It is a pickle, which can run any program while it is read."""


class DamagedCheckpoint(CheckpointError):
    """It is no safetensors file, or only a part of one, or its contents contradict each other."""


class WrongNames(CheckpointError):
    """It holds other tensors than the net."""


class WrongShape(CheckpointError):
    """A tensor has another shape than in the net."""


class WrongDtype(CheckpointError):
    """A tensor has another type than in the net."""


class NotFinite(CheckpointError):
    """A tensor holds values that are no numbers, or infinite."""


class TooLarge(CheckpointError):
    """It is far larger than what the net needs."""


class OtherTraining(CheckpointError):
    """It was saved by a training with other settings or pictures, or it holds weights alone."""
