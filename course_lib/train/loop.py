"""The training loop: begun anew, or gone on with where a file says that it stopped."""

from __future__ import annotations

import time

import torch.nn.functional as F
from torch import nn

from course_lib.data import Images
from course_lib.train.checkpoint import AnyPath
from course_lib.train.config import Config
from course_lib.train.evaluation import autocast
from course_lib.train.history import History, Stopped
from course_lib.train.progress import Progress
from course_lib.train.randomness import deterministic, seed_everything
from course_lib.train.run import Clock, Run
from course_lib.train.saving import restore_run, save_run
from course_lib.train.stopping import Interruption, out_of_patience


def fit(model: nn.Module, images: Images, config: Config | None = None, *, clock: Clock = time.monotonic) -> History:
    """Train a net on `images.x_train`, (N, C, H, W) bytes, and return what was measured.

    The net takes pictures of 0 to 1, (N, C, H, W), and gives logits (N, K); its `models.Measured` layers look at the
    training pictures first. It is changed in place: afterwards it lies on the device of the training, in evaluation
    mode. Ctrl-C, or the notebook's stop button, stops at the end of a step: the net keeps what it has learned. Frozen
    parameters stay as they are. Raises ValueError for pictures that do not fit the net.
    """
    config = config or Config()
    run = Run(model, images, config, clock)
    seed_everything(config.seed)
    return train(run)


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


def train(run: Run) -> History:
    """Go on until there is a reason to stop."""
    config, model, optimizer = run.config, run.model, run.optimizer
    model.train()
    with deterministic(config.deterministic), Interruption() as interruption, Progress(run) as progress:
        while not (stopped := _reason_to_stop(run, interruption)):
            for group in optimizer.param_groups:
                group["lr"] = run.lr()
            x, y = run.next_batch()
            with autocast(run.device, run.precision):
                logits = model(x)
            loss = F.cross_entropy(logits.float(), y, label_smoothing=config.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            if config.clip:
                nn.utils.clip_grad_norm_(model.parameters(), config.clip)
            optimizer.step()
            run.note(loss, logits, y)
            progress.step()
            if run.step % run.steps_per_epoch == 0:
                progress.epoch(run.close_epoch())
                if config.checkpoint and run.finite():
                    save_run(config.checkpoint, run)
    return _leave(run, stopped)


def _reason_to_stop(run: Run, interruption: Interruption) -> Stopped | None:
    """Asked before each step. The weights are looked at once an epoch: on a GPU that makes it wait."""
    config, between_epochs = run.config, run.step % run.steps_per_epoch == 0
    if between_epochs and not run.finite():
        return "diverged"
    if run.step >= config.epochs * run.steps_per_epoch:
        return "finished"
    if between_epochs and out_of_patience(run.val_losses, config.patience):
        return "early stop"
    if interruption.asked:
        return "interrupted"
    return "time" if config.seconds and run.seconds >= config.seconds else None


def _leave(run: Run, stopped: Stopped) -> History:
    """Save where it stands, so that it can go on; give back the best weights if it is over."""
    if not run.finite():
        stopped = "diverged"  # what was saved before stays
    elif run.config.checkpoint and run.step % run.steps_per_epoch:
        save_run(run.config.checkpoint, run)
    if run.best and stopped in ("finished", "early stop", "diverged"):
        run.model.load_state_dict(run.best)
    run.model.eval()
    return History(tuple(run.rows), run.step, stopped)
