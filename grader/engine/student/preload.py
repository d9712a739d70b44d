"""The imports that would cost every submission its start-up time."""

from __future__ import annotations

import contextlib
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
    "IPython.core.completerlib",  # this and the next five: a shell imports them when it is made, or runs a cell
    "IPython.core.crashhandler",
    "IPython.core.application",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "bdb",
    "grader.engine.student.service",
)


OURS = ("course_lib.check", "course_lib.data", "course_lib.vis", "course_lib.colab")  # may be out of bounds


def import_everything() -> None:
    """Import all of MODULES and OURS, draw a figure and show an error, each for the first time, which is the slow one.

    With one thread: a parent that used two leaves its forks hanging.
    """
    for name in THREADS:
        os.environ[name] = "1"
    os.environ["MPLBACKEND"] = INLINE
    for module in MODULES:
        importlib.import_module(module)
    for module in OURS:
        with contextlib.suppress(ImportError):  # the submission that imports it is told
            importlib.import_module(module)
    _draw()
    _show_an_error()


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


def _show_an_error() -> None:
    """Format a traceback as the shell does: its packages are imported, and know where all modules lie."""
    from IPython.core.ultratb import AutoFormattedTB

    try:
        raise NotImplementedError
    except NotImplementedError as error:
        AutoFormattedTB(mode="Context", tb_offset=0).structured_traceback(type(error), error, error.__traceback__)
