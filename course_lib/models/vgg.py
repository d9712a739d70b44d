"""The six nets of VGG, which differ in their convolutions alone.

Source: Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, ICLR 2015, table 1.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

# The columns of table 1. A number is a 3×3 convolution with so many maps, a pair says its kernel's size too; "M" is a
# 2×2 maximum, "L" a local response normalization.
Column = tuple[int | tuple[int, int] | str, ...]
_SMALL: Column = (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M")
COLUMNS: dict[str, Column] = {
    "A": _SMALL,
    "A-LRN": (64, "L", *_SMALL[1:]),
    "B": (64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"),
    "C": (
        64, 64, "M", 128, 128, "M", 256, 256, (256, 1), "M", 512, 512, (512, 1), "M", 512, 512, (512, 1), "M",
    ),
    "D": (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"),
    "E": (64, 64, "M", 128, 128, "M", *[256] * 4, "M", *[512] * 4, "M", *[512] * 4, "M"),
}  # fmt: skip


def vgg(column: str, classes: int = 1000) -> nn.Sequential:
    """The net of a column: "A", "A-LRN", "B", "C", "D" (VGG-16) or "E" (VGG-19). Takes (N, 3, 224, 224)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    before, stage, number = 3, 1, 1
    for item in COLUMNS[column]:
        if item == "M":
            layers[f"pool{stage}"] = nn.MaxPool2d(2)
            stage, number = stage + 1, 1
        elif item == "L":
            layers[f"norm{stage}"] = nn.LocalResponseNorm(size=5, alpha=5 * 1e-4, beta=0.75, k=2)
        else:
            width, size = item if isinstance(item, tuple) else (int(item), 3)
            layers[f"conv{stage}_{number}"] = nn.Conv2d(before, width, size, padding=size // 2)
            layers[f"relu{stage}_{number}"] = nn.ReLU(inplace=True)
            before, number = width, number + 1
    layers |= OrderedDict(
        flatten=nn.Flatten(),
        fc6=nn.Linear(512 * 7 * 7, 4096), relu6=nn.ReLU(inplace=True), drop6=nn.Dropout(0.5),
        fc7=nn.Linear(4096, 4096), relu7=nn.ReLU(inplace=True), drop7=nn.Dropout(0.5),
        fc8=nn.Linear(4096, classes),
    )  # fmt: skip
    return nn.Sequential(layers)
