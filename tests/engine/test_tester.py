"""Test cells reach the student's objects through proxies, and believe only what is data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipykernel.compiler import get_file_name
from support.small_notebooks import (
    answer,
    error,
    fails,
    graded,
    notebook,
    passes,
    result,
    run,
    run_test,
    shared,
    shown,
    text,
)

from grader.engine import random_state

STUDENT = """
import numpy as np, torch, contextlib, collections, fractions
from torch import nn
import matplotlib.pyplot as plt
number, words, table = 3, ['a', 'b'], {'x': np.arange(3.0)}
def double(x): return 2 * x
def fill(a): a[:] = 7
def append(items): items.append('new')
def put(d): d['k'] = 1
def same(x): return x
def loud(x):
    print('student says', x)
    return x
def bad(): raise ValueError('no such thing')
class Odd(LookupError): pass
def odd(): raise Odd('odd')
def group(): raise ExceptionGroup('many', [ValueError('one'), KeyError('two')])
def missing():
    import urllib.error
    raise urllib.error.HTTPError('http://a', 404, 'gone', {}, None)
def count_with(c):
    c.step()
    c.step(by=4)
    assert c(1) == 6 and c.itself() is c and 'Counting' in repr(c)
    try: c.count
    except AttributeError as error: assert 'only its methods' in str(error)
    else: assert False
    return c
calls = []
def meta():
    calls.append(1)
    return torch.empty(3, device='meta')
def sparse_lie():
    calls.append(2)
    class Lie(torch.Tensor):
        def detach(self): raise ZeroDivisionError
    return torch.ones(2).as_subclass(Lie)
class Undescribed(Exception):
    @property
    def __notes__(self): raise SystemExit
def undescribed(): raise Undescribed
def leave(): raise SystemExit(3)
def count(n):
    for i in range(n): yield i * i
def apply(f, x): return f(x) + 1
def default(x, *, scale=2, **more): return x * scale + sum(more.values())
Point = collections.namedtuple('Point', 'x y')
def point(): return Point(1, 2)
@contextlib.contextmanager
def opened():
    events.append('in')
    yield 'inside'
    events.append('out')
events = []
class Vector:
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return Vector(self.x + o.x, self.y + o.y)
    def __matmul__(self, o): return self.x * o.x + self.y * o.y
    def __mul__(self, k): return Vector(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __eq__(self, o): return (self.x, self.y) == ((o.x, o.y) if isinstance(o, Vector) else o)
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __len__(self): return 2
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __setitem__(self, i, v): self.x = v
    def __contains__(self, v): return v in (self.x, self.y)
    def __iter__(self): return iter((self.x, self.y))
    def __repr__(self): return f'Vector({self.x}, {self.y})'
    def __bool__(self): return bool(self.x or self.y)
    def __iadd__(self, o): self.x += o.x; return self
    def __neg__(self): return Vector(-self.x, -self.y)
    def __call__(self, n): return n * self.x
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)
    def forward(self, x): return self.fc(self.conv1(x).mean((2, 3)))
def axes():
    fig, ax = plt.subplots()
    ax.set_title('a title')
    plt.close(fig)
    return ax
def draw(n): return np.random.randn(n)
def draw_torch(n): return torch.randn(n)
def draw_python():
    import random
    return random.random()
def normalize(rng): return rng.standard_normal(3)
class Leaf: pass
leaves = {Leaf(), Leaf()}
counter = 0
def tick():
    global counter
    counter += 1
