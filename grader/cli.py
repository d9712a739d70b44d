"""The `course` command: one line per command, the work is done in the packages behind it."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import json
import math
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from course_lib import __version__
from course_lib.distribution import COURSE, ENGINE, NAME, install_command, require_one
from course_lib.errors import CourseError
from grader import lean_imports
from grader.course_dir import CourseDir, has_nbgrader_config, is_checkout
from grader.engine.isolation import Isolation
from grader.whole_files import write_whole

if TYPE_CHECKING:
    from grader.exchange.report.class_report import Catalog

Assignment = Annotated[
    str, typer.Argument(help="Name of the assignment; in this repository's own course its number will do: 01.")
]

Kept = Annotated[
    Isolation | None,
    typer.Option(
        help="What keeps a submission from this machine; container is weaker, for root where no sandbox works."
    ),
]
Unsafe = Annotated[
    bool, typer.Option("--unsafe", help="No isolation: the same as --isolation none. Every result says so.")
]

Students = Annotated[str, typer.Option(help="Only these students: ids, separated by commas.")]

app = typer.Typer(
    name="course",
    help="Hand out, collect, check and grade a course's notebooks; build and prove those of this repository.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_debug = False


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hand out, collect, check and grade a course's notebooks; build and prove those of this repository."""
    global _debug
    _debug = debug


@app.command()
def build(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; list stale files, exit 1 if any.")] = False,
) -> None:
    """Make the notebooks and generated pages from their sources."""
    with _instructor_extra():
        from grader.authoring.build import build as run
        from grader.authoring.project import Project
    project = Project.find()
    result = run(project)
    for problem in result.problems:
        typer.echo(f"{project.relative(problem.path)}:{problem.line}: {problem.message}", err=True)
    if result.problems:
        raise typer.Exit(1)
    paths = result.stale() if check else result.write()
    for path in paths:
        typer.echo(f"{'stale' if check else 'wrote'} {project.relative(path)}")
    if check and paths:
        typer.echo("Run `course build` and commit what it writes.", err=True)
        raise typer.Exit(1)
    changed = f"{len(paths)} of them changed" if paths else "all up to date"
    typer.echo(f"{len(result.files)} built files, {changed}.")


@app.command()
def prove(
    module: Annotated[str, typer.Argument(help="A module such as 01_convolution or 1; all of them if left out.")] = "",
    exercise: Annotated[str, typer.Option(help="Only this exercise.")] = "",
    jobs: Annotated[int, typer.Option(help="Processes at a time; 0 means one per core.")] = 0,
    redundant: Annotated[bool, typer.Option("--redundant", help="List cases that nothing depends on.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Prove again what has not changed, too.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the two interpreters that grading uses.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything that was found here.")] = None,
    page: Annotated[
        bool, typer.Option("--page", help="Write docs/proofs.md; prove only what docs/proofs.jsonl does not hold.")
    ] = False,
) -> None:
    """Show that the tests accept right answers, and catch wrong ones and mutants of the solution."""
    with _instructor_extra():
        from grader.authoring.project import Project
        from grader.authoring.proof import proof_page, proof_table, record
        from grader.authoring.proof.prove import prove as run
    if page and (module or exercise):
        raise CourseError("--page describes all modules: leave out the module and --exercise.")
    if page and quick:
        raise CourseError("--page says that the two interpreters were tried, too: leave out --quick.")
    project = Project.find()
    store = None if fresh else project.proofs_made
    believed = page and not (fresh or redundant or json_file)  # these ask for more than the record keeps
    proofs = []
    for name in [project.require_assignment(module)] if module else project.assignments():
        proof = run(
            project,
            name,
            jobs=jobs or None,
            exercise=exercise,
            every_case=redundant,
            store=store,
            quick=quick,
            known=record.known(project, name) if believed else None,
        )
        proofs.append(proof)
        proof_table.show(proof, Console())
        if redundant:
            proof_table.show_redundant(proof, Console())
    if json_file:
        write_whole(json_file, json.dumps([dataclasses.asdict(proof) for proof in proofs], indent=1))
    if any(proof.problems for proof in proofs):
        raise typer.Exit(1)
    if page:
        record.write(project, proofs)
        write_whole(project.proofs_page, proof_page.page(proofs))


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook; it is read, never changed.")],
    timeout: Annotated[int, typer.Option(min=0, help="Seconds that one cell may take; 0: as many as in grading.")] = 0,
    kernel: Annotated[str, typer.Option(help="Jupyter kernel to use in place of this Python.")] = "",
) -> None:
    """Run your notebook from the top and list the points of the public tests; exit 1 if one fails."""
    from course_lib import selfcheck
    from grader.course_dir import LIMITS

    console = Console(stderr=True)
    # Below a kernel, behind `!`, there is a terminal too, but what is drawn again stands there again.
    watched = sys.stderr.isatty() and "JPY_PARENT_PID" not in os.environ
    with Progress(console=console, transient=True, disable=not watched) as bar:
        cells = bar.add_task("Running your notebook", total=None)
        report = selfcheck.run(
            notebook,
            timeout or math.ceil(LIMITS.cell_seconds),
            memory=LIMITS.memory_bytes,
            kernel_name=kernel or None,
            progress=lambda done, total: bar.update(cells, completed=done, total=total),
        )
    raise typer.Exit(selfcheck.show(report))


