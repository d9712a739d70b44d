"""Where a course lies on this machine, and what one submission may use. Everything else builds on this."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.engine.limits import Limits

COURSE_ID = "cnn-course"

LIMITS = Limits()
"""What one submission may use; every way of grading takes it from here. Change it here: Limits(processes=32).

Names, units and defaults stand in grader/engine/limits.py.
"""


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

    def feedback(self, assignment: str, student: str) -> Path:
        """The page that goes back to the student."""
        return self.work / "feedback" / student / assignment / f"{assignment}.html"
