"""How hard an exercise was for a class, and how well it tells those who know the matter from those who do not."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import StatisticsError, correlation, mean

from grader.exchange.scores import Exercise, Row

FEWEST = 10
"""With fewer students a correlation says nothing."""


def mean_share(exercise: Exercise, rows: Sequence[Row]) -> float | None:
    """The difficulty of classical test theory: the mean share of its points. 1 is easy.

    None where somebody still waits for points: those who have some already are no sample of the class.
    """
    points = [given for row in rows if (given := row.points[exercise.name]) is not None]
    return mean(points) / exercise.points if rows and len(points) == len(rows) and exercise.points else None


def discrimination(exercise: Exercise, exercises: Sequence[Exercise], rows: Sequence[Row]) -> float | None:
    """The corrected item-total correlation: of the points of an exercise with the points of all others together.

    None where it is not defined: for fewer than ten students, or where all have the same. Exercises for which somebody
    has no points yet are left out.
    """
    known = [one for one in exercises if all(row.points[one.name] is not None for row in rows)]
    if exercise not in known or len(rows) < FEWEST:
        return None
    mine = [row.points[exercise.name] or 0.0 for row in rows]
    others = [sum(row.points[one.name] or 0.0 for one in known if one != exercise) for row in rows]
    try:
        return correlation(mine, others)
    except StatisticsError:  # no spread
        return None
