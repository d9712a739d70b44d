"""The set-up cell: which versions fit, what it says when they do not, and what it may not touch."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from packaging.version import Version

import course_lib
from course_lib import colab
from course_lib.distribution import repository

OLDER = """\
01_convolution was made with cnn-course 0.1.1, but 0.1.0 is installed here, which is older. \
Run this in a cell to install the one that belongs to the notebook:

    %pip install --quiet --upgrade --upgrade-strategy only-if-needed \
"cnn-course @ git+https://github.com/cnn-course/cnn-course@v0.1.1"

Then restart the kernel (in JupyterLab: Kernel > Restart Kernel) and run the notebook from its first cell."""

NEWER = """\
01_convolution was made with cnn-course 0.1.0, but 0.2.0 is installed here, which is a newer series. \
Open the newer notebook from https://github.com/cnn-course/cnn-course, \
or run this in a cell to go back to the library of this one:

    %pip install --quiet --upgrade --upgrade-strategy only-if-needed \
"cnn-course @ git+https://github.com/cnn-course/cnn-course@v0.1.0"

Then restart the kernel (in JupyterLab: Kernel > Restart Kernel) and run the notebook from its first cell."""


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Pretend that another version of everything is installed, through what the tests set in `installed`."""
    monkeypatch.setattr(colab, "repository", lambda: "https://github.com/cnn-course/cnn-course")
    return monkeypatch


def pretend(monkeypatch: pytest.MonkeyPatch, loaded: str, **installed: str | None) -> None:
    """Let course_lib be `loaded`, and each distribution be installed in the version given (None: not at all)."""
    versions = {"cnn-course": loaded, **{name.replace("_", "-"): number for name, number in installed.items()}}

    def lookup(distribution: str) -> str:
        number = versions.get(distribution, "missing")
        if number is None:
            raise PackageNotFoundError(distribution)
        return version(distribution) if number == "missing" else number

    monkeypatch.setattr(course_lib, "__version__", loaded)
    monkeypatch.setattr(colab, "installed_version", lookup)


@pytest.mark.parametrize(
    ("notebook", "installed", "fits"),
    [
        ("0.1.0", "0.1.0", True),
        ("0.1.0", "0.1.7", True),
        ("0.1.1", "0.1.0", False),
        ("0.1.0", "0.2.0", False),
        ("0.2.0", "0.1.9", False),
        ("0.9.0", "1.0.0", False),
        ("1.0.0", "0.9.0", False),
        ("1.0.0", "1.0.0", True),
        ("1.2.0", "1.10.0", True),
        ("1.10.0", "1.2.0", False),
        ("1.2.3", "2.2.3", False),
        ("0.2.0", "0.2.0.dev1", False),
        ("0.2.0", "0.2.1.dev1", True),
        ("0.1.0", "0.1.0+g1234567", True),
        ("0.1.0", "0+unknown", True),
    ],
)
def test_which_versions_belong_together(library: pytest.MonkeyPatch, notebook: str, installed: str, fits: bool) -> None:
    problem = colab._mismatch("01_convolution", notebook=Version(notebook), library=Version(installed))
    assert (problem is None) == fits


@pytest.mark.parametrize(("notebook", "installed", "message"), [("0.1.1", "0.1.0", OLDER), ("0.1.0", "0.2.0", NEWER)])
def test_a_mismatch_comes_with_the_command_that_mends_it(
    library: pytest.MonkeyPatch, notebook: str, installed: str, message: str
) -> None:
    pretend(library, loaded=installed)
    with pytest.raises(RuntimeError) as caught:
        colab.ready("01_convolution", version=notebook)
    assert str(caught.value) == message


def test_one_quiet_line_when_all_is_well(library: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pretend(library, loaded="0.1.0", torch="2.13.0+cpu")
    library.delitem(sys.modules, "torch", raising=False)
    library.setattr(sys, "platform", "linux")
    colab.ready("01_convolution", version="0.1.0")
    printed = capsys.readouterr()
    assert printed.out == "01_convolution is ready: course_lib 0.1.0, torch 2.13.0, CPU.\n"
    assert printed.err == ""


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="newest"):
        colab.ready("01_convolution", version="newest")


def test_the_library_was_replaced_under_a_running_session(library: pytest.MonkeyPatch) -> None:
    pretend(library, loaded="0.1.0", cnn_course="0.2.0")
    with pytest.raises(RuntimeError) as caught:
        colab.ready("01_convolution", version="0.2.0")
    assert str(caught.value) == (
        "This session still uses course_lib 0.1.0, but 0.2.0 has been installed since. To use it, "
        "restart the kernel (in JupyterLab: Kernel > Restart Kernel) and run the notebook from its first cell."
    )


def test_numpy_was_replaced_by_the_installation_on_colab(library: pytest.MonkeyPatch) -> None:
    pretend(library, loaded="0.1.0", numpy="9.9.9")
    colab.ready("01_convolution", version="0.1.0")  # elsewhere, numpy is the student's own affair
    library.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    with pytest.raises(RuntimeError) as caught:
        colab.ready("01_convolution", version="0.1.0")
    assert str(caught.value) == (
        f"This session still uses numpy {np.__version__}, but 9.9.9 has been installed since. "
        "To use it, choose Runtime > Restart session and run the notebook from its first cell."
    )


def test_torch_was_lost_on_colab(library: pytest.MonkeyPatch) -> None:
    pretend(library, loaded="0.1.0", torch=None)
    library.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    with pytest.raises(RuntimeError, match=r"^torch is no longer installed in this Colab runtime\. Choose Runtime >"):
        colab.ready("01_convolution", version="0.1.0")


def test_the_build_of_torch_is_not_its_version(library: pytest.MonkeyPatch) -> None:
    torch = ModuleType("torch")
    torch.__version__ = "2.9.0+cu126"  # type: ignore[attr-defined]  # a module made for this test
    library.setitem(sys.modules, "torch", torch)
    pretend(library, loaded="0.1.0", torch="2.9.0")
    assert colab._stale("torch", "torch") is None


@pytest.mark.parametrize(
    ("script", "device"),
    [("echo 'Tesla T4'; echo 'Tesla T4'", "GPU Tesla T4"), ("echo 'no devices were found'; exit 6", "CPU")],
)
def test_the_gpu_is_named_without_importing_torch(
    library: pytest.MonkeyPatch, tmp_path: Path, script: str, device: str
) -> None:
    smi = tmp_path / "nvidia-smi"
    smi.write_text(f"#!/bin/sh\n{script}\n")
    smi.chmod(0o755)
    library.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    library.delitem(sys.modules, "torch", raising=False)
    library.setattr(sys, "platform", "linux")
    pretend(library, loaded="0.1.0", torch="2.9.0+cu126")
    assert colab._device() == device
    pretend(library, loaded="0.1.0", torch="2.9.0+cpu")
    assert colab._device() == "CPU"


def test_the_real_library_fits_its_own_notebooks_and_imports_nothing_heavy() -> None:
    program = """
import sys, course_lib
from course_lib import colab
colab.ready("01_convolution", version=course_lib.__version__)
assert not colab.on_colab()
assert not {"torch", "numpy", "google"} & set(sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"01_convolution is ready: course_lib {course_lib.__version__}, torch ")
    assert ran.stdout.count("\n") == 1


def test_the_address_comes_from_the_installed_package() -> None:
    assert repository().startswith("https://")
