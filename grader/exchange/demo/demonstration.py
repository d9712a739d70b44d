"""`course demo`: build, release, collect, grade, give feedback and export, for a class whose points are known."""

from __future__ import annotations

import csv
import io
import math
import shutil
import time
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from rich.console import Console
from rich.table import Table
from rich.text import Text

from course_lib.errors import CourseError
from grader.authoring import answers as answers_file
from grader.authoring.build import build_module
from grader.authoring.project import Project
from grader.course_dir import CourseDir
from grader.engine.job import Executor
from grader.engine.run_isolated import in_sandbox
from grader.exchange import tables
from grader.exchange.batch import Graded, GradeReport, grade
from grader.exchange.catalog.known_mistakes import known_mistakes
from grader.exchange.collect import collect
from grader.exchange.demo.assignment_facts import exercises
from grader.exchange.demo.students import DemoStudent, demo_class
from grader.exchange.export import export, number
from grader.exchange.feedback import FeedbackReport, feedback
from grader.exchange.grade_terminal import summary, watching
from grader.exchange.release import release
from grader.exchange.report import page, terminal
from grader.exchange.report.class_report import class_report
from grader.exchange.scores import Scores, scores
from grader.whole_files import write_all_whole, write_whole

SECONDS_PER_CELL = 20

NBGRADER_CONFIG = '''\
"""The demonstration's own settings: with them `nbgrader` and its formgrader work in this folder."""

from pathlib import Path

from grader.course_dir import CourseDir
from grader.nbgrader_config import configure

configure(get_config(), CourseDir.sandbox(Path(__file__).parent).with_limits(cell_seconds={seconds}))
'''


@dataclass(frozen=True)
class Demo:
    """What came out, and where it differs from what must come out (nowhere, if all is well)."""

    course: CourseDir
    csv: Path
    report: Path
    scores: Scores
    mismatches: list[str]
    seconds: float


def demo(
    project: Project,
    console: Console,
    module: str = "01_convolution",
    folder: Path | None = None,
    *,
    execute: Executor = in_sandbox,
) -> Demo:
    """Run the demonstration and print it.

    Args:
        project: the checkout, which is only read.
        folder: where it all happens, emptied first; `grader/var/demo` by default. The real gradebook is never opened.
        execute: runs one submission.

    Raises:
        CourseError: the sources do not build, or the sandbox cannot be written.
    """
    start = time.monotonic()
    course = _empty_sandbox(folder or project.root / "grader" / "var" / "demo")
    _say_step(console, "Build", f"the notebooks of {module} from their Markdown sources")
    _build(project, module, course)
    _say_step(console, "Release", "the assignment: nbgrader enters its cells in a gradebook of the demonstration's own")
    _print_report(console, tables.release_text(release(course, module)))
    students = _students(project, course, module)
    _say_step(console, "Collect", f"a class of {len(students)} invented students from a zip as Moodle makes it")
    collected = collect(course, module, *_download(course, students, module), times=False)  # it was packed just now
    _print_report(console, tables.collected_text(collected))
    _say_step(console, "Grade", f"them; a cell may run for {SECONDS_PER_CELL} s here")
    with watching(console) as watch:
        report = grade(course, module, execute=execute, watch=watch)
    _print_report(console, summary(report))
    _say_step(console, "Write", "a feedback page for each")
    with tables.progress_bar("writing", console) as progress:
        pages = feedback(course, module, progress=progress)
        _print_report(console, tables.feedback_text(pages))
    exported = export(course, module)
    console.print()
    table = scores(course, module)
    console.print(tables.class_view(table))
    said = class_report(course, module, partial(known_mistakes, course, project, module))
    console.print()
    console.print(terminal.mistakes(said))
    wrong = mismatches(table, students) + untold(report, students)
    result = Demo(course, exported.path, page.write(course, said), table, wrong, time.monotonic() - start)
    _last_words(console, result, students, pages, report)
    return result


def _empty_sandbox(folder: Path) -> CourseDir:
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise CourseError(f"the demonstration's folder {folder} cannot be emptied: {error.strerror}.") from error
    write_whole(folder / "nbgrader_config.py", NBGRADER_CONFIG.format(seconds=SECONDS_PER_CELL))
    return CourseDir.sandbox(folder).with_limits(cell_seconds=SECONDS_PER_CELL)


def _build(project: Project, module: str, course: CourseDir) -> None:
    project.require_assignment(module)
    built = build_module(project, module)
    if built.problems:
        first = built.problems[0]
        raise CourseError(
            f"{project.relative(first.path)}:{first.line}: {first.message} Run `course build` for the rest."
        )
    solution, assignment = built.files[project.solution(module)], built.files[project.assignment(module)]
    write_all_whole({course.solution(module): solution, course.released(module): assignment})


