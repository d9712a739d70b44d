"""One configuration for our commands and for plain nbgrader, from any folder and for any gradebook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import ClearSolutions, InstantiateTests
from support.grading_course import NAME, RIGHT, answered, hand_in, make_course
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from course_lib.repair.reference import Reference
from grader.alembic_path import put_alembic_on_path
from grader.course_dir import CourseDir
from grader.engine.job import ExecutedNotebook, Job
from grader.engine.limits import Limits, MiB
from grader.engine.preprocessor import ExecuteIsolated
from grader.engine.run_isolated import in_sandbox
from grader.exchange.batch import grade
from grader.exchange.feedback import feedback
from grader.exchange.release import release
from grader.exchange.scores import scores
from grader.nbgrader_config import configure

ROOT = Path(__file__).parents[2]
CONFIG = """\
from pathlib import Path
from grader.course_dir import CourseDir
from grader.nbgrader_config import configure
configure(get_config(), CourseDir.sandbox(Path(__file__).parent).with_limits(cell_seconds=5))
"""


def nbgrader(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run plain nbgrader as if the environment were not activated: alembic is not on the PATH."""
    env = os.environ | {"PATH": "/usr/bin:/bin"} | environment
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_the_course_lies_where_its_files_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COURSE_DB", raising=False)
    course = CourseDir.of_checkout()
    assert course.root == ROOT
    assert course.gradebook_url == f"sqlite:///{ROOT}/grader/var/gradebook.db"
    assert course.released("01_x") == ROOT / "assignments" / "01_x" / "01_x.ipynb"
    assert course.submitted("01_x", "ada") == ROOT / "grader" / "var" / "submitted" / "ada" / "01_x" / "01_x.ipynb"


def test_course_db_chooses_the_gradebook_but_not_that_of_a_sandbox(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSE_DB", "postgresql://host/course")
    assert CourseDir.of_checkout().gradebook_url == "postgresql://host/course"
    assert CourseDir.sandbox(tmp_path).gradebook_url == f"sqlite:///{tmp_path}/gradebook.db"


def test_our_paths_are_those_that_nbgrader_uses(tmp_path: Path) -> None:
    course = CourseDir(tmp_path, tmp_path / "grader" / "var")
    folders = configure(Config(), course).CourseDirectory
    for key, path in (
        ("source_directory", course.solution("a").parents[1]),
        ("release_directory", course.released("a").parents[1]),
        ("submitted_directory", course.submitted("a", "s").parents[2]),
        ("autograded_directory", course.autograded("a", "s").parents[2]),
        ("feedback_directory", course.feedback("a", "s").parents[2]),
    ):
        assert tmp_path / folders[key] == path


def test_the_release_steps_are_ours(tmp_path: Path) -> None:
    named = configure(Config(), CourseDir.sandbox(tmp_path)).GenerateAssignment.preprocessors
    steps = [import_item(step) if isinstance(step, str) else step for step in named]
    for theirs in (ClearSolutions, InstantiateTests):
        assert theirs not in steps
        assert any(issubclass(step, theirs) for step in steps)


def test_alembic_is_found_without_an_activated_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    put_alembic_on_path()
    assert shutil.which("alembic")
    once = os.environ["PATH"]
    put_alembic_on_path()
    assert os.environ["PATH"] == once


def test_plain_nbgrader_reads_the_configuration_of_the_checkout(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    added = nbgrader("db", "student", "add", "ada", cwd=ROOT, COURSE_DB=url)
    assert added.returncode == 0, added.stderr
    listed = nbgrader("db", "student", "list", cwd=ROOT, COURSE_DB=url)
    assert "ada" in listed.stdout + listed.stderr
    assert (tmp_path / "other.db").exists()


def test_plain_nbgrader_grades_and_writes_feedback_like_our_commands(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    (course.root / "nbgrader_config.py").write_text(CONFIG)
    release(course, NAME)
    notebook = answered(course, **RIGHT)
    notebook.cells = [c for c in notebook.cells if c.metadata.nbgrader.grade_id != "double_tests"]
    hand_in(course, "ada", notebook)
    for command in ("autograde", "generate_feedback"):
        done = nbgrader(command, NAME, cwd=course.root)
        assert done.returncode == 0, done.stderr
    assert scores(course, NAME).of("ada").total == 3  # the deleted test came back, the warning cost nothing
    page = course.feedback(NAME, "ada").read_text("utf-8")
    assert "00_mini: 3 of 4 points</h1>" in page
    assert "double(-3)" not in page


def test_work_in_a_folder_of_the_checkout(tmp_path: Path) -> None:
    """As in the real course: solutions and assignments at the top, everything else in grader/var."""
    root = make_course(tmp_path / "course").root
    course = CourseDir(root, root / "grader" / "var", db_url=f"sqlite:///{tmp_path / 'elsewhere.db'}")
    before = sorted(path for path in root.rglob("*") if path.is_file())
    release(course, NAME)
    hand_in(course, "ada", answered(course, **RIGHT))
    assert [result.outcome for result in grade(course, NAME).results] == ["graded"]
    assert feedback(course, NAME).pages["ada"] == course.feedback(NAME, "ada")
    assert course.feedback(NAME, "ada").is_file()
    assert scores(course, NAME).of("ada").total == 3
    outside = [p for p in root.rglob("*") if p.is_file() and not p.is_relative_to(course.work)]
    assert sorted(outside) == before
    assert not (course.work / "gradebook.db").exists()


def test_a_changed_limit_reaches_every_consumer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader's own configuration, and the job that `course grade` sends to its workers."""
    changed: dict[str, float] = {field.name: field.default + 1 for field in fields(Limits)}
    course = make_course(tmp_path / "course").with_limits(**changed)
    config = configure(Config(), course)
    assert ExecuteIsolated(config=config).limits() == Limits(**changed)  # type: ignore[arg-type]  # one type of value
    assert config.Execute.timeout == changed["cell_seconds"]
    release(course, NAME)
    hand_in(course, "ada", answered(course, **RIGHT))
    grade(course, NAME, execute=tell_limits, jobs=1)
    told = nbformat.read(course.autograded(NAME, "ada"), as_version=4).metadata
    assert told["limits"] == Limits(**changed).to_dict()  # type: ignore[arg-type]  # as above


def tell_limits(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    notebook.metadata["limits"] = job.limits.to_dict()
    return ExecutedNotebook(notebook)


def test_the_limits_of_a_job_hold_in_the_sandbox() -> None:
    """The student's process reads them from its own resource limits; a long cell and much text are cut."""
    bounds = ", ".join(f"r.RLIMIT_{name}" for name in ("NOFILE", "NPROC", "FSIZE", "CPU"))
    read = f"import resource as r\nprint(*(r.getrlimit(w)[0] for w in ({bounds})))"
    cells = [new_code_cell(source) for source in (read, "print('x' * 5000)", "while True: pass")]
    limits = Limits(cell_seconds=1, cpu_seconds=90, processes=20, disk_bytes=MiB, open_files=100, output_bytes=2000)
    done = in_sandbox(new_notebook(cells=cells), Job(Reference("x", (), {}), limits), {})
    said = [cell.outputs[0].text for cell in done.notebook.cells[:2]]
    assert said[0] == f"100 22 {MiB} 90\n"
    assert 2000 <= len(said[1]) < 4000
    assert "stopped after 1 s" in done.notebook.cells[2].outputs[-1].evalue
