"""Training: how good in how long, and what `train.fit` costs beside a bare loop.

    python benchmarks/training.py --shapes            the quick profile: at least 90 % in 90 seconds
    python benchmarks/training.py --cifar 5           at least 80 % in 5 minutes
    python benchmarks/training.py --cifar 30          at least 91 % in 30 minutes
    python benchmarks/training.py --cifar resnet20    ResNet-20, as bundled
    python benchmarks/training.py --bundled           how good the weights of models.pretrained are
    python benchmarks/training.py --overhead          at most 5 %

With --keep FILE a training leaves its weights as `models.pretrained` takes them; those of "30" and "resnet20" are
bundled.
The targets are for two CPU cores that have nothing else to do. The test set is looked at once, at the end. CIFAR-10 is
taken from the folder that COURSE_DATA names, or downloaded.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from course_lib import data, models, train
from course_lib.data.augment import averaged, crop, erase, flip
from course_lib.data.images import Images


def small_net() -> nn.Module:
    return models.resnet(widths=(16, 32, 64), blocks=(1, 1, 1))


@dataclass(frozen=True)
class Recipe:
    """A net, how it is trained, and what it is to reach: test accuracy, minutes."""

    make: Callable[[], nn.Module]
    config: train.Config
    accuracy: float
    minutes: float


RISE_AND_FALL = train.WarmUp(2, start=0.05).then(train.Cosine())

CIFAR = {
    "5": Recipe(
        models.speedy,
        train.Config(
            epochs=9,
            lr=0.2,
            schedule=RISE_AND_FALL,
            label_smoothing=0.1,
            augment=(flip, crop(2)),
            validation=0,
        ),
        accuracy=0.80,
        minutes=5,
    ),
    "30": Recipe(
        lambda: models.speedy((64, 256, 256)),
        train.Config(
            epochs=38,
            batch_size=256,
            lr=0.3,
            weight_decay=1e-3,
            schedule=RISE_AND_FALL,
            label_smoothing=0.2,
            augment=(flip, crop(4), erase(8)),
            validation=0,
        ),
        accuracy=0.91,
        minutes=30,
    ),
    "resnet20": Recipe(
        models.resnet20,
        train.Config(epochs=40, lr=0.2, schedule=RISE_AND_FALL, augment=(flip, crop(4)), validation=0),
        accuracy=0.91,
        minutes=60,
    ),
}


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        cpu = next(
            (line.split(": ")[1] for line in info.read_text().splitlines() if line.startswith("model name")), cpu
        )
    device = train.choose_device()
    where = train.describe(device, train.choose_precision("auto", device))
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{cpu}, {os.cpu_count()} cores, load {load}; {platform.system()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, PyTorch {torch.__version__}; {where}"
    )


class TenViews(nn.Module):
    """A net that looks at a picture ten times; COVERAGE T03."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pictures (N, C, H, W) of 0 to 1 to logarithms of the mean probabilities (N, K)."""
        return averaged(self.model, x).log()


def learn(images: Images, recipe: Recipe, keep: Path | None) -> None:
    """Train once, look at the test set once, and say whether the aim is met. The weights go to `keep`."""
    train.seed_everything(recipe.config.seed)
    model = recipe.make()
    started = time.perf_counter()
    history = train.fit(model, images, recipe.config)
    minutes = (time.perf_counter() - started) / 60
    print(history.table())
    count = sum(p.numel() for p in model.parameters())
    print(f"{count:,} parameters; {minutes:.1f} minutes; aim: {recipe.accuracy:.0%} in {recipe.minutes:g} minutes")
    for looks, judge in (("one view of each picture", model), ("ten views, averaged", TenViews(model))):
        score = train.evaluate(judge, images.x_test, images.y_test)
        met = score.accuracy >= recipe.accuracy and minutes <= recipe.minutes
        print(f"{looks}: {score}; aim {'met' if met else 'NOT met'}")
    if keep:
        save_file(models.pack(model.state_dict()), keep)


def bare(model: nn.Module, images: Images, config: train.Config, precision: str) -> None:
    """What somebody writes who wants nothing but the weights: the same steps as `fit`."""
    x, y = torch.from_numpy(images.x_train), torch.from_numpy(images.y_train)
    model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), config.lr, 0.9, weight_decay=config.weight_decay, nesterov=True)
    for _ in range(config.epochs):
        order = torch.randperm(len(y))
        for first in range(0, len(y) - config.batch_size + 1, config.batch_size):
            batch = order[first : first + config.batch_size]
            inputs = (x[batch].float() / 255).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                logits = model(inputs)
            loss = F.cross_entropy(logits.float(), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def overhead(rounds: int) -> None:
    """In turns, so that whatever else the machine does hits both; the ratio of each round, and its median."""
    images = data.shapes(train=1920, test=10)
    precision = train.choose_precision("auto", torch.device("cpu"))
    config = train.Config(epochs=1, batch_size=64, validation=0, device="cpu", deterministic=False)
    ratios = []
    for number in range(rounds + 1):
        seconds = []
        for run in (lambda m: train.fit(m, images, config), lambda m: bare(m, images, config, precision)):
            torch.manual_seed(0)
            model = small_net()
            started = time.process_time()  # of this process: others do not count
            run(model)
            seconds.append(time.process_time() - started)
        if number:  # the first round only warms up
            ratios.append(seconds[0] / seconds[1])
    spread = ", ".join(f"{ratio:.3f}" for ratio in sorted(ratios))
    print(f"fit / bare loop, CPU time of {len(images.y_train) // 64} steps: median {median(ratios):.3f} of {spread}")
    print("target at most 1.05:", "met" if median(ratios) <= 1.05 else "NOT met")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--shapes", action="store_true", help="the quick profile")
    what.add_argument("--cifar", choices=sorted(CIFAR), help="CIFAR-10, by one of the recipes above")
    what.add_argument("--bundled", action="store_true", help="the trained nets that come with the course")
    what.add_argument("--overhead", action="store_true", help="fit beside a bare loop")
    parser.add_argument("--rounds", type=int, default=9, help="of --overhead (default: 9)")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the trained weights to a safetensors file, in one byte each"
    )
    asked = parser.parse_args()
    print(f"{machine()}\npython {' '.join(sys.argv)}")
    if asked.shapes:
        learn(data.shapes(), Recipe(small_net, train.Config.quick(), accuracy=0.90, minutes=1.5), asked.keep)
    elif asked.cifar:
        learn(data.cifar10(), CIFAR[asked.cifar], asked.keep)
    elif asked.bundled:
        images = data.cifar10()
        for name, card in models.CARDS.items():
            if card.ten_views is None:  # of ImageNet
                continue
            model = models.pretrained(name)
            for judge, promised in ((model, card.accuracy), (TenViews(model), card.ten_views)):
                score = train.evaluate(judge, images.x_test, images.y_test)
                print(f"{name}, {'one view' if judge is model else 'ten views'}: {score}; its card says {promised:.2%}")
    else:
        overhead(asked.rounds)


if __name__ == "__main__":
    main()