def _students(project: Project, course: CourseDir, module: str) -> list[DemoStudent]:
    released = nbformat.read(course.released(module), as_version=4)
    solution = nbformat.read(course.solution(module), as_version=4)
    return demo_class(released, exercises(solution), answers_file.load(project, module))


def _download(course: CourseDir, students: list[DemoStudent], module: str) -> tuple[Path, Path]:
    """A zip of submissions as Moodle makes it, and the class list."""
    archive, roster = course.root / "moodle.zip", course.root / "class_list.csv"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for number, student in enumerate(students, start=20_001):
            folder = f"{student.first_name} {student.last_name}_{number}_assignsubmission_file_"
            file.writestr(f"{folder}/{module}.ipynb", student.handed_in)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["student_id", "first_name", "last_name"])
    writer.writerows([s.id, s.first_name, s.last_name] for s in students)
    write_all_whole({archive: packed.getvalue(), roster: lines.getvalue()})
    return archive, roster


def mismatches(table: Scores, students: list[DemoStudent]) -> list[str]:
    """A line for every exercise whose points are not what the student's work must earn."""
    rows = {row.student: row for row in table.rows}
    lines: list[str] = []
    for student in students:
        if student.id not in rows:
            lines.append(f"{student.id} is missing ({_one_line(student.story)})")
            continue
        for name, expected in student.expected.items():
            points = rows[student.id].points.get(name)
            if not _same_points(points, expected):
                lines.append(f"{student.id}, {name}: {points} instead of {expected} ({_one_line(student.story)})")
    return lines


def untold(report: GradeReport, students: list[DemoStudent]) -> list[str]:
    """A line for everything that the report on grading must say of a student and does not."""
    said = {result.student: " ".join(_told_of(result)) for result in report.results}
    return [
        f"{student.id}: nobody is told {text!r} ({_one_line(student.story)})"
        for student in students
        for text in student.told
        if text not in said.get(student.id, "")
    ]


def _told_of(result: Graded) -> list[str]:
    """What the report says of one submission."""
    refused = [f"NOT graded: {result.reason}"] if result.outcome == "not graded" else []
    return [*result.repairs, *result.notes, *refused]


def _same_points(points: float | None, expected: float | None) -> bool:
    if points is None or expected is None:
        return points is expected
    return math.isclose(points, expected, abs_tol=1e-9)


def _one_line(story: str) -> str:
    return "; ".join(story.split("\n"))


def _say_step(console: Console, verb: str, rest: str) -> None:
    console.print(Text.assemble("\n", (verb, "bold cyan"), f" {rest}"))


def _print_report(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)  # the terminal may break a path; as text it stays whole


def _last_words(
    console: Console, result: Demo, students: list[DemoStudent], pages: FeedbackReport, report: GradeReport
) -> None:
    console.print(Text("\nWho handed in what, and what became of it:", style="bold"))
    told = {one.student: _told_of(one) for one in report.results}
    stories = Table.grid(padding=(0, 2))
    for student in students:
        total = result.scores.of(student.id).total
        points = "–" if total is None else number(total)
        story = Text(student.story)
        if student.becomes:
            story.append(f"\n→ {student.becomes}", style="green" if not result.mismatches else "")
            story.append("".join(f"\n  {line}" for line in told[student.id]), style="dim")
        stories.add_row(f"  {student.first_name} {student.last_name}", Text(points, justify="right"), story)
    console.print(stories)
    if result.mismatches:
        console.print(Text(f"\n{len(result.mismatches)} results are NOT what they must be:", style="bold red"))
        for line in result.mismatches:
            console.print(Text(f"  {line}", style="red"), soft_wrap=True)
    else:
        count = sum(len(student.expected) for student in students)
        text = f"\nAll {count} results are what they must be ({result.seconds:.0f} s)."
        console.print(Text(text, style="bold green"))
    mistaken = pages.pages.get(students[2].id, pages.folder)
    lines = [
        ("\nLook at", ""),
        ("  a report on the class", tables.shown(result.report)),
        ("  a feedback page", tables.shown(mistaken)),
        ("  the grades as CSV", tables.shown(result.csv)),
        ("  what students get", tables.shown(result.course.released(pages.assignment))),
        ("\nTry next", ""),
        ("  grade by hand", f"cd {tables.shown(result.course.root)} && jupyter lab     (menu Nbgrader, Formgrader)"),
        ("  your own class", f"course release {pages.assignment}, then collect, grade, feedback, report, export"),
        ("  a new exercise", "CONTRIBUTING.md: ten minutes"),
    ]
    for left, right in lines:
        console.print(Text(f"{left:<22}{right}".rstrip(), style="" if right else "bold"), soft_wrap=True)
