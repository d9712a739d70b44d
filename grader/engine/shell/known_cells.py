"""What each run of a cell begins with, done once for a whole class: the tester runs the same cells for everybody."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

MOST = 256


@lru_cache(maxsize=MOST)
def known_cell(source: str) -> list[Any] | None:
    """A cell as IPython turns it into Python, and the number that ipykernel's file of it has; None where it fails."""
    from ipykernel.compiler import get_tmp_hash_seed, murmur2_x86
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        number = murmur2_x86(source, get_tmp_hash_seed())  # type: ignore[no-untyped-call]  # ipykernel's
        return [TransformerManager().transform_cell(source), number]
    except Exception:  # whoever runs it is told
        return None
