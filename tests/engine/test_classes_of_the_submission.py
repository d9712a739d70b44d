"""A class of the submission is a class in a test: `type(p) is P`, `issubclass`, `except`, `class Q(P)`, "
"and no lie."""

from __future__ import annotations

import pytest
from support.small_notebooks import (
    answer,
    error,
    errors_of_each,
    fails,
    graded,
    notebook,
    passes,
    result,
    run,
    run_test,
    shared,
)

STUDENT = """
import abc, asyncio, collections, dataclasses, enum, functools, typing
import torch
from torch import nn
class P:
    kind = 'p'
    def __init__(self, a, b=2): self.a, self.b = a, b
    def area(self): return self.a * self.b
    def describe(self): return f'area {self.area()}'
    @staticmethod
    def stat(x): return x + 1
    @classmethod
    def make(cls, a): return cls(a)
    @property
    def double(self): return 2 * self.a
class D(P):
    def area(self): return super().area() + 100
class Other: pass
class AppError(Exception): pass
class MyError(ValueError): pass
class SubError(AppError):
    def __init__(self, code):
        super().__init__(f'code {code}')
        self.code = code
    def twice(self): return 2 * self.code
class Both(AppError, KeyError): pass
def bad(): raise MyError('x')
def sub(): raise SubError(4)
def both(): raise Both('k')
def give_error(): return MyError('y')
def guarded(f):
    try: return f()
    except AppError as e: return e
@dataclasses.dataclass
class Item:
    name: str
    price: float = 1.5
    tags: list = dataclasses.field(default_factory=list)
class Color(enum.Enum):
    RED = 1
    BLUE = 2
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
    def twice(self): return 2 * self.area()
class Sq(Shape):
    def __init__(self, s): self.s = s
    def area(self): return self.s ** 2
Point = collections.namedtuple('Point', 'x y')
class Pt(typing.NamedTuple):
    x: int
    y: int = 0
    def norm(self): return self.x + self.y
def point(): return Point(1, 2)
def pt(): return Pt(1, 2)
T = typing.TypeVar('T')
class Stack(typing.Generic[T]):
    def __init__(self): self.items = []
    def push(self, x): self.items.append(x)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(3, 2)
    def forward(self, x): return self.l(x)
class MyList(list):
    def total(self): return sum(self)
class Slots:
    __slots__ = ('u',)
    def __init__(self): self.u = 1
class Vec:
    def __init__(self, x): self.x = x
    def __add__(self, o): return Vec(self.x + o.x)
    def __eq__(self, o): return isinstance(o, Vec) and self.x == o.x
    def __hash__(self): return hash(self.x)
    def __lt__(self, o): return self.x < o.x
    def __len__(self): return 3
    def __iter__(self): return iter([1, 2, 3])
class NoHash:
    def __eq__(self, o): return True
def same(x): return x
def is_class(x): return isinstance(x, type) and x is P
class Manager:
    def __enter__(self): return self
    def __exit__(self, *a): return False
def gen(n):
    for i in range(n): yield i
async def co(x):
    await asyncio.sleep(0.001)
    return x + 1
@functools.lru_cache
def cached(x): return x * x
def f(x, y=2): return x + y
part = functools.partial(f, 1)
def deco(g):
    @functools.wraps(g)
    def inner(*a): return g(*a) + 1
    return inner
def counter():
    n = 0
    def step():
        nonlocal n
        n += 1
        return n
    return step
objs = {'a': P(1), 'l': [P(2), D(3)]}
"""

