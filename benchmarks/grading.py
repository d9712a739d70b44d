"""`course grade` against `nbgrader autograde`, and against the time that the cells alone take. One table.

    python benchmarks/grading.py                                       # 40 with nbgrader, and 400 without
    python benchmarks/grading.py --submissions 400 --stock 0 --many 0  # 400 of both kinds, without nbgrader
    python benchmarks/grading.py --submissions 8                       # a quick look

Both run as the commands that one types, start-up included, on the same submissions, each in a course folder and with a
gradebook of its own: nbgrader with all its defaults. They take turns: nbgrader on half of the class, the cells of half
of it, all of the class by us, and the other halves. What is found is printed, and kept in `.cache/grading.txt`, as soon
as it is known.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO, cast

import course_command
import nbformat
import warm_cells
from course_command import CHECKOUT, differences, points
from grading_class import Assignment, hand_in, module, nbgraders_course, our_course, small, students
from nbgrader import utils
from rich.console import Console
from rich.table import Table

from grader.course_dir import CourseDir
from grader.exchange.batch import cores

MODULE = "01_convolution"
FEWEST = 8
"""Submissions of a class: two of each kind, and both halves have some."""


@dataclass
class Timed:
    """Wall seconds of one way to grade, run by run, and how many submissions each run had."""

    seconds: list[float] = field(default_factory=list)
    submissions: int = 0

    @property
    def each(self) -> float:
        """Seconds for one submission."""
        return sum(self.seconds) / self.submissions

    def add(self, seconds: float, count: int) -> None:
        """One more run."""
        self.seconds.append(seconds)
        self.submissions += count

    @contextmanager
    def of(self, count: int) -> Iterator[None]:
        """Time the body."""
        began = time.perf_counter()
        yield
        self.add(time.perf_counter() - began, count)


@dataclass
class Part:
    """What was measured of one class.

    Attributes:
        ours: seconds of `course grade` on all of it.
        start: seconds of them until the first graded notebook was there.
        drift: how much longer its last quarter took than the second one.
    """

    title: str
    size: int
    ours: float
    start: float
    drift: float
    stock: Timed
    limit: Timed
    peaks: Mapping[str, float]
    wrong: list[str]
    stock_wrong: list[str]

    @property
    def each(self) -> float:
        """Our seconds for one submission."""
        return self.ours / self.size


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
    name, stock, warm = assignment.name, Timed(), Timed()
    with tempfile.TemporaryDirectory(prefix="grading-", dir=CHECKOUT / ".cache") as folder:
        say(f"{title}: making {size} submissions")
        course, theirs = our_course(assignment, Path(folder, "ours")), Path(folder, "stock")
        expected = hand_in(assignment, course.work / "submitted", size)
        course_command.release(course, name)
        if stock_size:
            nbgraders_course(assignment, theirs)
            _nbgrader("generate_assignment", theirs, name)
            for student in students(size)[:stock_size]:
                shutil.copytree(course.work / "submitted" / student, theirs / "submitted" / student)

        def the_others(half: str) -> None:
            if count := len(list(theirs.glob(f"submitted/{half}*"))):
                say(f"{title}: nbgrader autograde, {count} submissions")
                with stock.of(count):
                    _nbgrader("autograde", theirs, name, f"--student={half}*")
                say(f"{title}: nbgrader took {stock.seconds[-1]:.1f} s")
            if limit:
                notebooks = _complete(assignment, course, [one for one in students(size) if one.startswith(half)])
                say(f"{title}: the cells alone, of {len(notebooks)}")
                warm.add(warm_cells.seconds(notebooks, jobs), len(notebooks))
                say(f"{title}: the cells took {warm.seconds[-1]:.1f} s")

        the_others("a")
        say(f"{title}: course grade")
        run = course_command.grade(course, name, "--jobs", str(jobs))
        say(f"{title}: course took {run.seconds:.1f} s")
        the_others("b")
        times = course_command.written(course, name, size)
        wrong = differences(points(course.gradebook_url, name), expected)
        stock_wrong: list[str] = []
        if stock_size:
            lines = differences(points(f"sqlite:///{theirs / 'gradebook.db'}", name), expected)
            stock_wrong = [f"{line}: {_reason(theirs, name, line)}" for line in lines]
    start, drift = times[0] - run.began, course_command.drift(times)
    return Part(title, size, run.seconds, start, drift, stock, warm, run.peaks, wrong, stock_wrong)


def _nbgrader(command: str, folder: Path, *arguments: str) -> None:
    # Without a student's grade nbgrader goes on, and says so by its exit code: what is missing is found below.
    course_command.run([sys.executable, "-m", "nbgrader", command, *arguments], folder, strict=command != "autograde")


def _complete(assignment: Assignment, course: CourseDir, of: Sequence[str]) -> list[str]:
    """The submissions of some students with the hidden tests in their test cells."""
    tests = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in nbformat.reads(assignment.solution, as_version=4).cells
        if utils.is_grade(cell) and not utils.is_solution(cell)
    }
    texts = []
    for student in of:
        notebook = nbformat.read(course.submitted(assignment.name, student), as_version=4)
        for cell in notebook.cells:
            cell["source"] = tests.get(cell.metadata.nbgrader.grade_id, cell.source)
        texts.append(nbformat.writes(notebook))
    return texts


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
        stock = f"{part.stock.each:.2f}" if part.stock.seconds else ""
        faster = f"{part.stock.each / part.each:.1f}" if part.stock.seconds else ""
        limit = f"{part.limit.each:.3f}" if part.limit.seconds else ""
        share = f"{100 * part.limit.each / part.each:.0f} %" if part.limit.seconds else ""
        shown.add_row(part.title, str(part.size), stock, f"{part.each:.3f}", faster, limit, share)
    return shown


def report(console: Console, part: Part) -> None:
    console.print(table([part]))
    peaks = ", ".join(f"{role} {megabytes:.0f} MB" for role, megabytes in sorted(part.peaks.items()))
    console.print(f"{part.title}, {part.size}: peak memory: {peaks}")
    console.print(
        f"  the first was graded after {part.start:.1f} s; the last quarter took {100 * part.drift:+.0f} % more time "
        "than the second"
    )
    for who, wrong in (("course", part.wrong), ("nbgrader", part.stock_wrong if part.stock.seconds else None)):
        if wrong is not None:
            count = f"{len(wrong)} points NOT" if wrong else "all points"
            console.print(f"  {who}: {count} as they must be")
            for line in wrong:
                console.print(f"    {line}", soft_wrap=True)


def growth(few: Part, many: Part) -> str:
    """What a submission of a large class costs against one of a small class, and how much of that is the start."""
    after = [(part.ours - part.start) / part.size for part in (few, many)]
    return (
        f"{many.title}: a submission of {many.size} costs {100 * (many.each / few.each - 1):+.0f} % against one of "
        f"{few.size}; without the start {100 * (after[1] / after[0] - 1):+.0f} %"
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
    parser.add_argument(
        "--many", type=int, help="of a large class of module 01, no limit; ten times as many by default, 0 for none"
    )
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
