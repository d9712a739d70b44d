"""What an answer returns in other forms: the same numbers, or nothing changes; and answers that answer nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader.authoring.returned.boundary import Boundary
from grader.authoring.returned.portable import in_form
from grader.authoring.returned.result_forms import FORMS, Differences, Returned, turned
from grader.authoring.returned.vacuous import VACUOUS, returned

VALUES: dict[str, Any] = {
    "int": 3,
    "bool": True,
    "float": 0.1,
    "NumPy int": np.int64(-7),
    "NumPy float": np.float64(2.5),
    "0-d array": np.array(4.0),
    "0-d tensor": torch.tensor(4),
    "array": np.linspace(0.0, 1.0, 12).reshape(3, 4),
    "bytes": np.arange(12, dtype=np.uint8).reshape(2, 3, 2),
    "truths": np.array([[True, False]]),
    "tensor": torch.linspace(0.0, 1.0, 6, dtype=torch.float64).reshape(2, 3),
    "tuple of numbers": (5, 0.5),
    "list of numbers": [0.25, 1e-8, 3.0],
    "equal parts": (np.arange(6.0).reshape(2, 3), np.ones((2, 3))),
    "unequal parts": (np.arange(6.0).reshape(2, 3), np.ones(3), 2),
    "nested lists": [[1, 2], [3, 4]],
    "dictionary": {"W": np.arange(4.0).reshape(2, 2), "b": [1.0, 2.0]},
}


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    if isinstance(value, list | tuple):
        return [number for part in value for number in numbers(part)]
    return [float(number) for number in np.asarray(value).ravel()]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_keeps_the_numbers_and_makes_a_difference(form):
    changed = []
    for name, value in VALUES.items():
        new = turned(value, form)
        changed += [name] * (new is not value)
        np.testing.assert_allclose(numbers(new), numbers(value), rtol=1e-6 if form == "float32" else 0, err_msg=name)
    assert changed


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("float32", 1e300),
        ("float32", np.array([1.0, 1e-60])),
        ("float32", np.arange(3)),
        ("float", 2**60 + 1),
        ("float", True),
        ("nested lists", np.zeros((0, 3))),
        ("nested lists", [[1, 2]]),
        ("one array", (np.zeros(2), np.zeros(3))),
        ("one array", [True, 2]),
        ("one array", [2**60 + 1, 0.5]),
        ("one array", ["a", "b"]),
        ("array", None),
        ("array", {1, 2}),
        ("tensor", np.array([1 + 2j])),
        ("array", torch.ones(2, requires_grad=True)),
        ("list", range(3)),
        ("Fortran-ordered", np.zeros(3)),
        ("non-contiguous", np.zeros(1)),
    ],
)
def test_what_a_form_cannot_keep_or_does_not_change_stays_the_same_object(form, value):
    assert turned(value, form) is value


def test_forms_are_what_they_say():
    array = VALUES["array"]
    assert turned(array, "float32").dtype == np.float32
    assert not turned(array, "read-only").flags.writeable
    assert array.flags.writeable
    assert turned(array, "Fortran-ordered").flags.f_contiguous
    assert not turned(array, "non-contiguous").flags.forc
    assert turned(array, "backwards in memory").strides[-1] < 0
    assert isinstance(turned(array, "tensor"), torch.Tensor)
    assert turned(array, "nested tuples")[2][3] == 1.0
    assert turned(VALUES["equal parts"], "one array").shape == (2, 2, 3)
    assert [type(part) for part in turned(VALUES["unequal parts"], "list")] == [np.ndarray, np.ndarray, int]
    assert type(turned(np.float64(2.5), "Python scalar")) is float
    assert type(turned(3, "NumPy scalar")) is np.int64
    assert turned(3, "one-element array").shape == (1,)


RECURSIVE = """
def fold(n):
    if type(n) is not int:
        raise TypeError("inside, nothing is converted")
    return n * fold(n - 1) if n else unit()

def unit():
    return 1

TABLE = [1, 2, 6]
class Counter:
    def value(self):
        return [1]

    @staticmethod
    def first():
        return 1

    @classmethod
    def named(cls, name):
        return name
"""


def defined(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"sqrt": np.emath.sqrt}
    exec(compile(source, "answer", "exec"), namespace)
    return namespace


def test_only_who_calls_from_outside_gets_another_form():
    answer = defined(RECURSIVE)
    seen = Differences()
    Boundary(seen).draw(answer, ["fold", "unit", "TABLE", "Counter"])
    assert (answer["fold"](3), answer["TABLE"]) == (6, [1, 2, 6])
    assert {"float", "tensor", "one array", "tuple"} <= set(seen.forms)
    answer = defined(RECURSIVE)
    Boundary(Returned("tensor")).draw(answer, ["fold", "unit", "TABLE", "Counter", "sqrt"])
    assert torch.equal(answer["fold"](4), torch.tensor(24))
    assert answer["Counter"]().value() == [1]
    assert answer["sqrt"] is np.emath.sqrt


def test_the_methods_of_a_class_answer_nothing_too():
    answer = defined(RECURSIVE)
    Boundary(returned("none"), methods=True).draw(answer, ["Counter"])
    counter = answer["Counter"]
    assert (counter().value(), counter.first(), counter().first(), counter.named("a")) == (None,) * 4


def test_an_error_inside_leaves_the_boundary_in_place():
    answer = defined("def f(x):\n    return 1 / x")
    Boundary(Returned("NumPy scalar")).draw(answer, ["f"])
    with pytest.raises(ZeroDivisionError):
        answer["f"](0)
    assert type(answer["f"](2)) is np.float64


def test_a_form_travels_as_a_cell_that_needs_nothing_of_the_grader():
    made = in_form(RECURSIVE, ["TABLE", "fold"], "array")
    assert "from grader" not in made
    answer = defined(made)
    assert type(answer["fold"](3)) is np.ndarray
    assert [type(part) for part in answer["TABLE"]] == [np.ndarray] * 3


def answering(kind: str, function: Callable[..., Any], *args: Any) -> Any:
    return returned(kind)(function, args, {})


def test_vacuous_answers():
    rows = np.arange(6.0).reshape(2, 3)

    def shapes(x: Any) -> Any:
        x[0] = 9
        return {"a": (x, 3, True), "b": torch.ones(2), "c": "text", "d": object()}

    zeros = answering("zeros", shapes, rows)
    assert rows[0, 0] == 0, "the solution worked on a copy"
    np.testing.assert_array_equal(zeros["a"][0], np.zeros((2, 3)))
    assert (zeros["a"][1:], zeros["b"].tolist(), zeros["c"], zeros["d"]) == ((0, False), [0, 0], "", None)
    assert answering("ones", shapes, rows)["a"][1:] == (1, True)
    assert answering("argument", shapes, rows) is rows
    assert answering("copy", shapes, rows) is not rows
    filled = rows.copy()
    assert answering("filled", shapes, filled, [2.5]) is filled
    assert not filled.any()
    assert answering("argument", lambda: 1) is None
    constants = {kind: answering(kind, shapes, rows.copy()) for kind in VACUOUS}
    assert (constants["none"], constants["list"], constants["text"]) == (None, [], "")
    assert (constants["zero"], constants["one"], constants["half"], constants["array"].size) == (0, 1, 0.5, 0)
    assert answering("list", shapes, rows) is not answering("list", shapes, rows)
