"""The command line that starts the preloaded parent inside bubblewrap."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from course_lib.errors import CourseError
from grader.engine.sandbox import mounts
from grader.engine.sandbox.allowlist import COURSE, StudentProgram, directories, symlinks, trees

# A range that neither accounts, services nor containers use, so that the user owns nothing and shares its processes
# with nobody; in a container whose own map ends earlier, "nobody" must do.
_FIRST_USER, _USERS, _NOBODY = 1_900_000_000, 65_536, 65_534

MINIMUM = (0, 5, 0)
"""The first version of bubblewrap with --perms, of June 2021."""

INSTALL = "install it with `sudo apt-get install bubblewrap` (Debian, Ubuntu) or `sudo dnf install bubblewrap` (Fedora)"

_DATABASES = {
    "/etc/passwd": f"student:x:1000:1000::{mounts.HOME}:/bin/sh\n",
    "/etc/group": "student:x:1000:\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def executable() -> str:
    """The path of bubblewrap. Raises CourseError with the command that installs it."""
    found = shutil.which("bwrap")
    if found is None:
        raise CourseError(f"bubblewrap is not installed, and grading needs it to isolate submissions: {INSTALL}")
    return found


def is_new_enough(version: str) -> bool:
    """Whether this output of `bwrap --version` names a version that knows all options that are used here."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return numbers >= MINIMUM


def trial() -> list[str]:
    """A command that does little, and asks the kernel for what the sandbox asks it for."""
    namespaces = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts"]
    namespaces += ["--unshare-user"] if unprivileged_user() is None else []
    files = ["--ro-bind", "/", "/", "--perms", "1777", "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
    return [executable(), *namespaces, *files, "--", "true"]


def label(settings: Path = Path("/proc/sys")) -> list[str]:
    """What to put before a command so that AppArmor treats it as the sandbox, where it permits bubblewrap alone."""
    setting = settings / "kernel" / "apparmor_restrict_unprivileged_userns"
    restricted = setting.exists() and setting.read_text().strip() == "1"
    return [executable(), "--dev-bind", "/", "/", "--"] if restricted and unprivileged_user() is None else []


def unprivileged_user() -> int | None:
    """The user that the parent becomes when we are root, a different one for each grader; None when we are not root."""
    if os.geteuid() != 0:
        return None
    wanted = _FIRST_USER + os.getpid() % _USERS
    with open("/proc/self/uid_map") as file:
        ranges = [tuple(int(number) for number in line.split()) for line in file]
    known = any(first <= wanted < first + count for first, _outside, count in ranges)
    return wanted if known else _NOBODY


def command(program: StudentProgram, control_fd: int, grader_pidfd: int) -> tuple[list[str], list[int]]:
    """The arguments, and the descriptors that must be passed on besides the two given (the caller closes them)."""
    user = unprivileged_user()
    # The parent is process 1 of its namespace: when it ends, the kernel ends all that it ever started, and bubblewrap
    # returns after that, not before.
    arguments = [executable(), "--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-net", "--unshare-uts"]
    arguments += ["--unshare-cgroup-try"]
    if user is None:
        arguments += ["--unshare-user"]
    else:
        # Only root can bind what the unprivileged user could not reach, /root/.pyenv for one. It is dropped in zygote.
        for capability in ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"):
            arguments += ["--cap-add", capability]
    arguments += ["--hostname", "grading", "--new-session", "--clearenv"]
    for content, link in symlinks():
        arguments += ["--symlink", content, link]
    # Before the entries: an environment may lie in a home or below /tmp, and is laid on top.
    for path in mounts.PRIVATE:
        arguments += ["--perms", "1777", "--tmpfs", path]
    entries = trees(program)
    for directory in [*directories(entries), "/etc", "/var"]:
        arguments += ["--perms", "0755", "--dir", directory]
    for tree in entries:
        if tree.source:
            arguments += ["--ro-bind", tree.source, tree.target]
        else:
            arguments += ["--perms", "0755", "--tmpfs", tree.target]
    passed = []
    for path, text in _DATABASES.items():
        passed.append(_readable(text))
        arguments += ["--perms", "0444", "--ro-bind-data", str(passed[-1]), path]
    arguments += ["--symlink", "../tmp", "/var/tmp", "--proc", "/proc", "--dev", "/dev"]
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
    for name, value in environment().items():
        arguments += ["--setenv", name, value]
    configuration = {"main": program.main, "preload": program.preload, "groups": program.groups, "drop_to": user}
    arguments += ["--", sys.executable, "-P", "-m", "grader.engine.sandbox.zygote"]
    arguments += [str(control_fd), str(grader_pidfd), json.dumps(configuration)]
    return arguments, passed


def environment() -> dict[str, str]:
    """The whole environment of the parent and of every submission."""
    threads = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "VECLIB")
    return {f"{name}_NUM_THREADS": "1" for name in threads} | {
        "PATH": os.pathsep.join((os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": mounts.HOME,
        "USER": "student",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONPATH": COURSE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "MALLOC_ARENA_MAX": "2",
        "MPLCONFIGDIR": "/tmp/matplotlib",
    }


def _readable(text: str) -> int:
    fd = os.memfd_create("sandbox-file")
    os.write(fd, text.encode())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