"""

WORK = {
    "numbers and containers come by value": "assert number == 3 and words == ['a', 'b'] and type(number) is int",
    "arrays come by value": "assert np.array_equal(table['x'], [0, 1, 2]) and table['x'].dtype == np.float64",
    "calls": "assert double(4) == 8 and default(2, scale=3, a=1) == 7",
    "a call with an array": "assert np.array_equal(double(np.ones((2, 3))), np.full((2, 3), 2.0))",
    "an array changed in place": "a = np.zeros(3)\nfill(a)\nassert a.tolist() == [7, 7, 7]",
    "a list changed in place": "a = ['old']\nappend(a)\nassert a == ['old', 'new']",
    "a dict changed in place": "d = {}\nput(d)\nassert d == {'k': 1}",
    "a tensor changed in place": "t = torch.zeros(2)\nfill(t)\nassert t.tolist() == [7, 7]",
    "one array twice stays one": "a = np.zeros(2)\npair = [a, a]\nout = same(pair)\n"
    "assert out is pair and out[0] is out[1]",
    "an argument comes back as itself": "a = np.zeros(2)\nassert same(a) is a",
    "a read-only array stays so": "a = np.zeros(3); a.flags.writeable = False\n"
    "import pytest\nassert_raises = pytest.raises(ValueError)\n"
    "with assert_raises: fill(a)",
    "exceptions": "import pytest\nwith pytest.raises(ValueError, match='no such'): bad()",
    "assert_raises of NumPy": "np.testing.assert_raises(ValueError, bad)",
    "an exception of the student's below a built-in one": "import pytest\n"
    "with pytest.raises(LookupError) as caught: odd()\nassert type(caught.value).__name__ == 'Odd'",
    "the student's own exception class": "import pytest\nwith pytest.raises(Odd): odd()",
    "SystemExit is an ordinary error": "import pytest\nwith pytest.raises(RuntimeError): leave()",
    "a group of exceptions": "import pytest\nwith pytest.raises(ExceptionGroup) as caught: group()\n"
    "assert str(caught.value) == 'many (2 sub-exceptions)' and type(caught.value.exceptions[1]) is KeyError",
    "an exception that needs its constructor": "import pytest\nwith pytest.raises(OSError, match='404') as caught:\n"
    "    missing()\n"
    "assert type(caught.value).__name__ == 'HTTPError'",
    "what cannot be sent is an error of the call": "import pytest\n"
    "with pytest.raises(TypeError, match='meta'): meta()\n"
    "with pytest.raises(ZeroDivisionError): sparse_lie()\nassert calls == [1, 2]",
    "an exception that cannot be described": "import pytest\n"
    "with pytest.raises(RuntimeError, match='described'): undescribed()",
    "a missing name": "import pytest\nwith pytest.raises(NameError): no_such_name",
    "generators": "g = count(4)\nassert next(g) == 0 and list(g) == [1, 4, 9]\nassert sum(count(3)) == 5",
    "callbacks": "assert apply(lambda x: 10 * x, 4) == 41",
    "functions of libraries": "assert apply(np.sqrt, 9.0) == 4 and apply(len, 'abc') == 4",
    "callbacks that call back": "assert apply(lambda x: double(x) + 1, 4) == 10",
    "an exception through a callback": "import pytest\n"
    "def f(x): raise KeyError('mine')\nwith pytest.raises(KeyError): apply(f, 1)",
    "iterators as arguments": "assert apply(sum, (i for i in range(3))) == 4",
    "named tuples": "p = point()\nassert p.x == 1 and p == (1, 2) and isinstance(p, tuple)",
    "context managers": "with opened() as inside: assert inside == 'inside'\nassert events == ['in', 'out']",
    "objects": "v = Vector(3, 4)\nassert v.x == 3 and abs(v) == 5 and len(v) == 2 and v[1] == 4",
    "operators": "assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)\n"
    "assert 2 * Vector(1, 2) == Vector(2, 4)\nassert Vector(1, 2) @ Vector(3, 4) == 11",
    "operators with numbers, and what comes of them": "v = 2 * Vector(1, 2) * 3\nassert v.x == 6\n"
    "assert str(v) == 'Vector(6, 12)' and v + Vector(1, 1) == Vector(7, 13)\n"
    "assert isinstance(v, Vector) and hasattr(v, 'y')\nv *= 2\nassert v.y == 24",
    "a class stays the one that the test names, however many objects come": "v = Vector(1, 2)\n"
    "many = [v + v for _ in range(520)]\nassert many[0] + many[1] == many[1] + many[0]",
    "sums of objects": "assert sum([Vector(1, 2), Vector(3, 4)], Vector(0, 0)) == Vector(4, 6)",
    "inequality": "assert Vector(1, 2) != Vector(2, 1) and not Vector(1, 2) != Vector(1, 2)",
    "in-place operators": "v = Vector(1, 2)\nw = v\nv += Vector(1, 1)\nassert v is w and w.x == 2",
    "the rest of an object": "v = Vector(1, 2)\nv[0] = 9\n"
    "assert 9 in v and list(v) == [9, 2] and repr(v) == 'Vector(9, 2)'\n"
    "assert v and not Vector(0, 0) and (-v).x == -9 and v(2) == 18 and f'{v}' == 'Vector(9, 2)'",
    "a set of objects": "assert len(leaves) == 2 and all(isinstance(leaf, Leaf) for leaf in leaves)",
    "attributes are set and deleted": "v = Vector(1, 2)\nv.z = [1]\nassert v.z == [1] and hasattr(v, 'z')\n"
    "del v.z\nassert not hasattr(v, 'z')",
    "classes": "v = Vector(1, 2)\nassert isinstance(v, Vector) and not isinstance(3, Vector) and"
    " Vector.__name__ == 'Vector'\n"
    "assert isinstance(Vector, type) and type(v).__name__ == 'Vector'",
    "what can be called": "assert callable(double) and callable(Vector) and not callable(words)",
    "copies": "import copy\nv = Vector(1, 2)\nw = copy.deepcopy(v)\nw.x = 5\nassert v.x == 1",
    "modules of torch": "m = Net()\nassert isinstance(m.conv1, nn.Conv2d) and isinstance(m, nn.Module)\n"
    "assert not isinstance(m.conv1, nn.Linear)\nassert m(torch.zeros(5, 3, 8, 8)).shape == (5, 2)",
    "parameters": "m = Net()\nassert sum(p.numel() for p in m.parameters()) == 122\n"
    "assert all(p.requires_grad and isinstance(p, nn.Parameter) for p in m.parameters())\n"
    "assert [n for n, _ in m.named_parameters()][0] == 'conv1.weight' and m.conv1.out_channels == 4",
    "modes": "m = Net()\nassert m.training\nm.eval()\nassert not m.training\n"
    "with torch.no_grad(): m(torch.zeros(1, 3, 8, 8))",
    "axes": "assert axes().get_title() == 'a title'",
    "a variable that a call changes": "a = counter\ntick()\nassert counter == a + 1",
    "NumPy's random state travels": "np.random.seed(3)\na = draw(5)\nb = np.random.randn(2)\nnp.random.seed(3)\n"
    "assert np.array_equal(np.concatenate([a, b]), np.random.randn(7))",
    "an odd number of normals": "np.random.seed(3)\na = np.random.randn(1)\nb = draw(1)\nc = np.random.randn(1)\n"
    "np.random.seed(3)\nassert np.array_equal(np.concatenate([a, b, c]), np.random.randn(3))",
    "torch's random state travels": "torch.manual_seed(3)\na = draw_torch(5)\nb = torch.randn(5)\n"
    "torch.manual_seed(3)\n"
    "assert torch.equal(a, torch.randn(5)) and torch.equal(b, torch.randn(5))",
    "Python's random state travels": "import random\nrandom.seed(3)\na = [draw_python(), random.random()]\n"
    "random.seed(3)\n"
    "assert a == [random.random(), random.random()]",
    "a generator as an argument": "a, b = np.random.default_rng(3), np.random.default_rng(3)\n"
    "assert np.array_equal(normalize(a), b.standard_normal(3)) and a.random() == b.random()",
    "an old generator as an argument": "a = np.random.Generator(np.random.MT19937(3))\n"
    "b = np.random.Generator(np.random.MT19937(3))\n"
    "assert np.array_equal(normalize(a), b.standard_normal(3)) and a.random() == b.random()",
    "an object of the test, whose methods are called back": "class Counting:\n    def __init__(self): self.count = 0\n"
    "    def step(self, by=1): self.count += by\n    def itself(self): return self\n"
    "    def __call__(self, x): return x + self.count\n"
    "c = Counting()\nassert count_with(c) is c and c.count == 5",
    "signatures": "import inspect\nassert list(inspect.signature(default).parameters) == ['x', 'scale', 'more']",
}


@pytest.fixture(scope="module")
def done() -> dict[str, str]:
    """The error of each test cell ('' if there is none), all from one run."""
    cells = [graded(source, f"t{n}") for n, source in enumerate(WORK.values())]
    made = notebook(shared(), answer(STUDENT), *cells)
    run(made)
    return dict(zip(WORK, map(error, made.cells[2:]), strict=True))


@pytest.mark.parametrize("what", WORK)
def test_of_student_objects(what: str, done: dict[str, str]) -> None:
    assert done[what] == ""


def test_what_a_call_prints_appears_where_the_test_prints() -> None:
    out = text(run_test("def f():\n    print('b')\n    import os; os.write(1, b'c\\n')", "print('a')\nf()\nprint('d')"))
    assert out == "a\nb\nc\nd\n"


def test_a_helper_of_a_shared_cell_reads_the_students_names() -> None:
    made = notebook(
        shared("def probe(x):\n    return later(x) + 1"),
        answer("def later(x): return 10 * x"),
        graded("assert probe(2) == 21"),
    )
    run(made)
    assert error(made.cells[-1]) == ""


def test_names_of_shared_cells_are_not_the_students() -> None:
    fails("np = None\ncheck = None\npytest = None\ndef f(): return 1", "np.testing.assert_equal(f(), 2)")


def test_notebooks_from_elsewhere_import_in_a_plain_cell() -> None:
    made = notebook(
        answer("import numpy as np\nimport math\n", "imports"),
        answer("def area(r): return math.pi * r ** 2\nnp.testing.assert_allclose = lambda *a, **k: None"),
        graded("np.testing.assert_allclose(area(2), 4 * math.pi)\nassert area(1) > 3", "one"),
        graded("np.testing.assert_allclose(area(2), 5)", "two"),
        graded("from numpy.testing import assert_equal\nassert_equal(area(0), 0)", "three"),
    )
    run(made)
    assert [bool(error(c)) for c in made.cells[2:]] == [False, True, False]


def test_a_table_of_cases() -> None:
    student = "def f(x):\n    if x > 3: raise ValueError('too large')\n    return 2 * x"
    done = run_test(
        student,
        "with check.case('small', points=2):\n    check.close(f(1.5), 3.0)\n"
        "with check.case('large', points=1):\n    check.close(f(4), 8)\n"
        "### BEGIN HIDDEN TESTS\nwith check.case('secret', points=1):\n    check.close(f(2), 5)\n### END HIDDEN TESTS\n"
        "check.score(out_of=4)",
    )
    assert result(done) == "2.0"
    assert "too large" in shown(done)
    assert "raise ValueError" in shown(done)
    assert "f(4)" in shown(done)
    assert "secret" in shown(done)
    assert "f(2)" not in shown(done)


LIES = {
    "equal to everything": "class L:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False",
    "an integer that is equal to everything": "class L(int):\n    def __eq__(self, o): return True\n"
    "    __hash__ = int.__hash__",
    "a float that is close to everything": "class L(float):\n    def __sub__(self, o): return 0.0\n"
    "    __rsub__ = __sub__",
    "differences are zero": "class L:\n    def __sub__(self, o): return 0.0\n    __rsub__ = __sub__\n"
    "    def __abs__(self): return 0.0\n    def __lt__(self, o): return True\n    __le__ = __lt__",
    "says it is an int": "class L:\n    __class__ = int\n    def __eq__(self, o): return True\n"
    "    def __int__(self): return 1",
    "an array that lies about comparisons": "import numpy as np\nclass A(np.ndarray):\n"
    "    def __eq__(self, o): return np.ones(3, bool)\n    def __array_ufunc__(self, *a, **k): return np.zeros(3)\n"
    "def L(): return np.zeros(3).view(A)",
    "an array protocol": "import numpy as np\nclass L:\n    def __array__(self, *a, **k): return np.array(8.0)\n"
    "    def __array_ufunc__(self, *a, **k): return True\n    def __array_function__(self, *a, **k): return True",
    "contains everything": "class L:\n    def __contains__(self, o): return True\n"
    "    def __iter__(self): return iter(())",
    "a class in place of the function": "class f:\n    def __init__(self, *a): pass\n"
    "    def __eq__(self, o): return True\n"
    "    def __sub__(self, o): return 0.0\n    __rsub__ = __sub__\n    def __contains__(self, o): return True",
    "results shown as a number": "class L:\n    def __repr__(self): return '1.0'\n"
    "    def _repr_html_(self): return '1.0'",
}
QUESTIONS = (
    "assert f(3) == 9",
    "assert 9 == f(3)",
    "assert not f(3) != 9",
    "assert abs(f(3) - 9) < 1e-6",
    "assert abs(9 - f(3)) < 1e-6",
    "assert isinstance(f(3), int) and f(3) == 9",
    "np.testing.assert_allclose(f(3), 9.0)",
    "np.testing.assert_array_equal(f(3), np.full(3, 9.0))",
    "np.testing.assert_equal(f(3), 9)",
    "assert np.allclose(f(3), 9.0)",
    "assert f(3) in (9,)",
    "assert 9 in f(3)",
    "assert [f(3)] == [9]",
    "assert {'a': f(3)} == {'a': 9}",
    "import pytest; assert f(3) == pytest.approx(9)",
    "import unittest; unittest.TestCase().assertAlmostEqual(f(3), 9)",
    "with check.case('a'):\n    check.close(f(3), 9)\nassert check.score() == 1",
    "with check.case('a'):\n    check.equal(f(3), 9)\nassert check.score() == 1",
)


def believed(student: str, questions: Sequence[str]) -> list[str]:
    """The questions, each in a test cell of its own, that this submission passes."""
    made = notebook(shared(), answer(student), *(graded(q, f"q{n}") for n, q in enumerate(questions)))
    run(made, output_bytes=20_000)
    return [q for q, done in zip(questions, made.cells[2:], strict=True) if not error(done)]


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_not_believed(lie: str) -> None:
    """Every question has a wrong answer, whatever the answer says about itself."""
    student = LIES[lie] + ("" if "class f" in LIES[lie] else "\ndef f(x): return L()")
    assert believed(student, QUESTIONS) == []


CONVERTED = {
    "an array": "class L:\n    def __array__(self, *a, **k): return np.array(9.0)",
    "a series": "import pandas as pd\ndef L(): return pd.Series([9])",
    "values that change": "class L:\n    values = iter([9.0, 8.0])\n"
    "    def __array__(self, *a, **k): return np.array(next(self.values))",
}


@pytest.mark.parametrize("what", CONVERTED)
def test_what_converts_to_an_array_is_judged_by_its_numbers(what: str) -> None:
    student = f"import numpy as np\n{CONVERTED[what]}\nx = L()\ndef f(_): return x"
    passes(student, "y = f(3)\ncheck.close(y, 9)\ncheck.equal(y, 9)\nnp.testing.assert_allclose(y, 9.0)")
    fails(student, "check.close(f(3), 8)")


def test_numbers_of_what_has_met_data_of_the_test_are_not_believed() -> None:
    student = (
        "import numpy as np\nclass L:\n    def __add__(self, o): return L()\n"
        "    def __array__(self, *a, **k): return np.array(9.0)\ndef f(x): return L()"
    )
    passes(student, "check.close(f(3), 9)")
    assert "does not become an array" in fails(student, "L\ncheck.close(f(3) + 4, 9)")
    assert "given the test's own data" in fails(student, "L\nnp.asarray(L() + 4)")


def test_a_mapping_that_cannot_be_changed_is_a_dict() -> None:
    student = "import types\ndef f(x): return types.MappingProxyType({'a': np.array([2.0, x])})"
    passes(f"import numpy as np\n{student}", "check.close(f(3), {'a': [2, 3]})\ncheck.equal(f(3), {'a': [2, 3]})")


# A test that calculates with a class of the student's names it: `Value(2) + 3`. What decides must stay out of reach.
_ALL_OF_IT = "'eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv pow rpow mod iadd isub and or xor'.split()"
NAMED_LIES = {
    "every operator agrees": f"class L:\n    pass\nfor n in {_ALL_OF_IT}: setattr(L, f'__{{n}}__', lambda *a: True)",
    "differences that are zero in every way": """
