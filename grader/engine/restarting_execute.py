"""nbgrader's Execute that survives a kernel that cannot be interrupted or dies: the cell fails, the rest goes on."""

from __future__ import annotations

import math
from copy import deepcopy
from subprocess import DEVNULL
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from grader.engine.notes import add_note, name_of

STOPPED, DEAD = "CellTimeoutError", "DeadKernelError"
"""Names of the errors that stand in the outputs of cells that were stopped, or that killed the kernel."""
DIED = "The kernel died in this cell; it was started anew for the cells below."


class RestartingExecute(Execute):  # type: ignore[misc]  # nbgrader has no types
    """Run a submission cell by cell; a cell that hangs or kills the kernel costs its own exercise only.

    An endless loop is interrupted after `timeout` seconds. Where the interrupt does not help (a bare `except:` inside
    the loop) or the kernel is gone, a new kernel replays the good cells before it, and the run goes on.
    """

    def start_new_kernel(self, **kwargs: Any) -> None:
        """Start a kernel whose own log stays off the terminal; what cells print comes back as output all the same."""
        super().start_new_kernel(stdout=DEVNULL, stderr=DEVNULL, **kwargs)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run one cell and record why it was stopped, if it was."""
        try:
            super().preprocess_cell(cell, resources, index)
        except CellTimeoutError:
            self._fail(cell, self.error_on_timeout["ename"], self.error_on_timeout["evalue"])
            self._start_anew(index)
        except DeadKernelError:
            self._fail(cell, DEAD, DIED)
            self._start_anew(index)
        self._note(cell)
        return cell, self.resources

    def _note(self, cell: NotebookNode) -> None:
        errors = {o.ename for o in cell.get("outputs", []) if o.output_type == "error"}
        if self.error_on_timeout["ename"] in errors:
            add_note(cell, f"{name_of(cell)}: stopped after {self.timeout} s")
        if DEAD in errors:
            add_note(cell, f"{name_of(cell)}: the kernel died")

    def _fail(self, cell: NotebookNode, ename: str, evalue: str) -> None:
        # A result that was shown before the cell hung must not count: nbgrader takes the first number it meets.
        cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
        cell.outputs.append(new_output("error", ename=ename, evalue=evalue, traceback=[f"{ename}: {evalue}"]))

    def _start_anew(self, index: int) -> None:
        """A new kernel in the state that the good cells before `index` make. Test cells leave nothing to replay."""
        self._cleanup_kernel()
        self.km = self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()
        for earlier in range(index):
            cell = self.nb.cells[earlier]
            if cell.cell_type == "code" and not utils.is_grade(cell) and not utils.has_failed(_without_streams(cell)):
                self.execute_cell(deepcopy(cell), earlier, store_history=True)
                self.nb.cells[earlier] = cell  # execute_cell puts its own copy there; the first run's outputs stay


def _without_streams(cell: NotebookNode) -> NotebookNode:
    """The cell as nbgrader judges failure, without stderr: a warning is no reason not to replay a cell."""
    bare = deepcopy(cell)
    bare.outputs = [output for output in bare.outputs if output.output_type != "stream"]
    return bare


def limit_cells(c: Config, seconds: float) -> None:
    """Write what happens to a cell that runs for more than `seconds` into the configuration of nbgrader's execution."""
    stopped = f"This cell was stopped after {seconds:g} s: look for a loop that never ends."
    c.Execute.timeout = math.ceil(seconds)
    c.Execute.interrupt_on_timeout = True
    c.Execute.shutdown_kernel = "immediate"
    c.Execute.error_on_timeout = {
        "ename": "CellTimeoutError",
        "evalue": stopped,
        "traceback": [f"CellTimeoutError: {stopped}"],
    }