@app.command()
def doctor() -> None:
    """Say what works on this machine, and how to mend what does not."""
    from course_lib import doctor as probes
    from grader.engine.probe_isolation import findings

    known = probes.OF_ANY_COURSE if NAME == ENGINE else probes.PROBES
    more = [probes.Probe("Isolation", findings)]
    folder = _course_folder()
    if folder is not None and not is_checkout(folder):
        with _instructor_extra():
            from grader.exchange.nbgrader_course import findings_in
        more.append(probes.Probe("Course", lambda: findings_in(folder)))
    raise typer.Exit(probes.show(probes.examine((*known, *more))))


@app.command()
def audit(
    notebook: Annotated[Path, typer.Argument(help="Any nbgrader source notebook, with its solution; only read.")],
    files: Annotated[
        Path | None, typer.Option(help="Folder with the files that the notebook reads; its own if left out.")
    ] = None,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Run it without a sandbox, where none works.")] = False,
) -> None:
    """Run a solution in one kernel and in two interpreters; list tests whose points differ, exit 1 if any."""
    with _instructor_extra():
        from grader.audit.audit import audit as run
        from grader.audit.audit_text import audit_text
    found = run(notebook, files, Isolation.NONE if unsafe else Isolation.SANDBOX)
    Console().print(audit_text(found))
    if found.differing:
        raise typer.Exit(1)


@app.command()
def release(assignment: Assignment) -> None:
    """Enter an assignment in the gradebook, and say which notebook to give to students."""
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.release import release as release_assignment
    course, name = _course(assignment)
    Console().print(tables.release_text(release_assignment(course, name)), soft_wrap=True)


@app.command()
def collect(
    assignment: Assignment,
    source: Annotated[
        Path, typer.Argument(help="Download of Moodle or Canvas (zip or folder), or a folder per student.")
    ],
    roster: Annotated[
        Path | None,
        typer.Option(
            help="Class list (student_id, first_name, last_name, email, lms_id, groups), or Moodle's list of "
            "participants or grading worksheet (the id is the ID number, else the user name, else what stands before "
            "the @), or Canvas's gradebook (SIS Login ID, else SIS User ID, else ID)."
        ),
    ] = None,
    roster_columns: Annotated[
        str, typer.Option(help="Where columns have other names: student_id=Number,email=Mail.")
    ] = "",
    times: Annotated[
        bool | None,
        typer.Option(
            help="Whether the files' times are those of the submissions. Left out: not where they may be of packing."
        ),
    ] = None,
) -> None:
    """Take the submissions out of a download; say what was not taken and why, and who handed in nothing."""
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.collect import collect as collect_submissions
    course, name = _course(assignment)
    columns = dict(_pair(one, "--roster-columns") for one in _ids(roster_columns) or ())
    report = collect_submissions(course, name, source, roster, columns=columns, times=times)
    Console().print(tables.collected_text(report), soft_wrap=True)


