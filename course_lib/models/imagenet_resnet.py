"""Residual nets for photographs of 224×224, which won ImageNet in 2015, and the plain nets beside them.

Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, CVPR 2016, table 1 and section 3.3.
"""

from __future__ import annotations

from collections import OrderedDict

import torch.nn.functional as F
from torch import Tensor, nn

# Table 1: how many blocks stand in each stage, and whether they are bottlenecks.
STAGES = {
    18: ((2, 2, 2, 2), False),
    34: ((3, 4, 6, 3), False),
    50: ((3, 4, 6, 3), True),
    101: ((3, 4, 23, 3), True),
    152: ((3, 8, 36, 3), True),
}
EXPANSION = 4  # a bottleneck puts out four times as many maps as its 3×3 convolution
SHORTCUTS = ("A", "B", "C", "none")


class ResidualBlock(nn.Module):
    """Some convolutions, each with its batch norm, and the input added to what they make.

    Args:
        convs: the convolutions; ReLU stands between them, and behind the sum.
        shortcut: what the input goes through; None for a plain net, which adds nothing.
    """

    def __init__(self, convs: OrderedDict[str, nn.Conv2d], shortcut: nn.Module | None) -> None:
        super().__init__()
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for number, (name, conv) in enumerate(convs.items(), start=1):
            layers |= {name: conv, f"norm{number}": nn.BatchNorm2d(conv.out_channels)}
            if number < len(convs):
                layers[f"relu{number}"] = nn.ReLU(inplace=True)
        self.branch = nn.Sequential(layers)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        """(N, before, H, W) to (N, width, H / stride, W / stride)."""
        y: Tensor = self.branch(x)
        return F.relu(y if self.shortcut is None else y + self.shortcut(x), inplace=True)


class ZeroPadded(nn.Module):
    """Of `stride`×`stride` pixels one, and zeros for the maps that are new: a shortcut without weights."""

    def __init__(self, extra: int, stride: int) -> None:
        super().__init__()
        self.extra, self.stride = extra, stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C + extra, H / stride, W / stride)."""
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.extra))


def basic(before: int, width: int, stride: int) -> OrderedDict[str, nn.Conv2d]:
    """Two 3×3 convolutions."""
    return OrderedDict(conv1=_conv(before, width, 3, stride), conv2=_conv(width, width, 3))


def bottleneck(before: int, width: int, stride: int, stride_first: bool) -> OrderedDict[str, nn.Conv2d]:
    """1×1 down to a quarter of `width`, 3×3, 1×1 up again. The stride is in the first 1×1, or else in the 3×3."""
    narrow = width // EXPANSION
    first, second = (stride, 1) if stride_first else (1, stride)
    return OrderedDict(
        reduce=_conv(before, narrow, 1, first), conv=_conv(narrow, narrow, 3, second), expand=_conv(narrow, width, 1)
    )


def imagenet_resnet(depth: int, classes: int = 1000, stride_first: bool = False, shortcuts: str = "B") -> nn.Sequential:
    """ResNet-18, 34, 50, 101 or 152: so many layers with weights, shortcuts aside. Takes (N, 3, 224, 224).

    Args:
        depth: a row of STAGES.
        classes: of the output.
        stride_first: where a bottleneck halves the map, its stride is in the first 1×1, as in the paper; else it is in
            the 3×3, as in torchvision, which costs more and leaves no pixel out.
        shortcuts: the paper's options where sizes change: "A" pads with zeros and has no weights, "B" projects by 1×1,
            "C" projects everywhere; "none" is the plain net.

    Raises:
        ValueError: for another depth or option.
    """
    if depth not in STAGES or shortcuts not in SHORTCUTS:
        raise ValueError(f"depth is {depth} and shortcuts {shortcuts!r}: one of {(*STAGES,)}, and of {SHORTCUTS}")
    counts, narrow = STAGES[depth]
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=_conv(3, 64, 7, stride=2), norm1=nn.BatchNorm2d(64), relu1=nn.ReLU(inplace=True),
        pool1=nn.MaxPool2d(3, stride=2, padding=1),
    )  # fmt: skip
    before = 64
    for number, count in enumerate(counts):
        width = 64 * 2**number * (EXPANSION if narrow else 1)
        blocks: list[nn.Module] = []
        for block in range(count):
            stride = 2 if block == 0 and number > 0 else 1
            convs = bottleneck(before, width, stride, stride_first) if narrow else basic(before, width, stride)
            blocks.append(ResidualBlock(convs, _shortcut(shortcuts, before, width, stride)))
            before = width
        layers[f"stage{number + 2}"] = nn.Sequential(*blocks)  # conv2_x to conv5_x of the paper
    layers |= {"mean": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), "classify": nn.Linear(before, classes)}
    net = nn.Sequential(layers)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return net


def _shortcut(option: str, before: int, width: int, stride: int) -> nn.Module | None:
    if option == "none":
        return None
    changes = stride > 1 or before != width
    if option == "C" or (option == "B" and changes):
        projection = OrderedDict(project=_conv(before, width, 1, stride), norm=nn.BatchNorm2d(width))
        return nn.Sequential(projection)
    return ZeroPadded(width - before, stride) if changes else nn.Identity()


def _conv(before: int, width: int, size: int, stride: int = 1) -> nn.Conv2d:
    """Without a bias, as the norm behind it has one."""
    return nn.Conv2d(before, width, size, stride, padding=size // 2, bias=False)
