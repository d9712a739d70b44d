"""AlexNet, which won ImageNet in 2012, in the three forms that are published under its name.

Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, NIPS 2012,
section 3.5. One form has one column, and another form is another paper: Krizhevsky, One weird trick for parallelizing
convolutional neural networks, arXiv:1404.5997, 2014.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn


def alexnet(classes: int = 1000) -> nn.Sequential:
    """AlexNet as if it had been trained on one card: 62,378,344 parameters. Takes (N, 3, 227, 227).

    The paper says 224×224, but 55 = (227 - 11) / 4 + 1: its first layer fits pictures of 227×227.
    """
    return _alexnet(classes, groups=1)


def alexnet_two_groups(classes: int = 1000) -> nn.Sequential:
    """AlexNet as it was trained, half of each layer on each of two cards: 60,965,224 parameters.

    The second, fourth and fifth convolution see only the maps of their own card: `groups=2`. Takes (N, 3, 227, 227).
    """
    return _alexnet(classes, groups=2)


def _alexnet(classes: int, groups: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 96, 11, stride=4), relu1=nn.ReLU(inplace=True),
            norm1=_response_norm(), pool1=nn.MaxPool2d(3, 2),
            conv2=nn.Conv2d(96, 256, 5, padding=2, groups=groups), relu2=nn.ReLU(inplace=True),
            norm2=_response_norm(), pool2=nn.MaxPool2d(3, 2),
            conv3=nn.Conv2d(256, 384, 3, padding=1), relu3=nn.ReLU(inplace=True),
            conv4=nn.Conv2d(384, 384, 3, padding=1, groups=groups), relu4=nn.ReLU(inplace=True),
            conv5=nn.Conv2d(384, 256, 3, padding=1, groups=groups), relu5=nn.ReLU(inplace=True),
            pool5=nn.MaxPool2d(3, 2), flatten=nn.Flatten(),
            fc6=nn.Linear(256 * 6 * 6, 4096), relu6=nn.ReLU(inplace=True), drop6=nn.Dropout(0.5),
            fc7=nn.Linear(4096, 4096), relu7=nn.ReLU(inplace=True), drop7=nn.Dropout(0.5),
            fc8=nn.Linear(4096, classes),
        )
    )  # fmt: skip


def _response_norm() -> nn.LocalResponseNorm:
    """Local response normalization with the paper's constants; its α is for a sum over n maps, PyTorch's for a mean."""
    return nn.LocalResponseNorm(size=5, alpha=5 * 1e-4, beta=0.75, k=2)


def alexnet_one_column(classes: int = 1000) -> nn.Sequential:
    """The AlexNet of torchvision: 61,100,840 parameters. Takes (N, 3, 224, 224).

    It is the one column of the paper of 2014: 64, 192, 384, 256, 256 maps, no response normalization; the first layer
    has a padding of 2, so that 224×224 pixels fit.
    """
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 64, 11, stride=4, padding=2), relu1=nn.ReLU(inplace=True), pool1=nn.MaxPool2d(3, 2),
            conv2=nn.Conv2d(64, 192, 5, padding=2), relu2=nn.ReLU(inplace=True), pool2=nn.MaxPool2d(3, 2),
            conv3=nn.Conv2d(192, 384, 3, padding=1), relu3=nn.ReLU(inplace=True),
            conv4=nn.Conv2d(384, 256, 3, padding=1), relu4=nn.ReLU(inplace=True),
            conv5=nn.Conv2d(256, 256, 3, padding=1), relu5=nn.ReLU(inplace=True), pool5=nn.MaxPool2d(3, 2),
            mean=nn.AdaptiveAvgPool2d(6), flatten=nn.Flatten(),
            drop6=nn.Dropout(0.5), fc6=nn.Linear(256 * 6 * 6, 4096), relu6=nn.ReLU(inplace=True),
            drop7=nn.Dropout(0.5), fc7=nn.Linear(4096, 4096), relu7=nn.ReLU(inplace=True),
            fc8=nn.Linear(4096, classes),
        )
    )  # fmt: skip
