"""What grading itself costs a submission, without running it: at 40 and 400 submissions of module 01, and nbgrader's.

    python benchmarks/grading_overhead.py [40 400]

The engine is replaced by one that gives every test cell its full points at once, in this process.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode, from_dict
from nbgrader.converters import Autograde
from traitlets.config import Config

from grader.authoring.project import Project
from grader.engine.execution import Executed, Job
from grader.exchange.converter import convert, log_file
from grader.exchange.demo.exercises import exercises
from grader.exchange.grade import grade
from grader.exchange.release import release
from grader.nbgrader_config import CourseDir

NAME = "01_convolution"
STOCK = 12


def no_time(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> Executed:
    for cell in notebook.cells:
        part = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and part.get("grade"):
            points = {"text/plain": str(part["points"]), "text/html": "<table>" + "<tr><td>case</td></tr>" * 40}
            output = {"output_type": "execute_result", "data": points, "metadata": {}, "execution_count": 1}
            cell["outputs"] = [from_dict(output)]
    return Executed(notebook)


def make_course(folder: Path, size: int) -> CourseDir:
    """Module 01, released, with so many right submissions."""
    project, course = Project.find(), CourseDir.sandbox(folder)
    for ours, path in (
        (project.solution(NAME), course.solution(NAME)),
        (project.assignment(NAME), course.released(NAME)),
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(ours.read_bytes())
    release(course, NAME)
    notebook = nbformat.read(course.released(NAME), as_version=4)
    answers = {e.name: e.solution for e in exercises(nbformat.read(course.solution(NAME), as_version=4))}
    for cell in notebook.cells:
        cell["source"] = answers.get(cell.metadata.nbgrader.grade_id, cell.source)
    for number in range(size):
        path = course.submitted(NAME, f"student{number:04}")
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(notebook), "utf-8")
    return course


def ours(size: int) -> float:
    """Milliseconds a submission."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder), size)
        began = time.perf_counter()
        report = grade(course, NAME, jobs=1, execute=no_time)
        seconds = time.perf_counter() - began
        assert len(report.of("graded")) == size
    return 1000 * seconds / size


def stock(size: int) -> float:
    """The same for `nbgrader autograde --no-execute` with its own preprocessors."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder), size)
        extra = Config()
        extra.Autograde.sanitize_preprocessors = Autograde.sanitize_preprocessors.default()
        extra.Autograde.autograde_preprocessors = Autograde.autograde_preprocessors.default()
        extra.Execute.enabled = False
        began = time.perf_counter()
        with log_file(course, "stock") as log:
            convert(Autograde, course, NAME, log=log, extra=extra)
        return 1000 * (time.perf_counter() - began) / size


def main(sizes: list[int]) -> None:
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; {NAME}, without running it")
    print(f"nbgrader autograde --no-execute, {STOCK:4} submissions: {stock(STOCK):7.1f} ms each")
    costs = []
    for size in sizes:
        costs.append(ours(size))
        print(f"course grade,                    {size:4} submissions: {costs[-1]:7.1f} ms each")
    if len(costs) > 1:
        print(f"the last against the first: {100 * (costs[-1] / costs[0] - 1):+.0f} %")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [40, 400])
