"""One grader at a time: locks that are given back when their owner dies, however it dies.

A lock file lies in the work folder, and beside an SQLite gradebook that lies elsewhere. The operating system keeps it;
on a network drive the server does, for all machines. Who has a work folder of their own but the same PostgreSQL
gradebook is kept out by a lock in the database.

Not filelock's: it locks the first byte, which on Windows nobody can read then, and its older releases empty the file of
whoever holds the lock. The owner's name stands there.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.gradebook import sqlite_file, told

FILE = "grade.lock"
_NUMBER = 0x636E6E  # of the lock in a PostgreSQL database: any, but always the same

if sys.platform == "win32":
    import msvcrt

    def _lock_file_now(file: IO[str]) -> None:
        file.seek(2**20)  # not where the owner stands: a locked byte cannot be read
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock_file_now(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_grader(course: CourseDir) -> Iterator[None]:
    """Hold the locks of this work folder and of this gradebook.

    Raises:
        CourseError: another process grades, or a lock cannot be written.
    """
    folders = {course.work.resolve()}
    gradebook = sqlite_file(course)
    if gradebook is not None and gradebook.is_file():
        folders.add(gradebook.parent.resolve())
    with ExitStack() as held:
        for folder in sorted(folders):  # in the same order everywhere
            held.enter_context(_file_lock(folder / FILE))
        if make_url(course.gradebook_url).get_backend_name() == "postgresql":
            held.enter_context(_database_lock(course))
        yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Hold a lock on a file. It stays, with the name of its last owner; a dead one's lock is free."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise CourseError(f"the lock {path} cannot be written: {error.strerror}.") from error
    with file:
        try:
            _lock_file_now(file)
        except OSError as error:
            raise _refusal(_name_of_owner(file)) from error
        try:
            file.truncate(0)
            file.write(_own_name())
            file.flush()
        except OSError as error:
            raise CourseError(f"the lock {path} cannot be written: {error.strerror}.") from error
        yield


def _name_of_owner(file: IO[str]) -> str:
    """The name in a lock file. Its owner writes it once the lock is held, so it may be on its way."""
    patience = time.monotonic() + 2
    while True:
        file.seek(0)
        name = file.read(200).strip()
        if name or time.monotonic() > patience:
            return name or "unknown"
        time.sleep(0.01)


@contextmanager
def _database_lock(course: CourseDir) -> Iterator[None]:
    """Hold a lock for as long as a connection of its own is open: the server frees it when this process is gone."""
    engine = create_engine(course.gradebook_url, poolclass=NullPool, connect_args={"application_name": _own_name()})
    with told(course):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with connection:
        if not connection.scalar(text("select pg_try_advisory_lock(:number)"), {"number": _NUMBER}):
            raise _refusal(str(connection.scalar(text(_OWNER), {"number": _NUMBER}) or "unknown"))
        yield


_OWNER = """
select application_name from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and classid = 0 and objid = :number and granted
and pg_locks.database = (select oid from pg_database where datname = current_database())"""


def _own_name() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"[:63]  # more PostgreSQL would cut off


def _refusal(owner: str) -> CourseError:
    return CourseError(f"another `course grade` is running ({owner}): wait for it, or stop it.")
