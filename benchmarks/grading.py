"""`course grade` against `nbgrader autograde`, and against the time that the cells alone take. One table.

    python benchmarks/grading.py                     # the real thing: 40 and 400 submissions
    python benchmarks/grading.py --submissions 8     # a quick look

Both run as the commands that one types, start-up included, on the same submissions, each in a course folder and with a
gradebook of its own: nbgrader with all its defaults. They take turns: half of the class by nbgrader, the class by us,
the limit, and all of it again. What is found is printed, and kept in `.cache/grading.txt`, as soon as it is known.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO, cast

import nbformat
import warm_cells
from grading_class import Assignment, hand_in, module, nbgraders_course, our_course, small, students
from grading_memory import peaks_of
from nbgrader import utils
from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table

from grader.course_dir import CourseDir
from grader.exchange.batch import cores

MODULE = "01_convolution"
CHECKOUT = Path(__file__).parents[1]
FEWEST = 8
"""Submissions of a class: two of each kind, and both halves have some."""
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]),
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    "COURSE_DB": "",
}
COURSE = (
    "import sys; from grader.authoring.project import Project; Project.modules = lambda project: [sys.argv[2]]; "
    "from grader.cli import main; main()"
)
"""`course`, in a checkout that has no other assignment than the one it is called with."""

Points = Mapping[str, Mapping[str, float | None]]


@dataclass
class Timed:
    """Wall seconds of one way to grade, run by run, and how many submissions each run had."""

    seconds: list[float] = field(default_factory=list)
    submissions: int = 0

    @property
    def each(self) -> float:
        """Seconds for one submission."""
        return sum(self.seconds) / self.submissions

    @contextmanager
    def of(self, count: int) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)
        self.submissions += count


@dataclass
class Part:
    """What was measured of one class."""

    title: str
    size: int
    ours: Timed
    stock: Timed | None
    limit: Timed | None
    peaks: dict[str, float]
    wrong: list[str]
    stock_wrong: list[str]
    drift: float


def measure(
    assignment: Assignment,
    title: str,
    size: int,
    jobs: int,
    say: Callable[[str], None],
    *,
    stock_size: int,
    limit: bool,
) -> Part:
    """Grade a class in all ways. `stock_size`: how many of it nbgrader grades too, 0 for none."""
    part = Part(title, size, Timed(), Timed() if stock_size else None, Timed() if limit else None, {}, [], [], 0.0)
    with tempfile.TemporaryDirectory(prefix="grading-", dir=CHECKOUT / ".cache") as folder:
        say(f"{title}: making {size} submissions")
        course = our_course(assignment, Path(folder, "ours"))
        expected = hand_in(assignment, course.work / "submitted", size)
        _course("release", course, assignment.name)
        theirs = Path(folder, "stock")
        if part.stock:
            nbgraders_course(assignment, theirs)
            _nbgrader("generate_assignment", theirs, assignment.name)
            for student in students(size)[:stock_size]:
                shutil.copytree(course.work / "submitted" / student, theirs / "submitted" / student)
        for half in "ab" if part.stock or part.limit else "a":
            if part.stock and (count := len(list((theirs / "submitted").glob(f"{half}*")))):
                say(f"{title}: nbgrader autograde, {count} submissions")
                with part.stock.of(count):
                    _nbgrader("autograde", theirs, assignment.name, f"--student={half}*")
                say(f"{title}: nbgrader took {part.stock.seconds[-1]:.1f} s")
            say(f"{title}: course grade")
            with part.ours.of(size):
                _graded(course, assignment.name, jobs, part.peaks)
            say(f"{title}: course took {part.ours.seconds[-1]:.1f} s")
            if part.limit:
                say(f"{title}: the cells alone")
                part.limit.seconds.append(warm_cells.seconds(_complete(assignment, course, size), jobs))
                part.limit.submissions += size
                say(f"{title}: the cells took {part.limit.seconds[-1]:.1f} s")
        part.wrong = _differences(_points(course.gradebook_url, assignment.name), expected)
        part.drift = _drift(course, assignment.name, size)
        if part.stock:
            found = _points(f"sqlite:///{theirs / 'gradebook.db'}", assignment.name)
            wrong = _differences(found, expected)
            part.stock_wrong = [f"{line}: {_reason(theirs, assignment.name, line)}" for line in wrong]
    return part


def _course(command: str, course: CourseDir, *arguments: str) -> None:
    _run([sys.executable, "-c", COURSE, command, *arguments], course.root)


def _graded(course: CourseDir, name: str, jobs: int, peaks: dict[str, float]) -> None:
    command = [sys.executable, "-c", COURSE, "grade", name, "--force", "--jobs", str(jobs)]
    with _started(command, course.root) as process, peaks_of(process.pid) as found:
        process.wait()
    for role, megabytes in found.items():
        peaks[role] = max(megabytes, peaks.get(role, 0.0))
    _require(process, command, course.root)


def _nbgrader(command: str, folder: Path, *arguments: str) -> None:
    # Without a student's grade nbgrader goes on, and says so by its exit code: what is missing is found below.
    _run([sys.executable, "-m", "nbgrader", command, *arguments], folder, strict=command != "autograde")


def _run(command: Sequence[str], folder: Path, *, strict: bool = True) -> None:
    with _started(command, folder) as process:
        process.wait()
    if strict:
        _require(process, command, folder)


def _started(command: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT)


def _require(process: subprocess.Popen[bytes], command: Sequence[str], folder: Path) -> None:
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{(folder / 'output.txt').read_text('utf-8', 'replace')}")


def _complete(assignment: Assignment, course: CourseDir, size: int) -> list[str]:
    """The submissions with the hidden tests in their test cells."""
    tests = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in nbformat.reads(assignment.solution, as_version=4).cells
        if utils.is_grade(cell) and not utils.is_solution(cell)
    }
    texts = []
    for student in students(size):
        notebook = nbformat.read(course.submitted(assignment.name, student), as_version=4)
        for cell in notebook.cells:
            cell["source"] = tests.get(cell.metadata.nbgrader.grade_id, cell.source)
        texts.append(nbformat.writes(notebook))
    return texts


def _points(gradebook_url: str, name: str) -> Points:
    with Gradebook(gradebook_url) as gradebook:
        return {
            submission.student.id: {g.name: g.auto_score for notebook in submission.notebooks for g in notebook.grades}
            for submission in gradebook.assignment_submissions(name)
        }


def _differences(found: Points, expected: Points) -> list[str]:
    return [
        f"{student} {test}: {found[student].get(test)} instead of {points}"
        for student, tests in expected.items()
        if student in found
        for test, points in tests.items()
        if found[student].get(test) != points
    ]


def _reason(folder: Path, name: str, line: str) -> str:
    """Why nbgrader gave other points, read off the notebook that it graded."""
    student, test = line.split(":")[0].split(" ")
    path = folder / "autograded" / student / name / f"{name}.ipynb"
    if not path.is_file():
        return "not graded at all"
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in nbformat.read(path, as_version=4).cells}
    outputs = cells[test].get("outputs", [])
    errors = [output for output in outputs if output.output_type == "error"]
    if any(output.get("name") == "stderr" for output in outputs) and not errors:
        return "a warning on stderr counts as a failure"
    return f"{errors[0].ename}: {errors[0].evalue[:80]}" if errors else "unexplained"


def _drift(course: CourseDir, name: str, size: int) -> float:
    """How much longer the last quarter of a class took than the second one, by the times of the graded notebooks."""
    times = sorted(course.autograded(name, student).stat().st_mtime for student in students(size))
    quarter = size // 4
    return (times[-1] - times[-1 - quarter]) / (times[2 * quarter - 1] - times[quarter - 1]) - 1


def machine() -> str:
    """What was measured on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    packages = ("nbgrader", "nbclient", "torch", "numpy", "ipykernel")
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{platform.system()} {platform.release()}, {models[0] if models else platform.machine()}, {cores()} cores; "
        f"load before: {load}\nPython {platform.python_version()}, {versions}"
    )