WORK = {
    "the type of an object": "p = P(3)\n"
    "assert type(p) is P and type(p) == P and isinstance(p, P) and p.__class__ is P and type(p) is not D",
    "bases": "assert issubclass(P, object) and issubclass(D, P) and not issubclass(P, D) "
    "and not issubclass(Other, P)\n"
    "assert D.__bases__ == (P,) and D.__mro__ == (D, P, object) == tuple(D.mro()) and P.__base__ is object",
    "a class is a type": "assert isinstance(P, type) and type(P) is not P and P.__class__ is type and callable(P)\n"
    "assert P in [P] and {P: 1}[P] == 1 and P == P and P != D and hash(P) == hash(P)",
    "names": "assert P.__name__ == P.__qualname__ == 'P' and P.__module__ == '__main__'\n"
    "assert P(1).__class__.__name__ == 'P'",
    "attributes of a class": "assert P.kind == 'p'\nP.kind = 'q'\nassert P(1).kind == 'q'\nP.kind = 'p'\nP.new = 4\n"
    "del P.new\nassert not hasattr(P, 'new')",
    "methods of a class": "assert P.stat(2) == 3 and type(P.make(2)) is P and P.area(P(3)) == 6\n"
    "assert type(D.make(1)) is D\n"
    "assert P(3).double == 6 and isinstance(P.double, property)",
    "two types at once": "assert isinstance(objs['a'], (P, int)) and type(objs['l'][1]) is D\n"
    "assert isinstance(objs['l'][1], P | int) and isinstance(3, P | int) and not isinstance(3, P)",
    "match": "match P(3):\n    case P(a=x): assert x == 3\n    case _: assert False",
    "dataclasses": "import dataclasses\nassert dataclasses.is_dataclass(Item) "
    "and dataclasses.is_dataclass(Item('a'))\n"
    "assert [x.name for x in dataclasses.fields(Item)] == ['name', 'price', 'tags']\n"
    "assert dataclasses.fields(Item)[0].default is dataclasses.MISSING\n"
    "assert dataclasses.asdict(Item('a')) == {'name': 'a', 'price': 1.5, 'tags': []}\n"
    "assert dataclasses.astuple(Item('a')) == ('a', 1.5, []) "
    "and dataclasses.replace(Item('a'), name='b').name == 'b'\n"
    "assert Item('a') == Item('a') and repr(Item('a')) == \"Item(name='a', price=1.5, tags=[])\"",
    "an Enum": "import enum\nassert [c.name for c in Color] == ['RED', 'BLUE'] and len(Color) == 2\n"
    "assert Color.RED is Color.RED is Color['RED'] is Color(1) and Color.RED in Color and Color.RED != Color.BLUE\n"
    "assert issubclass(Color, enum.Enum) and isinstance(Color.RED, Color) and type(Color.RED) is Color\n"
    "assert isinstance(Color.RED, enum.Enum) and isinstance(Color, enum.EnumMeta) and Color.RED.value == 1\n"
    "assert list(Color.__members__) == ['RED', 'BLUE'] and {Color.RED: 1}[Color.RED] == 1",
    "abstract classes": "import abc, inspect, pytest\nassert issubclass(Sq, Shape) and isinstance(Sq(2), Shape)\n"
    "assert inspect.isabstract(Shape) and not inspect.isabstract(Sq) and issubclass(Shape, abc.ABC)\n"
    "with pytest.raises(TypeError): Shape()",
    "named tuples": "p, q = point(), pt()\nassert type(p) is Point and isinstance(p, Point) and Point(1, 2) == p\n"
    "assert Point._fields == ('x', 'y') and issubclass(Point, tuple) and isinstance(q, Pt) and Pt(1, 2) == q",
    "generic classes": "s = Stack[int]()\ns.push(1)\nassert s.items == [1] and isinstance(s, Stack)",
    "modules of torch": "n = Net()\nassert isinstance(n, nn.Module) and type(n) is Net and n.__class__ is Net\n"
    "assert issubclass(Net, nn.Module) and not hasattr(n, 'nothing') and n.__class__.__name__ == 'Net'\n"
    "assert nn.Sequential(n, nn.ReLU())(torch.zeros(1, 3)).shape == (1, 2)",
    "a class below a list": "assert issubclass(MyList, list) and MyList([1, 2]) == [1, 2] "
    "and not isinstance(3, MyList)",
    "classes of abilities": "from collections.abc import Iterable, Sized\nassert isinstance(Vec(1), Iterable)\n"
    "assert isinstance(Vec(1), Sized) and not isinstance(P(1), Iterable) and issubclass(Vec, Iterable)",
    "exceptions": "import pytest\ntry: bad()\nexcept MyError as e: assert str(e) == 'x' and type(e) is MyError\n"
    "with pytest.raises(MyError, match='x'): bad()\nwith pytest.raises(ValueError): bad()\n"
    "assert issubclass(MyError, ValueError) and MyError.__name__ == 'MyError'",
    "an exception below another of the submission": "import pytest\n"
    "try: sub()\nexcept AppError as e: assert type(e) is SubError and str(e) == 'code 4' and e.code == 4\n"
    "with pytest.raises(AppError): sub()\nassert issubclass(SubError, AppError) "
    "and not issubclass(SubError, ValueError)\n"
    "with pytest.raises(KeyError): both()\nwith pytest.raises(AppError): both()",
    "exceptions as objects": "e, made = give_error(), SubError(7)\nassert type(e) is MyError and str(e) == 'y'\n"
    "assert isinstance(e, ValueError) and e.args == ('y',) and made.code == 7 and made.twice() == 14\n"
    "made.code = 8\nassert made.twice() == 16",
    "exceptions that the test raises": "try: raise MyError('mine')\n"
    "except ValueError as e: assert e.args == ('mine',)\n"
    "def mine(): raise SubError(9)\nassert guarded(mine).code == 9",
    "copies": "import copy\np = P(3)\nq = copy.deepcopy(p)\nassert type(q) is P and q is not p\n"
    "assert vars(q) == q.__dict__ == {'a': 3, 'b': 2} and copy.copy(p).a == 3",
    "attributes of an object": "p = P(3)\nassert getattr(p, 'x', 5) == 5\nsetattr(p, 'x', 6)\n"
    "assert vars(p)['x'] == 6\n"
    "s = Slots()\nassert s.u == 1 and Slots.__slots__ == ('u',) and not hasattr(s, '__dict__')",
    "operators between objects": "assert Vec(1) + Vec(2) == Vec(3) and Vec(1) < Vec(2) and Vec(1) != Vec(2)\n"
    "assert sorted([Vec(3), Vec(1)])[0].x == 1 and len({Vec(1), Vec(1)}) == 1 and {Vec(2): 5}[Vec(2)] == 5",
    "a class of the test below one of the submission": "class Q(P):\n    pass\n"
    "assert Q(3).area() == 6 and isinstance(Q(3), P) and issubclass(Q, P) and type(Q(3)) is Q and Q.__name__ == 'Q'",
    "methods that the submission calls": """
class Q(P):
    extra = [1, 2]
    def __init__(self, a):
        super().__init__(a, 5)
        self.c = 7
    def area(self): return 1000 + super().area()
    @property
    def third(self): return self.a * 3
    @staticmethod
    def st(x): return x * 2
    @classmethod
    def cm(cls, x): return cls(x)
q = Q(3)
assert q.b == 5 and q.c == 7 and q.area() == 1015 and q.describe() == 'area 1015' and q.third == 9
assert q.extra == Q.extra == [1, 2] and Q.st(4) == 8 and type(Q.cm(2)) is Q""",
    "special methods of such a class": """
class R(Vec):
    def __len__(self): return 5 + super().__len__()
    def __repr__(self): return 'R!'
    def __eq__(self, o): return super().__eq__(o)
r = R(1)
assert len(r) == 8 and repr(r) == 'R!' and r == R(1)""",
    "an abstract method is supplied": "class Tri(Shape):\n    def area(self): return 7\nassert Tri().twice() == 14",
    "a module of torch below the submission's": "class N2(Net):\n"
    "    def forward(self, x): return super().forward(x) * 0\n"
    "assert N2()(torch.ones(1, 3)).tolist() == [[0, 0]]",
    "an exception of the test below one of the submission": "class E2(MyError): pass\n"
    "try: raise E2('a')\nexcept MyError as e: assert type(e) is E2",
    "a class below two sides": "class Mixin: pass\nimport pytest\n"
    "with pytest.raises(Exception, match='Mixin') as caught:\n"
    "    class Q(P, Mixin): pass\nassert type(caught.value).__name__ == 'NotSupported'",
    "generators, closures and managers": "import inspect\ng, c = gen(3), counter()\nassert inspect.isgenerator(g)\n"
    "assert next(g) == 0 and list(g) == [1, 2] "
    "and (c(), c()) == (1, 2)\nwith Manager() as m: assert type(m) is Manager",
    "functions of functions": "assert cached(3) == cached(3) == 9 and cached.cache_info().hits == 1\n"
    "assert cached.__wrapped__(2) == 4 and part(4) == 5 and part.func is f and part.args == (1,)\n"
    "@deco\ndef mine(x): return x * 2\nassert mine(3) == 7",
    "methods that the test replaces": "from unittest.mock import patch\nown = P.area\n"
    "with patch.object(P, 'area', lambda self: 7): assert P(1).describe() == 'area 7'\n"
    "with patch.object(P, 'area', return_value=9) as m: assert P(1).describe() == 'area 9'\n"
    "m.assert_called_once()\nassert P.area is own and P(1).describe() == 'area 2'",
    "members": "import inspect\nnames = [n for n, _ in inspect.getmembers(P, inspect.isfunction)]\n"
    "assert names == ['__init__', 'area', 'describe', 'stat'] and 'area' in vars(P) and 'double' in dir(P)",
    "no hash": "import pytest\nwith pytest.raises(TypeError): hash(NoHash())",
    "the same class comes back": "assert same(P) is P and same([P, int]) == [P, int] and is_class(P)",
    "coroutines": "import asyncio, inspect\nassert await co(3) == 4 "
    "and await asyncio.gather(co(1), co(2)) == [2, 3]\n"
    "c = co(1)\nassert inspect.iscoroutine(c) and inspect.isawaitable(c)\nc.close()",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test_one(self):\n"
    "        self.assertIs(type(P(1)), P)\n        self.assertIsInstance(P(1), P)\n"
    "        with self.assertRaises(MyError): bad()\n"
    "r = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(T))\n"
    "assert r.wasSuccessful()",
}


