"""Worked numbers of the decks, from the course's own code: the solutions that students are asked to write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.tiny_project import ROOT

from grader.authoring import coverage
from grader.authoring.claims_page import evidence
from grader.authoring.project import Project
from grader.authoring.source import read


def names_of(module: str) -> dict[str, Any]:
    """The names that the shared cells and the solutions of an assignment define."""
    names: dict[str, Any] = {}
    for cell in read(Project(ROOT).solution_source(module)).of_kind("shared", "answer"):
        exec(cell.source, names)  # our own notebook
    return names


@pytest.fixture(scope="module")
def solved() -> dict[str, Any]:
    """Module 01, solved."""
    return names_of("01_convolution")


@pytest.fixture(scope="module")
def blocks() -> dict[str, Any]:
    """Module 02, solved."""
    return names_of("02_building_blocks")


@pytest.mark.covers("C02")
def test_sums_of_the_kernels(solved):
    blur, sharpen = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]), np.array([[0, -1, 0], [-1, 8, -1], [0, -1, 0]])
    sobel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    even = np.ones((3, 3))
    correlate = solved["correlate2d"]
    assert [correlate(even, kernel).item() for kernel in (blur, sharpen, sobel)] == [8, 4, 0]


@pytest.mark.covers("C05")
def test_full_convolution(solved):
    x, w = np.array([[1, 3, 1], [0, -1, 1], [2, 2, -1]]), np.array([[1, 2], [0, -1]])
    expected = [[1, 5, 7, 2], [0, -2, -4, 1], [2, 6, 4, -3], [0, -2, -2, 1]]
    assert np.array_equal(solved["convolve2d_full"](x, w), expected)


@pytest.mark.covers("C06")
def test_valid_cross_correlation(solved):
    x = np.array([[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]])
    w = np.array([[0, 1, 2], [2, 2, 0], [0, 1, 2]])
    assert np.array_equal(solved["correlate2d"](x, w), [[12, 12, 17], [10, 17, 19], [9, 6, 14]])


@pytest.mark.covers("C16")
def test_one_filter_of_size_two(solved):
    x, w = np.array([[1.0, 2, 4, 7, 3, 3]]), np.array([[-1.0, 1]])
    assert solved["correlate2d"](x, w, stride=(1, 2)).tolist() == [[1, 3, 0]]
    assert solved["correlate2d"](x, w).tolist() == [[1, 2, 3, -4, 0]]


@pytest.mark.covers("C12")
def test_counting_weights(solved):
    count = solved["count_parameters"]
    image, units = (1, 200, 200), (40_000, 1, 1)
    assert count(image, units, (10, 10), bias=False)["dense"] == 1_600_000_000
    assert count((3, 200, 200), (1000, 1, 1), (10, 10), bias=False)["dense"] == 120_000_000
    # The same 40 000 units, laid out as one map: each sees 10x10 pixels, and then all share one set of weights.
    shared = count(image, (1, 200, 200), (10, 10), bias=False)
    assert (shared["local"], shared["conv"]) == (4_000_000, 100)


@pytest.mark.covers("B01")
def test_pooling_of_the_map(blocks):
    x = blocks["MAP"][None, None]
    means = [[1.7, 1.7, 1.7], [1.0, 1.2, 1.8], [1.1, 0.8, 1.3]]
    assert blocks["avg_pool"](x, 3, 1)[0, 0].round(1).tolist() == means
    assert blocks["max_pool"](x, (3, 3), (1, 1))[0, 0].tolist() == [[3, 3, 3], [3, 3, 3], [3, 2, 3]]


@pytest.mark.covers("B11")
def test_two_networks_with_the_same_error(blocks):
    labels = np.array([0, 1, 0])
    outcomes = [blocks["error_and_loss"](blocks[name], labels) for name in ("NETWORK_1", "NETWORK_2")]
    assert np.allclose(outcomes, [(1 / 3, 0.376), (1 / 3, 1.057)], atol=5e-4)


def test_every_row_of_a_built_module_is_covered_as_its_kind_asks():
    """A value is reproduced or refuted, a lab measured or refuted, code written by the student or measured."""
    project = Project(ROOT)
    sources = [read(path) for path in project.sources()]
    outcomes: dict[str, set[str]] = {}
    for item in evidence(project, sources):
        outcomes.setdefault(item.row, set()).add(item.outcome)
    enough = {
        "value": {"reproduced", "refuted", "tested"},
        "lab": {"measured", "refuted"},
        "code": {"exercise", "measured", "reproduced"},
        "erratum": {"refuted", "reproduced"},
        "told": {"told", "measured"},
    }
    built = {module[:2] for module in project.modules()}
    for row in coverage.read(project.root / "docs" / "coverage.md").values():
        if row.section[:2] in built:
            assert outcomes.get(row.id, set()) & enough[row.kind], row
