"""The same attacks again as an ordinary user, where these tests run as root (in a container, in CI).

An ordinary user cannot make namespaces without a user namespace, and cannot be given what lies in root's home: the two
ways of starting the sandbox differ, so both are attacked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.plain_container import readable
from support.sandbox_tools import ROOT

from grader.engine.sandbox import bwrap
from grader.engine.sandbox.allowlist import interpreter_directories

_NOBODY = "65534"


def _as_nobody(*covers: str) -> list[str]:
    """A command's beginning: an ordinary user to whom the interpreter and the checkout are readable, as in a home."""
    needed = [*interpreter_directories(), str(ROOT)]
    command = [bwrap.executable(), "--dev-bind", "/", "/", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    command += readable(needed, "0755")
    for path in covers:
        command += ["--tmpfs", path]
    return [*command, "setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]


if os.geteuid() == 0:

    def test_the_attacks_as_an_ordinary_user() -> None:
        tests = [
            str(Path(__file__).with_name(name)) for name in ("test_sandbox_attacks.py", "test_sandbox_lifetime.py")
        ]
        command = [*_as_nobody(), sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        environment = {**os.environ, "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]

    def test_where_proc_is_covered_in_part_as_in_docker_the_probe_says_so() -> None:
        """The kernel then refuses a fresh /proc, which could uncover what was covered."""
        code = (
            "from grader.engine.probe_isolation import look\nfor one in look(): print(one.subject, one.works, one.mend)"
        )
        command = [*_as_nobody("/proc/tty"), sys.executable, "-c", code]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        lines = ran.stdout.splitlines()
        broken = [line for line in lines if " False " in line]
        assert len(broken) == 1
        assert broken[0].startswith("Bubblewrap False the container hides parts of /proc")

    def test_root_gives_the_sandbox_a_whole_proc_all_the_same() -> None:
        code = "from grader.engine.probe_isolation import look\nprint(look()[-1])"
        masked = [bwrap.executable(), "--dev-bind", "/", "/", "--cap-add", "ALL", "--tmpfs", "/proc/tty"]
        ran = subprocess.run(
            [*masked, sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "subject='Isolation', works=True" in ran.stdout

else:

    def test_these_tests_run_as_an_ordinary_user_already() -> None:
        assert bwrap.unprivileged_user() is None