@pytest.fixture(scope="module")
def done() -> dict[str, str]:
    return errors_of_each(STUDENT, WORK)


@pytest.mark.parametrize("what", WORK)
def test_of_classes(what: str, done: dict[str, str]) -> None:
    assert done[what] == ""


LYING = """
class Meta(type):
    def __instancecheck__(cls, x): return True
    def __subclasscheck__(cls, x): return True
    def __eq__(cls, o): return True
    def __ne__(cls, o): return False
    def __hash__(cls): return hash(int)
    def __call__(cls, *a): return super().__call__()
    def __getattr__(cls, name): return lambda *a, **k: True
    __array_ufunc__ = lambda *a, **k: True
    __len__ = lambda cls: 9
    __repr__ = lambda cls: '9'
    __name__ = property(lambda cls: cls)
class L(metaclass=Meta):
    __class__ = property(lambda self: int)
    def __repr__(self): return '1.0'
def f(x): return L()
class E(Exception):
    def __repr__(self): return '1.0'
    def __str__(self): return '1.0'
def e(): return E()
"""
WRONG = (
    "assert isinstance(3, L)",
    "assert issubclass(int, L)",
    "assert isinstance(f(3), int)",
    "assert type(f(3)) is int or type(f(3)) == int",
    "assert L == int",
    "assert L == 9",
    "assert int in [L]",
    "assert {int: 1}[L]",
    "assert issubclass(L, int)",
    "assert np.add(L, 3)",
    "assert np.array(9) == L",
    "assert f(3) == 9",
)


