"""The users that submissions run as: numbers without an account, one for one submission at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
from dataclasses import dataclass
from pathlib import Path

from course_lib.errors import CourseError

DEFAULT = "60706-61183"
"""Between the ranges that distributions and systemd give out, and known in a container whose map ends at 65535."""

SETTING = "COURSE_CONTAINER_USERS"
_EXITING = 4  # PF_EXITING, the flag of a thread that is past its last instruction
LOCKS = Path("/run/cnn-course-users")


@dataclass(frozen=True)
class User:
    """A user and group number that nobody else has. The lock ends with the last process that holds its descriptor."""

    number: int
    lock: int

    def release(self) -> None:
        """Give it back, as far as this process is concerned."""
        os.close(self.lock)


def numbers() -> range:
    """The numbers to choose from. Raises CourseError for a setting that is no range."""
    text = os.environ.get(SETTING, DEFAULT)
    found = re.fullmatch(r"(\d+)-(\d+)", text)
    if found is None or not 1000 <= int(found[1]) <= int(found[2]) < (1 << 32) - 1:
        raise CourseError(f"{SETTING} must be a range of user numbers such as {DEFAULT}, not {text!r}")
    return range(int(found[1]), int(found[2]) + 1)


def claim(among: range) -> User:
    """A user that no account, no other submission and no process has.

    A number that was used before, and whose supervisor was killed, may have processes left: `ending` deals with them.

    Raises:
        CourseError: all are taken, or the locks cannot be kept.
    """
    _require_locks()
    for number in among:
        known = _lock_of(number).exists()
        if _has_account(number) or (not known and processes_of(number)):
            continue
        held = os.open(_lock_of(number), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            continue
        return User(number, held)
    raise CourseError(
        f"all users from {among[0]} to {among[-1]} are taken: set {SETTING} to a larger range that no account uses"
    )


def processes_of(number: int) -> list[int]:
    """The processes of a user, ended ones that nobody has waited for included."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                # The folder of a process belongs to its effective user, whatever the process does to hide.
                if os.stat(f"/proc/{name}").st_uid == number:
                    found.append(int(name))
    return found


def has_ended(pid: int) -> bool:
    """Whether a process is gone, is about to go, or only waits for its parent to notice; no thread of it runs."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b") ")[2].split()
    except OSError:
        return True
    # The first thread may end while others run on: it looks like the end of all.
    return int(fields[17]) <= 1 and (fields[0] in (b"Z", b"X") or bool(int(fields[6]) & _EXITING))


def _lock_of(number: int) -> Path:
    return LOCKS / str(number)


def _has_account(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        return False
    return True


def _require_locks() -> None:
    try:
        with contextlib.suppress(FileExistsError):
            LOCKS.mkdir(mode=0o700)
        found = LOCKS.lstat()
    except OSError as error:
        raise CourseError(f"{LOCKS} is needed to tell which users are taken: {error.strerror}") from error
    if found.st_uid != os.geteuid() or found.st_mode & 0o077 or not LOCKS.is_dir():
        raise CourseError(f"{LOCKS} must be a folder of root's alone: remove it")
