"""What fails later is told with its cause: the cell that failed before, its error, and where it stands."""

from pathlib import Path

import pytest
from support.student_notebooks import answer, checked, code, graded, save, shown, text

from course_lib import call_limit, selfcheck
from course_lib.selfcheck import Verdict


def test_a_syntax_error_is_told_at_its_exercise(tmp_path: Path) -> None:
    book = [
        text("### Exercise 1: Twice (1 point)"),
        answer("twice", "", "def twice(x):\n    return 2 * * x"),
        checked("twice", "assert twice(1) == 2", 1),
    ]
    (exercise,) = selfcheck.run(save(tmp_path, *book)).exercises
    assert (exercise.verdict, exercise.earned) == (Verdict.ERROR, 0)
    first, second = exercise.detail.split("\n")
    assert first == "The cell above that begins with 'def twice(x):' failed: SyntaxError: invalid syntax in line 2"
    assert second == "NameError: name 'twice' is not defined"


def test_a_name_is_missing_because_an_earlier_cell_failed(tmp_path: Path) -> None:
    book = [
        text("### Exercise 1: A mask (1 point)"),
        answer("mask", "", "mask = [1, 0] + 1\ndef other(): pass"),
        checked("mask", "assert mask", 1),
        text("### Exercise 2: Masked (1 point)"),
        answer("masked", "", "def masked(x):\n    return x * mask"),
        checked("masked", "assert masked(2)", 1),
        text("### Exercise 3: Never defined (1 point)"),
        answer("third", "", "third = 3"),
        checked("third", "assert nowhere == 3", 1),
    ]
    mask, masked, third = selfcheck.run(save(tmp_path, *book)).exercises
    assert mask.detail.startswith("The cell above that begins with 'mask = [1, 0] + 1' failed: TypeError: ")
    assert masked.detail.startswith(
        '`mask` is missing: the cell under "Exercise 1: A mask", which defines it, failed: TypeError: can only concat'
    )
    assert masked.detail.endswith("NameError: name 'mask' is not defined")
    assert third.detail == "NameError: name 'nowhere' is not defined"


def test_a_failed_training_is_the_cause_of_the_file_that_is_missing(tmp_path: Path) -> None:
    train = "history = train(normalize([1.0]))\nopen('model.safetensors', 'w').close()"
    given = "def train(x):\n    raise TypeError('normalize returned a list, and training needs a tensor')"
    book = [
        graded(code(given), "given", locked=True),
        text("### Exercise 1: Normalize (1 point)"),
        answer("normalize", "", "def normalize(x):\n    return x"),
        checked("normalize", "assert normalize([1.0]) == [1.0]", 1),
        text("### Exercise 2: A trained network (5 points)"),
        graded(code(train), "training", locked=True),
        checked("trained", "open('model.safetensors')", 5),
    ]
    normalize, trained = selfcheck.run(save(tmp_path, *book)).exercises
    assert normalize.verdict is Verdict.PASSED
    first, second = trained.detail.split("\n")
    assert first == (
        "The cell above that begins with 'history = train(normalize([1.0]))' failed: "
        "TypeError: normalize returned a list, and training needs a tensor"
    )
    assert second.startswith("FileNotFoundError: ")


def test_without_a_timer_the_report_says_what_a_slow_call_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path, checked("a", "assert True", 1))
    assert "Time limits" not in shown(selfcheck.run(path))[1]
    monkeypatch.delattr(call_limit.signal, "setitimer")  # as on Windows
    (note,) = selfcheck.run(path).notes
    assert note.where == "Time limits"
    assert note.what.startswith("This system cannot stop a single call of your function.")