@pytest.mark.parametrize("test", WRONG)
def test_a_class_that_lies_of_itself_is_not_believed(test: str, lied_to: dict[str, str]) -> None:
    assert lied_to[test]


@pytest.fixture(scope="module")
def lied_to() -> dict[str, str]:
    made = notebook(shared(), answer(LYING), *(graded(test, f"t{n}") for n, test in enumerate(WRONG)))
    run(made)
    assert not error(made.cells[1])
    return dict(zip(WRONG, map(error, made.cells[2:]), strict=True))


@pytest.mark.parametrize("last", ["L", "f(3)", "e()"])
def test_what_a_cell_ends_with_is_no_number(last: str) -> None:
    shown = result(run_test(LYING, last)) or ""
    with pytest.raises(ValueError, match="could not convert"):
        float(shown)


def test_ten_thousand_classes() -> None:
    passes(
        "made = [type(f'C{n}', (), {'n': n}) for n in range(10_000)]\nobjects = [kind() for kind in made]",
        "first, last = made[0], made[-1]\nassert len(made) == len(objects) == 10_000 and type(objects[0]) is first\n"
        "assert objects[-1].n == last.n == 9999 and last().n == 9999 and isinstance(objects[-1], last)",
    )


def test_a_class_of_a_file_beside_the_notebook() -> None:
    student = (
        "open('beside_it.py', 'w').write('class P:\\n    def area(self): return 3\\n')\n"
        "import sys\nsys.path.insert(0, '.')\nimport beside_it\nfrom beside_it import P\ndef make(): return P()"
    )
    passes(student, "assert type(make()) is P and P.__module__ == 'beside_it' and P().area() == 3")


