"""What `course doctor` finds on this machine and on made-up ones, and what it advises."""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from course_lib import distribution, doctor
from course_lib.doctor import Finding, Probe, State, machine, packages, use


def shown(*findings: Finding, width: int = 80) -> tuple[int, str]:
    console = Console(width=width, file=StringIO())
    status = doctor.show(findings, console)
    return status, "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_this_machine_is_ready_for_a_student() -> None:
    findings = doctor.examine(doctor.PROBES)
    status, told = shown(*findings)
    assert status == 0, told
    assert told.endswith("Ready: everything that a student needs works.")
    subjects = [finding.subject for finding in findings]
    for subject in ("Python", "Packages", "Kernel", "Pictures", "PyTorch", "Disk", "Memory"):
        assert subject in subjects
    by_subject = {finding.subject: finding.found for finding in findings}
    assert by_subject["Kernel"].startswith("python3 starts, computes 1 + 1 = 2 and knows course_lib ")
    assert by_subject["Pictures"].startswith("read a photo (427, 640, 3) and 1437 digits, drew a figure of ")


PROBLEMS = """\

  What        State    Found
 ──────────────────────────────────────────────────────
  Python      good     3.12.1
  Packages    broken   numpy 1.20 is too old
  Packages    broken   torch is not installed
  Isolation   note     no: bubblewrap is not installed

To mend
    Packages: python -m pip install "numpy>=1.26"
    Packages: python -m pip install "torch>=2.2"

If you need it
    Isolation: sudo apt install bubblewrap

Not ready: Packages."""


def test_each_problem_comes_with_what_mends_it() -> None:
    status, told = shown(
        Finding("Python", State.GOOD, "3.12.1"),
        Finding("Packages", State.BROKEN, "numpy 1.20 is too old", 'python -m pip install "numpy>=1.26"'),
        Finding("Packages", State.BROKEN, "torch is not installed", 'python -m pip install "torch>=2.2"'),
        Finding("Isolation", State.NOTE, "no: bubblewrap is not installed", "sudo apt install bubblewrap"),
    )
    assert (status, told) == (1, PROBLEMS)


def test_a_note_alone_is_no_failure_and_a_long_command_stays_whole() -> None:
    command = "python -m pip install " + "x" * 100
    status, told = shown(Finding("Isolation", State.NOTE, "no [really]", command), width=60)
    assert status == 0
    assert f"    Isolation: {command}\n" in told
    assert "no [really]" in told


def test_a_probe_that_raises_is_a_finding_and_stops_no_other() -> None:
    def broken() -> Iterator[Finding]:
        yield Finding("First", State.GOOD, "seen")
        raise ModuleNotFoundError("No module named 'psutil'")

    after = Finding("Other", State.GOOD, "seen too")
    assert doctor.examine([Probe("Room", broken), Probe("Other", lambda: [after])])[-2:] == (
        Finding("Room", State.BROKEN, "ModuleNotFoundError: No module named 'psutil'"),
        after,
    )


def test_old_and_missing_packages_are_told_with_the_course_own_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"numpy": "1.20.0", "torch": "2.9.0+cu126", "typer": "1.0rc1"}

    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    wanted = ["numpy>=1.26", "torch>=2.2", "typer>=0.12", "rich>=13", 'nbgrader>=0.9.5; extra == "instructor"']
    monkeypatch.setattr(packages, "requires", lambda _: wanted)
    monkeypatch.setattr(packages, "version", version)
    monkeypatch.setattr(packages, "install_command", lambda extra: f"install {extra}")
    assert list(packages.student_packages()) == [
        Finding(
            "Packages", State.BROKEN, "numpy 1.20.0 is too old: >=1.26 is needed", 'python -m pip install "numpy>=1.26"'
        ),
        Finding("Packages", State.BROKEN, "rich is not installed", 'python -m pip install "rich>=13"'),
        Finding("Packages", State.GOOD, "torch 2.9.0+cu126, typer 1.0rc1"),
    ]
    assert list(packages.instructor_packages()) == [
        Finding(
            "Packages for instructors",
            State.NOTE,
            "nbgrader is not installed",
            "install instructor",
        )
    ]


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        ('{"url": "file:///my/course", "dir_info": {"editable": true}}', 'pip install -e "/my/course[instructor]"'),
        ('{"url": "file:///my/course", "dir_info": {}}', 'pip install "cnn-course[instructor] @ git+https://'),
        (None, 'pip install "cnn-course[instructor] @ git+https://'),
    ],
)
def test_an_extra_is_installed_from_where_the_course_came(
    monkeypatch: pytest.MonkeyPatch, origin: str | None, command: str
) -> None:
    installed = SimpleNamespace(read_text=lambda name: origin)
    monkeypatch.setattr(distribution, "distribution", lambda name: installed)
    assert distribution.install_command("instructor").startswith(f"python -m {command}")


def test_an_old_python_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages.platform, "python_version", lambda: "3.9.18")
    (finding,) = packages.python()
    assert finding.state is State.BROKEN
    assert finding.found.endswith("; the course needs >=3.11")
    assert finding.mend == "install Python >=3.11 and make a new environment with it: python -m venv .venv"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("exit 3", "the kernel 'python3' did not start: "),
        ("exec {python} -c \"import sys; sys.modules['course_lib'] = None; sys.argv[1:] = ['-f', '$1']; "
         "from ipykernel.kernelapp import launch_new_instance as go; go()\"", "where the course is not installed"),
    ],
)  # fmt: skip
def test_a_kernel_that_is_of_no_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, found: str
) -> None:
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    executable(tmp_path / "start", script.format(python=sys.executable))
    command = [str(tmp_path / "start"), "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (finding,) = use.kernel()
    assert finding.state is State.BROKEN
    assert found in finding.found
    assert finding.mend.endswith("python -m ipykernel install --sys-prefix --name python3")


def test_little_room_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_LITTLE_DISK", 1e18)
    disk, memory = machine.room()
    assert disk.state is State.NOTE
    assert "less than the 1e+09 GB that are good" in disk.found
    assert disk.mend == "make room: python -m pip cache purge"
    assert (memory.state, memory.mend) == (State.GOOD, "")


def test_torch_that_cannot_be_imported_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    (finding,) = use.torch()
    assert finding.state is State.BROKEN
    assert finding.found.startswith("cannot be imported: ")
    assert finding.mend == 'python -m pip install --force-reinstall "torch>=2.2"'
