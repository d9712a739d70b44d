"""The preloaded parent of the container's way: it stays root, for it gives each submission a user of its own.

Run as `python -m grader.engine.container.user_zygote CONTROL_FD GRADER_PIDFD CONFIGURATION`. Its memory, of which each
submission gets a copy, holds modules and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from functools import partial
from typing import Any

from grader.engine.container import user_supervisor, users
from grader.engine.container.users import User
from grader.engine.container.writable_places import open_to_all
from grader.engine.sandbox import linux_calls
from grader.engine.sandbox.zygote import Supervisor, preloaded, serve_requests


def main(control_fd: int, grader_pidfd: int, configuration: dict[str, Any]) -> None:
    """Preload, say so, and serve until the grader closes its end or dies. All submissions have ended then."""

    def prepare() -> None:
        os.setsid()
        linux_calls.prctl(linux_calls.PR_SET_CHILD_SUBREAPER, 1)  # of what a killed supervisor leaves

    control, student_main = preloaded(control_fd, configuration, prepare)
    among = range(*configuration["users"])
    forbidden = list(configuration["out_of_bounds"])
    crew = _Crew(user_supervisor.Common(student_main, os.getpid(), forbidden, open_to_all(among[0])), among)
    serve_requests(control, grader_pidfd, crew.hire, crew.reap)
    crew.dismiss()
    os._exit(0)


class _Crew:
    """The supervisors, and whose user each of them has."""

    def __init__(self, common: user_supervisor.Common, among: range) -> None:
        self._common, self._among = common, among
        self._users: dict[int, User] = {}
        self._janitors: set[int] = set()

    def hire(self) -> Supervisor | None:
        """Fork a supervisor with a user of its own."""
        user = users.claim(self._among)
        pid = os.fork()
        if pid == 0:
            return partial(user_supervisor.run, common=self._common, user=user)
        self._users[pid] = user
        return None

    def reap(self) -> bool:
        """Collect those that have ended; whether others are left."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return True
                self._collected(pid, status)
        return False

    def dismiss(self) -> None:
        """End all supervisors, and with them what they watch."""
        for pid in self._users:
            os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(ChildProcessError):
            while True:
                self._collected(*os.waitpid(-1, 0))

    def _collected(self, pid: int, status: int) -> None:
        user = self._users.pop(pid, None)
        if user is None:  # an orphan
            return
        if status == 0:
            user.release()
            return
        if pid in self._janitors:  # it could not be done: nobody else gets this user while we live
            return
        # It was killed, and so could not end what it watched. A child does, since that may take a while.
        janitor = os.fork()
        if janitor == 0:
            code = 1
            try:
                user_supervisor.clear(user, self._common.public)
                code = 0
            finally:
                os._exit(code)
        self._users[janitor] = user
        self._janitors.add(janitor)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
