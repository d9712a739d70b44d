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
from grader.engine import remedies
from grader.engine.pool import Pool
from grader.engine.sandbox import bwrap
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


FAKE = """#!/bin/sh
if [ "$1" = --version ]; then echo 'bubblewrap {version}'; exit 0; fi
echo "bwrap: {said}" >&2
exit 1
"""


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, said: str, version: str = "0.9.0") -> None:
    """A bubblewrap that says this and fails."""
    (folder / "bwrap").write_text(FAKE.format(version=version, said=said))
    (folder / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_what_bubblewrap_says_is_told_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, "Can't mount proc on /newroot/proc: Operation not permitted")
    monkeypatch.setattr(remedies, "this_machine", lambda: remedies.Machine(container=True))
    found = probe.look()
    assert [(one.subject, one.works) for one in found] == [("Bubblewrap", False), ("Temporary files", True)]
    assert found[0].found == "bwrap: Can't mount proc on /newroot/proc: Operation not permitted"
    assert "--security-opt systempaths=unconfined" in found[0].mend


@pytest.mark.parametrize("version", ["0.3.1", "0.4.1"])
def test_a_bubblewrap_without_the_options_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    fake(tmp_path, monkeypatch, "Unknown option --perms", version)
    assert "0.5.0 or later is needed" in probe.look()[0].mend


@pytest.mark.parametrize("version", ["bubblewrap 0.5.0", "bubblewrap 0.11.1", "bubblewrap 1.0"])
def test_newer_versions_are_new_enough(version: str) -> None:
    assert bwrap.is_new_enough(version)


def test_a_folder_for_temporary_files_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/home/x']")

    monkeypatch.setattr(probe.tempfile, "TemporaryDirectory", refused)
    result = probe.temporary_folder()
    assert not result.works
    assert "export TMPDIR=" in result.mend


def test_one_cause_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [probe.Result(name, False, "refused", "the same step") for name in ("one", "two")]
    monkeypatch.setattr(probe, "look", lambda: broken)
    assert [finding.mend for finding in probe.findings()][:2] == ["the same step", ""]


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
