"""How long a call from a test into the student's process takes: a small one, and one with large arrays.

python benchmarks/engine_calls.py
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook

from grader.engine.cell_plan import Place, Plan
from grader.engine.fork_server import ForkServer
from grader.engine.limits import Limits
from grader.engine.notebook_run import NotebookRun
from grader.engine.unsafe_pool import UnsafePool

STUDENT = """
import numpy as np
def small(x):
    return 2 * x
def same(x):
    return np.array(x)
def count(x):
    return x.size
"""
TEST = """
import json, time, statistics
import numpy as np

def timed(work, trials):
    times = []
    for _ in range(trials):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)

f = small
array = np.ones((2, 3, 5, 7))
large = np.ones(16_000_000)
nbytes = large.nbytes
known, looked_up = timed(lambda: f(3), 2000), timed(lambda: small(3), 2000)
with_array = timed(lambda: small(array), 2000)
there, both = timed(lambda: count(large), 9), timed(lambda: same(large), 9)
print(json.dumps({"call": known, "lookup_and_call": looked_up, "small_array": with_array,
                  "there_GB_s": nbytes / there / 1e9, "there_and_back_GB_s": 2 * nbytes / both / 1e9}))
"""


def measure() -> dict[str, float]:
    """Seconds and GB/s, measured inside a test cell."""
    notebook = new_notebook(cells=[new_code_cell(STUDENT), new_code_cell(TEST)])
    plan = Plan((Place.STUDENT, Place.TESTER))
    with (
        UnsafePool() as pool,
        ForkServer("tester") as testers,
        NotebookRun(notebook, plan, pool, testers, Limits(), Path(tempfile.gettempdir())) as run,
    ):
        run.run()
    return dict(json.loads(notebook.cells[1].outputs[0].text))


def main() -> None:
    """Print the table."""
    figures = measure()
    print(f"a call of a function at hand        {1e3 * figures['call']:.3f} ms")
    print(f"a call by name, looked up each time {1e3 * figures['lookup_and_call']:.3f} ms (at most 0.3)")
    print(f"the same with an array of 210       {1e3 * figures['small_array']:.3f} ms")
    print(f"128 MB array as an argument         {figures['there_GB_s']:.2f} GB/s (at least 1)")
    print(f"the same and back as the result     {figures['there_and_back_GB_s']:.2f} GB/s")


if __name__ == "__main__":
    main()
