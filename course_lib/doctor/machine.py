"""The machine: room on disk, memory, and whether it could run strangers' code in isolation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course_lib.doctor.findings import Finding, State

_LITTLE_DISK = 2e9  # bytes: an environment with torch takes 1 to 2 GB
_LITTLE_MEMORY = 2e9  # bytes: two kernels with torch and a browser
_BWRAP_SECONDS = 20

# Settings that keep ordinary users from making namespaces: the value that forbids, the value that allows.
_NAMESPACE_SETTINGS = (
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),  # Ubuntu 23.10 and later
    ("kernel.unprivileged_userns_clone", "0", "1"),  # Debian
    ("user.max_user_namespaces", "0", "15000"),  # Red Hat
)


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


def isolation() -> Iterator[Finding]:
    """Say whether this machine could isolate submissions while it grades; a student needs none of that."""
    if sys.platform != "linux":
        found = f"no: grading in isolation needs Linux, this is {sys.platform}"
        yield Finding("Isolation", State.NOTE, found, "grade on a Linux machine or in a Linux virtual machine")
        return
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        yield Finding("Isolation", State.NOTE, "no: bubblewrap is not installed", "sudo apt install bubblewrap")
        return
    try:
        ran = subprocess.run(
            _isolated(bwrap, "true"), capture_output=True, text=True, timeout=_BWRAP_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        yield Finding("Isolation", State.NOTE, f"no: bubblewrap did not answer in {_BWRAP_SECONDS} seconds")
        return
    if ran.returncode == 0:
        yield Finding("Isolation", State.GOOD, "bubblewrap runs programs in a sandbox of their own")
        return
    said = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
    yield Finding("Isolation", State.NOTE, f"no: bubblewrap is here, but this machine refuses it ({said})", _permit())


def _isolated(bwrap: str, program: str) -> list[str]:
    """Write the command that runs a program with nothing but /usr to see and no network."""
    command = [bwrap, "--unshare-all", "--die-with-parent", "--ro-bind", "/usr", "/usr"]
    for folder in map(Path, ("/bin", "/lib", "/lib64")):
        if folder.is_symlink():
            command += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.exists():
            command += ["--ro-bind", str(folder), str(folder)]
    return [*command, "--proc", "/proc", "--dev", "/dev", program]


def _permit() -> str:
    """Write the command that lets ordinary users make namespaces here."""
    for name, forbidding, allowing in _NAMESPACE_SETTINGS:
        setting = Path("/proc/sys", *name.split("."))
        if setting.exists() and setting.read_text().strip() == forbidding:
            return f"sudo sysctl -w {name}={allowing}"
    return "grade outside of this container, or start it with --security-opt seccomp=unconfined"
