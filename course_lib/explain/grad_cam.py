"""Where a net looks: the maps of a layer, weighted by how much each matters."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.explain.explained_score import check_not_constant, gradient_by, score
from course_lib.explain.objectives import Target


def grad_cam(net: nn.Module, x: Tensor, target: Target, at: str, *, upsample: bool = True) -> Tensor:
    """The weighted sum of a layer's maps, with what speaks against the score cut off, (N, H, W).

    The weight of a map is the mean of the score's gradient over all places of it. Source: Selvaraju et al., 2017.

    Args:
        net: any net, in eval mode.
        x: pictures (N, C, H, W) of 0 to 1.
        target: a class, N classes (their logits are taken), or an objective.
        at: the name of a layer that gives maps; the last one that does is usual.
        upsample: bring the result to the size of the picture, bilinearly; else it is (N, h, w), as the layer has it.

    Raises:
        ValueError: a layer without maps, or on which the score does not depend; and what `gradient` raises.
    """
    scores, _, seen = score(net, x, target, [at])
    maps = seen[at]
    if maps.dim() != 4:
        raise ValueError(f"{at} gives {tuple(maps.shape)}; Grad-CAM needs maps, (N, channels, h, w)")
    weights = check_not_constant(gradient_by(scores, maps, at)).mean((2, 3), keepdim=True)
    cam = (weights * maps.detach()).sum(1, keepdim=True).relu()
    if upsample:
        cam = F.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)
    return cam[:, 0]
