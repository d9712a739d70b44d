"""Going on with a training that was stopped."""

from __future__ import annotations

import time

from torch import nn

from course_lib.data import Images
from course_lib.train.checkpoint import AnyPath
from course_lib.train.config import Config
from course_lib.train.history import History
from course_lib.train.loop import train
from course_lib.train.run import Clock, Run
from course_lib.train.saving import restore_run


def resume(
    path: AnyPath, model: nn.Module, images: Images, config: Config | None = None, *, clock: Clock = time.monotonic
) -> History:
    """Go on with the training that `fit` saved at `path` (`Config(checkpoint=...)`), and return its whole history.

    Give the net, pictures and configuration that it began with. Then every number is the same, to the last bit, as if
    it had never stopped (on the same machine). `epochs` may grow, and `seconds` counts anew. Raises a CheckpointError
    of its own kind for a file that is no such training, or one that began differently.
    """
    run = Run(model, images, config or Config(), clock)
    restore_run(path, run)
    return train(run)
