"""EfficientNet-Lite0: the rows of a net that a search found, without what small devices do badly.

Sources: Tan and Le, EfficientNet: rethinking model scaling for convolutional neural networks, ICML 2019, table 1, whose
B0 it is; and the release of the Lite nets (TensorFlow, tpu/models/official/efficientnet/lite, 2020), which leaves out
the squeeze-and-excitation, takes ReLU6 in the place of swish, and keeps stem and head as they are in its larger nets.
"""

from __future__ import annotations

from collections import OrderedDict

import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.models.mobilenet import InvertedResidual
from course_lib.models.normalize import Normalize

# Table 1, stages 2 to 8: expansion, size of the filters, maps c, repetitions, stride of the first.
ROWS = (
    (1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 5, 40, 2, 2), (6, 3, 80, 3, 2), (6, 5, 112, 3, 1), (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)  # fmt: skip
MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3  # bytes become about -1 to 1: (x - 127) / 128


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "same": of H rows, ceil(H / stride) are left, whatever H is.

    Where the zeros cannot be shared out evenly, the one more stands below and on the right. A net that learned with
    them there needs them there: PyTorch's padding, the same on all sides, shifts each map by up to a pixel.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, K, ceil(H / stride), ceil(W / stride))."""
        rows, columns = (
            max((-(-length // stride) - 1) * stride + size - length, 0)
            for length, stride, size in zip(x.shape[2:], self.stride, self.kernel_size, strict=True)
        )
        if rows % 2 or columns % 2:
            x = F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
            rows = columns = 0
        return F.conv2d(x, self.weight, self.bias, self.stride, (rows // 2, columns // 2), self.dilation, self.groups)


def efficientnet_lite0(classes: int = 1000) -> nn.Sequential:
    """EfficientNet-Lite0: 4,652,008 parameters. Takes (N, 3, H, W) of 0 to 1; it learned at 224×224."""
    blocks: list[nn.Module] = []
    before = 32
    for expansion, size, width, count, stride in ROWS:
        for number in range(count):
            first = number == 0
            blocks.append(InvertedResidual(before, width, stride if first else 1, expansion, size, _conv))
            before = width
    net = nn.Sequential(
        OrderedDict(
            normalize=Normalize(3, (MEAN, STD)),
            stem=_conv(3, 32, 3, stride=2), blocks=nn.Sequential(*blocks), last=_conv(before, 1280, 1),
            mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(),
            drop=nn.Dropout(0.2), classify=nn.Linear(1280, classes),
        )
    )  # fmt: skip
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = 1e-3, 0.01  # TensorFlow's; its 0.99 is the share of the old mean, not the new
    return net


def _conv(before: int, width: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = SameConv2d(before, width, size, stride, groups=groups, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(width), relu6=nn.ReLU6(inplace=True)))
