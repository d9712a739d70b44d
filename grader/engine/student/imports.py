"""The imports that would cost every submission its start-up time."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

INLINE = "module://matplotlib_inline.backend_inline"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
MODULES = (
    "numpy",
    "numpy.random",
    "numpy.ma",  # arrays are looked at for a mask when they are sent
    "course_lib.check.calls",  # a failure is told with the lines that led to it
    "pexpect",  # for `!command` in a cell
    "IPython.core.completerlib",  # this and the next five: a shell imports them when it is made, or runs a cell
    "IPython.core.crashhandler",
    "IPython.core.application",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "bdb",
    "grader.engine.student.serve_tester",
)

TORCH = ("torch", "torch.nn.functional")
"""Imported where torch is installed: other courses do without."""

SLOW = {
    "scipy": (r"\bscipy\b", ("scipy.signal", "scipy.ndimage", "scipy.linalg")),
    "figures": (r"\b(plt|matplotlib|vis)\b", ("matplotlib.pyplot", "matplotlib_inline.backend_inline")),
    "gradients": (r"\bbackward\([^)]", ("torch.fx.experimental.symbolic_shapes",)),  # `y.backward(dy)` imports it
    "optimizers": (r"\boptim\b", ("torch._dynamo",)),  # their first step imports it
    "course": (r"\bcourse_lib\b", ("course_lib.check", "course_lib.data", "course_lib.vis", "course_lib.colab")),
}
"""Groups of modules that are slow to import, and for each the pattern in a notebook's code that tells of it."""


def preload(groups: Sequence[str]) -> None:
    """Import MODULES, torch, and the groups of SLOW that are named; draw a figure; make the shell, and an error in it.

    Each of these is slow the first time. With one thread: a parent that used two leaves its forks hanging.
    """
    for name in THREADS:
        os.environ[name] = "1"
    os.environ["MPLBACKEND"] = INLINE
    for module in (*MODULES, *(TORCH if importlib.util.find_spec("torch") else ())):
        importlib.import_module(module)
    for group in groups:
        for module in SLOW[group][1]:
            with contextlib.suppress(ImportError):  # it may be out of bounds: the submission that imports it is told
                importlib.import_module(module)
    if "figures" in groups and "matplotlib" in sys.modules:
        _draw()
    _make_the_shell()


def _draw() -> None:
    """Draw once, so that fonts are found; without pyplot, which would choose a backend for good."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([0, 1])
    axes.set_title("$x^2$")
    FigureCanvasAgg(figure)
    figure.savefig(io.BytesIO(), format="png")


def _make_the_shell() -> None:
    from grader.engine.shell.make import prepare

    prepare()
