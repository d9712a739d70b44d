"""The net that a CapsNet is measured against: the same convolutions, as many parameters, no capsules."""

from __future__ import annotations

from torch import nn

from course_lib.capsules.settings import CapsConfig


def equal_cnn(config: CapsConfig | None = None) -> nn.Sequential:
    """A CNN with the two convolutions of a CapsNet, and a hidden layer in place of its capsules above.

    The hidden layer is as wide as it takes to have, as nearly as possible, the parameters of that CapsNet, the decoder
    aside. Takes pictures (N, C, H, W) of 0 to 1 and gives numbers of 0 to 1, (N, K), each by a sigmoid of its own: it
    learns by the margin loss, too. `net[:-1]` gives logits.
    """
    c = config or CapsConfig()
    channels = c.types * c.primary_dim
    features = channels * c.side**2
    aim = c.below * c.classes * c.dim * c.primary_dim + c.bias * c.classes * c.dim
    hidden = max(1, round((aim - c.classes) / (features + 1 + c.classes)))
    return nn.Sequential(
        nn.Conv2d(c.channels, c.filters, c.kernel, padding=c.padding),
        nn.ReLU(),
        nn.Conv2d(c.filters, channels, c.primary_kernel, c.stride),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Linear(hidden, c.classes),
        nn.Sigmoid(),
    )
