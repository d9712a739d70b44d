"""Pictures as sums of waves: parameters in which a step changes a picture smoothly (Olah et al., 2017)."""

from __future__ import annotations

import torch
from torch import Tensor

# How the colors of photographs vary together, as in Lucid (Olah et al., 2017): brightness first, then two contrasts.
_TOGETHER = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))
_CONTRAST = 0.25  # so that noise with deviation 1 in every wave is about as contrasty as a photograph


def from_waves(waves: Tensor, size: tuple[int, int]) -> Tensor:
    """Pictures (N, C, H, W) between 0 and 1 of waves (N, C, H, W // 2 + 1, 2), real and imaginary parts.

    Three channels are brightness and two color contrasts, and become red, green and blue.
    """
    scaled = torch.view_as_complex(waves) * _scale(*size).to(waves)
    mixed = torch.fft.irfft2(scaled, s=size, norm="ortho") * _CONTRAST
    return torch.sigmoid(torch.einsum("dc,nchw->ndhw", _mix(waves), mixed))


def _scale(height: int, width: int) -> Tensor:
    """What each wave is multiplied by, (H, W // 2 + 1): one over its frequency, as waves in photographs are strong."""
    frequency = torch.sqrt(torch.fft.fftfreq(height)[:, None] ** 2 + torch.fft.rfftfreq(width)[None] ** 2)
    return 1 / frequency.clamp(min=1 / max(height, width))


def _mix(like: Tensor) -> Tensor:
    if like.shape[1] != 3:
        return torch.eye(like.shape[1], dtype=like.dtype, device=like.device)
    together = torch.tensor(_TOGETHER, dtype=like.dtype, device=like.device)
    largest: Tensor = together.square().sum(0).sqrt().max()
    return together / largest
