"""How hard exercises are, and how well they tell students apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from grader.exchange.report.statistics import FEWEST, discrimination, mean_share
from grader.exchange.scores import Exercise, Row

EXERCISES = [Exercise("a_tests", 2, False), Exercise("b_tests", 4, False), Exercise("c_tests", 1, False)]
EASY, HARD, NOISE = EXERCISES


def class_of(points: Sequence[Sequence[float | None]]) -> list[Row]:
    names = [one.name for one in EXERCISES]
    return [Row(f"s{n}", "", "", dict(zip(names, given, strict=True)), "graded") for n, given in enumerate(points)]


def test_the_mean_share_of_the_points() -> None:
    rows = class_of([(2, 0, 1), (1, 4, None), (2, 1, 0)])
    assert mean_share(EASY, rows) == pytest.approx(5 / 6)
    assert mean_share(HARD, rows) == pytest.approx(5 / 12)
    assert mean_share(NOISE, rows) is None  # somebody waits
    assert mean_share(EASY, []) is None
    assert mean_share(Exercise("a_tests", 0, False), rows) is None


def test_the_corrected_item_total_correlation() -> None:
    rng = np.random.default_rng(3)
    points = rng.integers(0, (3, 5, 2), size=(25, 3)).astype(float)
    rows = class_of(points.tolist())
    for place, one in enumerate(EXERCISES):
        expected = np.corrcoef(points[:, place], np.delete(points, place, axis=1).sum(axis=1))[0, 1]
        assert discrimination(one, EXERCISES, rows) == pytest.approx(expected)


def test_it_is_undefined_for_few_students_without_spread_and_while_some_wait() -> None:
    points: list[list[float | None]] = [[n % 3, n % 4, 1] for n in range(FEWEST)]
    assert discrimination(EASY, EXERCISES, class_of(points)) is not None
    assert discrimination(EASY, EXERCISES, class_of(points[1:])) is None
    assert discrimination(NOISE, EXERCISES, class_of(points)) is None
    assert discrimination(EASY, [EASY, NOISE], class_of(points)) is None
    before = discrimination(EASY, [EASY, HARD], class_of(points))
    points[0][2] = None
    assert discrimination(NOISE, EXERCISES, class_of(points)) is None
    assert discrimination(EASY, EXERCISES, class_of(points)) == before
