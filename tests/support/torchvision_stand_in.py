"""In the place of torchvision, which no test installs: a state of ResNet-50 by its names, and its forward by hand."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

BLOCKS = (3, 4, 6, 3)


def state() -> dict[str, Tensor]:
    """Random weights and statistics by the names of `torchvision.models.resnet50`."""
    g = torch.Generator().manual_seed(50)
    found: dict[str, Tensor] = {}

    def conv(name: str, *shape: int) -> None:
        fan_in = torch.Size(shape[1:]).numel()
        found[f"{name}.weight"] = torch.randn(shape, generator=g) * (2 / fan_in) ** 0.5

    def norm(name: str, width: int) -> None:
        found[f"{name}.weight"] = 0.5 + torch.rand(width, generator=g)
        found[f"{name}.bias"] = 0.1 * torch.randn(width, generator=g)
        found[f"{name}.running_mean"] = 0.1 * torch.randn(width, generator=g)
        found[f"{name}.running_var"] = 0.5 + torch.rand(width, generator=g)
        found[f"{name}.num_batches_tracked"] = torch.tensor(7)

    conv("conv1", 64, 3, 7, 7)
    norm("bn1", 64)
    before = 64
    for layer, count in enumerate(BLOCKS, start=1):
        narrow = 32 * 2**layer
        for block in range(count):
            name = f"layer{layer}.{block}"
            for number, shape in enumerate(
                [(narrow, before, 1, 1), (narrow, narrow, 3, 3), (4 * narrow, narrow, 1, 1)], 1
            ):
                conv(f"{name}.conv{number}", *shape)
                norm(f"{name}.bn{number}", shape[0])
            if block == 0:
                conv(f"{name}.downsample.0", 4 * narrow, before, 1, 1)
                norm(f"{name}.downsample.1", 4 * narrow)
            before = 4 * narrow
    conv("fc", 1000, 2048)
    found["fc.bias"] = torch.zeros(1000)
    return found


def forward(s: dict[str, Tensor], x: Tensor) -> Tensor:
    """What torchvision's net gives for normalized pictures, the stride in the 3×3."""

    def conv(name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = s[f"{name}.weight"]
        return F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)

    def norm(name: str, x: Tensor) -> Tensor:
        kept = (s[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, *kept)

    x = F.max_pool2d(F.relu(norm("bn1", conv("conv1", x, 2))), 3, 2, 1)
    for layer, count in enumerate(BLOCKS, start=1):
        for block in range(count):
            name, stride = f"layer{layer}.{block}", 2 if block == 0 and layer > 1 else 1
            y = F.relu(norm(f"{name}.bn1", conv(f"{name}.conv1", x)))
            y = F.relu(norm(f"{name}.bn2", conv(f"{name}.conv2", y, stride)))
            y = norm(f"{name}.bn3", conv(f"{name}.conv3", y))
            if block == 0:
                x = norm(f"{name}.downsample.1", conv(f"{name}.downsample.0", x, stride))
            x = F.relu(x + y)
    return F.linear(x.mean((2, 3)), s["fc.weight"], s["fc.bias"])


def install(monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> list[dict[str, Any]]:
    """Let `import torchvision.models` find the stand-in; the list tells how weights were asked for."""
    asked: list[dict[str, Any]] = []

    def get_state_dict(**how: Any) -> dict[str, Tensor]:
        asked.append(how)
        if error is not None:
            raise error
        return state()

    package, nets = ModuleType("torchvision"), ModuleType("torchvision.models")
    weights = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(get_state_dict=get_state_dict))
    nets.ResNet50_Weights = weights  # type: ignore[attr-defined]  # a bare module has no attributes that mypy knows
    package.models = nets  # type: ignore[attr-defined]  # the same
    monkeypatch.setitem(sys.modules, "torchvision", package)
    monkeypatch.setitem(sys.modules, "torchvision.models", nets)
    return asked
