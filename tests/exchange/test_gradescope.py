"""An autograder for Gradescope, laid out and run as root as there: what it writes, and what a submission can reach."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from support import plain_container
from support.grading_course import NAME, cell, solution
from support.sandbox_tools import ROOT

from course_lib.errors import CourseError
from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir
from grader.engine.run_isolated import without_isolation
from grader.exchange.gradescope import assignment_file, run_autograder
from grader.exchange.gradescope.autograder_zip import Autograder, autograder_text, autograder_zip
from grader.exchange.release import release

_ROOT_ALONE = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a submission a user of its own")

PLACE = f"{plain_container.PLACES[0]}/autograder"
"""Where a submission sees it: /autograder itself may be in use on this machine."""

SECRET = "48151623"
CASES = f"""\
with check.case("a number", points=1):
    check.equal(double(2), 4)
### BEGIN HIDDEN TESTS
with check.case("a large number", points=1):
    check.equal(double({SECRET}), {2 * int(SECRET)}, hint="Large ones, too.")
### END HIDDEN TESTS
check.score(2)"""
PLAIN = f"""\
assert triple(1) == 3, "three times one"
### BEGIN HIDDEN TESTS
assert triple({SECRET}) == {3 * int(SECRET)}
### END HIDDEN TESTS"""
HOSTILE = f"""\
import glob, os, shutil, signal
found = []
def attempt(what, *arguments):
    try:
        found.append(repr(what(*arguments)))
    except BaseException as error:
        found.append(type(error).__name__)
for place in ("source/assignment.json", "source", "submission", "submission_metadata.json", "results/results.json"):
    attempt(lambda: open(f"{PLACE}/{{place}}").read())
    attempt(os.listdir, f"{PLACE}/{{place}}")
attempt(os.listdir, "{PLACE}")
attempt(shutil.rmtree, "{PLACE}")
attempt(os.chmod, "{PLACE}", 0o777)
attempt(lambda: open("{PLACE}/results/results.json", "w").write('{{"score": 1000}}'))
attempt(lambda: os.rename("{PLACE}/results", "{PLACE}/gone"))
for process in glob.glob("/proc/[0-9]*"):
    number = int(process[6:])
    if number != os.getpid() and os.stat(process).st_uid == 0:
        attempt(os.kill, number, signal.SIGKILL)
        attempt(lambda: open(f"{{process}}/environ").read())
        attempt(os.listdir, f"{{process}}/cwd")
assert all(one.endswith("Error") for one in found), found
print("nothing was found")
def double(x):
    return 2 * x"""
HALF = "def triple(x):\n    return 3 * x if x < 1000 else 0"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """A released course: an exercise with cases, one with plain asserts, and a written answer."""
    made = solution()
    cell(made, "shared-1").source = "from course_lib import check"
    cell(made, "shared-1").metadata["tags"] = ["shared"]
    cell(made, "double_tests").source = CASES
    cell(made, "triple_tests").source = PLAIN
    course = CourseDir.sandbox(tmp_path_factory.mktemp("course")).with_limits(cell_seconds=10)
    text = nbformat.writes(made)
    for path, content in ((course.solution(NAME), text), (course.released(NAME), generate(NAME, text))):
        path.parent.mkdir(parents=True)
        path.write_text(content, "utf-8")
    release(course, NAME)
    return course


@pytest.fixture(scope="module")
def made(course: CourseDir) -> Autograder:
    """The autograder of its assignment."""
    return autograder_zip(course, NAME)


@pytest.fixture
def place(made: Autograder, tmp_path: Path) -> Path:
    """Laid out as Gradescope does it, and open to everybody, the worst that could be; nothing is handed in."""
    place = tmp_path / "autograder"
    with zipfile.ZipFile(made.path) as archive:
        archive.extractall(place / "source")
    for folder in ("results", "submission"):
        (place / folder).mkdir()
    (place / "submission_metadata.json").write_text(SECRET)
    shutil.copy(place / "source" / "run_autograder", place / "run_autograder")
    for path in (place, *place.rglob("*")):
        path.chmod(0o777)
    return place


