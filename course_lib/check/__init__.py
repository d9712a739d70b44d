"""Tests that explain themselves: cases with points, and checks that say what was called, got and expected.

with check.case("stride 2, no padding", points=2):
    check.close(correlate2d(x, w, stride=2), expected, hint="Does the window move by the stride?")
check.score(out_of=2)
"""

from course_lib.check.cases import Case, case
from course_lib.check.failure import CheckFailure
from course_lib.check.findings import AuthorError, Finding
from course_lib.check.forms import array, form, integer, number, parts
from course_lib.check.gradient import gradient
from course_lib.check.properties import holds, raises, that, unchanged
from course_lib.check.rng import rng
from course_lib.check.score import score
from course_lib.check.scoreboard import Score
from course_lib.check.turn import turn
from course_lib.check.values import close, dtype, equal, shape

__all__ = [
    "AuthorError",
    "Case",
    "CheckFailure",
    "Finding",
    "Score",
    "array",
    "case",
    "close",
    "dtype",
    "equal",
    "form",
    "gradient",
    "holds",
    "integer",
    "number",
    "parts",
    "raises",
    "rng",
    "score",
    "shape",
    "that",
    "turn",
    "unchanged",
]
