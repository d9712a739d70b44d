"""Every source of random numbers: seeded, saved, put back; and whether torch may compute in another order."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed torch (on all devices), NumPy's and Python's global random numbers; before you make a net, for example."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  # the global one: code of others may draw from it
    random.seed(seed)


def tensor_states(device: torch.device) -> dict[str, torch.Tensor]:
    """The states of torch's global generators, of the CPU and of this device."""
    states = {"torch": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def plain_states() -> dict[str, Any]:
    """The states of NumPy's and Python's global generators, in what JSON can hold."""
    name, keys, position, has_gauss, gauss = np.random.get_state()  # noqa: NPY002  # the global one, as above
    return {"numpy": [name, np.asarray(keys).tolist(), position, has_gauss, gauss], "python": list(random.getstate())}


def restore_states(tensors: dict[str, torch.Tensor], plain: dict[str, Any], device: torch.device) -> None:
    """Put all of them back. Raises RuntimeError, TypeError or ValueError if they are none."""
    torch.set_rng_state(tensors["torch"])
    if device.type == "cuda" and "cuda" in tensors:
        torch.cuda.set_rng_state(tensors["cuda"], device)
    elif device.type == "mps" and "mps" in tensors:
        torch.mps.set_rng_state(tensors["mps"])
    name, keys, *rest = plain["numpy"]
    np.random.set_state((name, np.array(keys, np.uint32), *rest))  # noqa: NPY002  # the global one, as above
    version, internal, gauss = plain["python"]
    random.setstate((version, tuple(internal), gauss))


@contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """While it lasts, torch refuses operations that could differ from run to run; afterwards all is as before."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic  # torch's stub lacks its one setting
    tuned, filled = torch.backends.cudnn.benchmark, memory.fill_uninitialized_memory
    if wanted:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # NVIDIA asks for it; read at the first product
    torch.use_deterministic_algorithms(wanted)
    torch.backends.cudnn.benchmark = not wanted
    memory.fill_uninitialized_memory = False  # to find bugs of torch; costs a write per tensor
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        torch.backends.cudnn.benchmark, memory.fill_uninitialized_memory = tuned, filled
