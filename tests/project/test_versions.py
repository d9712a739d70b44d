"""environment.yml, pyproject.toml and constraints.txt agree about every version."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

CONDA_NAMES = {
    "pytorch": "torch",
    "matplotlib-base": "matplotlib",
    "jupyter_client": "jupyter-client",
    "msgpack-python": "msgpack",
    "stack_data": "stack-data",
}
NOT_PYTHON_PACKAGES = {"python", "pip", "make"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def pins(course) -> dict[str, Version]:
    lines = (course.root / "constraints.txt").read_text("utf-8").splitlines()
    entries = (line.split("==") for line in lines if not line.startswith("#"))
    return {normal(name): Version(version) for name, version in entries}


@pytest.fixture(scope="module")
def project(course) -> dict:
    return tomllib.loads((course.root / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def conda(course) -> dict[str, str]:
    listed = yaml.safe_load((course.root / "environment.yml").read_text("utf-8"))["dependencies"]
    return dict((*entry.split("="), "")[:2] for entry in listed if isinstance(entry, str))


@pytest.fixture
def by_pip(course):
    """What conda-forge does not have, with its version."""
    listed = yaml.safe_load((course.root / "environment.yml").read_text("utf-8"))["dependencies"]
    lines = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    return dict(line.split("==") for line in lines if not line.startswith("-"))


def requirements(project: dict, *extras: str) -> list[Requirement]:
    listed = project["dependencies"] + [r for extra in extras for r in project["optional-dependencies"][extra]]
    return [r for r in map(Requirement, listed) if normal(r.name) != normal(project["name"])]


def test_every_requirement_is_pinned_to_a_version_that_it_allows(project, pins):
    for requirement in requirements(project, "instructor", "dev"):
        assert pins[normal(requirement.name)] in requirement.specifier, requirement


def test_students_packages_have_lower_bounds_only(project):
    """Colab's own torch and numpy must never be replaced."""
    for requirement in requirements(project):
        assert [s.operator for s in requirement.specifier] == [">="], requirement


def test_conda_installs_the_pinned_versions(conda, by_pip, pins):
    for name, version in conda.items():
        if name not in NOT_PYTHON_PACKAGES:
            assert pins[CONDA_NAMES.get(name, name)] == Version(version), name
    for name, version in by_pip.items():
        assert pins[name] == Version(version), name


def test_conda_has_everything_that_student_and_instructor_need(project, conda, by_pip):
    offered = {CONDA_NAMES.get(name, name) for name in conda} | set(by_pip)
    assert {normal(r.name) for r in requirements(project, "instructor")} <= offered


def test_python_versions_agree(project, conda):
    (least,) = Requirement(f"python{project['requires-python']}").specifier
    assert Version(conda["python"]) >= Version(least.version)


def test_torch_is_the_version_with_a_cpu_build(pins):
    assert str(pins["torch"]) == "2.13.0"
