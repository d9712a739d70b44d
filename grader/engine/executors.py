"""Which of the ways to run a submission is taken on this machine."""

from __future__ import annotations

import sys

from grader.engine import apart, classic
from grader.engine.execution import Execute


def executor(*, unsafe: bool) -> Execute:
    """The sandbox; or, when the instructor accepts that nothing is protected, the best that works without it.

    Two interpreters need a system that forks safely. Elsewhere an unsafe run is nbgrader's own, in one kernel.
    """
    if not unsafe:
        return apart.in_sandbox
    return apart.without_isolation if sys.platform == "linux" else classic.in_kernel