def test_an_exception_of_the_test_arrives_as_it_is() -> None:
    student = "def caught(f):\n    try: f()\n    except KeyError as e: return repr(e)"
    passes(student, "def f(): raise KeyError('a')\nassert caught(f) == \"KeyError('a')\"")


def test_a_key_of_a_class_below_data_says_that_it_cannot_tell() -> None:
    student = "class W(str): pass\ndef f(): return {W('a'): 1}"
    assert "CannotTell" in fails(student, "assert isinstance(next(iter(f())), W)")


def test_a_test_that_the_submission_skips_fails() -> None:
    test = (
        "import unittest\nclass T(unittest.TestCase):\n    def test_one(self): self.assertEqual(f(1), 2)\n"
        "r = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(T))\n"
        "assert r.wasSuccessful()"
    )
    fails("import unittest\ndef f(x): raise unittest.SkipTest('no')", test)
    fails("import unittest\nclass S(unittest.SkipTest): pass\ndef f(x): raise S('no')", test)


def test_data_of_a_hidden_part_stays_in_the_tester() -> None:
    student = "class P:\n    def look(self): return [getattr(self, n, None) for n in ('hidden', 'shown')]"
    passes(
        student,
        "class A(P): shown = 3\nassert A().look() == [None, 3]\n### BEGIN HIDDEN TESTS\n"
        "class B(P):\n    hidden = 4\n    def look(self): return super().look()\n"
        "assert B().look() == [None, None] and B.hidden == B().hidden == 4\n### END HIDDEN TESTS",
    )


def test_an_exception_that_has_met_data_of_the_test_is_not_asked_for_numbers() -> None:
    student = "class E(Exception):\n    def far(self): return 0.0\nclass V:\n    def __sub__(self, o): raise E('no')"
    assert "NotBelieved" in fails(student, "try: V() - 9\nexcept E as e: assert e.far() == 0")


def test_classes_that_cannot_be_made_here_cost_nothing() -> None:
    both = "class E(ValueError, StopIteration): pass\ndef f(): raise E('x')"
    passes(both, "try: f()\nexcept ValueError as error: assert 'x' in str(error)\nelse: assert False")
    named = (
        "import collections\nclass N(collections.namedtuple('N', 'x y')):\n"
        "    def __eq__(self, other): return tuple(self) == tuple(other)\ndef f(): return N(1, 2)\n"
    )
    passes(named, "assert f() == (1, 2) and f().y == 2 and N(3, 4).x == 3")
