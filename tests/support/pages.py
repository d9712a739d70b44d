"""Small nets for pages, and what stands in a page."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from course_lib.models.normalize import Normalize

NAMES = ("<script>alert(1)</script>", "dog & co", "{{steps}}", '"</iframe>')


def plain(seed: int = 0) -> nn.Sequential:
    """Convolution, ReLU, pooling, twice, and a dense layer; for pictures (2, 8, 10)."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
        nn.Sequential(nn.Conv2d(3, 10, (3, 2)), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(20, 4),
    ).eval()


def odd(seed: int = 1) -> nn.Sequential:
    """All layers that a page knows, with odd settings; for pictures (4, 21, 17)."""
    torch.manual_seed(seed)
    rectifier = nn.ReLU6()  # used twice
    net = nn.Sequential(
        Normalize(4, ((0.1, 0.2, 0.3, 0.4), (0.5, 0.6, 0.7, 0.8))),
        nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), groups=2, bias=False),
        nn.BatchNorm2d(6),
        rectifier,
        nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=6),
        nn.BatchNorm2d(6, affine=False),
        rectifier,
        nn.Conv2d(6, 8, (2, 3), padding="same", dilation=(1, 2)),
        nn.LeakyReLU(0.1),
        nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
        nn.AvgPool2d((2, 3), stride=2, padding=1, ceil_mode=True),
        nn.AvgPool2d(2, stride=1, padding=1, count_include_pad=False),
        nn.AvgPool2d(2, stride=1, divisor_override=3),
        nn.MaxPool2d(2, stride=1, dilation=2, padding=1),
        nn.Tanh(),
        nn.AdaptiveAvgPool2d((2, 3)),
        nn.Identity(),
        nn.Flatten(),
        nn.BatchNorm1d(48),
        nn.Linear(48, 7),
        nn.Sigmoid(),
        nn.Linear(7, 5, bias=False),
        nn.Softmax(dim=1),
    )
    for layer in net:
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.2, 2)
            if layer.affine:
                nn.init.normal_(layer.weight)
                nn.init.normal_(layer.bias)
    return net.eval()


def mean(seed: int = 2) -> nn.Sequential:
    """Ends with the mean over places; for pictures (3, 6, 5)."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 9, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(9, 3)).eval()


def picture(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(3))


def told(text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a page says of itself, and its layers with their arrays, read from the HTML as a browser does."""

    def inside(name: str) -> str:
        found = re.search(rf'<script type="[a-z/]+" id="{name}">(.*?)</script>', text, re.DOTALL)
        assert found is not None
        return found[1]

    head = json.loads(inside("steps"))
    numbers = np.frombuffer(base64.b64decode(inside("base64")), "<f4")

    def array(place: dict[str, Any]) -> np.ndarray:
        return numbers[place["at"] : place["at"] + int(np.prod(place["shape"]))].reshape(place["shape"])

    layers = [
        layer
        | {"values": array(layer["values"])}
        | {"weights": {name: array(place) for name, place in layer["weights"].items()}}
        for layer in head["layers"]
    ]
    return head, layers
