"""The probe sees what is missing, says what mends it, and grading refuses meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.sandbox_tools import HERE, PROGRAM, ROOT, SMALL, ask

from course_lib.errors import CourseError
from grader import import_graph
from grader.engine import probe_isolation as probe
from grader.engine.pool import Pool
from grader.engine.sandbox.primitives import PRIMITIVES


def test_here_everything_works() -> None:
    results = probe.look()
    assert [result for result in results if not result.works] == []
    assert results[-1].subject == "Isolation"


def test_where_the_kernel_refuses_each_primitive_says_so() -> None:
    """A worker of ours is such a place: it may not make namespaces, mounts or a second filter of its own."""
    # Pieces that a sandboxed process keeps. The filter is among them: it finds unshare refused, as it should be.
    allowed = {"system call filter", "process descriptors", "memory figures"}
    names = import_graph.files(ROOT, ["grader/engine/sandbox/primitives.py"], "grader")
    program = replace(PROGRAM, modules=PROGRAM.modules | {name: ROOT / name for name in names})
    with Pool(program) as pool, pool.start({}, SMALL) as worker:
        ask(worker, "import subprocess, sys")
        for primitive in PRIMITIVES:
            said = ask(
                worker,
                "ran = subprocess.run([sys.executable, '-P', '-m', 'grader.engine.sandbox.primitives', "
                f"{primitive.name!r}], capture_output=True, text=True)\nprint(ran.returncode, ran.stdout)",
            )
            if primitive.name in allowed:
                assert said == "0 \n", primitive.name
            else:
                assert said is not None
                assert said.startswith("1 unshare"), primitive.name
                assert "Operation not permitted" in said


@pytest.mark.parametrize(
    ("name", "value", "setting"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
    ],
)
def test_the_setting_that_forbids_namespaces_is_named(tmp_path: Path, name: str, value: str, setting: str) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(value + "\n")
    assert f"sudo sysctl -w {setting} " in probe.mend(tmp_path)


def test_without_such_a_setting_the_container_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "in_container", lambda: True)
    assert "--security-opt seccomp=unconfined" in probe.mend(tmp_path)


def test_without_bubblewrap_its_install_command_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dnf").write_text("#!/bin/sh\n")
    (tmp_path / "dnf").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    result = probe.look()[0]
    assert not result.works
    assert result.mend == "sudo dnf install bubblewrap"


def test_a_pool_refuses_where_bubblewrap_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(CourseError, match=r"course doctor.*\n.*No permissions to create new namespace"):
        Pool(PROGRAM)


if os.geteuid() == 0:

    def test_root_without_the_right_to_mount_is_refused_like_in_a_plain_container() -> None:
        code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import sandbox_tools as t; t.Pool(t.PROGRAM)"
        ran = subprocess.run(
            ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 1
        assert "course_lib.errors.CourseError: submissions cannot be isolated here" in ran.stderr
