"""Where a course lies on this machine, and what one submission may use. Grading and authoring build on this."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.engine.isolation import Isolation
from grader.engine.limits import Limits

if TYPE_CHECKING:
    from traitlets.config import Config

COURSE_ID = "cnn-course"

_ANY = "\0"
"""Stands for every name in a path, where no name can hold it."""

LIMITS = Limits()
"""What one submission may use; every way of grading takes it from here. Change it here: Limits(processes=32).

Names, units and defaults stand in grader/engine/limits.py.
"""


@dataclass(frozen=True)
class Folders:
    """nbgrader's folders, relative to the root of the course (or absolute), and the structure inside them."""

    source: str
    release: str
    submitted: str
    autograded: str
    feedback: str
    structure: str = "{nbgrader_step}/{student_id}/{assignment_id}"


@dataclass(frozen=True)
class CourseDir:
    """Where a course lies, and the few settings that differ from course to course.

    Attributes:
        root: the folder that holds `solutions/` and `assignments/`, or what nbgrader calls the course directory.
        work: everything that grading makes; inside `root`.
        db_url: SQLAlchemy URL of the gradebook; '' stands for `gradebook.db` in `work`.
        limits: what one submission may use.
        course_id: as the gradebook knows it.
        isolation: how submissions are kept apart from the machine where nobody says otherwise.
        in_kernel: what is graded in one kernel: patterns of assignments, notebooks and cells.
        config: nbgrader's configuration of a course that is not ours; None for ours, whose settings stand in
            `grader/nbgrader_config.py`.
        folders: those of a course that is not ours.
    """

    root: Path
    work: Path
    db_url: str = ""
    limits: Limits = LIMITS
    course_id: str = COURSE_ID
    isolation: Isolation = Isolation.SANDBOX
    in_kernel: tuple[str, ...] = ()
    config: Config | None = field(default=None, compare=False, repr=False)
    folders: Folders | None = None

    @classmethod
    def of_checkout(cls, root: Path | None = None) -> CourseDir:
        """The course of a checkout (by default this one): work in `grader/var`, gradebook by COURSE_DB."""
        root = (root or Path(__file__).parents[1]).resolve()
        return cls(root, root / "grader" / "var", db_url=os.environ.get("COURSE_DB", ""))

    @classmethod
    def sandbox(cls, folder: Path) -> CourseDir:
        """A course that lies in `folder` alone, gradebook included, whatever COURSE_DB says."""
        folder = folder.resolve()
        return cls(folder, folder)

    def with_limits(self, **bounds: Any) -> CourseDir:
        """The same course with other limits: with_limits(cell_seconds=5)."""
        return replace(self, limits=replace(self.limits, **bounds))

    @property
    def is_ours(self) -> bool:
        """Whether it is built from sources as this repository is, or any other course of nbgrader's."""
        return self.config is None

    @property
    def gradebook_url(self) -> str:
        """SQLAlchemy URL of the gradebook."""
        return self.db_url or f"sqlite:///{self.work / 'gradebook.db'}"

    @property
    def log(self) -> Path:
        """Folder of the log files."""
        return self.work / "log"

    @property
    def secret(self) -> Path | None:
        """The file with the secret from which hidden tests draw; None where the course has named none."""
        if self.config is None:
            return self.work / "secret"
        named = str(self.config.ExecuteIsolated.get("secret_file", ""))
        return self.root / named if named else None

    @property
    def grades(self) -> Path:
        """The file that `course export` writes; beside the course's own files where nbgrader puts it there."""
        return (self.work if self.is_ours else self.root) / "grades.csv"

    def source_folder(self, assignment: str) -> Path:
        """nbgrader's source of an assignment."""
        return self._folder(self._folders.source, ".", assignment)

    def solution(self, assignment: str, notebook: str = "") -> Path:
        """The solution notebook, which is nbgrader's source. In our course it is called like the assignment."""
        return self.source_folder(assignment) / f"{notebook or assignment}.ipynb"

    def release_folder(self, assignment: str) -> Path:
        """What students get of an assignment."""
        return self._folder(self._folders.release, ".", assignment)

    def released(self, assignment: str, notebook: str = "") -> Path:
        """The notebook that students get."""
        return self.release_folder(assignment) / f"{notebook or assignment}.ipynb"

    def submitted(self, assignment: str, student: str, notebook: str = "") -> Path:
        """The notebook that a student handed in."""
        return self._folder(self._folders.submitted, student, assignment) / f"{notebook or assignment}.ipynb"

    def autograded(self, assignment: str, student: str, notebook: str = "") -> Path:
        """The graded notebook, with hidden tests: for instructors only."""
        return self._folder(self._folders.autograded, student, assignment) / f"{notebook or assignment}.ipynb"

    def feedback(self, assignment: str, student: str, notebook: str = "") -> Path:
        """The page that goes back to the student."""
        return self._folder(self._folders.feedback, student, assignment) / f"{notebook or assignment}.html"

    @property
    def all_submitted(self) -> Path:
        """The folder of all submissions, with nbgrader's own structure."""
        return self.root / self._folders.submitted

    @property
    def all_autograded(self) -> Path:
        """The folder of all graded notebooks, with nbgrader's own structure."""
        return self.root / self._folders.autograded

    @property
    def all_feedback(self) -> Path:
        """The folder of all pages, with nbgrader's own structure."""
        return self.root / self._folders.feedback

    def assignments(self) -> list[str]:
        """The assignments that have a source notebook, by name."""
        places = self._places(self._folder(self._folders.source, ".", _ANY))
        return [name for name, folder in places if any(folder.glob("*.ipynb"))]

    def source_notebooks(self, assignment: str) -> list[str]:
        """The names of an assignment's source notebooks."""
        return sorted(path.stem for path in self.source_folder(assignment).glob("*.ipynb"))

    def students_among(self, assignment: str) -> list[tuple[str, Path]]:
        """Where submissions to this assignment lie or would lie, for each student who has a folder."""
        return self._places(self._folder(self._folders.submitted, _ANY, assignment))

    def folders_of(self, student: str) -> list[Path]:
        """The folders of a student's submissions, graded notebooks and pages, of all assignments."""
        steps = (self._folders.submitted, self._folders.autograded, self._folders.feedback)
        return [place for step in steps for _, place in self._places(self._folder(step, student, _ANY))]

    def _places(self, pattern: Path) -> list[tuple[str, Path]]:
        """The names that stand for `_ANY` in a path, as far as there is something, and the path of each, by name."""
        before, _, after = str(pattern).partition(_ANY)
        folder, prefix = os.path.split(before)
        suffix, separator, below = after.partition(os.sep)
        end = re.compile(f"{re.escape(prefix)}(.+){re.escape(suffix)}", re.DOTALL)
        there = os.listdir(folder) if os.path.isdir(folder) else []
        names = {found[1]: name for name in there if (found := end.fullmatch(name))}
        return [(one, Path(f"{folder}{os.sep}{name}{separator}{below}")) for one, name in sorted(names.items())]

    @property
    def _folders(self) -> Folders:
        if self.folders is not None:
            return self.folders
        work = self.work
        made = (str(work / step) for step in ("submitted", "autograded", "feedback"))
        return Folders("solutions", "assignments", *made)

    def _folder(self, step: str, student: str, assignment: str) -> Path:
        """As nbgrader's CourseDirectory.format_path has it."""
        structure = self._folders.structure
        return self.root / structure.format(nbgrader_step=step, student_id=student, assignment_id=assignment)


def is_checkout(folder: Path) -> bool:
    """Whether our own course lies in a folder, as a checkout or a copy of it; other courses have a `solutions/` too."""
    if not ((folder / "solutions").is_dir() and (folder / "pyproject.toml").is_file()):
        return False
    return not has_nbgrader_config(folder) or (folder / "grader" / "course_dir.py").is_file()


def has_nbgrader_config(folder: Path) -> bool:
    """Whether nbgrader would find its configuration in this folder."""
    return any((folder / f"nbgrader_config.{ending}").is_file() for ending in ("py", "json"))
