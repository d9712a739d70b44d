"""`course release`: enter an assignment in the gradebook, and make sure that students get what was built."""

from __future__ import annotations

import json
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import ValidationError
from nbgrader.converters import GenerateAssignment
from traitlets.config import Config

from course_lib.errors import CourseError
from grader.audit.constructs import Found, constructs
from grader.course_dir import CourseDir
from grader.exchange.batch import graded
from grader.exchange.converter import convert, log_file
from grader.exchange.gradebook import open_gradebook, require_assignment
from grader.exchange.reasons import reason
from grader.exchange.release_theirs import release_theirs
from grader.whole_files import cannot_write


@dataclass(frozen=True)
class Release:
    """An assignment that stands in the gradebook.

    Attributes:
        notebook: the file to give to students, or the folder of several.
        exercises: number of test cells and written answers.
        points: the most that can be earned.
        written: points that are given by hand.
        stale: submissions that were graded by an earlier version.
        constructs: what in its tests two interpreters cannot honor.
    """

    assignment: str
    notebook: Path
    exercises: int
    points: float
    written: float
    stale: int = 0
    constructs: tuple[Found, ...] = ()


def release(course: CourseDir, assignment: str) -> Release:
    """Enter `assignment` in the gradebook; again after a change of its tests.

    Grades that students have stay. Where tests, points or given code have changed, `course grade` grades again.

    Raises:
        CourseError: it does not exist, its release notebook is stale, or a cell for which there are grades is gone.
    """
    require_assignment(course, assignment)
    with log_file(course, "release") as log:
        if not course.is_ours:
            release_theirs(course, assignment, log)
            return _entered(course, assignment, course.release_folder(assignment))
        # First without the gradebook: nothing is entered when the files do not belong together.
        _require_as_built(course, assignment, _generate(course, assignment, log, gradebook=False))
        with open_gradebook(course):
            pass
        _generate(course, assignment, log, gradebook=True)
    return _entered(course, assignment, course.released(assignment))


def _entered(course: CourseDir, assignment: str, handed_out: Path) -> Release:
    with open_gradebook(course) as gradebook:
        entry = gradebook.find_assignment(assignment)
        cells = [cell for notebook in entry.notebooks for cell in (*notebook.grade_cells, *notebook.task_cells)]
        by_hand = {(cell.notebook.name, cell.name) for notebook in entry.notebooks for cell in notebook.solution_cells}
        by_hand |= {(cell.notebook.name, cell.name) for notebook in entry.notebooks for cell in notebook.task_cells}
        sources = [course.solution(assignment, notebook.name) for notebook in entry.notebooks]
        return Release(
            assignment,
            handed_out,
            exercises=len(cells),
            points=sum(cell.max_score for cell in cells),
            written=sum(cell.max_score for cell in cells if (cell.notebook.name, cell.name) in by_hand),
            stale=graded(course, assignment).by_an_earlier_assignment(),
            constructs=tuple(found for source in sources for found in constructs(nbformat.read(source, as_version=4))),
        )


def _generate(course: CourseDir, assignment: str, log: logging.Logger, *, gradebook: bool) -> str:
    """Text of the release that nbgrader makes, in a folder of its own: on an error nbgrader deletes the folder."""
    course.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="release-", dir=course.work) as folder:
        extra = Config()
        extra.CourseDirectory.release_directory = str(Path(folder).relative_to(course.root))
        extra.GenerateAssignment.no_database = not gradebook
        if not gradebook:
            from grader.authoring.generate_release import preprocessors

            extra.GenerateAssignment.preprocessors = preprocessors(gradebook=False)
        try:
            convert(GenerateAssignment, course, assignment, log=log, extra=extra)
        except RuntimeError as error:
            raise CourseError(f"nbgrader refuses {assignment}: {error}") from error
        except (ValueError, ValidationError) as error:
            solution = course.solution(assignment)
            raise CourseError(f"{solution} cannot be read, {reason(error)}: run `course build`.") from error
        except OSError as error:
            raise cannot_write(course.work, error) from error
        return (Path(folder) / assignment / f"{assignment}.ipynb").read_text("utf-8")


def _require_as_built(course: CourseDir, assignment: str, made: str) -> None:
    released = _require_built(course.released(assignment))
    try:
        same = json.loads(released.read_text("utf-8")) == json.loads(made)
    except ValueError:
        same = False
    if not same:
        raise CourseError(f"{released} is not what the solution notebook gives: run `course build`.")


def _require_built(released: Path) -> Path:
    if not released.is_file():
        raise CourseError(f"{released} is missing: run `course build`.")
    return released


def exercise_order(course: CourseDir, assignment: str, notebook: str) -> list[str]:
    """Names of the graded cells in the order of the released notebook, or of its source in a course that is not ours.

    Raises:
        CourseError: the notebook is missing or damaged.
    """
    released = course.released(assignment, notebook)
    if course.is_ours:
        _require_built(released)
    elif not released.is_file():
        released = course.solution(assignment, notebook)
        if not released.is_file():
            return []
    try:
        content = nbformat.read(released, as_version=4)
    except Exception as error:  # nbformat raises whatever the damage leads to
        advice = "run `course build`" if course.is_ours else f"run `course release {assignment}`"
        raise CourseError(f"{released} cannot be read, {reason(error)}: {advice}.") from error
    parts = [cell.metadata.get("nbgrader", {}) for cell in content.cells]
    return [part["grade_id"] for part in parts if part.get("grade") or part.get("task")]
