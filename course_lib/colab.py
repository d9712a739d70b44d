"""The first cell of every notebook: do the notebook and the library on this machine belong together?"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

from packaging.version import Version

import course_lib
from course_lib.distribution import NAME, repository

_NVIDIA_SMI_SECONDS = 5


def on_colab() -> bool:
    """Say whether this kernel runs on Google Colab."""
    return "google.colab" in sys.modules


def ready(module: str, *, version: str) -> None:
    """Check that the notebook `module`, made with library `version`, fits here, and print one line that says so.

    They fit when the library is not older than the notebook and of the same series: the same major version,
    and below 1.0 the same minor version too. On Colab it also checks that the installation left torch and numpy whole.
    It uses no network, touches no Drive and imports neither torch nor numpy.
    Raises RuntimeError, with the command that mends it, when something does not fit.
    """
    problem = _stale("course_lib", NAME)
    if problem is None and on_colab():
        problem = _gone("numpy") or _gone("torch") or _stale("numpy", "numpy") or _stale("torch", "torch")
    if problem is None:
        problem = _mismatch(module, notebook=Version(version), library=Version(course_lib.__version__))
    if problem is not None:
        raise RuntimeError(problem)
    _explain_the_command()
    print(f"{module} is ready: course_lib {course_lib.__version__}, torch {_torch_version()}, {_device()}.")


def _explain_the_command() -> None:
    """Let `course check ...` in a cell say where it belongs, in place of a syntax error."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        shell.register_magic_function(lambda line: print(_where_commands_go(line)), "line", "course")


def _where_commands_go(line: str) -> str:
    """Say how the command `course` is run from here."""
    if on_colab():
        return (
            "On Colab the notebook lies on no disk, so `course check` cannot read it. In its place, run the last cell "
            "of the assignment: it says where you stand."
        )
    return f"`course` is a command for a terminal. In a cell, put an exclamation mark first: !course {line}".rstrip()


def _mismatch(module: str, *, notebook: Version, library: Version) -> str | None:
    """Say why notebook and library do not belong together, or None when they do."""
    if library.local == "unknown":  # a checkout that was never installed carries its own notebooks
        return None
    if library >= notebook and _series(library) == _series(notebook):
        return None
    found = f"{module} was made with {NAME} {notebook}, but {library} is installed here, which is "
    mend = (
        f"\n\n    %pip install --quiet --upgrade --upgrade-strategy only-if-needed"
        f' "{NAME} @ git+{repository()}@v{notebook}"\n\nThen {_restart()}.'
    )
    if library < notebook:
        return f"{found}older. Run this in a cell to install the one that belongs to the notebook:{mend}"
    return (
        f"{found}a newer series. Open the newer notebook from {repository()}, "
        f"or run this in a cell to go back to the library of this one:{mend}"
    )


def _series(version: Version) -> tuple[int, ...]:
    """Name the versions that promise to fit each other: 1.x together, but 0.1.x and 0.2.x apart."""
    return (version.major,) if version.major > 0 else (0, version.minor)


def _stale(module: str, distribution: str) -> str | None:
    """Say that a package was replaced after this session had imported it, or None."""
    if module not in sys.modules:
        return None
    try:
        installed = Version(installed_version(distribution))
    except PackageNotFoundError:
        return None
    loaded = Version(sys.modules[module].__version__)
    # The part after "+" names the build; wheels from PyPI carry it in the module but not in the metadata.
    if loaded.public == installed.public:
        return None
    return (
        f"This session still uses {module} {loaded.public}, but {installed.public} has been installed since. "
        f"To use it, {_restart()}."
    )


def _gone(distribution: str) -> str | None:
    """Say that a package which Colab brings along is no longer there, or None."""
    try:
        installed_version(distribution)
    except PackageNotFoundError:
        return (
            f"{distribution} is no longer installed in this Colab runtime. "
            "Choose Runtime > Disconnect and delete runtime, then run the notebook from its first cell: "
            "a new runtime brings it back."
        )
    return None


def _restart() -> str:
    """Say how to restart where the student is."""
    if on_colab():
        return "choose Runtime > Restart session and run the notebook from its first cell"
    return "restart the kernel (in JupyterLab: Kernel > Restart Kernel) and run the notebook from its first cell"


def _torch_version() -> str:
    """Read the version of torch without importing it: that takes seconds."""
    try:
        return Version(installed_version("torch")).public
    except PackageNotFoundError:
        return "not installed"


def _device() -> str:
    """Name the device that torch can use; ask torch when it is loaded anyway, else the machine."""
    torch = sys.modules.get("torch")
    if torch is not None:
        if torch.cuda.is_available():
            return f"GPU {torch.cuda.get_device_name()}"
        return "GPU Apple (mps)" if torch.backends.mps.is_available() else "CPU"
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "GPU Apple (mps)"
    return _nvidia_gpu() or "CPU"


def _nvidia_gpu() -> str | None:
    """Ask NVIDIA's driver for the name of the first GPU, unless torch was built without it."""
    try:
        if Version(installed_version("torch")).local == "cpu":
            return None
    except PackageNotFoundError:
        return None
    smi = shutil.which("nvidia-smi")
    if smi is None:
        return None
    try:
        answer = subprocess.run(
            [smi, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=_NVIDIA_SMI_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None  # a driver without a card, or one that hangs: torch could not use it either
    names = answer.stdout.split("\n")
    return f"GPU {names[0].strip()}" if names[0].strip() else None