def table(parts: Sequence[Part]) -> Table:
    shown = Table(box=None, padding=(0, 1))
    for title in (
        "class",
        "size",
        "nbgrader, s each",
        "course, s each",
        "times faster",
        "limit, s each",
        "of the limit",
    ):
        shown.add_column(title, justify="left" if title == "class" else "right")
    for part in parts:
        stock = f"{part.stock.each:.2f}" if part.stock else ""
        faster = f"{part.stock.each / part.ours.each:.1f}" if part.stock else ""
        limit = f"{part.limit.each:.3f}" if part.limit else ""
        share = f"{100 * part.limit.each / part.ours.each:.0f} %" if part.limit else ""
        shown.add_row(part.title, str(part.size), stock, f"{part.ours.each:.3f}", faster, limit, share)
    return shown


def report(console: Console, part: Part) -> None:
    console.print(table([part]))
    peaks = ", ".join(f"{role} {megabytes:.0f} MB" for role, megabytes in sorted(part.peaks.items()))
    console.print(f"{part.title}, {part.size}: peak memory: {peaks}")
    for who, wrong in (("course", part.wrong), ("nbgrader", part.stock_wrong if part.stock else None)):
        if wrong is not None:
            count = f"{len(wrong)} points NOT" if wrong else "all points"
            console.print(f"  {who}: {count} as they must be")
            for line in wrong:
                console.print(f"    {line}", soft_wrap=True)


