"""Python and the packages: is what the installed course asks for there, and recent enough?"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course_lib.distribution import NAME, install_command
from course_lib.doctor.probes import Finding, State


def python() -> Iterator[Finding]:
    """Compare this Python with the versions that the course is made for."""
    wanted = SpecifierSet(metadata(NAME)["Requires-Python"])
    found = f"{platform.python_version()} on {platform.platform(terse=True)}, in {sys.prefix}"
    if platform.python_version() in wanted:
        yield Finding("Python", State.GOOD, found)
    else:
        mend = f"install Python {wanted} and make a new environment with it: python -m venv .venv"
        yield Finding("Python", State.BROKEN, f"{found}; the course needs {wanted}", mend)


def student_packages() -> Iterator[Finding]:
    """Compare the installed packages with the lower bounds of the course."""
    yield from _packages("", State.BROKEN)


def instructor_packages() -> Iterator[Finding]:
    """Say whether the packages for building and grading are here; a student needs none of them."""
    yield from _packages("instructor", State.NOTE)


def _packages(extra: str, when_missing: State) -> Iterator[Finding]:
    """Say what is missing or too old among the packages of the course or of one of its extras."""
    subject = f"Packages for {extra}s" if extra else "Packages"
    good: list[str] = []
    for text in requires(NAME) or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if extra and (marker is None or marker.evaluate({"extra": ""})):
            continue  # needed by students too: told there
        if marker is not None and not marker.evaluate({"extra": extra}):
            continue
        bare = f"{requirement.name}{requirement.specifier}"
        mend = install_command(extra) if extra else f'python -m pip install "{bare}"'
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            yield Finding(subject, when_missing, f"{requirement.name} is not installed", mend)
            continue
        if requirement.specifier.contains(installed, prereleases=True):
            good.append(f"{requirement.name} {installed}")
        else:
            found = f"{requirement.name} {installed} is too old: {requirement.specifier} is needed"
            yield Finding(subject, when_missing, found, mend)
    if good:
        yield Finding(subject, State.GOOD, ", ".join(good))
