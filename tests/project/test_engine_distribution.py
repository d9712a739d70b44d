"""The engine as a distribution of its own: it holds what it needs and no more, and grades where no torch is."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from support import linked_environment
from support.small_course import write_course
from support.tiny_project import ROOT

from grader.import_graph import candidates, modules
from grader.nbgrader_config import ONE_LINE

START = ("grader/cli.py", "grader/nbgrader_config.py", "grader/audit", "grader/engine", "grader/exchange")
COURSE_ALONE = (
    *("grader/authoring/", "grader/exchange/catalog/", "grader/exchange/demo/", "course_lib/data/"),
    "course_lib/vis/",
)
"""What is imported by commands and probes of our own course alone, and says so elsewhere."""
ABSENT = ("torch", "matplotlib", "scipy", "sklearn", "pandas", "PIL")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what is in version control, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        if name.split("/")[0] in ("grader", "course_lib", "packaging", "pyproject.toml", "LICENSE", "solutions"):
            (folder / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / "checkout" / name)
    (folder / "checkout" / "grader" / "var" / "submitted").mkdir(parents=True)
    (folder / "checkout" / "grader" / "var" / "secret.py").write_text("")
    offline = ["--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", *offline, "./packaging/engine", "--wheel-dir", str(folder)]
    done = subprocess.run(command, cwd=folder / "checkout", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def about(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return message_from_bytes(archive.read(name))


def reached(start: Iterable[str]) -> set[str]:
    """The files that the engine's code imports, wherever the import stands; those of the course alone are left out."""
    waiting = [path for name in start for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*"))]
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if name in found or path.suffix != ".py" or not path.is_file() or name.startswith(COURSE_ALONE):
            continue
        found.add(name)
        waiting += [folder / "__init__.py" for folder in path.parents if ROOT in folder.parents]
        for module in modules(ast.parse(path.read_bytes())):
            if module.split(".")[0] in ("grader", "course_lib"):
                waiting += candidates(ROOT, module)
    return found


def test_it_holds_what_the_engine_imports_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {name for name in held if name.endswith(".py")} == reached(START)
    others = {name for name in held if not name.endswith(".py")}
    templates = {path.relative_to(ROOT).as_posix() for path in (ROOT / "grader/exchange/templates").glob("*/*")}
    assert others == templates | {"course_lib/py.typed"}


def test_version_and_lower_bounds_are_those_of_the_course(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    engine = about(wheel)
    assert engine["Version"] == project["version"]
    assert engine["Requires-Python"] == project["requires-python"]
    declared = {*project["dependencies"], *project["optional-dependencies"]["instructor"]}
    asked = set(engine.get_all("Requires-Dist", []))
    assert asked <= declared
    assert not {text for text in asked if text.startswith(("torch", "scikit", "matplotlib>", "scipy", "pillow"))}


SCRIPT = f"""\
import importlib.util, sys
present = [name for name in {ABSENT} if importlib.util.find_spec(name)]
assert not present, present
from grader.cli import main
main()
"""


def test_it_grades_and_says_how_things_are_where_torch_and_matplotlib_are_absent(wheel: Path, tmp_path: Path) -> None:
    python = linked_environment.make(tmp_path / "venv", about(wheel).get_all("Requires-Dist", []))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(linked_environment.packages_of(tmp_path / "venv"))
    course = write_course(tmp_path / "course", ONE_LINE)

    def run(*arguments: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
        done = subprocess.run(
            [python, "-c", SCRIPT, *arguments], cwd=course, env=kept, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("release", "ps1")
    for student, answer in (("right", "return np.mean(x)"), ("wrong", "return 0.0")):
        source = json.loads((course / "release" / "ps1" / "problem.ipynb").read_text("utf-8"))
        source["cells"][1]["source"] = f"def mean(x):\n    {answer}"
        path = course / "submitted" / student / "ps1" / "problem.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(source), "utf-8")
    assert "2 graded, 0 unchanged, 0 not graded" in run("grade", "ps1")
    run("feedback", "ps1")
    run("export")
    lines = (course / "grades.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[7] for line in lines] == ["total", "2", "0"]
    assert run("--version").startswith("cnn-course-engine ")
    told = run("doctor")
    assert "torch" not in told.lower()