def hand_in(place: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = place / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def run(place: Path) -> dict[str, Any]:
    """Run the autograder as root in a container; the results."""
    before = {path: path.read_bytes() for path in (place / "source").rglob("*") if path.is_file()}
    *begin, python, forbidding = plain_container.command()
    command = [*begin, "--bind", str(place), PLACE, python, forbidding, f"{PLACE}/run_autograder"]
    environment = os.environ | {"COURSE_AUTOGRADER": PLACE, "COURSE_AUTOGRADER_PYTHON": sys.executable}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path: path.read_bytes() for path in (place / "source").rglob("*") if path.is_file()} == before
    text = (place / "results" / "results.json").read_text()
    assert SECRET not in text + done.stdout + done.stderr
    results: dict[str, Any] = json.loads(text)
    return results


def handed_in(course: CourseDir, **answers: str) -> NotebookNode:
    notebook = nbformat.read(course.released(NAME), as_version=4)
    for name, source in answers.items():
        cell(notebook, name).source = source
    return notebook


def test_the_zip_holds_what_gradescope_asks_for(made: Autograder, tmp_path: Path) -> None:
    with zipfile.ZipFile(made.path) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
        wheel = next(name for name in modes if name.endswith(".whl"))
        packed = archive.read(wheel)
        requirements = archive.read("requirements.txt").decode().split()
        scripts = {name: archive.read(name).decode() for name in ("setup.sh", "run_autograder")}
    assert modes == {
        "setup.sh": 0o755,
        "run_autograder": 0o755,
        "requirements.txt": 0o644,
        wheel: 0o644,
        "assignment.json": 0o600,
    }
    for text in scripts.values():
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "@" not in text.replace('"$@"', "")
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert {line.split("==")[0] for line in requirements} >= {"nbgrader", "numpy", "torch"}
    assert all(line.count("==") == 1 and "+" not in line for line in requirements)
    held = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert "grader/exchange/templates/gradescope/setup.sh" in held
    assert "course_lib/check/cases.py" in held
    assert not [name for name in held if name.startswith("grader/var/") or "__pycache__" in name]
    offline = ["--no-deps", "--no-index", "--disable-pip-version-check", "--quiet", "--target", str(tmp_path / "there")]
    (tmp_path / wheel).write_bytes(packed)
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, str(tmp_path / wheel)], check=True)
    told = [sys.executable, "-P", "-m", "grader.cli", "--version"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "there")}
    assert subprocess.run(told, env=environment, capture_output=True, text=True, check=True).stdout.startswith("cnn-")


def test_the_same_assignment_makes_the_same_zip(course: CourseDir, made: Autograder, tmp_path: Path) -> None:
    assert autograder_zip(course, NAME, tmp_path / "again.zip").path.read_bytes() == made.path.read_bytes()


def test_what_is_to_be_set_is_told(made: Autograder) -> None:
    told = autograder_text(made, "a.zip")
    assert "Set there: autograder points 3, a timeout of 12 minutes or more, a container with 6 GB of memory." in told
    assert "The other 1 points are given by a person" in told


def test_the_assignment_comes_back_from_its_file(course: CourseDir, made: Autograder) -> None:
    with zipfile.ZipFile(made.path) as archive:
        ((part, job),) = assignment_file.from_text(archive.read("assignment.json").decode())
    assert assignment_file.as_text([(part, job)]) == zipfile.ZipFile(made.path).read("assignment.json").decode()
    assert job.limits == course.limits
    assert job.secret is not None
    assert job.reference.by_name["double_tests"].source == CASES


