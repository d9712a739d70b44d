"""A parent process that has everything imported and forks one child per notebook: start-up is paid once.

Run as `python -m grader.engine.fork_server ROLE GROUP...`, with a socket as standard input; ROLE is `student` or
`tester`, each GROUP is one of SLOW.
It forks without isolating: for the tester, which is trusted, and for students where nothing better can be had.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from grader import lean_forks
from grader.engine.student.imports import SLOW, preload

ROLES = ("student", "tester")
_MOST_REQUEST = 1 << 16
# Packets, so that several processes may ask at once; macOS has none, and only one process that asks.
_KIND = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_STREAM


class ForkServer:
    """The grader's side: a handle on the parent process. A context manager.

    Processes that are forked from the one that made it may use it too, at the same time.

    Args:
        role: what the children do, one of ROLES.
        groups: which slow modules are imported before they are forked.
    """

    def __init__(self, role: str, groups: Sequence[str] = tuple(SLOW)) -> None:
        if not hasattr(os, "fork"):
            raise CourseError("grading needs a system that can fork processes: Linux, macOS, or WSL on Windows.")
        self._role, self._groups = role, groups
        self._start()

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, _KIND)
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
        command = [sys.executable, "-P", "-m", "grader.engine.fork_server", self._role, *self._groups]
        self._process = subprocess.Popen(
            command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment, start_new_session=True
        )
        theirs.close()

    def fork(self, folder: Path, settings: dict[str, Any]) -> tuple[socket.socket, int]:
        """A new child working in `folder`: the socket to talk to it, and its process id.

        A parent that somebody has killed is started anew, once; what it had forked runs on.
        """
        request = json.dumps({"do": "fork", "folder": str(folder), "settings": settings})
        try:
            return self._forked(request)
        except CourseError:
            self.close()
            self._start()
            return self._forked(request)

    def status(self, pid: int) -> int | None:
        """How a child ended, as os.waitpid tells it; None while it runs."""
        answer = self._ask(json.dumps({"do": "status", "pid": pid}), [])
        return None if answer["status"] is None else int(answer["status"])

    def close(self) -> None:
        """End the parent, at once even while it imports. Its children end with the sockets that they serve."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> ForkServer:
        """The server itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the parent."""
        self.close()

    def _forked(self, request: str) -> tuple[socket.socket, int]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                return ours, int(self._ask(request, [theirs.fileno()])["pid"])
            except CourseError:
                ours.close()
                raise

    def _ask(self, request: str, descriptors: list[int]) -> dict[str, Any]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with ours:
                with theirs:
                    socket.send_fds(self._socket, [request.encode()], [theirs.fileno(), *descriptors])
                answer = ours.recv(_MOST_REQUEST)
        except OSError as error:
            raise CourseError(f"the process that grades notebooks is gone ({error}). Start grading again.") from None
        if not answer:
            raise CourseError("the process that grades notebooks is gone. Start grading again.")
        return dict(json.loads(answer))


def serve(role: str, groups: Sequence[str], control: socket.socket) -> None:
    """The parent's side: import everything, then fork on request until the grader hangs up."""
    gc.disable()  # it would look through all that is being imported, time and again
    preload(groups)
    if role == "tester":
        from grader.engine.tester import serve_grader

        serve_grader.preload()
    lean_forks.prepare()
    gc.enable()
    ended: dict[int, int] = {}
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, _MOST_REQUEST, 2)
        if not data:
            return
        request = json.loads(data)
        _reap(ended)
        with socket.socket(fileno=descriptors[0]) as asker, contextlib.suppress(ConnectionError):
            if request["do"] == "status":
                asker.sendall(json.dumps({"status": ended.get(request["pid"])}).encode())
                continue
            pid = os.fork()
            if not pid:
                asker.close()
                _child(role, control, socket.socket(fileno=descriptors[1]), request)
            os.close(descriptors[1])
            asker.sendall(json.dumps({"pid": pid}).encode())


def _reap(ended: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            ended[pid] = status


def _child(role: str, control: socket.socket, sock: socket.socket, request: dict[str, Any]) -> None:
    code = 1
    try:
        os.setsid()
        control.close()
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.chdir(request["folder"])
        if role == "tester":
            from grader.engine.tester.serve_grader import tester_main

            tester_main(sock, request["settings"])
        else:
            from grader.engine.student import student_main

            student_main(sock, request["settings"])
        code = 0
    except BaseException:
        if role == "tester":  # it is the grader's own, so its end is a fault that somebody must see
            traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.argv[1], sys.argv[2:], socket.socket(fileno=0))
