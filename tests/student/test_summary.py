"""The last cell of an assignment: points so far, what is open, and how to hand in from here."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from support.tiny_project import TinyProject, make_tiny

from course_lib import released
from course_lib.check import scoreboard
from grader.authoring.build import build

NAME = "01_convolution"
Run = Callable[[str], str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> TinyProject:
    tiny = make_tiny(tmp_path_factory.mktemp("summed"))
    tiny.edit(f"solutions/{NAME}.md", "kind: assignment", "hand_in: [weights.bin], kind: assignment")
    build(tiny).write()
    return tiny


@pytest.fixture
def run(project: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a cell in a fresh session that has no notebook on disk; returns what it printed."""
    monkeypatch.setattr(released, "FOLDER", project.library_copy(NAME).parent)
    monkeypatch.setattr(scoreboard, "_SCORES", {})
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()

    def run(source: str) -> str:
        with capture_output() as captured:
            shell.run_cell(source, store_history=True)
        return str(captured.stdout)

    yield run
    InteractiveShell.clear_instance()


def source(path: Path, name: str) -> str:
    book = nbformat.read(path, as_version=4)
    return next(str(cell.source) for cell in book.cells if cell.metadata.nbgrader.grade_id == name)


@pytest.fixture
def last(project: TinyProject) -> str:
    return source(project.assignment(NAME), "course-summary")


@pytest.fixture
def parts(project: TinyProject) -> tuple[str, str]:
    return "from course_lib import check\n", source(project.assignment(NAME), "twice_tests")


def test_before_any_test_it_says_what_to_run(run: Run, last: str) -> None:
    assert run(last).startswith("Here stand your points once the test cells above have run in this session")


def test_points_what_is_open_and_files(run: Run, last: str, parts: tuple[str, str], tmp_path: Path) -> None:
    setup, tests = parts
    run(f"{setup}def twice(x): return x + 4")
    run(tests)
    assert (
        run(last)
        == f"""\
0 of 1 points of the public tests so far.

Still open:
  Exercise 1: Twice  0 of 1

Decided when your work is graded: 1 by hidden tests and 1 by a person who reads your answer.

Hand in {NAME}.ipynb and weights.bin.
  {NAME}.ipynb: save it first (in JupyterLab: File > Save Notebook).
  weights.bin: is not there yet. The cell that writes it stands above: run it, and read what it says.
To be sure, type in a terminal: course check {NAME}.ipynb
It runs the notebook from the top, as the grader will.
"""
    )
    run("def twice(x): return x + x")
    run(tests)
    Path("weights.bin").touch()
    said = run(last)
    assert said.startswith("1 of 1 points of the public tests so far.\n\nDecided when")
    assert f"weights.bin: is there, in {tmp_path}." in said


def test_on_colab_it_says_how_to_save_what_the_runtime_loses(
    run: Run, last: str, parts: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    run(f"{parts[0]}def twice(x): return x + x")
    run(parts[1])
    Path("weights.bin").touch()
    said = run(last)
    assert "File > Download > Download .ipynb" in said
    assert "in this runtime only, and is lost with it. Download it" in said
    assert "terminal" not in said


def test_what_an_exercise_rules_out_is_not_looked_for_here(
    run: Run, last: str, parts: tuple[str, str], project: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(f"{parts[0]}def twice(x): return x + x")
    run(parts[1])
    sentence = (
        "An answer that uses what its exercise rules out earns nothing: `course check` and grading look for that."
    )
    assert sentence not in run(last)
    release = nbformat.read(project.library_copy(NAME), as_version=4)
    release.metadata.course["rules_out"] = {"twice": ["numpy"]}
    nbformat.write(release, tmp_path / f"{NAME}.ipynb")
    monkeypatch.setattr(released, "FOLDER", tmp_path)
    assert sentence in run(last)


def test_an_instructors_notebook_with_hidden_tests_counts_its_public_ones(
    run: Run, last: str, parts: tuple[str, str], project: TinyProject
) -> None:
    run(f"{parts[0]}def twice(x): return abs(x + x)")
    run(source(project.solution(NAME), "twice_tests"))
    assert run(last).startswith("1 of 1 points of the public tests so far.")


def test_a_changed_test_does_not_count(run: Run, last: str, parts: tuple[str, str]) -> None:
    run(f"{parts[0]}def twice(x): return 6")
    run(parts[1].replace("twice(3)", "6"))
    assert "Exercise 1: Twice  its test has not run to its end in this session" in run(last)


def test_the_command_typed_in_a_cell_says_where_it_belongs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("from course_lib import colab\ncolab.ready('x', version=__import__('course_lib').__version__)")
    assert "put an exclamation mark first: !course check my.ipynb" in run("course check my.ipynb")
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert "the notebook lies on no disk" in run("course check my.ipynb")
