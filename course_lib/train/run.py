"""A training in progress: all that decides how it goes on, and nothing else."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from torch import nn

from course_lib.data import Images
from course_lib.data.augment import chain
from course_lib.models import Measured
from course_lib.train.config import Config
from course_lib.train.device import choose_device, choose_precision
from course_lib.train.evaluation import as_tensor, evaluate, pixels, predict
from course_lib.train.history import Row
from course_lib.train.memory import keep_freed_memory
from course_lib.train.schedules import Moment

Clock = Callable[[], float]  # seconds from whenever


class Run:
    """Net, optimizer, pictures, random numbers, and how far it has come.

    Attributes:
        step: steps done; it says the epoch and the place in its order, too.
        tally: of this epoch so far: loss × pictures, right answers, pictures. On the device, so that nobody waits.
        best: the weights of the lowest validation loss, if the configuration has patience.
    """

    def __init__(self, model: nn.Module, images: Images, config: Config, clock: Clock) -> None:
        self.config, self.clock, self.images = config, clock, images
        self.device = choose_device(config.device)
        self.precision = choose_precision(config.precision, self.device)
        if self.device.type == "cpu":
            keep_freed_memory()
        split = images.validation(max(1, round(config.validation * len(images.y_train))), config.seed)
        training = split if config.validation else images
        for layer in model.modules():
            if isinstance(layer, Measured) and not layer.pictures:
                layer.measure(training.x_train)
        self.layout = torch.channels_last if config.channels_last else torch.contiguous_format
        self.model = model.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]  # torch's stub lacks it
        self.x, self.y = (as_tensor(a).to(self.device) for a in (training.x_train, training.y_train))
        self.held_out = (split.x_test, split.y_test) if config.validation else None
        self.steps_per_epoch = max(1, len(self.y) // config.batch_size)
        _require_outputs(model, training)
        self.optimizer = _optimizer(model, config)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.vary = chain(config.augment)
        self.step = 0
        self.rows: list[Row] = []
        self.tally = torch.zeros(3, device=self.device)
        self.best: dict[str, torch.Tensor] | None = None
        self.before = 0.0  # seconds, of earlier parts of this training
        self.started = clock()
        self._order: tuple[int, torch.Tensor] = -1, torch.empty(0)

    @property
    def seconds(self) -> float:
        """Since `fit` or `resume` was called."""
        return self.clock() - self.started

    @property
    def val_losses(self) -> tuple[float, ...]:
        """The validation loss of each epoch so far."""
        return tuple(row.val_loss for row in self.rows if row.val_loss is not None)

    @cached_property
    def record(self) -> dict[str, str]:
        """What must be the same when this training goes on: settings, precision, pictures."""
        x, y = self.images.x_train, self.images.y_train
        sums = [zlib.crc32(np.ascontiguousarray(array).data) for array in (x, y)]
        pictures = f"{x.shape} {sums[0]:08x} {sums[1]:08x}"
        return self.config.record() | {"precision": self.precision, "the set of training pictures": pictures}

    def lr(self) -> float:
        """The learning rate of the next step."""
        at = self.step / self.steps_per_epoch
        return self.config.lr * self.config.schedule.factor(Moment(at, self.config.epochs, self.val_losses))

    def next_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (B, C, H, W) of 0 to 1, varied, and made adversarial if the configuration says so, and labels (B,).

        The order follows from seed and epoch alone.
        """
        epoch, place = divmod(self.step, self.steps_per_epoch)
        if self._order[0] != epoch:
            order = np.random.default_rng([self.config.seed, epoch]).permutation(len(self.y))
            self._order = epoch, torch.from_numpy(order).to(self.device)
        chosen = self._order[1][place * self.config.batch_size :][: self.config.batch_size]
        x, y = self.vary(pixels(self.x[chosen]), self.generator), self.y[chosen]
        if self.config.adversary:
            x = self.config.adversary(self.model, x, y, self.generator)
        return x.contiguous(memory_format=self.layout), y

    def note(self, loss: torch.Tensor, logits: torch.Tensor, y: torch.Tensor) -> None:
        """A step is done."""
        right = (logits.detach().argmax(1) == y).sum()
        self.tally += torch.stack([loss.detach() * len(y), right, torch.full_like(right, len(y))])
        self.step += 1

    def close_epoch(self) -> Row:
        """Measure, and write the row of this epoch."""
        loss, right, count = self.tally.tolist()
        self.tally.zero_()
        score = evaluate(self.model, *self.held_out, precision=self.precision) if self.held_out else None
        if score and self.config.patience and score.loss < min(self.val_losses, default=math.inf):
            self.best = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        row = Row(
            epoch=len(self.rows) + 1,
            lr=self.optimizer.param_groups[0]["lr"],
            train_loss=loss / count,
            train_accuracy=right / count,
            val_loss=score.loss if score else None,
            val_accuracy=score.accuracy if score else None,
            seconds=self.before + self.seconds,
        )
        self.rows.append(row)
        return row

    def finite(self) -> bool:
        """Are all numbers of the net, and the loss, still numbers?"""
        tensors = [self.tally, *self.model.state_dict().values()]
        return all(bool(t.isfinite().all()) for t in tensors if t.is_floating_point())


def trainable(model: nn.Module) -> list[nn.Parameter]:
    """The parameters that are not frozen."""
    return [p for p in model.parameters() if p.requires_grad]


def _optimizer(model: nn.Module, config: Config) -> torch.optim.Optimizer:
    weights, decay = trainable(model), config.weight_decay
    if not weights:
        raise ValueError("every parameter of the net is frozen (requires_grad is False), so there is nothing to train")
    if config.optimizer == "sgd":
        nesterov = config.momentum > 0
        return torch.optim.SGD(weights, config.lr, config.momentum, weight_decay=decay, nesterov=nesterov)
    kinds: dict[str, Callable[..., torch.optim.Optimizer]]
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "adagrad": torch.optim.Adagrad}
    return kinds[config.optimizer](weights, lr=config.lr, weight_decay=decay)


def _require_outputs(model: nn.Module, images: Images) -> None:
    """Let the net see one picture, so that what does not fit is said before hours are spent."""
    outputs, most = predict(model, images.x_train[:1]).shape[1], int(images.y_train.max())
    if most >= outputs:
        raise ValueError(f"the net has {outputs} outputs, but labels go up to {most}: it needs classes={most + 1}")
