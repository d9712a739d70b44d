"""Damaged submissions of module 01, graded for real: the honest part earns what it earns undamaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.damage import (
    as_bytes,
    byte_order_mark,
    colab,
    deleted,
    edited,
    get,
    moved,
    own_cells,
    pasted_twice,
    renamed,
    retyped,
    split,
    without_metadata,
)
from support.module_one import NAME, ROOT, answered, blank, reference

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.feedback import feedback
from grader.exchange.release import release
from grader.exchange.scores import scores


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    course = CourseDir.sandbox(tmp_path_factory.mktemp("module") / "course")
    for path in (course.solution(NAME), course.released(NAME)):
        path.parent.mkdir(parents=True)
        path.write_bytes((ROOT / path.relative_to(course.root)).read_bytes())
    release(course, NAME)
    return course


def hand_in(course: CourseDir, student: str, data: bytes) -> None:
    path: Path = course.submitted(NAME, student)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)


def test_the_reference_of_these_tests_is_the_gradebooks(course: CourseDir) -> None:
    from grader.exchange.batch.assignment import load

    (one,) = load(course, NAME)
    loaded = one.reference
    assert [(c.name, c.source, c.shown, c.nbgrader()) for c in loaded.cells] == [
        (c.name, c.source, c.shown, c.nbgrader()) for c in reference().cells
    ]


def test_everything_at_once_costs_nothing(course: CourseDir) -> None:
    notebook = answered()
    for harm in (
        split("correlate2d", 12),
        deleted("shift_tests", "output_size_tests"),
        pasted_twice("conv_layer_tests", 0),
        pasted_twice("count_parameters"),
        edited("convolve_at_tests", "2.0"),
        edited("start-here-2", "import numpy as np"),
        retyped("receptive_field", "markdown"),
        moved("filter_photo_tests", 1),
        renamed("hwdn_to_nchw", "my_favorite"),
        without_metadata("convolution_matrix", "convolution_matrix_tests"),
        own_cells,
    ):
        notebook = harm(notebook)
    hand_in(course, "battered", byte_order_mark(as_bytes(notebook)))
    half = answered()
    get(half, "shift")["source"] = get(blank(), "shift").source
    hand_in(course, "colab", as_bytes(deleted("correlate2d")(colab_after(half))))
    report = grade(course, NAME, jobs=2)
    table = scores(course, NAME)
    battered = table.of("battered")
    assert battered.points == {e.name: None if e.by_hand else e.points for e in table.exercises}
    # Two functions of the release call correlate2d; they are tested on their own, and lose with it.
    honest = {name: points for name, points in battered.points.items() if name not in ("shift", "correlate2d")}
    colabs = table.of("colab").points
    assert (colabs["shift"], colabs["correlate2d"]) == (0, 0)
    assert all(colabs[name] == points for name, points in honest.items() if name not in ("conv_layer", "filter_photo"))
    told = dict(zip((one.student for one in report.results), (one.repairs for one in report.results), strict=True))
    page = feedback(course, NAME, ["battered"]).pages["battered"].read_text("utf-8")
    for sentence in (
        "The file was saved in another encoding (UTF-8 with a byte-order mark) and was read all the same.",
        "One answer was split into several cells and was joined again (correlate2d).",
        "Two test cells were missing and were put back (output_size_tests, shift_tests).",
        "Two cells were there twice; the copies were left out (conv_layer_tests, count_parameters).",
        "One cell had been turned into another type and got its own back (receptive_field).",
        "One cell was moved and is back in its place (filter_photo_tests).",
    ):
        assert sentence in told["battered"]
        assert sentence in page
    assert "One answer cell is missing from the notebook; its tests fail (correlate2d)." in told["colab"]


def colab_after(notebook):  # type: ignore[no-untyped-def]
    """Colab, except that the answer to be deleted can still be found by its label."""
    kept = get(notebook, "correlate2d").metadata["nbgrader"]
    place = [c.metadata.nbgrader.grade_id for c in notebook.cells].index("correlate2d")
    notebook = colab(notebook)
    notebook.cells[place].metadata["nbgrader"] = kept
    return notebook