@_ROOT_ALONE
def test_a_right_submission(course: CourseDir, place: Path) -> None:
    right = handed_in(course, double="def double(x):\n    return 2 * x", triple=HALF)
    hand_in(place, {"solution (1).ipynb": nbformat.writes(right)})
    results = run(place)
    assert results["score"] == 2
    assert results["stdout_visibility"] == "hidden"
    assert "solution (1).ipynb" in results["output"]  # its name is not the assignment's
    assert [(t["number"], t["name"], t["score"], t["max_score"], t["visibility"]) for t in results["tests"]] == [
        ("1.1", "double: a number", 1, 1, "visible"),
        ("1.2", "double: a large number", 1, 1, "after_published"),
        ("2.1", "triple", 0, 1, "after_published"),
    ]
    assert [t["status"] for t in results["tests"]] == ["passed", "passed", "failed"]


@pytest.fixture
def run_here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str | bytes]], dict[str, Any]]:
    """Runs it in this process, which needs no container."""
    monkeypatch.setattr(run_autograder, "require_secret", lambda places: None)
    monkeypatch.setattr(run_autograder, "in_container", without_isolation)

    def grade(files: Mapping[str, str | bytes]) -> dict[str, Any]:
        hand_in(place, files)
        run_autograder.run(place)
        text = (place / "results" / "results.json").read_text()
        assert SECRET not in text
        results: dict[str, Any] = json.loads(text)
        return results

    return grade


def test_a_blank_submission_in_a_folder(course: CourseDir, run_here: Any) -> None:
    results = run_here({f"repository/{NAME}.ipynb": course.released(NAME).read_bytes()})
    assert results["score"] == 0
    assert [t["score"] for t in results["tests"]] == [0, 0, 0]
    assert "Not answered yet" in results["tests"][0]["output"]


def test_of_a_hidden_case_a_student_reads_the_hint_and_no_input(course: CourseDir, run_here: Any) -> None:
    wrong = "def double(x):\n    print(x)\n    return 2 * x if x < 1000 else x"
    results = run_here({f"{NAME}.ipynb": nbformat.writes(handed_in(course, double=wrong, triple=HALF))})
    assert results["score"] == 1
    assert [(t["status"], t["output"]) for t in results["tests"]] == [
        ("passed", ""),
        ("failed", "The result is not what was expected.\nHint: Large ones, too."),
        ("failed", "AssertionError: in a hidden test"),
    ]


@_ROOT_ALONE
def test_a_hostile_submission(course: CourseDir, place: Path) -> None:
    """It finds nothing, ends nothing, writes nothing, and is paid for its honest part."""
    hostile = handed_in(course, double=HOSTILE, triple="raise SystemExit")
    hand_in(place, {f"{NAME}.ipynb": nbformat.writes(hostile)})
    results = run(place)
    assert [(t["name"], t["score"]) for t in results["tests"]] == [
        ("double: a number", 1),
        ("double: a large number", 1),
        ("triple", 0),
    ]
    assert results["score"] == 2


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, f"It was not graded: there is no {NAME}.ipynb, but nothing. Hand in {NAME}.ipynb."),
        ({"report.pdf": "x"}, f"It was not graded: there is no {NAME}.ipynb, but report.pdf. Hand in {NAME}.ipynb."),
        ({f"{NAME}.ipynb": '{"cells": ['}, "It was not graded: "),
    ],
)
def test_what_cannot_be_graded_is_told_to_the_student(files: dict[str, str], told: str, run_here: Any) -> None:
    results = run_here(files)
    assert results["output"].startswith(told)
    assert results["score"] == 0
    assert [t["max_score"] for t in results["tests"]] == [2, 1]
    assert {(t["status"], t["visibility"]) for t in results["tests"]} == {("failed", "visible")}


def test_where_a_submission_could_read_the_tests_nobody_gets_a_score(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradescope says then that the autograder has failed."""

    def refuse(places: tuple[Path, ...]) -> None:
        raise CourseError("it can be reached")

    monkeypatch.setattr(run_autograder, "require_secret", refuse)
    monkeypatch.setattr(sys, "argv", ["run_autograder", str(place)])
    (place / "results" / "results.json").write_text("of an earlier one")
    with pytest.raises(SystemExit, match="This submission was not graded: it can be reached"):
        run_autograder.main()
    assert not (place / "results" / "results.json").exists()
