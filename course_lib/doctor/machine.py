"""The machine: room on disk and memory."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from course_lib.doctor.probes import Finding, State

_LITTLE_DISK = 2e9  # bytes: an environment with torch takes 1 to 2 GB
_LITTLE_MEMORY = 2e9  # bytes: two kernels with torch and a browser


def room() -> Iterator[Finding]:
    """Say how much disk is free in this folder, and how much memory."""
    import psutil  # type: ignore[import-untyped]  # it ships no types; it comes with ipykernel

    disk, memory = shutil.disk_usage(Path.cwd()).free, psutil.virtual_memory().available
    for subject, free, little, mend in (
        ("Disk", disk, _LITTLE_DISK, "make room: python -m pip cache purge"),
        ("Memory", memory, _LITTLE_MEMORY, "close other programs and kernels (JupyterLab: Kernel > Shut Down All)"),
    ):
        enough = free >= little
        found = f"{free / 1e9:.1f} GB free" + ("" if enough else f", less than the {little / 1e9:g} GB that are good")
        yield Finding(subject, State.GOOD if enough else State.NOTE, found, "" if enough else mend)
