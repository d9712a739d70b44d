"""The command line: what people type, what they read, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from support.small_notebooks import answer, graded, notebook
from support.tiny_project import ROOT
from typer.testing import CliRunner

from grader import cli


def course(*arguments: str, cwd: Path = ROOT, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run `course ...` in a process of its own, as a person does."""
    command = [sys.executable, *python, "-m", "grader.cli", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_help_names_every_command():
    text = CliRunner().invoke(cli.app, ["--help"]).output
    names = "build prove check doctor audit release collect grade feedback report export demo"
    for name in names.split():
        assert name in text


def test_version():
    assert CliRunner().invoke(cli.app, ["--version"]).output.startswith("cnn-course ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere.ipynb"), "nowhere.ipynb"),
        (("audit", "nowhere.ipynb"), "nowhere.ipynb cannot be read: No such file or directory."),
        (("grade", "42_nothing"), "no assignment is called '42_nothing'; there are: 01_convolution"),
        (("grade", "1", "--unsafe", "--isolation", "container"), "--unsafe is the same as --isolation none"),
        (("prove", "42_nothing"), "no assignment is called '42_nothing'"),
    ],
)
def test_a_persons_mistake_is_one_line_and_exit_code_2(arguments, message):
    done = course(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("course: ")
    assert message in done.stderr


def test_debug_shows_the_traceback():
    done = course("--debug", "grade", "42_nothing")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_outside_a_checkout_the_command_says_where_to_go(tmp_path):
    done = course("build", cwd=tmp_path, python=("-P",))
    assert done.returncode == 2
    assert (
        "is not in a checkout of the course, with which alone `course build`, `prove` and `demo` work: " in done.stderr
    )


def test_build_names_the_line_to_mend_and_writes_nothing(tiny):
    tiny.edit("solutions/01_convolution.md", ":points: 2\n", "")
    done = course("build", cwd=tiny.root)
    assert done.returncode == 1
    assert "solutions/01_convolution.md:34: `twice` needs its points" in done.stderr.split(": `:points: 2`")[0]
    assert not tiny.lecture("01_convolution").exists()


def test_build_check_lists_what_is_stale(tiny, built):
    done = course("build", "--check", cwd=tiny.root)
    assert done.returncode == 1
    assert "stale lectures/01_convolution.ipynb\n" in done.stdout
    assert done.stderr == "Run `course build` and commit what it writes.\n"
    done = course("build", "--check", cwd=built.root, python=("-P",))  # its course_lib holds the releases alone
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" built files, all up to date.\n")


def test_prove_prints_the_problems_and_fails(tiny):
    tiny.edit("solutions/01_convolution.answers.md", "return 2 * abs(x)", "return x * 2")
    done = course("prove", "1", "--quick", "--redundant", "--json", "found.json", cwd=tiny.root)
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "passes ['a negative number'], which it should lose" in said
    assert "2 right answers pass, 3 wrong answers are caught. Of" in said
    assert "Problems: 1." in said
    assert "twice: 'a positive number' catches" in said
    (module,) = json.loads((tiny.root / "found.json").read_text("utf-8"))
    assert module["exercises"][0]["wrong"] == 3


@pytest.mark.parametrize(("command", "package"), [("build", "jupytext"), ("prove", "cosmic_ray")])
def test_an_instructors_command_names_the_extra_that_it_needs(command, package, tmp_path):
    """Students install without nbgrader, jupytext and cosmic-ray."""
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError('no', name={package!r})")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from grader.cli import main; main()"
    started = [sys.executable, "-c", script, command]
    done = subprocess.run(started, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert f"this command needs the package {package}" in done.stderr
    assert "[instructor]" in done.stderr


def test_the_students_commands_need_no_instructors_package():
    blocked = "import sys; sys.modules.update(dict.fromkeys(['nbgrader', 'jupytext', 'dask', 'distributed'])); "
    for arguments in (["check", "assignments/01_convolution/01_convolution.ipynb"], ["doctor"]):
        script = f"{blocked}sys.argv[1:] = {arguments}; from grader.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert "ModuleNotFoundError" not in done.stderr


def test_audit_of_a_notebook_in_any_folder(tmp_path):
    looks = "import gc\nassert any(type(found).__name__ == 'Own' for found in gc.get_objects())"
    tests = {"same": "assert f() == 1", "differs": looks}
    cells = [graded(source, name) for name, source in tests.items()]
    nbformat.write(notebook(answer("class Own: pass\nown = Own()\ndef f(): return 1"), *cells), tmp_path / "own.ipynb")
    done = course("audit", "own.ipynb", "--unsafe", cwd=tmp_path, python=("-P",))
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("differs\n")
    assert "2 test cells: 1 agree, 1 too low, 0 too high." in done.stdout
    nbformat.write(notebook(answer("def f(): return 1"), cells[0]), tmp_path / "own.ipynb")
    done = course("audit", "own.ipynb", "--unsafe", cwd=tmp_path, python=("-P",))
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "1 test cell: 1 agree, 0 too low, 0 too high.")


def test_students_are_separated_by_commas() -> None:
    assert cli._ids("") is None
    assert cli._ids("amara.okafor") == ["amara.okafor"]
    assert cli._ids("a, b,c,") == ["a", "b", "c"]
