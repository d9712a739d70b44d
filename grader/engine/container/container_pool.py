"""A pool of students' processes that have a user of their own, forked from a parent that has imported everything."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys

from grader.engine.container import users
from grader.engine.container.requirements import require_container
from grader.engine.pool import Pool, Worker
from grader.engine.private_folder import private_folder
from grader.engine.sandbox import bwrap
from grader.engine.sandbox.allowlist import PACKAGE_ROOT, StudentProgram
from grader.engine.sandbox.parent import Parent


class ContainerWorker(Worker):
    """One student process under a user of its own. Its supervisor, which ends it and all of its user, is asked to."""

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)


class ContainerPool(Pool):
    """Starts workers under users of their own; a context manager.

    Raises CourseError where it cannot be done: see `requirements`.
    """

    worker = ContainerWorker

    def __init__(self, program: StudentProgram | None = None) -> None:
        require_container()
        # Readable for all, written by the parent alone: nobody may leave a configuration for the next one there.
        with contextlib.ExitStack() as place:
            self._caches = place.enter_context(private_folder({}))
            self._caches.chmod(0o755)
            super().__init__(program)
            self._place = place.pop_all()

    def close(self) -> None:
        """End all workers and the parent; nothing of them is left when this returns."""
        super().close()
        self._place.close()

    def _new_parent(self) -> Parent:
        return Parent(self._program, _command, self._environment())

    def _environment(self) -> dict[str, str]:
        paths = [str(PACKAGE_ROOT), *{str(path.resolve().parent) for path in self._program.modules.values()}]
        own = {
            "HOME": str(self._caches),
            "PYTHONPATH": os.pathsep.join(paths),
            "MPLCONFIGDIR": str(self._caches / "matplotlib"),
        }
        kept = {name: os.environ[name] for name in ("TMPDIR",) if name in os.environ}
        return bwrap.environment() | own | kept


def _command(program: StudentProgram, control_fd: int, grader_pidfd: int) -> tuple[list[str], list[int]]:
    among = users.numbers()
    configuration = {
        "main": program.main,
        "preload": program.preload,
        "groups": program.groups,
        "out_of_bounds": program.out_of_bounds,
        "users": [among[0], among[-1] + 1],
    }
    arguments = [sys.executable, "-P", "-m", "grader.engine.container.user_zygote"]
    return [*arguments, str(control_fd), str(grader_pidfd), json.dumps(configuration)], []
