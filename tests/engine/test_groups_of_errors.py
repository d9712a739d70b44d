"""A group of errors that ends a test is shown as what it is."""

from __future__ import annotations

import pytest
from support.small_notebooks import fails, run_test

GROUP = "ExceptionGroup('two', [ValueError('a'), KeyError('b')])"


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        (f"def f(): raise {GROUP}", "f()"),
        ("def f(): pass", f"raise {GROUP}"),
        (f"def f(): raise {GROUP}", "try:\n    f()\nexcept* TypeError:\n    pass"),
    ],
)
def test_the_group_is_named(answer: str, test: str) -> None:
    assert fails(answer, test) == "ExceptionGroup: two (2 sub-exceptions)"


def test_its_parts_are_shown_and_no_line_of_the_engine() -> None:
    (shown,) = (out for out in run_test(f"def f(): raise {GROUP}", "f()").outputs if out.output_type == "error")
    text = "\n".join(shown.traceback)
    assert "ValueError: a" in text
    assert "KeyError: 'b'" in text
    assert "In the submission, line 1 of f" in text
    assert "grader/engine" not in text


def test_an_error_on_the_way_of_a_group_is_named() -> None:
    test = "try:\n    f()\nexcept ExceptionGroup:\n    assert False, 'it raised a group'"
    assert fails(f"def f(): raise {GROUP}", test) == "AssertionError: it raised a group"
