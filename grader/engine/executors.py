"""Which of the ways to run a submission is taken on this machine."""

from __future__ import annotations

import sys

from grader.engine import apart, classic
from grader.engine.engine import out_of_bounds, shared_engine
from grader.engine.execution import Execute, Job
from grader.engine.needs import needs


def executor(*, unsafe: bool) -> Execute:
    """The sandbox; or, when the instructor accepts that nothing is protected, the best that works without it.

    Two interpreters need a system that forks safely. Elsewhere an unsafe run is nbgrader's own, in one kernel.
    """
    if not unsafe:
        return apart.in_sandbox
    return apart.without_isolation if sys.platform == "linux" else classic.in_kernel


def prepare(execute: Execute, job: Job) -> None:
    """Start what a way to run submissions needs, once, for all workers that are forked from this process afterwards."""
    if execute in (apart.in_sandbox, apart.without_isolation):
        source = job.reference.as_notebook()
        shared_engine(isolated=execute is apart.in_sandbox).start(out_of_bounds(source), needs(source))
