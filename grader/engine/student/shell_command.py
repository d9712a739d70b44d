"""Shell commands of a test cell: they run in a process of the sandbox that runs nothing else."""

from __future__ import annotations

import subprocess

_MOST_BYTES = 1 << 20


def run_command(command: str, folder: str) -> list[str | int]:
    """What a command prints, errors included, and its exit code. `folder`: where it runs, below the working folder."""
    done = subprocess.run(
        command, shell=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return [done.stdout[:_MOST_BYTES].decode(errors="replace"), done.returncode]
