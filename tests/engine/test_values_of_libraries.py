"""Frames, expressions, sparse matrices and more travel by value: a test asks of them what it asks in one kernel."""

from __future__ import annotations

import pytest
from support.small_notebooks import fails, passes

PANDAS = "import numpy as np\nimport pandas as pd\n"
SYMPY = "import sympy as sp\nx = sp.Symbol('x')\n"


def test_a_series_is_compared_and_not_its_stand_in() -> None:
    answer = f"{PANDAS}s = pd.Series([0, 0, 0])\ndf = pd.DataFrame({{'a': s, 'b': list('xyx')}})"
    passes(
        answer,
        """
import pandas as pd
assert np.all(s == 0) and not np.any(s != 0) and not np.all(s != 0)
assert not (s > 0).any() and (s < 1).all() and 0 in s.values and 'a' in df and 'c' not in df
assert len(df[df['b'] == 'x']) == 2 and df.loc[df.b == 'y', 'a'].tolist() == [0]
pd.testing.assert_frame_equal(df, pd.DataFrame({'a': [0, 0, 0], 'b': ['x', 'y', 'x']}))
assert df.index.equals(pd.RangeIndex(3)) and list(df.columns) == ['a', 'b'] and isinstance(df, pd.DataFrame)
try:
    bool(df)
except ValueError:
    pass
else:
    raise AssertionError('it has a truth')""",
    )


@pytest.mark.parametrize(
    "test", ["assert np.all(s != 0)", "assert not np.any(s == 0)", "assert s.ne(0).all()", "assert 7 in s.values"]
)
def test_a_wrong_series_is_wrong(test: str) -> None:
    assert fails(f"{PANDAS}s = pd.Series([0, 0, 0])", test).startswith("AssertionError")


def test_what_calls_change_in_frames_comes_back() -> None:
    answer = f"""{PANDAS}
def double(df):
    df['b'] = df['a'] * 2
    df.drop(index=0, inplace=True)
def first(s):
    s.iloc[0] = 9
    s.name = 'q'
def same(df): return df
def apart(df): return df.assign(c=1)
def mean(df, f): return f(df['a'])"""
    passes(
        answer,
        """
import pandas as pd
df = pd.DataFrame({'a': [1, 2]})
kept = df
double(df)
assert kept is df and df['b'].tolist() == [4] and list(df.index) == [1]
s = pd.Series([1, 2])
first(s)
assert s.tolist() == [9, 2] and s.name == 'q'
assert same(df) is df and 'c' in apart(df) and 'c' not in df
assert mean(df, lambda column: column.mean()) == 2""",
    )


def test_a_frame_of_the_notebook_is_one_and_the_same_on_both_sides() -> None:
    answer = f"{PANDAS}df = pd.DataFrame({{'a': [1, 2]}})\ndef add(): df['b'] = 1\ndef total(): return df['a'].sum()"
    passes(answer, "df['a'] = 5\nassert total() == 10 and df['a'].tolist() == [5, 5]\nadd()\nassert 'b' in df.columns")


def test_a_frame_that_holds_objects_stays_where_it_is() -> None:
    answer = f"{PANDAS}class C: pass\ndf = pd.DataFrame({{'a': [C(), C()]}})"
    passes(answer, "assert len(df) == 2 and df.shape == (2, 1)")
    said = fails(answer, "assert (df['a'] != 0).all()")
    assert said.startswith("NotComparable")
    assert "pandas.Series" in said
    assert "in_kernel" in said


def test_groups_moments_and_missing_values() -> None:
    answer = f"""{PANDAS}
df = pd.DataFrame({{'k': ['a', 'b', 'a'], 'v': [1, 2, 3], 't': pd.date_range('2020', periods=3, tz='UTC')}})
groups = df.groupby('k')
def kinds(df): return df.dtypes
def different(s): return s.unique()
first = df['t'].iloc[0]
by_time = {{first: 1}}
missing = pd.NaT"""
    passes(
        answer,
        """
import pandas as pd
assert groups['v'].sum().to_dict() == {'a': 4, 'b': 2} and groups.ngroups == 2
assert kinds(df)['v'] == 'int64' and set(different(df['k'])) == {'a', 'b'}
assert first == pd.Timestamp('2020', tz='UTC') and by_time == {first: 1} and pd.isna(missing)""",
    )


