"""The files that come with scikit-learn, found without importing it: the import alone takes a second."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def scikit_file(*parts: str) -> Path:
    """A file below its folder `datasets`. Raises ModuleNotFoundError, with what to do, if it is not installed."""
    spec = find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("digits and photographs come with scikit-learn: pip install scikit-learn")
    return Path(spec.submodule_search_locations[0], "datasets", *parts)
