"""What a worker does with one submission: repair it, run it, read the points off it. It knows nothing else."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from nbformat import NotebookNode
from nbgrader import utils

from course_lib import __version__
from course_lib.errors import CourseError
from course_lib.repair.damage import Damaged, Repair, sentences
from grader.engine.isolation import Isolation
from grader.engine.job import Executor, Job, TooLarge
from grader.engine.notes import REPORT, add_note, leave_report, name_of, notes_of
from grader.exchange.batch.course_job import CourseJob
from grader.exchange.batch.extra_time import extended
from grader.exchange.batch.graded_notebook import as_text
from grader.exchange.batch.reasons_of_change import ENGINE
from grader.exchange.reasons import reason
from grader.exchange.repaired_since import repaired_file_since

Failure = Literal["", "damaged", "crashed"]


@dataclass(frozen=True)
class Task:
    """One submission, without its student's name.

    Attributes:
        number: which one of the batch.
        found: what is to be told about its file.
        extra_time: the factor of its time limits.
    """

    number: int
    data: bytes
    files: Mapping[str, bytes]
    found: tuple[Repair, ...]
    extra_time: float = 1.0


@dataclass(frozen=True)
class Verdict:
    """What became of one submission.

    Attributes:
        text: the graded notebook, as JSON; '' when it could not be graded.
        points: per graded cell; None where a person decides.
        blank: per answer and manual task whether it is as it was handed out.
        stopped, died: cells that ran too long, that ended their process.
        failure: whether its files are damaged beyond repair or too large, or grading it crashed; `reason` says why.
        trace: for the log.
    """

    number: int
    text: str = ""
    points: Mapping[str, float | None] | None = None
    blank: Mapping[str, bool] | None = None
    repairs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    died: tuple[str, ...] = ()
    isolation: Isolation = Isolation.SANDBOX
    failure: Failure = ""
    reason: str = ""
    trace: str = ""


def work(task: Task, job: Job, execute: Executor) -> Verdict:
    """Grade one submission. A CourseError of the engine, which concerns them all, is raised."""
    try:
        return _graded_by_engine(task, job, execute)
    except CourseError:
        raise
    except (Damaged, TooLarge) as error:
        return Verdict(task.number, failure="damaged", reason=str(error))
    except Exception as error:  # whatever is wrong with one submission must not cost the others their grades
        return Verdict(task.number, failure="crashed", reason=reason(error), trace=traceback.format_exc())


def _graded_by_engine(task: Task, job: Job, execute: Executor) -> Verdict:
    earlier = job.earlier if isinstance(job, CourseJob) else ()
    found = repaired_file_since(task.data, job.reference, earlier, task.found)
    executed = execute(found.notebook, replace(job, limits=extended(job.limits, task.extra_time)), task.files)
    notebook = executed.notebook
    told = sentences(found.repairs)
    leave_report(notebook, repairs=told, isolation=executed.isolation)
    notebook.metadata[REPORT][ENGINE] = __version__
    points = {name_of(cell): _points_of(cell) for cell in notebook.cells if utils.is_grade(cell)}
    blank = {name_of(c): _is_blank(c) for c in notebook.cells if utils.is_solution(c) or utils.is_task(c)}
    notes = tuple(notes_of(notebook))
    return Verdict(
        task.number,
        text=as_text(notebook),
        points=points,
        blank=blank,
        repairs=told,
        notes=notes,
        stopped=executed.stopped,
        died=executed.died,
        isolation=executed.isolation,
    )


def _points_of(cell: NotebookNode) -> float | None:
    """nbgrader's judgment of a cell; None, for a person to decide, where it gave more points than it has."""
    try:
        points, _ = utils.determine_grade(cell)
    except ValueError:
        add_note(cell, f"{name_of(cell)}: its test gave more points than there are; decide by hand")
        return None
    return None if points is None else float(points)


def _is_blank(cell: NotebookNode) -> bool:
    """As nbgrader judges it; a manual task has no answer cell of its own."""
    return not utils.is_task(cell) and cell.metadata.nbgrader["checksum"] == utils.compute_checksum(cell)