def test_expressions_are_compared_by_structure() -> None:
    answer = f"""{SYMPY}
e = sp.expand((x + 1) ** 2)
def derivative(f, v): return sp.diff(f, v)
def clear(m): m[0, 0] = 0
roots = sp.solve(x**2 - 4, x)
M = sp.Matrix([[1, 2], [3, 4]])"""
    passes(
        answer,
        """
import sympy
X = sympy.Symbol('x')
assert e == X**2 + 2*X + 1 and e != X and str(e) == 'x**2 + 2*x + 1'
assert sympy.simplify(e - (x + 1)**2) == 0 and derivative(X**3, X) == 3*X**2 and x.free_symbols == {X}
assert set(roots) == {-2, 2} and M == sympy.Matrix([[1, 2], [3, 4]]) and M.det() == -2
assert sympy.lambdify(x, e)(2) == 9 and e.subs({x: 1}) == 4
m = sympy.eye(2)
clear(m)
assert m[0, 0] == 0 and m[1, 1] == 1""",
    )
    for test in (
        "assert e == sympy.Symbol('x')**2",
        "assert sympy.simplify(e - x**2) == 0",
        "assert e != x**2 + 2*x + 1",
    ):
        assert fails(answer, f"import sympy\n{test}").startswith("AssertionError")


def test_sparse_matrices_matrices_and_records() -> None:
    answer = """
import numpy as np, scipy.sparse
m = scipy.sparse.csr_matrix([[1, 0], [0, 2]])
def square(a): return a @ a
def fill(a): a.data[:] = 7
q = np.matrix([[1, 2], [3, 4]])
def product(a): return a * a
r = np.array([(1, 2.5)], dtype=[('a', 'i4'), ('b', 'f8')])
def add(a): a['a'] += 1"""
    passes(
        answer,
        """
import scipy.sparse
assert (m != scipy.sparse.csr_matrix([[1, 0], [0, 2]])).nnz == 0 and scipy.sparse.issparse(m)
e = scipy.sparse.eye(2, format='csr')
assert square(2 * e).toarray().tolist() == [[4, 0], [0, 4]]
fill(e)
assert e.toarray().tolist() == [[7, 0], [0, 7]]
assert (q * q == np.matrix([[7, 10], [15, 22]])).all() and (product(np.array([2])) == 4).all()
assert (product(np.matrix([[1, 1], [0, 1]])) == np.matrix([[1, 2], [0, 1]])).all()
a = np.zeros(2, dtype=np.dtype([('p', 'i1'), ('a', 'i8')], align=True))
add(a)
assert a['a'].tolist() == [1, 1] and r['b'][0] == 2.5 and r[0]['a'] == 1""",
    )


def test_paths_zones_views_and_keys() -> None:
    answer = """
import array, collections, datetime, enum, pathlib
class Color(enum.Enum):
    RED = 1
p = pathlib.Path('a') / 'b.txt'
def suffix(p): return p.suffix, p.parent
t = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
last = collections.deque([1, 2], maxlen=2)
groups = collections.defaultdict(list, a=[1])
def names(): return groups.keys()
counts = {Color.RED: 2}
numbers = array.array('i', [1, 2])
missing = {float('nan'): 1}"""
    passes(
        answer,
        """
import array, datetime
from pathlib import Path
assert p == Path('a/b.txt') and suffix(Path('x/y.py')) == ('.py', Path('x'))
assert t == datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) and t != datetime.datetime(2020, 1, 1)
last.append(3)
assert list(last) == [2, 3] and names() == {'a'} and groups['z'] == []
assert counts == {Color.RED: 2} and {Color.RED} == set(counts) and len(missing) == 1
assert numbers == array.array('i', [1, 2]) and np.sum(numbers) == 3""",
    )
