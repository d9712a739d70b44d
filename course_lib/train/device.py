"""Where to compute, and how precisely: chosen by what is there, and told."""

from __future__ import annotations

import torch

from course_lib.train.config import Precision


def choose_device(name: str = "auto") -> torch.device:
    """The device of this name; "auto" is the first GPU (CUDA, then Apple's), else the CPU.

    Raises ValueError if there is no such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device {name!r} cannot be used here ({reason}); device='auto' takes what is there") from None
    return device


def choose_precision(name: Precision, device: torch.device) -> Precision:
    """The precision of this name; "auto" is bfloat16 where the hardware multiplies it faster than float32.

    Those are GPUs from NVIDIA's Ampere on, and CPUs with AMX. It is asked, not timed: two runs must not differ.
    """
    if name != "auto":
        return name
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.get_device_capability(device) >= (8, 0) else "float32"
    if device.type == "cpu":
        known = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}  # torch 2.2 cannot tell
        return "bfloat16" if known.get("amx_bf16") else "float32"
    return "float32"


def describe(device: torch.device, precision: Precision) -> str:
    """As in `cuda:0 (NVIDIA H200), bfloat16`."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)}), {precision}"
    threads = f" (threads: {torch.get_num_threads()})" if device.type == "cpu" else ""
    return f"{device}{threads}, {precision}"
