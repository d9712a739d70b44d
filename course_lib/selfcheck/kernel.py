"""Run the cells of a notebook one by one in a fresh kernel, and say how each of them ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import nbformat
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager, NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.kernels import install_kernel

_START_SECONDS = 60
_STOP_SECONDS = 10
_GRACE_SECONDS = 2
_TIME_LIMIT = "TimeLimit"

# nbclient logs each time limit as an error; the report says it in plainer words.
_QUIET = logging.getLogger(__name__)
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


class End(Enum):
    """How the run of one cell ended."""

    DONE = "done"  # with or without an error among its outputs
    TIMEOUT = "timeout"  # interrupted at the time limit
    STUCK = "stuck"  # at the time limit, and it ignored the interruption
    DIED = "died"  # the kernel ended in this cell
    NOT_RUN = "not run"  # an earlier cell was stuck or died


def execute(
    book: NotebookNode,
    *,
    folder: Path,
    timeout: int,
    kernel_name: str | None,
    first: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> list[End]:
    """Run every code cell of `book` in place, in `folder`, after the code `first`; return one End per cell.

    Raises CourseError when the kernel is unknown or does not start.
    """
    client = NotebookClient(
        book,
        kernel_name=_known_kernel(kernel_name),
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
        timeout=timeout + _GRACE_SECONDS,  # a call that takes too long is stopped in the kernel before
        startup_timeout=_START_SECONDS,
        # At the limit: interrupt, answer in the kernel's place, and wait a little for it to be free again.
        interrupt_on_timeout=True,
        error_on_timeout={"ename": _TIME_LIMIT, "evalue": "", "traceback": []},
        iopub_timeout=_STOP_SECONDS,
        raise_on_iopub_timeout=True,
        shutdown_kernel="immediate",
        log=_QUIET,
    )
    setup = [nbformat.v4.new_code_cell(first)] if first else []
    ends = [End.NOT_RUN] * len(book.cells)
    with TemporaryFile() as said, ExitStack() as running:
        _start(client, running, said)
        book.cells[:0] = setup  # nbclient runs only cells that stand in the notebook
        running.callback(book.cells.__delitem__, slice(0, len(setup)))
        for index in range(len(setup)):
            client.execute_cell(book.cells[index], index)
        for done in range(len(ends)):
            if progress:
                progress(done, len(ends))
            ends[done] = _execute_cell(client, done + len(setup))
            if ends[done] in (End.STUCK, End.DIED):
                break
    if progress:
        progress(len(ends), len(ends))
    return ends


def _start(client: NotebookClient, running: ExitStack, said: IO[bytes]) -> None:
    """Start the kernel; what it writes to stderr goes to `said`, and is told only when it fails to start."""
    try:
        running.enter_context(client.setup_kernel(stderr=said))
    except (RuntimeError, OSError) as error:
        said.seek(0)
        last = said.read().decode(errors="replace").strip().splitlines()[-1:]
        raise CourseError(
            f"the kernel {client.kernel_name!r} did not start: {' '.join([str(error), *last])}. "
            "Run 'course doctor' to see what is missing."
        ) from error


def _execute_cell(client: NotebookClient, index: int) -> End:
    """Run one cell, interrupted at the time limit."""
    replies: list[str | None] = []

    def keep(execute_reply: dict[str, Any], **_: object) -> None:
        replies.append(execute_reply["content"].get("ename"))

    client.on_cell_executed = keep
    try:
        client.execute_cell(client.nb.cells[index], index)
    except CellTimeoutError:
        return End.STUCK
    except DeadKernelError:
        return End.DIED
    return End.TIMEOUT if _TIME_LIMIT in replies else End.DONE


def _known_kernel(wanted: str | None) -> str:
    """Name the kernel to use: the wanted one, else this Python's, whatever the notebook says, as grading does.

    Raises CourseError when it is not installed.
    """
    name = wanted or NATIVE_KERNEL_NAME
    manager = KernelSpecManager()
    try:
        manager.get_kernel_spec(name)
    except (NoSuchKernel, ValueError):  # ValueError: a name that cannot be a kernel's
        known = ", ".join(sorted(manager.find_kernel_specs())) or "none"
        raise CourseError(
            f"there is no kernel named {name!r} here (there is: {known}). Choose one with --kernel, "
            f"or install Python's own: {install_kernel()}"
        ) from None
    return str(name)