class L:
    def __sub__(self, o): return Zero()
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __pow__ = __truediv__ = __sub__
class Zero(L):
    real = imag = T = flat = 0.0
    def __float__(self): return 0.0
    def __int__(self): return 0
    __index__ = __len__ = __int__
    def __complex__(self): return 0j
    def __abs__(self): return 0.0
    __neg__ = __pos__ = __abs__
    def __round__(self, n=None): return 0.0
    def __bool__(self): return False
    def __iter__(self): return iter([0.0])
    def __getitem__(self, i): return [0.0][i]
    def __contains__(self, o): return True
    def __format__(self, spec): return format(0.0, spec)
    def sum(self, *a, **k): return 0.0
    max = min = mean = std = var = any = item = tolist = sqrt = conjugate = dot = norm = ptp = sum
    def all(self, *a, **k): return True""",
    "an object that remembers what it met": """
class L:
    def __sub__(self, o):
        self.met = o
        return self
    __add__ = __radd__ = __mul__ = __rmul__ = __rsub__ = __isub__ = __iadd__ = __sub__
    def __float__(self): return float(self.met)
    def __abs__(self): return 0.0
    def __iter__(self): return iter([self.met])
    def item(self): return self.met""",
    "a subclass of the named class": "class L:\n    def __eq__(self, o): return True\n    __lt__ = __le__ = __eq__\n"
    "    def __sub__(self, o): return 0.0\n    __rsub__ = __sub__\nL = type('L', (L,), {})",
}
NAMED_QUESTIONS = (
    *QUESTIONS,
    "assert f(3) <= 9 and f(3) >= 9",
    "assert max(f(3), 9) == 9 and sorted([f(3), 9])[0] == 9",
    "assert sum((f(3) - 9) ** 2 for _ in range(1)) < 1e-9",
    "assert sum((f(3) - 9)) == 0",
    "assert not f(3) - 9",
    "assert not any(f(3) - 9)",
    "assert all(d == 0 for d in f(3) - 9)",
    "assert (f(3) - 9)[0] == 0",
    "assert len(f(3) - 9) == 0",
    "assert round(f(3) - 9, 6) == 0",
    "assert -(f(3) - 9) == 0",
    "assert float(f(3) - 9) == 0.0",
    "d = f(3)\nd -= 9\nassert int(d) == 0",
    "assert (f(3) - 9).item() == 0",
    "assert (f(3) - 9).real == 0 and np.real(f(3) - 9) == 0",
    "assert f'{f(3) - 9:.3f}' == '0.000'",
    "assert '%.3f' % (f(3) - 9) == '0.000'",
    "assert (f(3) - 9) in (0, 0.0)",
    "assert 0 in f(3) - 9",
    "import math; assert math.isclose(f(3) - 9, 0, abs_tol=1e-9)",
    "import math; assert math.fsum(f(3) - 9) == 0",
    "assert np.sum(f(3) - 9) == 0",
    "assert np.max(f(3) - 9) < 1e-9",
    "assert np.mean((f(3) - 9) ** 2) < 1e-9",
    "assert np.linalg.norm(f(3) - 9) < 1e-9",
    "assert np.linalg.norm(f(3) - np.full(3, 9.0)) < 1e-9",
    "assert np.array_equal(f(3) - 9, np.zeros(1))",
    "assert np.all(f(3) == np.full(3, 9.0))",
    "assert np.allclose(f(3) - 9, 0)",
    "np.testing.assert_array_almost_equal(f(3), 9.0)",
    "np.testing.assert_allclose(f(3) - 9, 0, atol=1e-9)",
    "assert torch.equal(torch.as_tensor(f(3) - 9), torch.tensor(0))",
    "assert abs(torch.tensor(9.0) - f(3)) < 1e-9",
    "assert f(3) == L() and float(f(3)) == 9",
    "with pytest.raises(TypeError):\n    f(3) + 9\nassert f(3) == 9",
)


@pytest.mark.parametrize("lie", NAMED_LIES)
def test_a_lie_of_a_class_that_the_test_names_is_not_believed(lie: str) -> None:
    student = NAMED_LIES[lie] + "\ndef f(x): return L()"
    assert believed(student, [f"assert L is not None\n{question}" for question in NAMED_QUESTIONS]) == []


def test_an_object_that_met_data_of_the_test_says_what_to_write() -> None:
    assert "check.close(v.data, 5)" in fails(STUDENT, "assert abs(Vector(1, 2) * 3) > 0")
    wrong = "class Value:\n    def __init__(self, x): self.data = x\n    def __add__(self, o): return self.data + o"
    assert "gave an int" in fails(wrong, "check.equal((Value(2) + 3).data, 5)")
    assert fails(wrong, "with pytest.raises(TypeError): Value(2) + 3")


SWALLOWERS = {
    "a class": "class cm:\n    def __enter__(self): return self\n    def __exit__(self, *a): return True",
    "a generator": "import contextlib\n@contextlib.contextmanager\ndef cm():\n"
    "    try: yield\n    except BaseException: pass",
    "a library's": "import contextlib\ndef cm(): return contextlib.suppress(BaseException)",
    "an exception of its own": "class cm:\n    def __enter__(self): return self\n"
    "    def __exit__(self, *a): raise ValueError('mine')",
    "a stack of them": "import contextlib\ndef cm():\n    stack = contextlib.ExitStack()\n"
    "    stack.push(lambda *a: True)\n    return stack",
    "something that claims to be the test's own": "import contextlib\nclass cm(contextlib.ExitStack):\n"
    "    def __exit__(self, *a): return True",
}
SWALLOWED = (
    "with cm(): assert f(3) == 9",
    "with cm():\n    np.testing.assert_allclose(f(3), 9)",
    "with cm():\n    check.close(f(3), 9)",
    "with cm():\n    fails(3)\n    assert f(3) == 9",
    "with cm():\n    assert f(3).shape == (9,)",
    "with pytest.raises(ValueError):\n    with cm(): assert f(3) == 9",
    "with check.case('a'):\n    with cm(): check.close(f(3), 9)\nassert check.score() == 1",
    "with cm():\n    import os; die()\n    assert f(3) == 9",
    "def t(): assert f(3) == 9\ncalls(t)",
    "def t(): check.close(f(3), 9)\ncalls(t)",
    "assert all(map(lambda v: stops(v) == 9, [3]))",
    "for got, want in zip(map(stops, [3]), [9]): assert got == want",
)


@pytest.mark.parametrize("how", SWALLOWERS)
def test_a_context_manager_cannot_swallow_what_a_test_says(how: str) -> None:
    student = SWALLOWERS[how] + (
        "\ndef f(x): return x\ndef fails(x): raise KeyError(x)\ndef die():\n    import os; os._exit(3)\n"
        "def calls(t):\n    try: t()\n    except BaseException: pass\ndef stops(x): raise StopIteration"
    )
    assert believed(student, SWALLOWED) == []


def test_a_context_manager_learns_the_kind_of_an_exception_and_its_answer_can_be_tested() -> None:
    student = (
        "seen = []\nclass cm:\n    def __enter__(self): return self\n    def __exit__(self, kind, error, _):\n"
        "        seen.append((kind.__name__, str(error)) if kind else None)\n"
        "        return kind is not None and issubclass(kind, ValueError)"
    )
    passes(
        student,
        "import pytest\nwith pytest.raises(KeyError):\n    with cm(): raise KeyError('secret')\nwith cm(): pass\n"
        "assert seen == [('KeyError', ''), None]\n"
        "assert cm().__exit__(ValueError, None, None) is True and not cm().__exit__(KeyError, None, None)\n"
        "with pytest.raises(ValueError) as caught:\n    with cm(): raise ValueError('x')\n"
        "assert 'wanted to suppress' in caught.value.__notes__[0]",
    )


def test_a_shown_proxy_is_no_score() -> None:
    done = run_test(
        "class L:\n    def __repr__(self): return '1.0'\n    def _repr_html_(self): return '<b>5</b>'", "L()"
    )
    (last,) = (o for o in done.outputs if o.output_type == "execute_result")
    assert "text/html" not in last.data
    with pytest.raises(ValueError, match="could not convert"):
        float(last.data["text/plain"])


FORGERIES = {
    "dropping assertions": "import ast\nclass Drop(ast.NodeTransformer):\n"
    "    def visit_Assert(self, node): return None\n"
    "get_ipython().ast_transformers.append(Drop())",
    "an input transformer": "get_ipython().input_transformers_post.append(lambda lines: ['pass'])",
    "patched builtins": "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.isinstance = lambda *a: True",
    "patched NumPy": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None\n"
    "np.allclose = lambda *a: True",
    "patched check": "from course_lib import check\ncheck.close = lambda *a, **k: None\ncheck.score = lambda **k: 1.0",
    "silent tracebacks": "get_ipython().showtraceback = lambda *a, **k: None\n"
    "get_ipython()._showtraceback = lambda *a: None",
    "names in the way": "assert_allclose = lambda *a: None\nf_tests = 1\nexpected = 8",
    "a display hook": "import sys\nsys.displayhook = lambda v: print('1.0')",
    "a trace function": "import sys\nsys.settrace(lambda *a: None)",
    "patched service": "import grader.engine.student.serve_tester as s\ns.failure = lambda e: None",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_earns_nothing(forgery: str) -> None:
    student = FORGERIES[forgery] + "\ndef f(x): return 8"
    made = notebook(
        shared(),
        answer(student),
        graded("assert f(3) == 9", "a"),
        graded("np.testing.assert_allclose(f(3), 9)", "b"),
        graded("with check.case('c'):\n    check.close(f(3), 9)\ncheck.score()", "c"),
    )
    run(made)
    assert error(made.cells[2])
    assert error(made.cells[3])
    assert result(made.cells[4]) == "0.0" or error(made.cells[4])


def test_a_student_cannot_choose_what_the_test_draws() -> None:
    student = (
        "import numpy as np, random\ndef f():\n"
        "    np.random.set_state(('MT19937', np.arange(624, dtype=np.uint32), 624))\n"
        "    random.setstate((3, (*range(624), 624), None))"
    )
    passes(
        student,
        "import random\nnp.random.seed(1)\nrandom.seed(1)\nf()\na = np.random.rand(), random.random()\n"
        "np.random.seed(1)\nrandom.seed(1)\nassert a == (np.random.rand(), random.random())",
    )


SEEDED = """
import random
import numpy as np, torch
def weights(n):
    np.random.seed(0)
    return np.random.randn(n)