def growth(few: Part, many: Part) -> str:
    """What a submission of a large class costs against one of a small class."""
    return (
        f"{many.title}: a submission of {many.size} costs {100 * (many.ours.each / few.ours.each - 1):+.0f} % against "
        f"one of {few.size}; within the {many.size}, the last quarter against the second: {100 * many.drift:+.0f} %"
    )


class Kept(io.TextIOBase):
    """A stream that is written to the terminal and to a file, line by line: a run that is stopped has lost nothing."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        for stream in (sys.stdout, self._file):
            stream.write(text)
            stream.flush()
        return len(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--submissions", type=int, default=40, help="of each of the first two classes")
    parser.add_argument("--many", type=int, help="of the large class; ten times as many by default, 0 for none")
    parser.add_argument("--stock", type=int, help="how many of a class nbgrader grades; all of them by default")
    parser.add_argument("--jobs", type=int, default=cores(), help="worker processes of course grade")
    chosen = parser.parse_args()
    size, many = chosen.submissions, 10 * chosen.submissions if chosen.many is None else chosen.many
    stock = size if chosen.stock is None else min(chosen.stock, size)
    if size < FEWEST or 0 < many < FEWEST:
        parser.error(f"a class has at least {FEWEST} submissions, so that it has a last quarter and a second one")
    (CHECKOUT / ".cache").mkdir(exist_ok=True)
    with (CHECKOUT / ".cache" / "grading.txt").open("w", encoding="utf-8") as file:
        compare(Console(file=cast(IO[str], Kept(file)), width=120), size, many, stock, chosen.jobs)


def compare(console: Console, size: int, many: int, stock: int, jobs: int) -> None:
    """Measure and show all classes, one after the other."""
    began = time.perf_counter()
    console.print(f"{machine()}\nCommand: python benchmarks/grading.py {' '.join(sys.argv[1:])}")

    def say(what: str) -> None:
        console.print(f"  {time.perf_counter() - began:4.0f} s  {what}", style="dim")

    first, second = small(), module(MODULE)
    parts = []
    for assignment in (first, second):
        parts.append(measure(assignment, assignment.name, size, jobs, say, stock_size=stock, limit=True))
        report(console, parts[-1])
    if many:
        parts.append(measure(second, second.name, many, jobs, say, stock_size=0, limit=False))
        report(console, parts[-1])
        console.print(growth(*parts[-2:]))
    console.print(table(parts))


if __name__ == "__main__":
    main()
