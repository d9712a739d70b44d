"""Small nets of known answers, for the tests of `course_lib.explain`'s climbs."""

import torch
from torch import nn


def linear(weights: torch.Tensor) -> nn.Sequential:
    """A net whose logits are sums of weights (K, C, H, W) times pixels; in evaluation mode."""
    dense = nn.Linear(weights[0].numel(), len(weights), bias=False, dtype=weights.dtype)
    dense.weight.data.copy_(weights.flatten(1))
    return nn.Sequential(nn.Flatten(), dense).eval()


def convolutional(seed: int = 0) -> nn.Sequential:
    """A net of two convolutions, as ready to learn as any: its weights require gradients."""
    torch.manual_seed(seed)
    layers = nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(8, 6, 3, padding=1), nn.Softplus()
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)).double().eval()
