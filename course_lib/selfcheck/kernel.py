"""Run the cells of a notebook one by one in a fresh kernel, and say how each of them ended.

A cell that ends its kernel costs its own exercise only, as in grading: a new kernel replays the cells that went well,
and in a test cell only the case is lost that was running.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from copy import deepcopy
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import nbformat
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager, NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.kernels import install_kernel
from course_lib.lost_cases import MOST_RESTARTS, Diary, Lost
from course_lib.out_of_bounds import digest
from course_lib.selfcheck import cell_roles
from course_lib.selfcheck.run_folder import working_folder

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


_LOST_ITS_KERNEL = {
    End.STUCK: "The kernel was ended in this case: it ran to the time limit and could not be interrupted.",
    End.DIED: "The kernel died in this case, perhaps for want of memory.",
}


def execute(
    book: NotebookNode,
    *,
    timeout: int,
    kernel_name: str | None,
    files: Iterable[Path] = (),
    first: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> list[End]:
    """Run every code cell of `book` in place, in a folder with copies of `files`, after the code `first`.

    Returns one End per cell. Raises CourseError when the kernel is unknown or does not start.
    """
    ends = []
    with TemporaryDirectory() as notes, ExitStack() as running:
        kernels = _Kernels(running, _known_kernel(kernel_name), timeout, tuple(files), first, Path(notes, "case.json"))
        for done, cell in enumerate(book.cells):
            if progress:
                progress(done, len(book.cells))
            ends.append(kernels.run_test(cell) if cell_roles.is_test(cell) else kernels.run(cell))
    if progress:
        progress(len(ends), len(ends))
    return ends


class _Kernels:
    """A kernel, and after its end the next one; what is running at the end is ended by `running`."""

    def __init__(
        self, running: ExitStack, name: str, timeout: int, files: tuple[Path, ...], first: str, diary: Path
    ) -> None:
        self._running, self._name, self._timeout, self._files, self._first = running, name, timeout, files, first
        self._diary = Diary(diary)
        self._replay: list[NotebookNode] = []  # what went well outside the tests
        self._lost: Lost = {}
        self._client: NotebookClient | None = self._start()

    def run(self, cell: NotebookNode) -> End:
        """Run a cell that is no test."""
        end = self._run(cell)
        if cell.cell_type == "code" and end is End.DONE:
            self._replay.append(cell)
        return end

    def run_test(self, cell: NotebookNode) -> End:
        """Run a test; where a case ends the kernel, run the others in the next one."""
        lost = self._lost.setdefault(digest(cell.source), {})
        for _ in range(MOST_RESTARTS):
            end = self._run(cell)
            if end not in _LOST_ITS_KERNEL:
                break
            case, reason = self._diary.read()
            if not case or case in lost:  # nothing would be won by another kernel
                break
            lost[case] = reason or _LOST_ITS_KERNEL[end]
        return end

    def _run(self, cell: NotebookNode) -> End:
        end = _execute_cell(self._alive(), cell)
        if end in _LOST_ITS_KERNEL:
            self._end()
        return end

    def _alive(self) -> NotebookClient:
        """The kernel that is running, or a new one that has run again what went well."""
        while self._client is None:
            self._client = self._start()
            for position, cell in enumerate(self._replay):
                if _execute_cell(self._client, deepcopy(cell)) in _LOST_ITS_KERNEL:
                    del self._replay[position]  # it went well once, but cannot be relied on
                    self._end()
                    break
        return self._client

    def _end(self) -> None:
        self._running.close()
        self._client = None

    def _start(self) -> NotebookClient:
        """Start a kernel in a new folder."""
        client = NotebookClient(
            nbformat.v4.new_notebook(),
            kernel_name=self._name,
            resources={"metadata": {"path": str(self._running.enter_context(working_folder(self._files)))}},
            allow_errors=True,
            timeout=self._timeout + _GRACE_SECONDS,  # a call that takes too long is stopped in the kernel before
            startup_timeout=_START_SECONDS,
            # At the limit: interrupt, answer in the kernel's place, and wait a little for it to be free again.
            interrupt_on_timeout=True,
            error_on_timeout={"ename": _TIME_LIMIT, "evalue": "", "traceback": []},
            iopub_timeout=_STOP_SECONDS,
            raise_on_iopub_timeout=True,
            shutdown_kernel="immediate",
            log=_QUIET,
        )
        # What it writes to stderr, as long as it runs, is told only when it fails to start.
        said = self._running.enter_context(TemporaryFile())  # noqa: SIM115  # the stack closes it
        try:
            self._running.enter_context(client.setup_kernel(stderr=said))
        except (RuntimeError, OSError) as error:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:]
            raise CourseError(
                f"the kernel {client.kernel_name!r} did not start: {' '.join([str(error), *last])}. "
                "Run 'course doctor' to see what is missing."
            ) from error
        for source in (self._first, self._diary.keeping(self._lost)):
            _execute_cell(client, nbformat.v4.new_code_cell(source))
        return client


def _execute_cell(client: NotebookClient, cell: NotebookNode) -> End:
    """Run one cell, interrupted at the time limit."""
    replies: list[str | None] = []

    def keep(execute_reply: dict[str, Any], **_: object) -> None:
        replies.append(execute_reply["content"].get("ename"))

    client.on_cell_executed = keep
    client.nb.cells = [cell]  # nbclient runs only cells that stand in its notebook
    try:
        client.execute_cell(cell, 0)
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
