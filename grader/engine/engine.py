"""The engine of one grading process: student processes and testers, started when they are first needed.

What runs a notebook is imported late: a command starts the engine first, and imports the rest while it gets ready.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.engine.fork_server import ForkServer
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.pool_protocol import PoolLike
from grader.engine.preload import EVERYTHING, Preload

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from grader.engine.notebook_run import CellReport

_TOLD = ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING")


class Engine:
    """Runs notebooks one after the other. A context manager.

    Args:
        isolation: how submissions are kept apart from this machine. Raises CourseError where this machine cannot do it;
            NONE needs nothing, and protects the grader's files and gradebook from nothing.
    """

    def __init__(self, isolation: Isolation = Isolation.SANDBOX) -> None:
        self.isolation = isolation
        self._testers: ForkServer | None = None
        self._starting: dict[tuple[str, ...], Future[PoolLike]] = {}  # by what is out of bounds

    def start_soon(self, forbidden: tuple[str, ...] = (), preload: Preload = EVERYTHING) -> None:
        """Begin to start, in the background: both parents import for seconds, and so has the grader to.

        Args:
            forbidden: packages that submissions may not import.
            preload: what the parents import before they are asked; it decides nothing but how fast submissions run.
        """
        if forbidden in self._starting:
            return
        if self._testers is None:
            self._testers = ForkServer("tester", preload.tester)  # it imports while the pool does
        self._starting[forbidden] = future = Future[PoolLike]()

        def start() -> None:
            try:
                future.set_result(self._new_pool(forbidden, preload.student))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=start, daemon=True).start()

    def start(self, forbidden: tuple[str, ...] = (), preload: Preload = EVERYTHING) -> PoolLike:
        """Start what is not there yet, as `start_soon` does. Processes forked from this one afterwards share it.

        Raises:
            CourseError: this machine cannot isolate.
        """
        self.start_soon(forbidden, preload)
        return self._starting[forbidden].result()

    def run(
        self,
        notebook: NotebookNode,
        source: NotebookNode | None,
        limits: Limits,
        files: Mapping[str, bytes] | Path | None = None,
        secret: bytes | None = None,
        *,
        authors: Mapping[str, bytes] | None = None,
    ) -> list[CellReport]:
        """Run a submission's notebook in place; answers that use what is ruled out lose their points.

        Args:
            notebook: the submission, its locked and test cells restored.
            source: the instructor's version, which says which cells are shared and what is out of bounds.
            files: what lies beside the notebook, by relative path, or the folder where it does; both interpreters get
                copies of their own.
            secret: what `check.rng` draws from in the tests; the submission never gets it.
            authors: the author's own files, which lie beside the source: they take the place of the submission's, as
                nbgrader has it, and tests import from them alone. By default what lies beside the notebook is the
                author's, if there is a source.

        Raises:
            CourseError: this machine cannot isolate, or a test cell holds AUTOTEST directives as they were written.
        """
        from grader.engine.autotest import require_none
        from grader.engine.cell_plan import Place, plan
        from grader.engine.disqualify import take_points
        from grader.engine.notebook_run import NotebookRun
        from grader.engine.private_folder import private_folder
        from grader.engine.submission_files import read_beside

        forbidden = out_of_bounds(source)
        pool = self.start(forbidden)
        assert self._testers is not None
        if isinstance(files, Path):
            files = read_beside(files, limits.disk_bytes)
        files = files or {}
        if authors is None:
            authors = files if source is not None else {}
        files, planned, variables = {**files, **authors}, plan(notebook, source), told_variables()
        places = zip(notebook.cells, planned.places, strict=True)
        require_none(cell for cell, place in places if place in (Place.TESTER, Place.IN_KERNEL))
        with ExitStack() as stack:
            folder = stack.enter_context(private_folder(files))
            modules = stack.enter_context(private_folder(authors)) if authors else None
            testers = self._testers
            run = NotebookRun(notebook, planned, pool, testers, limits, folder, files, variables, secret, modules)
            reports = stack.enter_context(run).run()
        take_points(notebook, source)
        return reports

    def close(self) -> None:
        """End all processes."""
        for starting in self._starting.values():
            if starting.exception() is None:
                starting.result().close()
        if self._testers is not None:
            self._testers.close()
        self._starting, self._testers = {}, None

    def __enter__(self) -> Engine:
        """The engine itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        self.close()

    def _new_pool(self, forbidden: tuple[str, ...], groups: tuple[str, ...]) -> PoolLike:
        if self.isolation is Isolation.NONE:
            from grader.engine.unsafe_pool import UnsafePool

            return UnsafePool(forbidden, groups)
        from grader.engine.container.container_pool import ContainerPool
        from grader.engine.pool import Pool
        from grader.engine.sandbox.allowlist import StudentProgram

        kind = Pool if self.isolation is Isolation.SANDBOX else ContainerPool
        return kind(StudentProgram(out_of_bounds=forbidden, groups=groups))


_engines: dict[Isolation, Engine] = {}


def shared_engine(isolation: Isolation = Isolation.SANDBOX, *, isolated: bool | None = None) -> Engine:
    """The engine of this process; it is started once and ends with the process.

    Args:
        isolation: how submissions are kept apart from this machine.
        isolated: for callers that know of two ways only: True is the sandbox, False is none.
    """
    if isolated is not None:
        isolation = Isolation.SANDBOX if isolated else Isolation.NONE
    if isolation not in _engines:
        _engines[isolation] = Engine(isolation)
        atexit.register(_engines[isolation].close)
    return _engines[isolation]


def out_of_bounds(source: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The packages that the instructor's notebook takes from the student; what a submission says does not count."""
    course = source["metadata"].get("course", {}) if source is not None else {}
    return tuple(sorted(str(name) for name in course.get("out_of_bounds", ())))


def told_variables() -> dict[str, str]:
    """What nbgrader tells a notebook in its environment: whether it is graded or, by `nbgrader validate`, tried."""
    return {"NBGRADER_EXECUTION": "autograde"} | {name: os.environ[name] for name in _TOLD if name in os.environ}
