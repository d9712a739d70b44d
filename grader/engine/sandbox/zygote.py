"""The preloaded parent: imports everything once, then forks a supervisor for each submission it is asked to start.

Run as `python -m grader.engine.sandbox.zygote CONTROL_FD GRADER_PIDFD CONFIGURATION`, inside bubblewrap.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from grader import lean_forks
from grader.engine.limits import Limits
from grader.engine.sandbox import linux_calls, message, mounts, supervisor

# How often ended supervisors are looked for: a message wakes the parent at once, an ended child does not.
_BUSY_MS, _IDLE_MS = 100, 60_000


def main(control_fd: int, grader_pidfd: int, configuration: dict[str, Any]) -> None:
    """Preload, say so, and serve until the grader closes its end or dies."""

    def prepare() -> None:
        if configuration["drop_to"] is not None:
            _drop_root(configuration["drop_to"])
        os.makedirs(mounts.HOME, exist_ok=True)

    control, student_main = preloaded(control_fd, configuration, prepare)
    own_pid = os.getpid()

    def hire() -> Supervisor | None:
        return partial(supervisor.run, main=student_main, parent=own_pid) if os.fork() == 0 else None

    serve_requests(control, grader_pidfd, hire, _reap_supervisors)
    os._exit(0)  # the grader waits for this end, and taking all modules down in good order lasts half a second


def preloaded(
    control_fd: int, configuration: dict[str, Any], prepare: Callable[[], None]
) -> tuple[socket.socket, Callable[..., Any]]:
    """Import what submissions share, after `prepare`, and tell the grader; the socket to it, and the student's main."""
    control = socket.socket(fileno=control_fd)
    gc.disable()  # it would look through all that is being imported, time and again
    try:
        prepare()
        # A Ctrl-C at the grader's terminal is the grader's business.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        student_main = _load(configuration["main"])
        if configuration["preload"]:
            _load(configuration["preload"])(configuration["groups"])
        _check_one_thread()
        # What is garbage by now stays: to find it would take longer than its pages are worth.
        lean_forks.prepare()
        gc.enable()
    except BaseException as error:
        message.send(control, {"failed": f"{type(error).__name__}: {error}"})
        raise
    message.send(control, {"ready": True})
    return control, student_main


def _drop_root(user: int) -> None:
    """Stop being root, for good, before anything else is imported.

    bubblewrap covers parts of /proc when it runs as root; the kernel then refuses a fresh /proc to the unprivileged
    namespaces below (it could uncover them). A whole one on top answers that; it shows this pid namespace only.
    """
    linux_calls.mount("proc", "/proc", "proc", linux_calls.MS_NOSUID | linux_calls.MS_NODEV | linux_calls.MS_NOEXEC)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    # Changing the user makes a process unreadable for itself: it could not write its children's uid_map.
    linux_calls.prctl(linux_calls.PR_SET_DUMPABLE, 1)


def _load(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def _check_one_thread() -> None:
    """A fork copies one thread and every lock: with a second thread, children hang now and then."""
    names = [_thread_name(task) for task in os.listdir("/proc/self/task")]
    if len(names) != 1:
        raise RuntimeError(f"the preloaded parent must have one thread, and has {len(names)}: {', '.join(names)}")


def _thread_name(task: str) -> str:
    with open(f"/proc/self/task/{task}/comm") as file:
        return file.read().strip()


Supervisor = Callable[[int, socket.socket, Limits], None]


def serve_requests(
    control: socket.socket, grader_pidfd: int, hire: Callable[[], Supervisor | None], reap: Callable[[], bool]
) -> None:
    """Start a supervisor for each request, until the grader closes its end or dies.

    Args:
        hire: forks. In the child it returns what to run there, which never returns.
        reap: collects the supervisors that have ended; whether others are left.
    """
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(grader_pidfd, select.POLLIN)
    wait = _IDLE_MS
    while True:
        ready = {fd for fd, _event in poll.poll(wait)}
        wait = _BUSY_MS if reap() else _IDLE_MS
        # The end of the grader is seen by its pidfd too: a child of its may still hold the control socket open.
        if grader_pidfd in ready:
            return
        if control.fileno() not in ready:
            continue
        request = message.receive(control)
        if request is None:
            return
        content, (connection_fd, supervisor_fd) = request
        with socket.socket(fileno=supervisor_fd) as far:
            try:
                run = hire()
            except Exception as error:
                message.send(far, {"failed": str(error)})
            else:
                if run is not None:
                    control.close()
                    os.close(grader_pidfd)
                    run(connection_fd, far, Limits.from_dict(content["limits"]))
        wait = _BUSY_MS
        os.close(connection_fd)


def _reap_supervisors() -> bool:
    """Collect the supervisors that have ended; whether others are left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))
