"""Grade a class: a plan of what is to be done, workers that do it, one writer that records it.

Whoever stands outside imports from here. A name brings its module along when it is first asked for: the question who is
graded needs no engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.exchange.batch.assignment import load
    from grader.exchange.batch.backends import cores
    from grader.exchange.batch.files import digest_of, is_handed_in, students_with
    from grader.exchange.batch.grade_class import grade
    from grader.exchange.batch.grade_report import Graded, GradeReport, Standing, Watch
    from grader.exchange.batch.is_graded import GradedAssignment, graded
    from grader.exchange.batch.late import LatePenalties
    from grader.exchange.batch.recompute import out_of_date

__all__ = [
    "GradeReport",
    "Graded",
    "GradedAssignment",
    "LatePenalties",
    "Standing",
    "Watch",
    "cores",
    "digest_of",
    "grade",
    "graded",
    "is_handed_in",
    "load",
    "out_of_date",
    "students_with",
]

_MODULES = {
    "assignment": ("load",),
    "backends": ("cores",),
    "files": ("digest_of", "is_handed_in", "students_with"),
    "grade_class": ("grade",),
    "grade_report": ("GradeReport", "Graded", "Standing", "Watch"),
    "is_graded": ("GradedAssignment", "graded"),
    "late": ("LatePenalties",),
    "recompute": ("out_of_date",),
}


def __getattr__(name: str) -> object:
    """A name of `__all__`, from the module that defines it (PEP 562)."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
