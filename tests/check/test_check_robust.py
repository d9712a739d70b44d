"""Whatever a student returns: the case fails with a sentence, and nothing else breaks."""

import sys

import numpy as np
import pandas as pd
import pytest
import torch

from course_lib import check
from course_lib.check.calls import line_at


class Hostile:
    """Every question about it raises."""

    def __repr__(self):
        raise RuntimeError("no repr")

    def __eq__(self, other):
        raise RuntimeError("no eq")

    def __getattr__(self, name):
        raise RuntimeError("no attributes")

    def __len__(self):
        raise RuntimeError("no len")

    def __bool__(self):
        raise RuntimeError("no bool")

    __hash__ = None


class LyingArray(np.ndarray):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return np.zeros(self.shape)

    __hash__ = None


class BadArrayMethod:
    def __array__(self, *args, **kwargs):
        raise OSError("no array")


class Liar:
    shape = "circle"
    dtype = "color"
    __array__ = None


def generator():
    yield 1


ODD = [
    Hostile(),
    Hostile,
    BadArrayMethod(),
    Liar(),
    generator(),
    generator,
    NotImplemented,
    ...,
    "text",
    b"bytes",
    {1, 2},
    {"a": Hostile()},
    [Hostile()],
    [[1], [1, 2]],
    [None],
    (1, 2),
    np.ma.masked_array([1.0, 2.0], [True, False]),
    np.array(["a", "b"]),
    np.array([None, 1]),
    np.array(["2026-01-01"], dtype="datetime64[D]"),
    np.zeros(2, dtype=[("a", "i4")]),
    pd.Series(["a", "b"]),
    torch.ones(2, 3),
    torch.ones(2).to_sparse() * 3,
    10**5000,
    float("nan"),
    np.zeros((1 << 40, 0)),
    complex(1, 2),
    np.ones(2)[:, None].view(LyingArray),
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
def test_odd_results_fail_with_a_bounded_message(value):
    for judge in (
        lambda: check.close(value, np.ones(2)),
        lambda: check.close(value, 1.0),
        lambda: check.close(value, (np.ones(2), 1.0)),
        lambda: check.close(value, {"a": 1.0}),
        lambda: check.equal(value, 3),
        lambda: check.equal(value, {"a": 3}),
        lambda: check.equal(value, (1, 2, 3)),
        lambda: check.equal(value, np.ones(2)),
        lambda: check.equal(value, "word"),
        lambda: check.shape(value, (7,)),
        lambda: check.dtype(value, "float16"),
    ):
        with pytest.raises(check.CheckFailure) as caught:
            judge()
        assert len(str(caught.value)) < 2000


def test_a_condition_that_cannot_be_decided_fails():
    with pytest.raises(check.CheckFailure, match="This cannot be decided: all are equal"):
        check.that(np.ones(3) == 1, "all are equal")
    with pytest.raises(check.CheckFailure, match="This cannot be decided"):
        check.that(Hostile(), "it holds")


def test_a_lying_subclass_is_compared_by_its_numbers():
    with pytest.raises(check.CheckFailure, match="All 3 elements are wrong"):
        check.close(np.zeros(3).view(LyingArray), np.ones(3))


def test_tensors_and_series_are_arrays_too():
    check.close(torch.ones(2, 3, requires_grad=True), np.ones((2, 3)))
    check.close(np.ones((2, 3)), torch.ones(2, 3, dtype=torch.bfloat16))
    check.close(pd.Series([1.0, 2.0]), np.array([1.0, 2.0]))
    check.shape(torch.ones(2, 3), (2, 3))
    check.dtype(torch.ones(2), "float32")
    check.dtype(torch.ones(2), torch.float32)
    check.equal(torch.ones(2, 3).shape, (2, 3))
    with pytest.raises(check.CheckFailure, match=r"float32 tensor of shape \(2,\)"):
        check.close(torch.ones(2), 1.0)


def test_an_exception_whose_text_raises(capsys):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    with check.case("mute"):
        raise Mute
    check.score()
    assert "Mute was raised." in capsys.readouterr().out


def test_a_call_that_is_stopped_where_the_code_has_no_line_costs_the_case_only(capsys):
    def stopped():
        raise TimeoutError("too long")

    code = stopped.__code__
    units = len(code.co_code) // 2
    without = bytes([0xFF] * (units // 8) + [0xF8 | units % 8 - 1] * (units % 8 > 0))  # no line, 8 units or the rest
    stopped.__code__ = code.replace(co_linetable=without)
    with check.case("stopped"):
        stopped()
    with check.case("the next"):
        check.equal(1, 1)
    check.score()
    told = capsys.readouterr().out
    assert f"TimeoutError: too long\n    in your code, line {code.co_firstlineno} of stopped" in told
    assert "passed  the next" in told


def test_the_jump_back_to_a_loop_belongs_to_the_line_before_it():
    def pairs(n):
        total = 0
        for i in range(n):
            for j in range(i):
                if i == j:
                    total += 1
        return total

    code = pairs.__code__
    bare = [start for start, _, number in code.co_lines() if number is None]
    assert bare  # Python stops a loop between two rounds there
    first, last = code.co_firstlineno, max(number for *_, number in code.co_lines() if number)
    assert all(first < line_at(code, start) <= last for start in bare)


def test_exceptions_that_are_not_errors_cost_the_case_only(capsys):
    with check.case("generator exit"):
        raise GeneratorExit
    with check.case("deep recursion"):
        (lambda f: f(f))(lambda f: f(f))
    assert check.score() == 0
    assert "RecursionError: the function calls itself without end." in capsys.readouterr().out


def test_the_recursion_limit_is_left_alone():
    assert sys.getrecursionlimit() >= 1000
