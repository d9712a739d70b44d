"""How this course uses nbgrader: folders, gradebook, time limits and our own steps. The one place for it."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from traitlets.config import Config

from grader.engine.limits import Limits

COURSE_ID = "cnn-course"

LIMITS = Limits()
"""What one submission may use; every way of grading takes it from here. Change it here: Limits(processes=32).

Names, units and defaults stand in grader/engine/limits.py.
"""

EXECUTE = "grader.engine.preprocessor.ExecuteApart"


@dataclass(frozen=True)
class CourseDir:
    """Where a course lies, and the few settings that differ between the real one and the demonstration.

    Attributes:
        root: the folder that holds `solutions/` and `assignments/`.
        work: everything that grading makes; inside `root`.
        db_url: SQLAlchemy URL of the gradebook; '' stands for `gradebook.db` in `work`.
        limits: what one submission may use.
    """

    root: Path
    work: Path
    db_url: str = ""
    limits: Limits = LIMITS

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
    def gradebook_url(self) -> str:
        """SQLAlchemy URL of the gradebook."""
        return self.db_url or f"sqlite:///{self.work / 'gradebook.db'}"

    @property
    def log(self) -> Path:
        """Folder of the log files."""
        return self.work / "log"

    @property
    def secret(self) -> Path:
        """The file with the secret from which hidden tests draw."""
        return self.work / "secret"

    def solution(self, assignment: str) -> Path:
        """The solution notebook, which is nbgrader's source."""
        return self.root / "solutions" / assignment / f"{assignment}.ipynb"

    def released(self, assignment: str) -> Path:
        """The notebook that students get."""
        return self.root / "assignments" / assignment / f"{assignment}.ipynb"

    def submitted(self, assignment: str, student: str) -> Path:
        """The notebook that a student handed in."""
        return self.work / "submitted" / student / assignment / f"{assignment}.ipynb"

    def autograded(self, assignment: str, student: str) -> Path:
        """The graded notebook, with hidden tests: for instructors only."""
        return self.work / "autograded" / student / assignment / f"{assignment}.ipynb"

    def is_current(self, assignment: str, student: str) -> bool:
        """Whether the graded notebook is of what the student handed in last."""
        graded = self.autograded(assignment, student)
        handed_in = self.submitted(assignment, student).parent.glob("*.ipynb")  # it may have another name
        latest = max((path.stat().st_mtime for path in handed_in), default=float("inf"))
        return graded.is_file() and graded.stat().st_mtime >= latest

    def feedback(self, assignment: str, student: str) -> Path:
        """The page that goes back to the student."""
        return self.work / "feedback" / student / assignment / f"{assignment}.html"


def configure(c: Config, course: CourseDir) -> Config:
    """Write the course's settings into nbgrader's configuration `c` and return it."""
    put_alembic_on_path()
    _folders(c, course)
    _release(c)
    _autograde(c, course)
    _pages(c)
    _feedback(c)
    return c


def put_alembic_on_path() -> None:
    """Let nbgrader find the `alembic` of this environment: it calls it by name to make an empty gradebook."""
    programs = Path(sys.executable).parent
    path = os.environ.get("PATH", "")
    if str(programs) not in path.split(os.pathsep):
        os.environ["PATH"] = f"{programs}{os.pathsep}{path}"


def _folders(c: Config, course: CourseDir) -> None:
    # Relative to the root, which nbgrader escapes in its patterns; absolute folders with a + or ( in them it does not.
    work = course.work.relative_to(course.root)
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(course.root)
    c.CourseDirectory.db_url = course.gradebook_url
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "assignments"
    c.CourseDirectory.submitted_directory = str(work / "submitted")
    c.CourseDirectory.autograded_directory = str(work / "autograded")
    c.CourseDirectory.feedback_directory = str(work / "feedback")


def _release(c: Config) -> None:
    from nbgrader.preprocessors import SaveCells  # here, since nbgrader is slow to import

    from grader.authoring.generate_release import preprocessors
    from grader.exchange.save_cells import EnterCells

    steps = preprocessors(gradebook=True)
    c.GenerateAssignment.preprocessors = [EnterCells if step is SaveCells else step for step in steps]


def _autograde(c: Config, course: CourseDir) -> None:
    c.Autograde.sanitize_preprocessors = [
        "grader.engine.restore.RestoreCells",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        EXECUTE,
        "nbgrader.preprocessors.IgnorePattern",
        "grader.engine.stderr.HarmlessStderr",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    bounds = course.limits.to_dict()
    c.ExecuteApart.secret_file = str(course.secret)
    c.ExecuteApart.timeout = bounds.pop("cell_seconds")
    c.ExecuteApart.update(bounds)
    limit_cells(c, course.limits.cell_seconds)


def limit_cells(c: Config, seconds: float) -> None:
    """Write what happens to a cell that runs for more than `seconds` into the configuration of nbgrader's execution."""
    stopped = f"This cell was stopped after {seconds:g} s: look for a loop that never ends."
    c.Execute.timeout = math.ceil(seconds)
    c.Execute.interrupt_on_timeout = True
    c.Execute.shutdown_kernel = "immediate"
    c.Execute.error_on_timeout = {
        "ename": "CellTimeoutError",
        "evalue": stopped,
        "traceback": [f"CellTimeoutError: {stopped}"],
    }


def _pages(c: Config) -> None:
    """No page runs code of a submission: not the formgrader's either, where a script would have the rights to grade."""
    c.HTMLExporter.preprocessors = ["grader.exchange.sanitize_outputs.InertOutputs"]
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {
        "markdown2html": "grader.exchange.safe_html.markdown2html",
        "clean_html": "grader.exchange.safe_html.safe_html",
    }


def _feedback(c: Config) -> None:
    c.GenerateFeedback.exporter_class = "grader.exchange.page.FeedbackPage"
    c.GenerateFeedback.preprocessors = [
        "grader.exchange.verdicts.GetVerdicts",
        "grader.exchange.redact.RedactHidden",
        "grader.exchange.sanitize_outputs.InertOutputs",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    import nbgrader

    formgrader = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    c.FeedbackPage.preprocessors = []  # they are among the steps above
    c.FeedbackPage.template_name = "course_feedback"
    c.FeedbackPage.template_file = "feedback.html.j2"
    c.FeedbackPage.extra_template_basedirs = [str(Path(__file__).parent / "exchange" / "templates"), str(formgrader)]
