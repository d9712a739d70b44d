"""Which of the ways to run a submission is taken on this machine."""

from __future__ import annotations

import sys

from grader.engine import run_isolated, single_kernel
from grader.engine.engine import out_of_bounds, shared_engine
from grader.engine.job import Execute, Job
from grader.engine.preload import needs


def executor(*, unsafe: bool) -> Execute:
    """The sandbox; or, when the instructor accepts that nothing is protected, the best that works without it.

    Two interpreters need a system that forks safely. Elsewhere an unsafe run is nbgrader's own, in one kernel.
    """
    if not unsafe:
        return run_isolated.in_sandbox
    return run_isolated.without_isolation if sys.platform == "linux" else single_kernel.in_kernel


def prepare(execute: Execute, job: Job) -> None:
    """Start what a way to run submissions needs, once, for all workers that are forked from this process afterwards."""
    if execute in (run_isolated.in_sandbox, run_isolated.without_isolation):
        source = job.reference.as_notebook()
        shared_engine(isolated=execute is run_isolated.in_sandbox).start(out_of_bounds(source), needs(source))
