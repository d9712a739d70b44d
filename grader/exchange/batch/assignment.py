"""An assignment as the gradebook has it, read once for a whole batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from course_lib.errors import CourseError
from course_lib.repair.reference import Reference
from grader.course_dir import CourseDir
from grader.engine.gradebook_reference import reference_in_gradebook
from grader.engine.job import TooLarge
from grader.engine.one_kernel_cells import marked
from grader.engine.submission_files import read_authors
from grader.exchange.batch.part import Part, parts_of
from grader.exchange.batch.writer import Columns, columns_of
from grader.exchange.gradebook import open_gradebook


@dataclass(frozen=True)
class Loaded:
    """A notebook of an assignment: what submissions are compared with, and where their grades go."""

    part: Part
    reference: Reference
    columns: Columns


def load(course: CourseDir, assignment: str) -> list[Loaded]:
    """The notebooks of an assignment, by name.

    Raises:
        CourseError: the gradebook cannot be read, or has no such notebook.
    """
    with open_gradebook(course) as gradebook:
        entry = gradebook.find_assignment(assignment)
        notebooks = {notebook.name: notebook for notebook in sorted(entry.notebooks, key=lambda one: one.name)}
        if not notebooks or (course.is_ours and assignment not in notebooks):
            raise CourseError(f"the gradebook has no notebook {assignment}: run `course release {assignment}`.")
        parts = parts_of(assignment, [assignment] if course.is_ours else [*notebooks])
        return [
            Loaded(
                part,
                reference_in_gradebook(notebooks[part.notebook], _release_of(course, part)),
                columns_of(entry, notebooks[part.notebook], part.key),
            )
            for part in parts
        ]


def author(course: CourseDir, part: Part) -> NotebookNode | None:
    """The instructor's notebook of a course that is not ours: it has cells, with imports, that no gradebook knows."""
    path = course.solution(part.assignment, part.notebook)
    return None if course.is_ours else _marked(course, part, path)


def given_files(course: CourseDir, assignment: str) -> dict[str, bytes]:
    """The files beside the source notebooks, which take the place of a submission's own, as nbgrader has it.

    Raises:
        CourseError: they cannot be read, or are more than a submission may have.
    """
    if course.config is None:
        places = (course.solution(assignment), course.released(assignment))
        try:
            return next((read_authors(place, course.limits.disk_bytes) for place in places if place.is_file()), {})
        except TooLarge as error:
            raise CourseError(f"{assignment}: {error}.") from error
    folder = course.source_folder(assignment)
    ignored = CourseDirectory(config=course.config).ignore
    kept = Autograde(coursedir=CourseDirectory(config=course.config), config=course.config).exclude_overwriting
    try:
        paths = [Path(name) for name in utils.find_all_files(str(folder), [*ignored, "*.ipynb"])]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise CourseError(f"{error.filename} cannot be read: {error.strerror}.") from error
    return {name: content for name, content in files.items() if name not in kept.get(assignment, ())}


def _release_of(course: CourseDir, part: Part) -> NotebookNode | None:
    return _marked(course, part, course.released(part.assignment, part.notebook))


def _marked(course: CourseDir, part: Part, path: Path) -> NotebookNode | None:
    if not path.is_file():
        return None
    return marked(nbformat.read(path, as_version=4), part.assignment, part.notebook, course.in_kernel)
