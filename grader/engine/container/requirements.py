"""What the container's way needs, tried before the first submission: rights, a filter, and files that are closed."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from course_lib.errors import CourseError
from grader.engine.container import users
from grader.engine.container.look import Problem
from grader.engine.private_folder import private_folder
from grader.engine.sandbox.allowlist import PACKAGE_ROOT, interpreter_directories

_SECONDS = 120
_STUDENT = ("course_lib", "grader/engine/student", "grader/engine/shell", "grader/engine/encoding")


def require_container() -> None:
    """Raise CourseError, with what mends it, where submissions cannot have users of their own."""
    _refuse(problems())


@cache
def require_secret(places: tuple[Path, ...]) -> None:
    """Raise CourseError where one of these places is not closed to a submission's user; asked once by a process."""
    with private_folder({"test": b""}) as folder:  # as the testers' are
        _refuse(_looked([*places, folder]))


def problems() -> list[Problem]:
    """What is wrong here, each with the command or step that mends it."""
    if sys.platform != "linux":
        return [("users for submissions need Linux", "grade on a Linux machine, in a container or virtual machine")]
    if os.geteuid() != 0:
        return [("only root can give each submission a user of its own", "start grading as root, in a container")]
    return _looked(_homes())


def _looked(secret: Iterable[Path]) -> list[Problem]:
    asked = {"needed": _outermost(_needed()), "secret": _outermost([str(path.resolve()) for path in secret])}
    user = users.numbers()[0]
    arguments = [sys.executable, "-P", "-m", "grader.engine.container.look", str(user)]
    here = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
    try:
        ran = subprocess.run(
            arguments, input=json.dumps(asked), capture_output=True, text=True, timeout=_SECONDS, check=True, env=here
        )
    except subprocess.CalledProcessError as error:
        raise CourseError(f"this container could not be looked at: {error.stderr.strip()[-500:]}") from error
    return [(str(found), str(mend)) for found, mend in json.loads(ran.stdout)]


def _needed() -> list[str]:
    """What a submission imports after its process has its user."""
    paths = [*interpreter_directories(), *(str(PACKAGE_ROOT / name) for name in _STUDENT)]
    return list(dict.fromkeys(os.path.realpath(path) for path in paths))


def _outermost(paths: list[str]) -> list[str]:
    """Without those that lie inside of another."""
    return [path for path in paths if not any(Path(other) in Path(path).parents for other in paths)]


def _homes() -> list[Path]:
    """The grader's home, where keys and settings lie."""
    found = {Path(pwd.getpwuid(os.geteuid()).pw_dir), Path(os.environ.get("HOME", pwd.getpwuid(0).pw_dir))}
    return [home for home in found if home != Path("/") and home.is_dir()]


def _refuse(found: list[Problem]) -> None:
    if found:
        lines = [f"  {what}: {mend}" for what, mend in found]
        raise CourseError("submissions cannot be graded as users of this container:\n" + "\n".join(lines))
