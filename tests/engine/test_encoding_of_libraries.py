"""Values of pandas, SymPy and SciPy come back as they were; forged ones are refused, and nothing of them is run."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import math
import pathlib
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from test_encoding import there_and_back

from grader.engine.encoding import EncodingError, Packer, RefusedValue, Unpacker, tags
from grader.engine.encoding.expressions import is_function_name

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
COLUMNS = pd.DataFrame(
    {
        "whole": [1, 2],
        "number": [1.0, np.nan],
        "small": np.array([1, 2], "f4"),
        "text": ["a", None],
        "objects": pd.Series(["x", 3], dtype=object),
        "lists": [[1], [2, 3]],
        "truth": [True, False],
        "moment": pd.to_datetime(["2020-01-02", None]),
        "zoned": pd.to_datetime(["2020-01-02", "2021-07-02"]).tz_localize("Europe/Berlin"),
        "difference": pd.to_timedelta([1, 2]),
        "category": pd.Categorical(["u", "v"], ordered=True),
        "nullable": pd.array([1, None]),
        "nullable truth": pd.array([True, None]),
        "nullable number": pd.array([1.5, None]),
        "string": pd.array(["q", None], dtype="string"),
        "period": pd.period_range("2020", periods=2, freq="M"),
        "interval": pd.interval_range(0, 2),
    }
)
PAIRS = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None])
FRAMES = {
    "columns of each kind": COLUMNS,
    "no columns": pd.DataFrame(index=range(3)),
    "no rows": pd.DataFrame(columns=["a", "b"]),
    "nothing": pd.DataFrame(),
    "the same name twice": pd.DataFrame([[1, 2.0], [3, 4.0]], columns=["a", "a"], index=[0, 0]),
    "pairs as rows": pd.DataFrame({"v": range(4)}, index=PAIRS),
    "pairs as columns": pd.DataFrame([range(4)], columns=PAIRS),
    "categories as columns": pd.crosstab(COLUMNS["whole"], COLUMNS["category"]),
    "many": pd.DataFrame(np.arange(40_000.0).reshape(-1, 4)),
}
INDEXES = {
    "range": pd.RangeIndex(1, 9, 2, name="q"),
    "numbers": pd.Index([1.5, 2]),
    "texts": pd.Index(["a", "b"], name=("a", 1)),
    "objects": pd.Index(["a", 1], dtype=object),
    "pairs": PAIRS,
    "dates": pd.date_range("2020", periods=3),
    "zoned": pd.date_range("2020", periods=3, tz="Europe/Berlin", freq="h"),
    "differences": pd.timedelta_range("1D", periods=3),
    "categories": pd.CategoricalIndex(["a", "b", "a"], ordered=True),
    "intervals": pd.IntervalIndex.from_breaks([0, 1, 2], closed="left"),
    "periods": pd.period_range("2020", periods=3, freq="Q"),
}
X, Y = sympy.symbols("x y")
N = sympy.Symbol("n", integer=True, positive=True)
F = sympy.Function("f")
EXPRESSIONS = [
    X**2 + 2 * X + 1, sympy.sin(X) / Y, sympy.exp(-X), sympy.log(X, 2), sympy.sqrt(2), sympy.Rational(1, 3),
    sympy.Float("0.1", 30), sympy.Float(0.0), sympy.Float(-2.5), sympy.pi, sympy.E, sympy.I, sympy.oo, -sympy.oo,
    sympy.zoo, sympy.nan, sympy.Eq(X, 1), X < 3, sympy.Ne(X, Y), sympy.And(X < 1, Y > 2), sympy.Not(sympy.Symbol("p")),
    sympy.Interval.Lopen(0, sympy.oo), sympy.FiniteSet(1, X), sympy.Interval(0, 1) + sympy.Interval(2, 3), sympy.Reals,
    sympy.EmptySet, sympy.Integral(X**2, (X, 0, 1)), sympy.Derivative(F(X), (X, 2)), F, F(X, 2), N + 1,
    sympy.Sum(1 / N**2, (N, 1, sympy.oo)), sympy.Limit(sympy.sin(X) / X, X, 0), sympy.Piecewise((X, X > 0), (0, True)),
    sympy.Max(X, Y), sympy.Abs(X), sympy.factorial(N), sympy.Lambda(X, X**2), sympy.Tuple(1, X), sympy.true,
    sympy.ImmutableMatrix([[1, X]]), sympy.Matrix([[X, 1], [0, 2]]), sympy.SparseMatrix([[1]]), sympy.zeros(0, 3),
    sympy.Dummy("d"), sympy.Symbol("z", commutative=False), sympy.Integer(10) ** 100, sympy.expand((X + Y) ** 20),
    sympy.solveset(sympy.sin(X), X), sympy.Dict({X: 1}), sympy.Symbol(r"\alpha_{1}"), sympy.Mod(X, 2),
]  # fmt: skip
SPARSE = [
    scipy.sparse.csr_matrix([[1, 0], [0, 2.5]]), scipy.sparse.coo_array([[1, 0]]), scipy.sparse.eye(3).todia(),
    scipy.sparse.lil_matrix([[1, 0]]), scipy.sparse.dok_array([[1, 0]]), scipy.sparse.bsr_matrix(np.eye(4)),
    scipy.sparse.csc_matrix((0, 3)), scipy.sparse.csc_array([[1j]]),
]  # fmt: skip
PLAIN = [
    datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC), datetime.datetime(2020, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
    datetime.time(1, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "X")), pathlib.Path("a/b"),
    pathlib.PurePosixPath("/x"), pathlib.PureWindowsPath("c:/x"), collections.deque([1], 3), array.array("d", [1, 2]),
    collections.defaultdict(int, {"a": 1}), {datetime.date(2020, 1, 1): 1}, {pathlib.Path("a")}, {X, Y}, {X: 1},
    {decimal.Decimal(1): 2, fractions.Fraction(1, 2): 3}, pd.Timestamp("2020-01-01 00:00:00.123456789"),
    pd.Timedelta(7), pd.Timestamp("2020", tz="Europe/Berlin"), pd.Timestamp("2020", tz="UTC"),
    pd.Period("2020-01", "M"), pd.Interval(0, 1), {pd.Timestamp("2020"): 1, pd.Interval(0, 1): 2}, {(X, 1): [Y]},
]  # fmt: skip


@pytest.mark.parametrize("name", FRAMES)
def test_frames(name: str) -> None:
    pd.testing.assert_frame_equal(there_and_back(FRAMES[name]), FRAMES[name])


@pytest.mark.parametrize("column", COLUMNS.columns)
def test_series_and_arrays(column: str) -> None:
    series = COLUMNS[column]
    pd.testing.assert_series_equal(there_and_back(series), series)
    pd.testing.assert_extension_array_equal(there_and_back(series.array), series.array)


@pytest.mark.parametrize("name", INDEXES)
def test_indexes(name: str) -> None:
    index = INDEXES[name]
    got = there_and_back(index)
    pd.testing.assert_index_equal(got, index, exact=True)
    assert getattr(got, "freq", None) == getattr(index, "freq", None)


def test_attributes_of_a_frame_and_missing_values() -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["unit"] = "m"
    assert there_and_back(frame).attrs == {"unit": "m"}
    assert there_and_back([pd.NaT, pd.NA])[0] is pd.NaT
    assert there_and_back([pd.NaT, pd.NA])[1] is pd.NA


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=3) | st.integers(-3, 3),
        st.lists(st.floats() | st.integers(-(2**40), 2**40) | st.text(max_size=2) | st.none(), min_size=3, max_size=3),
        max_size=4,
    )
)
def test_any_frame(columns: dict[Any, list[Any]]) -> None:
    frame = pd.DataFrame(columns)
    pd.testing.assert_frame_equal(there_and_back(frame), frame)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_expressions(expression: Any) -> None:
    got = there_and_back(expression)
    assert type(got) is type(expression)
    assert got == expression
    assert sympy.srepr(got) == sympy.srepr(expression)


TREES = st.recursive(
    st.sampled_from([X, Y, N, sympy.pi, sympy.I, sympy.Rational(2, 3), sympy.Float("1.25")]) | st.integers(-9, 9),
    lambda parts: (
        st.tuples(parts, parts).map(sum)
        | st.tuples(parts, parts).map(math.prod)
        | parts.map(sympy.sin)
        | st.tuples(parts, st.integers(1, 3)).map(lambda pair: sympy.sympify(pair[0]) ** pair[1])
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(TREES)
def test_any_expression(expression: Any) -> None:
    expression = sympy.sympify(expression)
    assert there_and_back(expression) == expression


@pytest.mark.parametrize("matrix", SPARSE, ids=lambda m: type(m).__name__)
def test_sparse_matrices(matrix: Any) -> None:
    got = there_and_back(matrix)
    assert type(got) is type(matrix)
    assert got.dtype == matrix.dtype
    assert np.array_equal(got.toarray(), matrix.toarray())


@pytest.mark.parametrize("value", PLAIN, ids=map(str, range(len(PLAIN))))
def test_more_plain_values(value: Any) -> None:
    got = there_and_back(value)
    assert type(got) is type(value)
    assert got == value
    assert repr(got) == repr(value)


def test_matrices_and_records() -> None:
    matrix = there_and_back(np.matrix([[1, 2], [3, 4]]))
    assert (matrix * matrix == np.matrix([[7, 10], [15, 22]])).all()
    records = np.array([(1, 2.5, "x")], dtype=[("a", "i4"), ("b", "f8"), ("c", "U5")])
    got = there_and_back(records)
    assert got.dtype == records.dtype
    assert got.tolist() == records.tolist()
    assert there_and_back(records[0])["b"] == 2.5


def test_views_of_dicts_and_empty_keys() -> None:
    mapping = {"a": 1, "b": [2]}
    assert there_and_back(mapping.keys()) == {"a", "b"}
    assert list(there_and_back(mapping.values())) == [1, [2]]
    assert list(there_and_back(mapping.items())) == [("a", 1), ("b", [2])]


class Color(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"a": [object()]}),
        pd.Series([Color.RED]),
        pd.Series([1], name=Color.RED),
        pd.Series([1.0]).astype(pd.SparseDtype()),
        sympy.Symbol("__import__('os').getpid()"),
        sympy.Function("exec")(X),
        sympy.Function("S")(X),
        sympy.Poly(X**2, X),
        {math.nan: 1},
        {Color.RED: 1},
    ],
    ids=lambda v: repr(v)[:40],
)
def test_what_is_not_sent_as_data(value: Any) -> None:
    with pytest.raises(EncodingError):
        Packer().pack(value)


@pytest.mark.parametrize(
    "name", ["exec", "eval", "S", "N", "print", "__import__", "f.g", "f()", "x y", "", "numpy", "solve", None, 3]
)
def test_names_of_functions_that_code_could_call(name: Any) -> None:
    assert not is_function_name(name)


FLOATS = [tags.ARRAY, "<f8", [2], False, True, bytes(16)]
CODES = [tags.ARRAY, "|i1", [2], False, True, b"\x00\x05"]
SECONDS = [tags.ARRAY, "<M8[s]", [2], False, True, bytes(16)]
ROWS, ONE = ["range", 0, 2, 1, None], ["range", 0, 1, 1, None]
LETTERS = ["values", ["objects", ["a", "b"]], None, None]
x = ["symbol", "x", [], None]


def _nested(levels: int) -> Any:
    node: Any = x
    for _ in range(levels):
        node = ["class", "sin", [node]]
    return node


FORGED = {
    "a frame of another length": ["frame", ["range", 0, 3, 1, None], ONE, [["numbers", FLOATS]], None],
    "a frame of too few columns": ["frame", ROWS, ROWS, [["numbers", FLOATS]], None],
    "a frame without parts": ["frame"],
    "an index of 2**60 rows": ["frame", ["range", 0, 1 << 60, 1, None], ["range", 0, 0, 1, None], [], None],
    "an index without a step": ["index", ["range", 0, 2, 0, None]],
    "an index of texts as numbers": ["index", ["range", "0", 2, 1, None]],
    "a column of a matrix": ["array", ["numbers", [tags.ARRAY, "<f8", [1, 2], False, True, bytes(16)]]],
    "a column of a huge shape": ["array", ["numbers", [tags.ARRAY, "<f8", [1 << 47], False, True, b""]]],
    "a column of years": ["array", ["numbers", [tags.ARRAY, "<M8[Y]", [2], False, True, bytes(16)]]],
    "categories out of range": ["array", ["categories", CODES, LETTERS, False]],
    "a category twice": ["array", ["categories", CODES, ["values", ["objects", ["a", "a"]], None, None], False]],
    "levels out of range": ["index", ["multi", [LETTERS], [CODES], [None]]],
    "levels without codes": ["index", ["multi", [LETTERS], [], [None]]],
    "a name that can change": ["series", ROWS, [tags.LIST, "list", []], ["numbers", FLOATS], None],
    "an object in a column": ["array", ["objects", [[tags.OTHER, ["object"]]]]],
    "texts that are none": ["array", ["texts", "python", "nan", ["a", 1]]],
    "texts of another kind": ["array", ["texts", "os", "nan", ["a"]]],
    "a mask of another length": ["array", ["nullable", FLOATS, [tags.ARRAY, "|b1", [1], False, True, b"\x00"]]],
    "intervals from high to low": ["array", ["intervals", ["values", ["numbers", FLOATS], None, None], ROWS, "open"]],
    "a frequency that is code": ["array", ["periods", [tags.ARRAY, "<i8", [2], False, True, bytes(16)], "__import__"]],
    "a step that does not fit": ["index", ["values", ["numbers", SECONDS], None, "D"]],
    "a step of numbers": ["index", ["values", ["numbers", FLOATS], None, "D"]],
    "a time zone outside": ["Timestamp", 0, "s", "../../etc/passwd"],
    "a moment of no unit": ["Timestamp", 0, "Y", None],
    "a moment beyond": ["Timestamp", 1 << 80, "s", None],
    "an attribute of pandas": ["read_pickle", "x"],
    "a frame as attributes": ["series", ROWS, None, ["numbers", FLOATS], [tags.LIST, "list", []]],
}  # fmt: skip
FORGED_EXPRESSIONS = {
    "an attribute of SymPy": ["class", "lambdify", [x]],
    "a class of SymPy that is code": ["class", "FunctionCall", [x]],
    "a symbol that is code": ["symbol", "__import__('os').getpid()", [["commutative", True]], None],
    "a function that is code": ["function", "exec", [], [x]],
    "facts that are none": ["symbol", "x", [["name", True]], None],
    "facts that contradict": ["symbol", "x", [["positive", True], ["negative", True]], None],
    "a sum that is one number": ["class", "Add", [x]],
    "a product with a set": ["class", "Mul", [x, ["constant", "Reals"]]],
    "a fraction by zero": ["number", 1, 0],
    "a fraction not reduced": ["number", 2, 4],
    "a number of too many digits": ["number", [tags.BIG_INT, bytes(1 << 17)], 1],
    "an exponent that is huge": ["float", [0, 1, 1 << 40, 1], 53],
    "more digits than its precision": ["float", [0, 1 << 100, 0, 101], 53],
    "a precision that is huge": ["float", [0, 1, 0, 1], 1 << 40],
    "a matrix that promises more": ["matrix", "MutableDenseMatrix", 1 << 19, 1 << 19, [x]],
    "a matrix of a negative length": ["matrix", "MutableDenseMatrix", -1, -1, [x]],
    "levels without end": _nested(300),
    "parts without end": ["class", "Tuple", [x] * 30_000],
    "an interval of nothing": ["class", "Interval", [x, x, x, x]],
    "a constant of the registry": ["constant", "register"],
    "a case that is left out": ["class", "Piecewise", [["class", "ExprCondPair", [x, ["constant", "false"]]]]],
    "a text": "x",
    "nothing": [],
}
FORGED_OTHERS = {
    "a number outside of a sparse matrix": [
        *(tags.SPARSE, "csr_matrix", [1, 1], [tags.ARRAY, "<f8", [1], False, True, bytes(8)]),
        [[tags.ARRAY, "|i1", [1], False, True, b"\x05"], [tags.ARRAY, "|i1", [1], False, True, b"\x00"]],
    ],
    "a sparse matrix of another class": [tags.SPARSE, "load_npz", [1, 1], FLOATS, [FLOATS, FLOATS]],
    "a sparse matrix of a huge shape": [tags.SPARSE, "coo_array", [1 << 60], FLOATS, [FLOATS]],
    "a path with a zero": [tags.PATH, "Path", "a\0b"],
    "a path of another class": [tags.PATH, "open", "a"],
    "a path that is too long": [tags.PATH, "Path", "a" * 5000],
    "a view of a list": [tags.VIEW, "keys", [tags.LIST, "list", []]],
    "another method of a dict": [tags.VIEW, "clear", [tags.DICT, "dict", [], []]],
    "a deque that is too long": [tags.DEQUE, 1, [1, 2]],
    "a factory that is not allowed": [tags.DICT, "defaultdict eval", [], []],
    "a factory of another dict": [tags.DICT, "Counter int", [], []],
    "records of another length": [tags.FIELDS, [3], ["a"], [FLOATS]],
    "a field twice": [tags.FIELDS, [2], ["a", "a"], [FLOATS, FLOATS]],
    "no fields": [tags.FIELDS, [1 << 40], [], []],
    "a matrix of one dimension": [tags.MATRIX, FLOATS],
    "an array of characters": [tags.TYPED, "u", b"\xff\xff\xff\xff"],
    "half a number": [tags.TYPED, "d", b"123"],
    "a zone that does not exist": [tags.ZONED_MOMENT, "datetime", "2020-01-01T00:00:00", 0, "Mars/Crater"],
    "an offset of years": [tags.ZONED_MOMENT, "datetime", "2020-01-01T00:00:00", 0, [10**15, None]],
}


@pytest.mark.parametrize(
    "node",
    [
        *(pytest.param([tags.PANDAS, *node], id=what) for what, node in FORGED.items()),
        *(pytest.param([tags.EXPRESSION, node, False], id=what) for what, node in FORGED_EXPRESSIONS.items()),
        *(pytest.param(node, id=what) for what, node in FORGED_OTHERS.items()),
    ],
)
def test_forged_values_are_refused(node: Any) -> None:
    with pytest.raises(RefusedValue):
        Unpacker().unpack(node)
