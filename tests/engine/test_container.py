"""Submissions as users of a container, in an imitation of one: `in_a_container.py` and a part of the hostile suite."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import plain_container
from support.sandbox_tools import ROOT

from course_lib.errors import CourseError
from grader.engine.container import requirements, users

_ROOT_ALONE = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a submission a user of its own")


def run(*arguments: str, rights: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*plain_container.command(*rights), sys.executable, *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)


@_ROOT_ALONE
def test_the_attacks() -> None:
    inside = str(Path(__file__).with_name("in_a_container.py"))
    ran = run("-m", "pytest", "-q", "-p", "no:cacheprovider", inside)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


@_ROOT_ALONE
def test_hostile_submissions() -> None:
    inside = str(ROOT / "tests" / "hostile" / "test_hostile_submissions.py")
    ran = run("-m", "pytest", "-q", "-p", "no:cacheprovider", inside, "--isolation", "container")
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


LOOK = "from grader.engine.container.requirements import problems\nprint(problems())"


@_ROOT_ALONE
def test_without_the_rights_it_takes_it_refuses() -> None:
    ran = run("-c", LOOK, rights=("SETUID", "SETGID", "DAC_OVERRIDE"))
    assert "root lacks CAP_CHOWN, CAP_FOWNER, CAP_KILL here" in ran.stdout, ran.stderr


@_ROOT_ALONE
def test_where_system_calls_cannot_be_filtered_it_refuses() -> None:
    """As with a kernel that takes a filter and does not keep to it."""
    code = (
        "import json, sys\nfrom grader.engine.container import look\nfrom grader.engine.sandbox import linux_calls\n"
        "linux_calls.install_filter = lambda program: None\nprint(list(look.problems(60706, [], [])))"
    )
    assert "a forbidden system call was not refused" in run("-c", code).stdout


def test_who_is_not_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CourseError, match="only root can give each submission a user of its own: start"):
        requirements.require_container()


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_refused(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(CourseError, match="users for submissions need Linux"):
        requirements.require_container()


@pytest.mark.parametrize("text", ["", "1-2-3", "5-10", "70000-60000", "70000", "1000-99999999999"])
def test_a_range_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(users.SETTING, text)
    with pytest.raises(CourseError, match=r"COURSE_CONTAINER_USERS must be a range of user numbers such"):
        users.numbers()
