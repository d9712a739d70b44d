"""What the sandbox needs of the kernel, each piece tried by using it.

`python -m grader.engine.sandbox.primitives NAME` tries one in a process of its own, as the user that the sandbox would
be, and exits with 0, or prints why not and exits with 1.
"""

from __future__ import annotations

import errno
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from grader.engine.sandbox import bwrap, linux_calls, seccomp, supervisor, watch


@dataclass(frozen=True)
class Primitive:
    """One piece: its name in words, how it is tried, and what a submission could do without it."""

    name: str
    attempt: Callable[[], None]
    protects: str


def user_namespace() -> None:
    """A user of its own, without any right outside."""
    _become_ordinary()
    supervisor.enter_namespaces()


def other_namespaces() -> None:
    """Processes and network of its own: the first process has number 1, and there is no route to any address."""
    _become_ordinary()
    supervisor.enter_namespaces()

    def look() -> None:
        if os.getpid() != 1:
            raise OSError(errno.EINVAL, "the process numbers of the machine are still visible")
        with open("/proc/self/net/dev") as file:
            names = [line.split(":")[0].strip() for line in file if ":" in line]
        if names != ["lo"]:
            raise OSError(errno.EINVAL, f"network interfaces are still visible: {', '.join(names)}")

    _in_child(look)


def private_files() -> None:
    """A directory of its own in memory, with a quota that holds, and terminals of its own."""
    _become_ordinary()
    supervisor.enter_namespaces()

    def look() -> None:
        linux_calls.unshare(linux_calls.CLONE_NEWNS)
        linux_calls.mount("tmpfs", "/tmp", "tmpfs", linux_calls.MS_NOSUID, "size=65536")
        linux_calls.mount("devpts", "/dev/pts", "devpts", linux_calls.MS_NOSUID, "newinstance,ptmxmode=0666")
        with open("/tmp/probe", "wb", buffering=0) as file:
            try:
                written = file.write(bytes(1 << 20))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return
        if written > 65536:
            raise OSError(errno.EINVAL, "a size limit on a private directory does not hold")

    _in_child(look)


def fresh_proc() -> None:
    """A view of /proc that shows the submission's processes alone."""
    if os.geteuid() == 0:
        # As the sandbox does: root lays a whole /proc on top before it stops being root.
        linux_calls.unshare(linux_calls.CLONE_NEWPID | linux_calls.CLONE_NEWNS)

        def as_parent() -> None:
            linux_calls.mount("none", "/", None, linux_calls.MS_REC | linux_calls.MS_PRIVATE)
            linux_calls.mount("proc", "/proc", "proc")
            _fresh_proc_below()

        _in_child(as_parent)
    else:
        _fresh_proc_below()


def _fresh_proc_below() -> None:
    _become_ordinary()
    supervisor.enter_namespaces()

    def look() -> None:
        linux_calls.unshare(linux_calls.CLONE_NEWNS)
        linux_calls.mount("proc", "/proc", "proc")
        if [name for name in os.listdir("/proc") if name.isdecimal()] != ["1"]:
            raise OSError(errno.EINVAL, "/proc still shows other processes")
        with open("/proc/sys/user/max_user_namespaces", "w") as file:
            file.write("0")

    _in_child(look)


def call_filter() -> None:
    """Refusing system calls."""
    _become_ordinary()
    linux_calls.prctl(linux_calls.PR_SET_NO_NEW_PRIVS, 1)
    linux_calls.install_filter(seccomp.program())
    try:
        linux_calls.unshare(0)
    except PermissionError:
        return
    raise OSError(errno.EINVAL, "a forbidden system call was not refused")


def process_limit() -> None:
    """A limit on processes that counts the submission's own, not all of the user's (Linux 5.14 and later)."""
    _become_ordinary()
    idle = [_fork(lambda: time.sleep(30)) for _ in range(4)]
    try:
        supervisor.enter_namespaces()
        resource.setrlimit(resource.RLIMIT_NPROC, (3, 3))

        def two_more() -> None:
            sleeper = _fork(lambda: time.sleep(30))
            try:
                os.kill(_fork(lambda: time.sleep(30)), signal.SIGKILL)
            except BlockingIOError:
                return
            finally:
                os.kill(sleeper, signal.SIGKILL)
            raise OSError(errno.EINVAL, "a limit on processes does not hold")

        _in_child(two_more)
    finally:
        for pid in idle:
            os.kill(pid, signal.SIGKILL)


def process_descriptors() -> None:
    """Holding on to a process without its number, which may be another's by the time it is used."""
    pid = _fork(lambda: time.sleep(30))
    pidfd = os.pidfd_open(pid)
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    if not poll.poll(2000):
        raise OSError(errno.ETIMEDOUT, "the end of a process was not reported")


def memory_figures() -> None:
    """Reading how much memory a process really occupies."""
    block = bytearray(b"x") * (32 << 20)
    if watch.memory_of(os.open("/proc", os.O_RDONLY), str(os.getpid())) < len(block):
        raise OSError(errno.EINVAL, "/proc/PID/smaps_rollup shows no anonymous memory (Pss_Anon, Linux 5.4 and later)")


PRIMITIVES = (
    Primitive("user namespaces", user_namespace, "act with the rights of the grading account"),
    Primitive("process and network namespaces", other_namespaces, "reach other processes and the network"),
    Primitive("private directories", private_files, "fill the disk and read what other submissions write"),
    Primitive("a private /proc", fresh_proc, "see other processes"),
    Primitive("system call filter", call_filter, "use doors of the kernel that a notebook has no need of"),
    Primitive("limit on processes", process_limit, "start processes until the machine stands still"),
    Primitive("process descriptors", process_descriptors, "outlive its time"),
    Primitive("memory figures", memory_figures, "take all memory"),
)


def _become_ordinary() -> None:
    user = bwrap.unprivileged_user()
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        linux_calls.prctl(linux_calls.PR_SET_DUMPABLE, 1)


def _fork(action: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            action()
            code = 0
        except OSError as error:
            print(error.strerror, flush=True)
        finally:
            os._exit(code)
    return pid


def _in_child(action: Callable[[], None]) -> None:
    """Run it in a new process (the first of a pid namespace) and end with its exit code; it has said what failed."""
    if os.waitpid(_fork(action), 0)[1] != 0:
        sys.exit(1)


def main(name: str) -> None:
    """Try the primitive of that name; exit with 1 and a line of text when it does not work."""
    primitive = next(known for known in PRIMITIVES if known.name == name)
    try:
        primitive.attempt()
    except OSError as error:
        print(error.strerror)
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
