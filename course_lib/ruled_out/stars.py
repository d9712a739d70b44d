"""What `from module import *` brings."""

from __future__ import annotations

import importlib
from functools import cache


@cache
def brings(module: str, name: str) -> bool:
    """Whether it brings `name`. A module that cannot be imported here may bring whatever it likes."""
    try:
        found = importlib.import_module(module)
    except ImportError:
        return True
    public = getattr(found, "__all__", None)
    return name in public if public is not None else hasattr(found, name) and not name.startswith("_")