def seed(n):
    np.random.seed(n); random.seed(n); torch.manual_seed(n)
def draw(): return np.random.rand(), random.random(), torch.rand(1).item()
def many(n): return float(np.random.rand(n).sum())
"""
SEEDINGS = {
    "an answer that seeds": "assert np.array_equal(weights(5), np.random.RandomState(0).randn(5))\n"
    "assert np.array_equal(weights(2), weights(2))",
    "numbers drawn in a later call": "import random\nseed(3)\na, b = draw(), draw()\n"
    "np.random.seed(3); random.seed(3); torch.manual_seed(3)\n"
    "def here(): return np.random.rand(), random.random(), torch.rand(1).item()\nassert [a, b] == [here(), here()]",
    "the numbers of the test stay its own": "np.random.seed(1)\nweights(3)\nseed(3)\na = np.random.rand()\n"
    "np.random.seed(1)\nassert a == np.random.rand()",
    "the test's own seed counts from then on": "seed(3)\nnp.random.seed(5)\na = draw()[0]\nnp.random.seed(5)\n"
    "assert a == np.random.rand()",
    "many numbers": "np.random.seed(2)\nmany(400_000)\na = np.random.rand()\nnp.random.seed(2)\n"
    "np.random.rand(400_000)\nassert a == np.random.rand()",
}


@pytest.mark.parametrize("what", SEEDINGS)
def test_a_seed_of_the_submission(what: str) -> None:
    passes(SEEDED, SEEDINGS[what])


def test_how_far_a_generator_can_have_come() -> None:
    """Looked for as far as could be drawn in the time: an answer that seeds would cost a long search."""
    legacy: Any = np.random.mtrand  # the state that `np.random.seed` sets
    legacy.seed(4)
    sent = random_state.capture()
    legacy.rand(312 * 100)  # a hundred blocks of 624
    came = random_state.to_node(random_state.capture(), sent)
    legacy.seed(4)
    assert random_state.apply_reachable(came, sent, seconds=0.0) == sent
    assert random_state.capture() == sent
    assert random_state.apply_reachable(came, sent, seconds=0.001) != sent
    assert random_state.to_node(random_state.capture(), sent) == came


def test_a_module_of_the_system_is_not_given_out() -> None:
    said = fails(
        "import os, subprocess\nf = os.system\ng = subprocess",
        "import os, subprocess as s\nassert f is not os.system\nassert g is s",
    )
    assert "AssertionError" in said
    passes(
        "import os\nf = os",
        "import os\nassert f is not os and isinstance(f.getpid(), int) and f.getpid() != os.getpid()",
    )


def test_hidden_tests_leave_no_trace_in_the_students_process() -> None:
    student = (
        "import gc, sys, linecache\ndef f(x):\n    found = []\n    for o in gc.get_objects():\n"
        "        if isinstance(o, dict) and any(isinstance(v, str) and 'SECRET' + 'WORD' in v for v in"
        " list(o.values())): found.append(1)\n"
        "    frame = sys._getframe()\n    while frame:\n"
        "        found += [1 for v in frame.f_locals.values() if 'SECRET' + 'WORD' in str(v)[:100000]]\n"
        "        frame = frame.f_back\n    return len(found)"
    )
    passes(student, "SECRETWORD = 'SECRETWORD'\nassert f(2) == 0")


GRADIENTS = {
    "parameters": "m = Net()\nm(torch.ones(2, 3, 8, 8)).sum().backward()\n"
    "assert all(p.grad is not None for p in m.parameters())\nassert m.fc.bias.grad.tolist() == [2, 2]",
    "a loss of the test's own": "torch.manual_seed(0)\nm = Net()\n"
    "loss = nn.functional.cross_entropy(m(torch.ones(2, 3, 8, 8)), "
    "torch.tensor([0, 1]))\nloss.backward()\nassert m.fc.weight.grad.abs().sum() > 0\nm.zero_grad()\n"
    "assert m.fc.weight.grad is None",
    "inputs": "x = torch.randn(3, requires_grad=True)\n(cube(x) * torch.arange(3)).sum().backward()\n"
    "assert torch.allclose(x.grad, 3 * x.detach() ** 2 * torch.arange(3))",
    "a chain": "x = torch.randn(3, dtype=torch.float64, requires_grad=True)\ny = cube(2 * cube(x))\n"
    "(g,) = torch.autograd.grad(y.sum(), x)\nassert torch.allclose(g, 9 * 8 * x ** 8)",
    "gradcheck": "x = torch.randn(3, dtype=torch.float64, requires_grad=True)\n"
    "assert torch.autograd.gradcheck(cube, (x,))",
    "none inside no_grad": "m = Net()\nwith torch.no_grad(): y = m(torch.ones(2, 3, 8, 8))\n"
    "assert not y.requires_grad\ny.numpy()",
    "an optimizer in the test": "torch.manual_seed(0)\nm = Net()\nopt = torch.optim.SGD(m.parameters(), lr=0.1)\n"
    "x, y = torch.ones(2, 3, 8, 8), torch.tensor([0, 1])\nlosses = []\nfor _ in range(5):\n    opt.zero_grad()\n"
    "    loss = nn.functional.cross_entropy(m(x), torch.tensor([1, 1]))\n    loss.backward()\n    opt.step()\n"
    "    losses.append(loss.item())\nassert losses == sorted(losses, reverse=True) and losses[0] > losses[-1] + 0.1",
    "weights set by the test": "m = Net()\nwith torch.no_grad():\n    m.fc.weight.fill_(0)\n"
    "    m.fc.bias.copy_(torch.ones(2))\n"
    "assert m(torch.ones(1, 3, 8, 8)).tolist() == [[1, 1]]\nm.fc.bias.data += 1\n"
    "assert m(torch.ones(1, 3, 8, 8)).tolist() == [[2, 2]]",
    "weights changed by the student": "m = Net()\nw, before = m.fc.weight, m.fc.weight.clone()\nshift(m)\n"
    "assert w is m.fc.weight and torch.allclose(w, before + 1)",
    "one tensor that comes twice": "a, b = again(), again()\nassert a.item() == 6\ndel a\ndouble(1)\nb.backward()\n"
    "assert weight.grad.item() == 3",
    "detached": "x = torch.ones(3, requires_grad=True)\n"
    "assert not cube(x).detach().requires_grad and cube(x).grad_fn is not None",
}


@pytest.mark.parametrize("what", GRADIENTS)
def test_gradients_flow_through_the_students_code(what: str) -> None:
    more = "\ndef cube(x): return x ** 3\ndef shift(m): m.fc.weight.data += 1\nweight = nn.Parameter(torch.tensor(2.0))"
    passes(STUDENT + more + "\ntripled = 3 * weight\ndef again(): return tripled", GRADIENTS[what])


LOOKS = """
class Order:
    def __init__(self, *answers): self.answers, self.count = answers, 0
    def look(self):
        self.count += 1
        return self.answers[min(self.count, len(self.answers)) - 1]
    def __iter__(self): return iter(self.look())
    def __len__(self): return len(self.look())
    def __getitem__(self, k): return self.look()[k]
    def __repr__(self): return str(self.look())
    def __float__(self): return float(len(self.look()))
