"""The limit of any grader: the cells of a class alone, in processes that have imported and run everything before."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Sequence

import nbformat

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def seconds(notebooks: Sequence[str], workers: int) -> float:
    """Wall time to run the code cells of all notebooks (texts, tests complete) in so many warm processes."""
    for name in THREADS:
        os.environ[name] = "1"  # as in the sandbox
    os.environ["MPLBACKEND"] = "agg"
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        warm = [notebooks[0], *notebooks[: 4 * workers]]
        pool.map(_run, warm, chunksize=1)
        began = time.perf_counter()
        pool.map(_run, notebooks, chunksize=1)
        return time.perf_counter() - began


def _run(text: str) -> None:
    """Each cell is compiled and executed; a cell that raises is over. What it shows is thrown away."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        for cell in nbformat.reads(text, as_version=4).cells:
            if cell.cell_type == "code":
                with contextlib.suppress(Exception):
                    exec(compile(cell.source, "cell", "exec"), namespace)
