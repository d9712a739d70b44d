"""`course grade`: grade a class on all cores, or on a cluster; stopped at any moment, the same command completes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbformat import NotebookNode
from sqlalchemy import Engine

from course_lib.errors import CourseError
from course_lib.kernels import install_kernel
from course_lib.repair.reference import Reference
from grader.audit.constructs import Found, constructs
from grader.course_dir import CourseDir
from grader.engine.job import Executor
from grader.engine.preload import EVERYTHING, Preload, preload_of
from grader.engine.private_folder import sweep as sweep_folders
from grader.engine.run_isolated import in_container, in_sandbox
from grader.engine.secret import course_secret
from grader.exchange import changes
from grader.exchange.batch import database, journal
from grader.exchange.batch.assignment import Loaded, author, given_files, load
from grader.exchange.batch.backends import verdicts
from grader.exchange.batch.course_job import CourseJob
from grader.exchange.batch.extra_time import factors
from grader.exchange.batch.grade_report import Graded, GradeReport, Standing, Watch, combined, result_of
from grader.exchange.batch.history import History
from grader.exchange.batch.is_graded import GradedSubmissions
from grader.exchange.batch.late import LatePenalties
from grader.exchange.batch.lock import only_grader
from grader.exchange.batch.part import Part
from grader.exchange.batch.plan import cells_of, chosen, exercises_of, has_exercise, plan
from grader.exchange.batch.recompute import Recomputed, recompute
from grader.exchange.batch.recorder import Recorder
from grader.exchange.batch.worker import Verdict
from grader.exchange.batch.writer import Writer
from grader.exchange.converter import log_file
from grader.exchange.earlier_releases import earlier_releases
from grader.exchange.gradebook import require_released, sqlite_file, told
from grader.whole_files import sweep


def grade(
    course: CourseDir,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    exercise: str | None = None,
    execute: Executor = in_sandbox,
    watch: Watch | None = None,
    foretell: Callable[[Found], None] | None = None,
) -> GradeReport:
    """Grade the submissions of `assignment`: those that are new, have changed, or whose assignment has changed.

    Args:
        students: whose; everybody's by default.
        jobs: worker processes, as many as there are cores by default; one works in this process.
        scheduler: address of a dask scheduler whose workers are taken instead.
        force: grade again what is up to date.
        exercise: regrade this one only; the points of the others stay.
        execute: runs one submission, in a worker.
        watch: told how the batch stands.
        foretell: told, before anybody is graded, what in the tests two interpreters cannot honor.

    Raises:
        CourseError: the assignment, a student or the exercise is unknown, there is no submission, somebody else grades,
            the kernel is missing, the course's secret is damaged, or gradebook or disk cannot be written; or users of a
            container can read the course. What is wrong with one submission stands in the report.
    """
    require_released(course, assignment)
    if execute is in_container:
        _require_closed(course, scheduler)
    with only_grader(course), log_file(course, "grade") as log, _connected(course) as engine:
        loaded = _with_exercise(load(course, assignment), exercise)
        given = given_files(course, assignment)
        for one in loaded:
            _require_kernel(one.reference)
        names = chosen(course, assignment, students)
        sweep(course.all_autograded, f"*/{assignment}")
        sweep_folders()
        penalties = LatePenalties(course)
        with told(course), engine.begin() as connection:
            grading = changes.begin(connection, assignment)
        anew = Recomputed()
        results: dict[str, list[Graded]] = {student: [] for student in names}
        for place, one in enumerate(loaded):
            with told(course), engine.begin() as connection:
                journal.create(connection)
                recorded = GradedSubmissions(course, one.part, journal.entries(connection, one.part.key))
                extra_time = factors(connection, assignment)
            if foretell and not recorded.entries:
                for construct in constructs(_source(course, one)):
                    foretell(construct)
            only = cells_of(one.reference, exercise)
            todo = plan(recorded, one.reference, names, force=force, only=only, given=given, extra_time=extra_time)
            history = History(grading, one.part)
            recorder = Recorder(recorded, todo, Writer(engine, one.columns, penalties, history), only, log)
            with told(course), engine.begin() as connection:
                earlier = earlier_releases(connection, one.part.assignment, one.reference)
            job = job_of(course, one, given, earlier)
            found = verdicts(todo.tasks(), len(todo.waiting), job, execute, jobs=jobs, scheduler=scheduler)
            for student in todo.current:
                results[student].append(result_of(student, "unchanged", recorded.entries[student]))
            done = place * len(names) + len(todo.current)
            outcomes = _recorded(recorder, found)
            for result in _watched(outcomes, one.reference, len(loaded) * len(names), done, watch):
                results[result.student].append(result)
            recorder.stamp_current()
            with told(course), engine.begin() as connection:
                recompute(connection, one.columns, penalties, todo.current, names if students else None, anew)
                while anew.noted:
                    history.note_penalty(connection, *anew.noted.pop())
        did_something = bool(anew.changed) or any(r.outcome != "unchanged" for found in results.values() for r in found)
        with told(course), engine.begin() as connection:
            changes.finish(connection, grading, did_something=did_something)
        return GradeReport(
            assignment,
            course.log / "grade.log",
            [_with_recomputed(combined(results[student]), anew) for student in names],
            penalties=sorted(anew.penalties),
            times=sorted(anew.times),
            late=anew.late,
        )


def _with_recomputed(result: Graded, anew: Recomputed) -> Graded:
    changed = result.outcome == "unchanged" and result.student in anew.changed
    return replace(result, outcome="recomputed") if changed else result


def _require_closed(course: CourseDir, scheduler: str | None) -> None:
    """Before the first submission runs as a user of this container: it must find nothing that it could read."""
    from grader.engine.container.requirements import require_secret  # Linux alone has what it imports

    if scheduler is not None:
        raise CourseError("--isolation container looks at the course's files on this machine: leave out --scheduler.")
    gradebook = sqlite_file(course)
    require_secret((course.root / "solutions", course.work, *([gradebook] if gradebook else [])))


_Outcomes = Iterator[tuple[Graded, float | None]]


def _recorded(recorder: Recorder, found: Iterator[Verdict]) -> _Outcomes:
    """Record what cannot be read, then the verdicts as they come, then what became unreadable in the meantime."""
    refused: set[str] = set()

    def refuse() -> _Outcomes:
        for student, reason in recorder.plan.damaged.items():
            if student not in refused:
                refused.add(student)
                yield recorder.refuse(student, reason, "damaged"), None

    yield from refuse()
    for student in recorder.plan.missing:
        yield recorder.none_for(student), 0.0
    for verdict in found:
        yield recorder.record(verdict)
    yield from refuse()


def _watched(outcomes: _Outcomes, reference: Reference, total: int, done: int, watch: Watch | None) -> Iterator[Graded]:
    """Pass the outcomes on and say how the batch stands."""
    most = sum(cell.points for cell in reference.cells)
    points: list[float] = []
    if watch:
        watch(Standing("", done, total, (), most))
    for one, earned in outcomes:
        done += 1
        points += [] if earned is None else [earned]
        if watch:
            watch(Standing(one.student, done, total, tuple(points), most))
        yield one


def _with_exercise(loaded: list[Loaded], exercise: str | None) -> list[Loaded]:
    """The notebooks that have this exercise; all for None. Raises CourseError where there is none."""
    having = [one for one in loaded if exercise is None or has_exercise(one.reference, exercise)]
    if not having:
        known = [name for one in loaded for name in exercises_of(one.reference)]
        raise CourseError(f"{loaded[0].part.assignment} has no exercise {exercise!r}; there are: {', '.join(known)}.")
    return having


def job_of(
    course: CourseDir, one: Loaded, given: Mapping[str, bytes], earlier: tuple[Reference, ...] = ()
) -> CourseJob:
    """What all submissions of a notebook have in common. Raises CourseError where the secret is damaged."""
    secret = course_secret(course.secret) if course.secret is not None else None
    preload, authors = _preload(course, one.part), author(course, one.part)
    return CourseJob(one.reference, course.limits, preload, secret, authors, given, earlier)


def _preload(course: CourseDir, part: Part) -> Preload:
    """What the solution imports, since the reference has no answers, and a student imports what the solution does."""
    solution = course.solution(part.assignment, part.notebook)
    return preload_of(json.loads(solution.read_text("utf-8"))) if solution.is_file() else EVERYTHING


def _source(course: CourseDir, one: Loaded) -> NotebookNode:
    """The solution, whose answers tell which names are the student's; where it is gone, the assignment as graded."""
    solution = course.solution(one.part.assignment, one.part.notebook)
    return nbformat.read(solution, as_version=4) if solution.is_file() else one.reference.as_notebook()


@contextmanager
def _connected(course: CourseDir) -> Iterator[Engine]:
    engine = database.connect(course.gradebook_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _require_kernel(reference: Reference) -> None:
    wanted = str(reference.metadata.get("kernelspec", {}).get("name", "python3"))
    there = set(KernelSpecManager().find_kernel_specs())
    if wanted not in there and wanted != "python":  # jupyter_client's own name for the kernel of this Python
        raise CourseError(
            f"{reference.notebook} asks for the kernel {wanted!r}, which is not installed; there are: "
            f"{', '.join(sorted(there)) or 'none'}. Install it with `{install_kernel(wanted)}`."
        )