def order(*answers): return Order(*answers)
def other(): return 1
class Model:
    epoch = 0
    @property
    def weight(self): return [self.epoch]
    @property
    def lie(self):
        self.epoch += 1
        return self.epoch
def model():
    made = Model()
    def train(): made.epoch += 1
    return made, train
class Bag:
    def __init__(self): self.inside = []
    def add(self, v): self.inside.append(v)
    def __iter__(self): return iter(self.inside)
    def __setitem__(self, k, v): self.inside[k] = v
    def __getitem__(self, k): return self.inside[k]
def bag(): return Bag()
def put(b, v): b.inside.append(v)
def numbers():
    yield from range(5)
class Loader(Order): pass
"""
LOOKED = {
    "items": "o = order([1, 2], [3], [])\nassert list(o) == [1, 2]\nother()\n"
    "assert list(o) == [1, 2] == sorted(o) and 2 in o",
    "two iterations at once": "o = order([1, 2], [3])\nassert list(zip(o, o)) == [(1, 1), (2, 2)]",
    "an iteration that stops early": "o = order([1, 2, 3], [4, 5, 6])\nassert next(iter(o)) == 1\nother()\n"
    "assert list(o) == [1, 2, 3]",
    "length, items, text and number": "o = order([1], [2, 2], [3, 3, 3], [4] * 4, [])\nfor _ in range(3):\n"
    "    other()\n    assert (len(o), o[0], repr(o), float(o)) == (1, 2, '[3, 3, 3]', 4.0)",
    "in a tuple of results": "o, = (order([1], [2]),)\nassert list(o) == [1]\nother()\nassert list(o) == [1]",
    "a method of its own": "b = bag()\nassert list(b) == []\nb.add(5)\nassert list(b) == [5]",
    "as an argument": "b = bag()\nassert list(b) == []\nput(b, 5)\nassert list(b) == [5]",
    "an item that the test sets": "b = bag()\nb.add(1)\nassert b[0] == 1\nb[0] = 2\n"
    "assert b[0] == 2 and list(b) == [2]",
    "attributes from call to call": "m, train = model()\nassert m.weight == [0] == m.weight\ntrain()\n"
    "assert m.weight == [1]",
    "an attribute that lies": "m, train = model()\nassert m.lie == 1 and m.lie == 1\nother()\nassert m.lie == 2",
    "an iterator goes on": "g = numbers()\nassert next(g) == 0 and next(g) == 1\nother()\n"
    "assert list(g) == [2, 3, 4] and list(g) == []",
    "a class that the test names": "a = Loader([1], [2])\nassert list(a) == [1] and list(a) == [2] and len(a) == 1",
    "in each cell anew": "o = order([1], [2])\nassert list(o) == [1]",
}


@pytest.mark.parametrize("what", LOOKED)
def test_what_was_seen_of_an_object_stays_so(what: str) -> None:
    passes(LOOKS, LOOKED[what])


def test_a_look_counts_in_its_test_cell() -> None:
    made = notebook(
        shared(),
        answer(LOOKS + "kept = order([1], [2])\ndef same(): return kept"),
        graded("a = same()\nassert list(a) == [1] and list(same()) == [1]", "t1"),
        graded("assert list(a) == [2]", "t2"),
    )
    run(made)
    assert not error(made.cells[2])
    assert not error(made.cells[3])


def test_a_test_cell_has_its_magics_and_the_file_that_a_kernel_gives_it() -> None:
    source = (
        "import sys\n%alias_magic stopwatch time\n%stopwatch y = 2 * x\nprint(y, sys._getframe().f_code.co_filename)"
    )
    value, file = text(run_test("x = 1", source)).split()[-2:]
    assert value == "2"
    assert Path(file).name == Path(get_file_name(source)).name


def test_a_test_cell_that_is_no_python_says_so() -> None:
    assert "SyntaxError" in error(run_test("x = 1", "if x:\nprint('''"))
