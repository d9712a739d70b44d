"""The imports that would cost every submission its start-up time."""

from __future__ import annotations

import importlib
import os

INLINE = "module://matplotlib_inline.backend_inline"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
MODULES = (
    "numpy",
    "scipy.signal",
    "scipy.ndimage",
    "scipy.linalg",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "torch",
    "torch.nn.functional",
    "torch._dynamo",  # an optimizer's first step imports it, for more than a second
    "pexpect",  # for `!command` in a cell
    "grader.engine.student.service",
)


def import_everything() -> None:
    """Import all of MODULES and draw one figure, with one thread: a parent that used two leaves its forks hanging."""
    for name in THREADS:
        os.environ[name] = "1"
    os.environ["MPLBACKEND"] = INLINE
    for module in MODULES:
        importlib.import_module(module)
    _draw()


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
