"""docs/own_course.md followed: its commands run, its settings are those of the engine, its one line is the one line."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest
from support.quickstart_course import run
from support.small_course import write_course
from support.tiny_project import ROOT

from course_lib.distribution import ENGINE
from grader.engine.preprocessor import ExecuteIsolated
from grader.nbgrader_config import ONE_LINE

PAGE = (ROOT / "docs" / "own_course.md").read_text("utf-8")
ANSWERS = {"right": "return np.mean(x)", "wrong": "return 0.0"}


def blocks(language: str) -> list[str]:
    return [
        line
        for block in re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with the one line of the page, as its last one."""
    line, setting = blocks("python")
    assert line == ONE_LINE
    assert setting.startswith("c.ExecuteIsolated.in_kernel = [")
    return write_course(tmp_path / "course", setting, line)


def hand_in(course: Path) -> None:
    for student, answer in ANSWERS.items():
        notebook = nbformat.read(course / "release" / "ps1" / "problem.ipynb", as_version=4)
        notebook.cells[1].source = f"def mean(x):\n    {answer}"
        path = course / "download" / student / "problem.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def test_each_command_of_the_page_runs_in_the_order_of_the_page(course: Path) -> None:
    commands = [line for line in blocks("bash") if not line.startswith("python -m pip ")]
    for line in commands:
        program, *arguments = shlex.split(line)
        assert program == "course", line
        run(course, "grader.cli", *arguments)
        if arguments == ["release", "ps1"]:
            hand_in(course)
    totals = {line.split(",")[1]: line.split(",")[7] for line in (course / "proved.csv").read_text().splitlines()}
    assert totals == {"student_id": "total", "right": "2", "wrong": "0"}
    assert (course / "feedback" / "right" / "ps1" / "problem.html").is_file()
    plain = "nbgrader autograde ps1 --ExecuteIsolated.timeout=20"
    assert f"`{plain}`" in PAGE
    shutil.rmtree(course / "autograded")
    run(course, *shlex.split(plain))
    unsafe = "course grade ps1 --unsafe"
    assert f"`{unsafe}`" in PAGE
    run(course, "grader.cli", "grade", "ps1", "--unsafe", "--force")


def test_what_is_installed_and_removed_is_the_engine_of_this_repository() -> None:
    install, remove = (line for line in blocks("bash") if line.startswith("python -m pip "))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    engine = tomllib.loads((ROOT / "packaging" / "engine" / "pyproject.toml").read_text("utf-8"))["project"]
    assert engine["name"] == ENGINE
    address = f"git+{project['urls']['Repository']}#subdirectory=packaging/engine"
    assert install == f'python -m pip install "{ENGINE} @ {address}"'
    assert remove == f"python -m pip uninstall {ENGINE}"
    assert "python -m pip install ./packaging/engine" in PAGE


def test_the_settings_of_the_page_are_those_of_the_engine() -> None:
    table = PAGE.split("<!-- settings:")[1].split("<!-- end of settings -->")[0]
    told = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", table, re.MULTILINE)}
    own = {name: trait for name, trait in ExecuteIsolated.class_own_traits(config=True).items() if name != "enabled"}
    defaults = {name: trait.default() for name, trait in own.items()}
    written = {name: repr(getattr(value, "value", value)) for name, value in defaults.items()}  # as in a configuration
    assert told == {name: (written[name], trait.help) for name, trait in own.items()}
