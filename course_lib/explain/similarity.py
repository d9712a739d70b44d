"""How alike two pictures are in the eyes of a net."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def similarity(a: Tensor, b: Tensor | None = None) -> Tensor:
    """The cosine of the angle between each row of a (N, D) and each row of b (M, D), or of a itself: (N, M).

    Features of pictures as floats, one a row. Rows of zeros are like nothing: 0. Raises ValueError for other shapes.
    """
    b = a if b is None else b
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"features are (N, D) and (M, D), not {tuple(a.shape)} and {tuple(b.shape)}; flatten(1) helps")
    tiny = torch.finfo(a.dtype).tiny
    return F.normalize(a, dim=1, eps=tiny) @ F.normalize(b, dim=1, eps=tiny).T
