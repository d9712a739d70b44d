"""ZF net, which won ImageNet in 2013: AlexNet, after its authors had looked at what its layers see.

Source: Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014 (arXiv:1311.2901), figure 3.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn


def zfnet(classes: int = 1000) -> nn.Sequential:
    """ZF net: 62,357,608 parameters. Takes (N, 3, 224, 224).

    Two things differ from AlexNet on one card: the first filters are 7×7 with a stride of 2 instead of 11×11 with a
    stride of 4, and the second layer has a stride of 2. Maps have sides of 110, 55, 26, 13 and 6. The paper normalizes
    contrast "across feature maps"; that is done here by AlexNet's local response normalization.
    """
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 96, 7, stride=2, padding=1), relu1=nn.ReLU(inplace=True),
            pool1=nn.MaxPool2d(3, 2, ceil_mode=True), norm1=nn.LocalResponseNorm(5, alpha=5 * 1e-4, k=2),
            conv2=nn.Conv2d(96, 256, 5, stride=2), relu2=nn.ReLU(inplace=True),
            pool2=nn.MaxPool2d(3, 2, ceil_mode=True), norm2=nn.LocalResponseNorm(5, alpha=5 * 1e-4, k=2),
            conv3=nn.Conv2d(256, 384, 3, padding=1), relu3=nn.ReLU(inplace=True),
            conv4=nn.Conv2d(384, 384, 3, padding=1), relu4=nn.ReLU(inplace=True),
            conv5=nn.Conv2d(384, 256, 3, padding=1), relu5=nn.ReLU(inplace=True),
            pool5=nn.MaxPool2d(3, 2), flatten=nn.Flatten(),
            fc6=nn.Linear(256 * 6 * 6, 4096), relu6=nn.ReLU(inplace=True), drop6=nn.Dropout(0.5),
            fc7=nn.Linear(4096, 4096), relu7=nn.ReLU(inplace=True), drop7=nn.Dropout(0.5),
            fc8=nn.Linear(4096, classes),
        )
    )  # fmt: skip