@app.command()
def due(
    assignment: Assignment,
    date: Annotated[str, typer.Argument(help='Like "2026-11-20 23:59"; "none" for no due date.')] = "",
    timezone: Annotated[
        str, typer.Option(help="In which the date is meant, as Europe/Berlin; this machine's if left out.")
    ] = "",
) -> None:
    """Set the due date of an assignment; without a date, show it, with extensions and extra time."""
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.due import due as set_due
        from grader.exchange.due import due_lines
    course, name = _course(assignment)
    dates = set_due(course, name, date, timezone)
    Console().print(tables.report_text(due_lines(dates, timezone)), soft_wrap=True)


@app.command()
def extensions(
    file: Annotated[
        Path,
        typer.Argument(help="CSV with the columns student_id, assignment, extension (2 days) and extra_time (1.5)."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Give single students a later due date, or more computing time, from a table; 0 and 1 take them back."""
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.extensions import grant, granted_lines
    changes, unchanged = grant(_course_dir(), file, named=lambda name: _course(name)[1], dry=dry_run)
    Console().print(tables.report_text(granted_lines(changes, unchanged, dry=dry_run)), soft_wrap=True)


@app.command()
def grade(
    assignment: Assignment,
    students: Students = "",
    jobs: Annotated[int, typer.Option(min=0, help="Processes at a time; 0 means one per core.")] = 0,
    scheduler: Annotated[str, typer.Option(help="Address of a dask scheduler, to grade on its workers.")] = "",
    exercise: Annotated[str, typer.Option(help="Regrade this exercise only; the others keep their points.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Grade again, even what has not changed.")] = False,
    why: Annotated[bool, typer.Option("--why", help="List what the last grading changed, and why.")] = False,
    isolation: Kept = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade what is new or has changed; stopped, the same command goes on. Exit 1 if one could not be graded."""
    course, name = _course(assignment)
    isolation = _chosen(isolation, unsafe) or course.isolation
    if not scheduler:
        _start_engine(course, name, isolation)
    with _instructor_extra():
        from grader.engine.run_isolated import executor
        from grader.exchange import tables
        from grader.exchange.batch import grade as grade_class
        from grader.exchange.changed_points import changes_table
        from grader.exchange.changes import changes
        from grader.exchange.grade_terminal import summary, watching
        from grader.exchange.scores import scores
        from grader.exchange.versions import version_warnings
    console = Console()
    with watching(console) as watch:
        report = grade_class(
            course,
            name,
            _ids(students),
            jobs=jobs or None,
            scheduler=scheduler or None,
            exercise=exercise or None,
            force=force,
            execute=executor(isolation),
            watch=watch,
            foretell=lambda found: console.print(tables.foretold(found), soft_wrap=True),
        )
    console.print(tables.class_view(scores(course, name)))
    console.print(summary(report), soft_wrap=True)
    if why or len(report.of("unchanged")) < len(report.results):
        changed = changes(course, name)
        if why or changed:
            console.print(changes_table(changed))
    console.print(tables.warnings_text(version_warnings(course, name)), soft_wrap=True, end="")
    if report.of("not graded"):
        raise typer.Exit(1)


@app.command()
def feedback(
    assignment: Assignment,
    students: Students = "",
    download: Annotated[
        Path | None,
        typer.Option("--zip", help="The download that was collected last: pack the pages for Moodle or Canvas, too."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The zip to write; ASSIGNMENT-feedback.zip beside grades.csv if left out.")
    ] = None,
    worksheet: Annotated[
        Path | None, typer.Option(help="Moodle's grading worksheet; needed where teams handed in.")
    ] = None,
) -> None:
    """Write a page of feedback for each graded student; exit 1 if one could not be written."""
    if download is None and (out or worksheet):
        raise CourseError("--out and --worksheet belong to --zip DOWNLOAD.")
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.feedback import feedback as write_feedback
        from grader.exchange.feedback_zip import feedback_zip
        from grader.exchange.lms_text import feedback_zip_text
    course, name = _course(assignment)
    console = Console()
    with tables.progress_bar("Writing", console) as progress:
        report = write_feedback(course, name, _ids(students), progress=progress)
    console.print(tables.feedback_text(report), soft_wrap=True)
    left_out = False
    if download is not None:
        packed = feedback_zip(course, name, list(report.pages), download, out, worksheet)
        typer.echo(feedback_zip_text(packed, tables.shown(packed.path)))
        left_out = bool(packed.left_out)
    if report.failed or left_out:
        raise typer.Exit(1)


@app.command()
def report(assignment: Assignment) -> None:
    """Say what the class got wrong: the most frequent here, all of it on a page for the instructor."""
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.report import page, terminal
        from grader.exchange.report.class_report import class_report
    course, name = _course(assignment)
    console = Console()
    with console.status("Looking for the mistakes in the graded notebooks"):
        found = class_report(course, name, _catalog(course, name))
        written = page.write(course, found)
    console.print(terminal.whole(found))
    console.print(f"The page: {tables.shown(written)}", soft_wrap=True)


@app.command()
def export(
    assignment: Annotated[
        str, typer.Argument(help="One assignment; all of the gradebook if left out (CSV only).")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="The file to write; grades.csv if left out.")] = None,
    gradescope: Annotated[
        bool, typer.Option("--gradescope", help="Write an autograder for Gradescope, a zip to upload, and no grades.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(help="Moodle's grading worksheet or Canvas's gradebook: write a copy with the grades in it."),
    ] = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="With --into: convert points where the maximum there is another one.")
    ] = False,
    column: Annotated[str, typer.Option(help="With --into: the assignment's title or number in Canvas.")] = "",
) -> None:
    """Write the grades as CSV, or into a file of Moodle's or Canvas's; exit 1 if one found no place there."""
    if into is None and (scale or column):
        raise CourseError("--scale and --column belong to --into FILE.")
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.export import export as export_grades
        from grader.exchange.versions import version_warnings
    course, name = _course(assignment) if assignment else (_course_dir(), None)
    if gradescope:
        _export_to_gradescope(course, name, out)
        return
    if into is not None:
        _export_into(course, name, into, out, scale=scale, column=column)
        return
    result = export_grades(course, name, out)
    console = Console()
    for table in result.scores:
        console.print(tables.class_view(table))
        console.print(tables.warnings_text(version_warnings(course, table.assignment)), soft_wrap=True, end="")
    console.print(f"Written: {tables.shown(result.path)}")


def _export_to_gradescope(course: CourseDir, assignment: str | None, out: Path | None) -> None:
    with _instructor_extra():
        from grader.exchange.gradescope.autograder_zip import autograder_text, autograder_zip
        from grader.exchange.tables import shown
    if assignment is None:
        raise CourseError("an autograder is for one assignment: name it before --gradescope.")
    made = autograder_zip(course, assignment, out)
    Console().print(autograder_text(made, shown(made.path)), soft_wrap=True, markup=False, highlight=False)


def _export_into(
    course: CourseDir, assignment: str | None, into: Path, out: Path | None, *, scale: bool, column: str
) -> None:
    with _instructor_extra():
        from grader.exchange.fill_in import fill_in
        from grader.exchange.lms_text import filled_in_text
        from grader.exchange.tables import shown, warnings_text
        from grader.exchange.versions import version_warnings
    if assignment is None:
        raise CourseError("--into takes the grades of one assignment: name it.")
    done = fill_in(course, assignment, into, out, scale=scale, column=column)
    typer.echo(filled_in_text(done, shown(done.path)))
    Console().print(warnings_text(version_warnings(course, assignment)), soft_wrap=True, end="")
    if done.left_out:
        raise typer.Exit(1)


@app.command()
def forget(
    student: Annotated[str, typer.Argument(help="The student's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Remove it all; without --yes it is only listed.")] = False,
) -> None:
    """Remove one student from the gradebook and from all that the course has written; it cannot be undone."""
    with _instructor_extra():
        from grader.exchange import tables
        from grader.exchange.forget import forget as forget_student
        from grader.exchange.forget import forgotten_lines
    found = forget_student(_course_dir(), student, dry=not yes)
    lines = forgotten_lines(found, map(tables.shown, found.removed), map(tables.shown, found.named_in), dry=not yes)
    Console().print(tables.report_text(lines), soft_wrap=True)


@app.command()
def demo(
    isolation: Kept = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade a made-up class of ten, from release to feedback; exit 1 if the outcome is not the expected one."""
    isolation = _chosen(isolation, unsafe) or Isolation.SANDBOX
    _start_engine(*_course("01_convolution"), isolation)
    with _instructor_extra():
        from grader.authoring.project import Project
        from grader.engine.run_isolated import executor
        from grader.exchange.demo import demonstration
    result = demonstration.demo(Project.find(), Console(), execute=executor(isolation))
    if result.mismatches:
        raise typer.Exit(1)


def _chosen(isolation: Isolation | None, unsafe: bool) -> Isolation | None:
    """How submissions are kept apart, if that was said; tells where this machine could do it better."""
    if unsafe and isolation is Isolation.CONTAINER:
        raise CourseError("--unsafe is the same as --isolation none: leave out one of the two.")
    if isolation is Isolation.CONTAINER and sys.platform == "linux":
        from grader.engine.probe_isolation import sandbox_works

        if sandbox_works():
            typer.echo("The sandbox works on this machine, and is better: leave out --isolation container.", err=True)
    return Isolation.NONE if unsafe else isolation


def _start_engine(course: CourseDir, name: str, isolation: Isolation) -> None:
    """Let the engine get ready while this process imports nbgrader: seconds each, and both are needed."""
    path = course.solution(name)
    if sys.platform == "linux" and path.is_file():
        with _instructor_extra():
            from grader.engine.engine import out_of_bounds, shared_engine
            from grader.engine.preload import preload_of
        source = json.loads(path.read_text("utf-8"))
        shared_engine(isolation).start_soon(out_of_bounds(source), preload_of(source))


def _course(assignment: str) -> tuple[CourseDir, str]:
    """The course of the current folder, and the full name of one of its assignments."""
    course = _course_dir()
    if not course.is_ours:
        return course, assignment
    from grader.authoring.project import Project

    return course, Project(course.root).require_assignment(assignment)


def _catalog(course: CourseDir, name: str) -> Catalog | None:
    """The known mistakes in an assignment; None where no answers file tells any."""
    if not course.is_ours:
        return None
    from grader.authoring.project import Project
    from grader.exchange.catalog.known_mistakes import known_mistakes

    project = Project(course.root)
    return partial(known_mistakes, course, project, name) if project.answers_source(name).is_file() else None


def _ids(students: str) -> list[str] | None:
    """The ids in a list; None, for everybody, when there is none."""
    return [student.strip() for student in students.split(",") if student.strip()] or None


def _pair(text: str, option: str) -> tuple[str, str]:
    """The two sides of `name=value`."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        raise CourseError(f"{option} takes name=value, separated by commas; {text!r} is none.")
    return name, value


def _course_dir() -> CourseDir:
    """The course in the current folder or the nearest one above: our own, or any course of nbgrader's."""
    folder = _course_folder()
    if folder is None:
        raise CourseError(
            f"{Path.cwd()} is in no course: change to a checkout of this course, or to a folder with an "
            "nbgrader_config.py."
        )
    if is_checkout(folder):
        return CourseDir.of_checkout(folder)
    with _instructor_extra():
        from grader.exchange.nbgrader_course import load
    return load(folder)


def _course_folder() -> Path | None:
    """The current folder or the nearest one above that holds a course; None for none."""
    here = Path.cwd()
    return next((one for one in (here, *here.parents) if is_checkout(one) or has_nbgrader_config(one)), None)


@contextlib.contextmanager
def _instructor_extra() -> Iterator[None]:
    """For imports: say what to install when a command needs more than the student's packages."""
    gc.disable()  # it would look through all that is being imported, time and again: a quarter of the time
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).startswith(("grader.", "course_lib.")):
            raise CourseError(
                f"this command is for this repository's own course, which comes with {COURSE}; only the engine is "
                "installed here."
            ) from error
        raise CourseError(
            f"this command needs the package {error.name}, which comes with the instructor's extra: "
            f"{install_command('instructor')}"
        ) from error
    finally:
        gc.freeze()  # modules stay until the end, so no collection need look at them, here or in the workers
        gc.enable()


def main() -> None:
    """Run the command line; a CourseError becomes one line on stderr and exit code 2."""
    lean_imports.prepare()
    try:
        require_one()
        app()
    except CourseError as error:
        if _debug:
            raise
        print(f"course: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
