"""A result is judged by its values, in whatever form they come; form itself is a case of its own."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch

from course_lib import check

A = np.random.default_rng(0).integers(-8, 9, (3, 4)) / 4  # exact in every floating dtype
MASK = A > 0

# Forms that keep the values of an array.
ARRAY_FORMS = {
    "nested list": lambda a: a.tolist(),
    "nested tuple": lambda a: tuple(map(tuple, a.tolist())),
    "list of rows": list,
    "tuple of rows": tuple,
    "tensor": lambda a: torch.from_numpy(a.copy()),
    "tensor with a gradient": lambda a: torch.tensor(a, dtype=torch.float64, requires_grad=True),
    "parameter": lambda a: torch.nn.Parameter(torch.tensor(a, dtype=torch.float64)),
    "list of tensors": lambda a: list(torch.tensor(a, dtype=torch.float64, requires_grad=True)),
    "bfloat16 tensor": lambda a: torch.tensor(a, dtype=torch.bfloat16),
    "sparse tensor": lambda a: torch.tensor(a, dtype=torch.float64).to_sparse(),
    "sparse matrix": lambda a: scipy.sparse.csr_matrix(a.astype("float64")),
    "matrix": lambda a: np.asmatrix(a),
    "nothing masked": lambda a: np.ma.masked_array(a, np.zeros(a.shape, bool)),
    "frame": pd.DataFrame,
    "float32": lambda a: a.astype("float32"),
    "float16": lambda a: a.astype("float16"),
    "longdouble": lambda a: a.astype("longdouble"),
    "complex": lambda a: a.astype("complex128"),
    "object": lambda a: a.astype(object),
    "object of fractions": lambda a: np.array([[Fraction(float(v)) for v in row] for row in a], dtype=object),
    "decimals": lambda a: [[Decimal(float(v)) for v in row] for row in a],
    "Fortran": np.asfortranarray,
    "not contiguous": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "reversed view": lambda a: a[::-1].copy()[::-1],
    "big-endian": lambda a: a.astype(">f8"),
}
# Forms that keep the value of one number.
NUMBER_FORMS = {
    "float": float,
    "NumPy float": np.float64,
    "float32": np.float32,
    "float16": np.float16,
    "longdouble": np.longdouble,
    "complex": complex,
    "0-d array": np.array,
    "one element": lambda v: np.array([v]),
    "one element of two axes": lambda v: np.array([[v]]),
    "0-d tensor": torch.tensor,
    "one-element tensor": lambda v: torch.tensor([v]),
    "list": lambda v: [v],
    "tuple": lambda v: (v,),
    "fraction": Fraction,
    "decimal": Decimal,
    "object": lambda v: np.array(v, dtype=object),
}


def fails(judge, *args, **kwargs):
    with pytest.raises(check.CheckFailure) as caught:
        judge(*args, **kwargs)
    return caught.value.finding


@pytest.mark.parametrize("form", ARRAY_FORMS.values(), ids=ARRAY_FORMS)
def test_an_array_in_any_form(form):
    right, wrong = form(A), form(A + (np.arange(12).reshape(3, 4) == 5))
    check.close(right, A)
    check.equal(right, A)
    check.close(right, A.tolist())
    check.equal(right, A.tolist())
    check.close(A, form(A))
    check.shape(right, (3, 4))
    check.close((right, 1), (A, 1))
    check.holds("the same", lambda rng: (form(A), A))
    check.gradient(lambda x: float((A * x).sum()), np.ones((3, 4)), right)
    np.testing.assert_array_equal(check.array(right), A)
    assert fails(check.close, wrong, A, hint="here").hint == "here"
    assert fails(check.equal, wrong, A).problem.startswith("1 of 12 elements is wrong")
    assert "[1, 1]" in fails(check.close, wrong, A).problem
    assert fails(check.close, right, A[:2]).problem == "The shapes differ in axis 0."
    assert fails(check.close, wrong, A, mistakes={"known": wrong}).mistake == "known"
    fails(check.shape, right, (4, 3))
    fails(check.gradient, lambda x: float((A * x).sum()), np.ones((3, 4)), wrong)


@pytest.mark.parametrize("form", ARRAY_FORMS.values(), ids=ARRAY_FORMS)
def test_parts_of_one_shape_in_any_form(form):
    check.close(form(A), tuple(A), names=("y", "dy", "ddy"))
    check.equal(form(A), tuple(map(tuple, A.tolist())))
    assert fails(check.close, form(A), tuple(A[:2])).problem == "The result has 3 parts instead of 2."
    found = fails(check.close, form(A), (A[0], A[1] + 1, A[2]), names=("y", "dy", "ddy"))
    assert found.problem.startswith("Output 2 of 3 (dy): All 4 elements are wrong.")
    for part, row in zip(check.parts(form(A), 3), A, strict=True):
        check.close(part, row)
    found = fails(check.parts, form(A), 2, hint="two of them")
    assert (found.problem, found.hint) == ("The result has 3 parts instead of 2.", "two of them")


def test_an_array_of_texts_has_parts_like_a_list_of_them():
    assert check.parts(np.array(["a", "bc"]), 2) == ("a", "bc")
    check.equal(np.array(["a", "bc"]), ("a", "bc"))
    assert fails(check.equal, np.array(["a", "bd"]), ("a", "bc"))


@pytest.mark.parametrize("value", [90, 0, -3, 0.25])
@pytest.mark.parametrize("form", NUMBER_FORMS.values(), ids=NUMBER_FORMS)
def test_a_number_in_any_form(form, value):
    got = form(value)
    for expected in (value, np.float64(value), np.array(value), torch.tensor(value)):
        check.close(got, expected)
        check.equal(got, expected)
    if np.ndim(got) < 2:
        check.close(got, [value])
    check.equal((got, "a"), (value, "a"))
    check.equal({"k": got}, {"k": value})
    assert check.number(got) == value
    assert type(check.number(got)) is float
    fails(check.close, got, value + 1)
    assert fails(check.equal, got, value + 1, hint="here").hint == "here"
    if value == int(value):
        assert check.integer(got) == value
        assert type(check.integer(got)) is int
    else:
        assert fails(check.integer, got).problem == "The result should be a whole number, but it is 0.25."


def test_losses_of_the_past():
    check.close(np.array([0.5, 1.5, 2.5]), (0.5, 1.5, 2.5))
    check.equal([120, 90], (120, 90))
    check.equal([[20, 30], [784, 10]], [(20, 30), (784, 10)])
    check.close(np.stack([A, A + 1]), (A, A + 1))
    check.equal(90.0, 90)
    check.equal([np.floor(3.9), 8, np.int64(214)], [3, 8, 214])
    check.close(torch.tensor(A), A)
    check.close(A, torch.tensor(A))
    check.close(A.astype("float32"), torch.tensor(A))
    check.close(np.fft.ifft(np.fft.fft(A)), A)
    check.close((True, False), (1, 0))


def test_truth_values_are_0_and_1():
    for got in (MASK, MASK.astype(int), MASK.astype(float), MASK.tolist(), torch.tensor(MASK)):
        check.equal(got, MASK)
        check.close(got, MASK.astype(float))
        check.equal(got, MASK.astype(int))
    check.equal(True, 1)
    check.equal(np.bool_(False), 0)
    fails(check.equal, True, 2)
    fails(check.equal, ~MASK, MASK)


def test_a_shape_means_something():
    column = np.ones((3, 1))
    for got, expected in ((column, np.ones(3)), (np.ones(3), column), (1.0, np.ones((1, 1))), (1.0, np.ones(3))):
        assert "shape" in str(fails(check.close, got, expected).facts)
        fails(check.equal, got, expected)
    found = fails(check.close, (np.ones(3),), np.ones(3))
    assert found.notes == ("It is a tuple of one array: is there a comma too many after `return`?",)
    check.close(1.0, np.ones(1))
    check.shape(3.0, (1,))
    check.shape(np.ones(1), ())
    fails(check.shape, np.ones((1, 1)), (1,))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (range(3), "it is an object of type range, range(0, 3), not an array. Make it a list: list(...)."),
        (map(abs, [1]), "Make it a list"),
        (zip([1], [2], strict=True), "Make it a list"),
        ((v for v in [1]), "Did you use `yield` instead of `return`?"),
        (abs, "Did you forget the brackets () of a call?"),
        ("3", "it is a string ('3'), not an array."),
        (["3"], "at position 0, it is a string ('3'), not a number."),
        ([[1], [1, 2]], "its rows differ in length."),
        ({1}, "it is a set of 1 value, not an array."),
        (np.array(["3"]), "it holds values of dtype <U1, not numbers."),
        (np.array([None]), "it is an array of Python objects (dtype object), not of numbers."),
        (np.ma.masked_array([1.0], [True]), "it is a masked array, with elements that are missing."),
        (torch.empty(3, device="meta"), "it is a tensor that does not become an array"),
        (torch.sparse_coo_tensor(size=(10**6, 10**6)), "it is a sparse tensor with too many elements."),
        (scipy.sparse.csr_matrix((10**6, 10**6)), "it is a sparse matrix with too many elements."),
    ],
)
def test_what_does_not_convert_is_told_without_a_hint(value, sentence):
    for judge, expected in ((check.close, np.ones(3)), (check.equal, np.ones(3))):
        found = fails(judge, value, expected, hint="Divide by n.")
        assert sentence in found.problem
        assert found.hint is None
    assert sentence in fails(check.array, value).problem


@pytest.mark.parametrize("got", [None, "text", abs, {"a": 1}, [None]])
@pytest.mark.parametrize("expected", [1.0, np.ones(3), (1.0, 2.0), {"b": 1.0}, [np.ones(2), 1.0]])
def test_a_hint_is_for_values_and_shapes_only(got, expected):
    alike = isinstance(got, list) and isinstance(expected, (tuple, list)) and len(got) != len(expected)
    keys = isinstance(got, dict) and isinstance(expected, dict)
    for judge in (check.close, check.equal):
        assert fails(judge, got, expected, hint="Divide by n.").hint == ("Divide by n." if alike or keys else None)
    law = fails(check.holds, "it", lambda rng: (None, 1.0), hint="Divide by n.")
    assert law.hint is None
    assert fails(check.gradient, lambda x: 1.0, np.ones(2), None, hint="Divide by n.").hint is None


FORMS = [
    (int, [3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3)], [3.0, np.float64(3), True, np.array([3]), "3"]),
    (float, [3.0, np.float64(3), np.float32(3)], [3, np.int64(3), np.array([3.0]), "3"]),
    (bool, [True, np.bool_(False)], [1, 0.0, np.array([True]), None]),
    (tuple, [(1, 2)], [[1, 2], np.array([1, 2]), None]),
    (list, [[1, 2]], [(1, 2), np.array([1, 2])]),
    (np.ndarray, [A], [A.tolist(), torch.tensor(A), 3.0]),
    (torch.Tensor, [torch.tensor(A)], [A, A.tolist()]),
    (dict, [{}], [[], None]),
]


@pytest.mark.parametrize(("wanted", "right", "wrong"), FORMS, ids=[form[0].__name__ for form in FORMS])
def test_form_asks_for_a_form(wanted, right, wrong):
    for value in right:
        check.form(value, wanted)
    for value in wrong:
        found = fails(check.form, value, wanted, hint="A size counts.")
        assert found.hint == (None if value is None else "A size counts.")
    with pytest.raises(check.AuthorError, match="needs a type"):
        check.form(3, "int")


def test_form_says_what_to_do():
    assert str(fails_text(check.form, 90.0, int, hint="It is the size of an array.")) == (
        "The form matters here: the result should be an int, but it is a float (90.0).\n"
        "Work with whole numbers, as with `//`, or return int(...).\n"
        "Hint: It is the size of an array."
    )
    assert "a torch tensor, but it is a float64 array of shape (3, 4)" in fails(check.form, A, torch.Tensor).problem
    assert fails(check.form, None, int).problem == "The result is None: did you forget `return`?"


def fails_text(judge, *args, **kwargs):
    with pytest.raises(check.CheckFailure) as caught:
        judge(*args, **kwargs)
    return caught.value


def test_what_cannot_be_gone_on_with():
    assert fails(check.integer, 2.5).problem == "The result should be a whole number, but it is 2.5."
    assert fails(check.number, A).problem == (
        "The result should be one real number, but it is a float64 array of shape (3, 4)."
    )
    assert fails(check.number, 1 + 1j).problem.startswith("The result should be one real number")
    assert fails(check.integer, float("nan")).problem == "The result should be a whole number, but it is nan."
    assert fails(check.parts, 3.0, 2).problem == "The result has the wrong type: it is a float (3.0), not 2 parts."
    for judge in (check.array, check.number, check.integer, lambda value: check.parts(value, 2)):
        assert fails(judge, None).problem == "The result is None: did you forget `return`?"
    assert check.integer(10**40) == 10**40
