"""Freed memory is kept: counted in page faults, which do not depend on how busy the machine is."""

from __future__ import annotations

import platform
import subprocess
import sys

FAULTS = """
import resource, sys
import torch
from course_lib.train.memory import keep_freed_memory
torch.set_num_threads(1)
print(keep_freed_memory() if sys.argv[1] == "kept" else "")

def step():
    tensors = [torch.ones(1 << 20) for _ in range(16)]  # 64 MB in blocks of 4 MB

step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_a_step_takes_the_pages_of_the_one_before():
    def faults(how: str) -> tuple[str, int]:
        done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
        said, count = done.stdout.split("\n")[:2]
        return said, int(count)

    said, kept = faults("kept")
    _, plain = faults("plain")
    if platform.libc_ver()[0] != "glibc":
        assert said == "False"  # other systems have no such setting, nor need it
        return
    assert said == "True"
    assert kept < 4 * (64 << 20) / 4096 / 20 < plain / 2, "fewer than one page in twenty is new; without it, many are"
