"""An object of the submission's class below `list`, `dict`, `str` or a number: data here, with its class's methods."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, error, errors_of_each, graded, notebook, run, shared

STUDENT = """
import collections, enum, typing
class Stack(list):
    def __init__(self, items=(), name='s'):
        super().__init__(items)
        self.name = name
    def push(self, x):
        self.append(x)
        return self
    def peek(self): return self[-1]
    @property
    def size(self): return len(self)
class Loud(Stack):
    def peek(self): return 'loud', super().peek()
    def append(self, x): super().append(x * 10)
    def __repr__(self): return f'Loud({list(self)})'
class Table(dict):
    def total(self): return sum(self.values())
    def __missing__(self, key): return 0
class Count(collections.Counter):
    def top(self): return self.most_common(1)[0][0]
class Ordered(collections.OrderedDict):
    def first(self): return next(iter(self))
class Group(collections.defaultdict):
    def add(self, k, v): self[k].append(v)
class Vec(tuple):
    def norm(self): return sum(x * x for x in self)
    def __add__(self, o): return Vec(a + b for a, b in zip(self, o))
class Bag(set):
    def put(self, x): self.add(x)
class Word(str):
    def shout(self): return self.upper() + '!'
class Money(float):
    def __str__(self): return f'{float(self):.2f} EUR'
    def cents(self): return round(self * 100)
class Age(int):
    def next(self): return Age(self + 1)
class Color(enum.IntEnum):
    RED = 1
    BLUE = 2
    def other(self): return Color(3 - self)
class Mode(str, enum.Enum):
    ON = 'on'
    def loud(self): return self.value.upper()
class Perm(enum.IntFlag):
    R = 4
    W = 2
class Pt(typing.NamedTuple):
    x: int
    y: int = 0
    def norm(self): return self.x + self.y
class Same(list):
    def __eq__(self, o): return list(self) == list(o)
    __hash__ = None
class Cyclic(list):
    def __len__(self): return 7
    def __getitem__(self, i): return list.__getitem__(self, i % list.__len__(self))
class Vector(tuple):
    def __new__(cls, *xs): return super().__new__(cls, xs)
    def __add__(self, o): return Vector(*(a + b for a, b in zip(self, o)))
    def __mul__(self, k): return Vector(*(a * k for a in self))
    __rmul__ = __mul__
    def __eq__(self, o): return isinstance(o, tuple) and tuple(self) == tuple(o)
    __hash__ = tuple.__hash__
    def dot(self, o): return sum(a * b for a, b in zip(self, o))
class Heat(float):
    def __add__(self, o): return Heat(float(self) + float(o))
    __radd__ = __add__
    def hot(self): return self > 30
class Years(int):
    def __sub__(self, o): return int(self) - int(o)
class Multi(set):
    def __or__(self, o): return Multi(set(self) | set(o))
class Only(list):
    def __eq__(self, o): return list(self) == list(o) if isinstance(o, Only) else NotImplemented
class Caseless(str):
    def __eq__(self, o): return self.lower() == o.lower()
    def __hash__(self): return hash(self.lower())
def keyed(): return {Caseless('x'): Same([1]), (Caseless('a'), 2): 1}, {Vector(1, 2)}, collections.Counter([Caseless('x')])
stack = Stack([1])
def push_there(x): stack.push(x)
def fill(s, x): s.push(x)
def same(s): return s
def kept(s): return s is stack
def make(): return Stack([1, 2], 'made')
def many(): return [Stack([1]), Stack([2])]
def word(): return Word('hi')
"""

WORK = {
    "a stack": "s = Stack()\ns.push(1)\nassert s.peek() == 1 and s == [1] and isinstance(s, Stack) and len(s) == 1\n"
    "assert isinstance(s, list) and type(s) is Stack and [1] == s and s != [2] and not isinstance([1], Stack)",
    "its attributes": "s = make()\nassert s.name == 'made' and s.size == 2 and hasattr(s, 'push')\ns.name = 'new'\n"
    "assert s.name == 'new' and vars(s) == {'name': 'new'} and not hasattr(s, 'none')",
    "changes of the test": "s = Stack([3])\ns.append(4)\ns[0] = 9\nassert s.peek() == 4 and s.size == 2 and s == [9, 4]\n"
    "s += [5]\nassert s.peek() == 5 and s.push(6) is s and s == [9, 4, 5, 6]",
    "changes of the student": "s = Stack()\nfill(s, 2)\nassert s == [2] and s.peek() == 2 and same(s) is s\n"
    "push = s.push\npush(3)\nassert s[1:] == [3] and s[-1] == 3",
    "a name of the notebook": "assert stack == [1] and kept(stack)\nstack.append(2)\nassert stack.peek() == 2\n"
    "push_there(3)\nassert stack == [1, 2, 3] and stack.pop() == 3 and stack.size == 2",
    "as data": "import json\ns = Stack([3, 1, 2])\nassert json.dumps(s) == '[3, 1, 2]' and sorted(s) == [1, 2, 3]\n"
    "assert sum(s) == 6 and np.array(s).tolist() == s and repr(s) == str(s) == f'{s}' == '[3, 1, 2]' and 3 in s\n"
    "a, *b = s\nassert a == 3 and max(s) == 3 and list(reversed(s)) == [2, 1, 3] and s + [1] == [3, 1, 2, 1]",
    "a class below": "s = Loud([1])\ns.append(2)\nassert s == [1, 20] and repr(s) == 'Loud([1, 20])'\n"
    "assert s.peek() == ('loud', 20) and isinstance(s, Stack) and issubclass(Loud, list) and type(s) is Loud",
    "in a list": "a, b = many()\nassert a.peek() == 1 and b.peek() == 2 and many() == [[1], [2]]",
    "a dict": "import json\nt = Table(a=1)\nt['b'] = 2\nassert t.total() == 3 and t == {'a': 1, 'b': 2} and t['z'] == 0\n"
    "assert isinstance(t, Table) and isinstance(t, dict) and json.dumps(t) and dict(t) == t and t.get('z') is None",
    "dicts of a library": "c = Count('aab')\nassert c.top() == 'a' and c == {'a': 2, 'b': 1} and c['z'] == 0\n"
    "o = Ordered(a=1)\nassert o.first() == 'a'\no['b'] = 2\no.move_to_end('a')\nassert o.first() == 'b'\n"
    "g = Group(list)\ng.add('k', 1)\ng['l'].append(2)\nassert g == {'k': [1], 'l': [2]}",
    "a tuple": "v = Vec((3, 4))\nassert v.norm() == 25 and v == (3, 4) and v + Vec((1, 1)) == (4, 5) and {v: 1}[3, 4] == 1\n"
    "assert type(v + v) is Vec and hash(v) == hash((3, 4)) and v[0] == 3 and isinstance(v, tuple)",
    "a set": "b = Bag({1})\nb.put(2)\nb.add(3)\nassert b == {1, 2, 3} and isinstance(b, Bag) and b & {1} == {1}",
    "text": "w = word()\nassert w.shout() == 'HI!' and w == 'hi' and w.upper() == 'HI' and isinstance(w, Word) and f'{w:>3}' == ' hi'\n"
    "assert ''.join([w, 'x']) == 'hix' and {w: 1}['hi'] == 1",
    "numbers": "m = Money(1.5)\nassert m.cents() == 150 and str(m) == f'{m}' == '1.50 EUR' and m == 1.5 and m + 1 == 2.5\n"
    "a = Age(3)\nassert a.next() == 4 and type(a.next()) is Age and range(a)[-1] == 2 and isinstance(a, int)",
    "enumerations": "assert Color.RED == 1 and Color.RED is Color.RED and Color.RED.name == 'RED' and Color.RED.value == 1\n"
    "assert Color.RED.other() is Color.BLUE and [c.name for c in Color] == ['RED', 'BLUE'] and repr(Color(1)) == '<Color.RED: 1>'\n"
    "assert isinstance(Color.RED, Color) and Color.RED < Color.BLUE and sorted(Color) == [1, 2] and {Color.RED: 2}[1] == 2\n"
    "assert Mode.ON == 'on' and Mode.ON.loud() == 'ON' and Mode('on') is Mode.ON\n"
    "assert Perm.R | Perm.W == 6 and Perm.R & 4 == 4",
    "a named tuple": "p = Pt(1, 2)\nassert p.norm() == 3 and p == (1, 2) and p.x == 1 and isinstance(p, Pt) and repr(p) == 'Pt(x=1, y=2)'\n"
    "x, y = p\nassert y == 2 and p._replace(x=5).norm() == 7 and p._asdict() == {'x': 1, 'y': 2}",
    "a comparison of its own": "assert Same([1]) == Same([1])",
    "a comparison with equal data": "assert Same([1]) == [1] and [1] == Same([1]) and not Same([1]) != [1] and Vector(1, 2) == (1, 2)\n"
    "assert Only([1]) == [1] and Only([1]) == Only([1]) and Caseless('Ab') == 'Ab' and Caseless('Ab') == Caseless('aB')",
    "operators with data": "assert Vector(1, 2) * 3 == Vector(3, 6) and 3 * Vector(1, 2) == Vector(3, 6) and Vec((1, 2)) + (1, 1) == Vec((2, 3))\n"
    "v = Vector(1, 2) * 3\nassert isinstance(v, Vector) and repr(v) == '(3, 6)' and v in [Vector(3, 6)] and v != Vector(0, 0)",
    "operators that the data knows": "assert Heat(20) + 5 == 25 and (5 + Heat(30)).hot() and type(Heat(1) + 1 + 1) is Heat\n"
    "assert sum([Heat(1), Heat(2)]) == 3 and Years(9) - 4 == 5 and Multi({1}) | {2} == {1, 2}",
    "in NumPy": "assert np.sum(Stack([1, 2])) == 3 and np.abs(Heat(-1)) == 1 and np.add(Vec((1, 2)), 1).tolist() == [2, 3]\n"
    "assert (np.array([9, 9]) - Vec((1, 2))).tolist() == [8, 7] and np.mean(Stack([1, 3])) == 2",
    "as keys": "a, b, c = keyed()\nassert a['x'] == [1] and a['a', 2] == 1 and b == {(1, 2)} and c == {'x': 1}",
    "items of its own": "c = Cyclic([1, 2])\nassert len(c) == 7 and c[3] == 2 and c == [1, 2]",
    "copies": "import copy\ns = Stack([[1]], 'x')\nt = copy.deepcopy(s)\nt[0].append(2)\n"
    "assert s == [[1]] and t.name == 'x' and type(t) is Stack and t.peek() == [1, 2]",
}


@pytest.fixture(scope="module")
def done() -> dict[str, str]:
    return errors_of_each(STUDENT, WORK)


@pytest.mark.parametrize("what", WORK)
def test_of_classes_below_data(what: str, done: dict[str, str]) -> None:
    assert done[what] == ""


LYING = """
class All(list):
    def __eq__(self, o): return True
    def __ne__(self, o): return False
    def __contains__(self, x): return True
class Num(float):
    def __eq__(self, o): return True
    def __sub__(self, o): return Num(0)
    def __rsub__(self, o): return Num(0)
    def __abs__(self): return Num(0)
    def __lt__(self, o): return True
    __hash__ = float.__hash__
class Meta(type):
    def __eq__(cls, o): return True
    def __instancecheck__(cls, x): return True
    __hash__ = type.__hash__
class Odd(list, metaclass=Meta):
    __class__ = property(lambda self: int)
    __array__ = lambda self, *a: np.array([9])
    __array_ufunc__ = lambda *a, **k: True
class Text(str):
    def __eq__(self, o): return True
    __hash__ = str.__hash__
class Zero(float):
    def __sub__(self, o): return Zero(0)
    def __rsub__(self, o): return 0.0
    def __iadd__(self, o): return Zero(9)
class Gap(tuple):
    def __sub__(self, o): return Gap((0, 0))
    __rsub__ = __sub__
class Kept(list):
    def __sub__(self, o):
        self[:] = o
        return self
    def __isub__(self, o):
        self[:] = [0]
        return self
class Flip(list):
    def __len__(self):
        self[:] = [9]
        return 1
    def __repr__(self): return str(len(self))
    size = property(__len__)
class Coy(list):
    def __eq__(self, o): return False
    def __ne__(self, o): return True
def f(x): return All([1])
def g(x): return Num(1)
def h(x): return Odd([1])
def t(x): return Text('wrong')
def z(x): return Zero(1)
def gap(x): return Gap((1, 1))
def kept(x): return Kept([1])
def flip(x): return Flip([1])
def coy(x): return Coy([9])
"""
WRONG = (
    *("assert f(3) == [9]", "assert [9] == f(3)", "assert not f(3) != [9]", "assert 9 in f(3)", "assert f(3) in [[9]]"),
    *(
        "assert g(3) == 9",
        "assert abs(g(3) - 9) < 1e-9",
        "assert abs(9 - g(3)) < 1e-9",
        "assert g(3) < 0",
        "assert 9 == g(3)",
    ),
    *("assert abs(Num(1) - 9) < 1e-9", "assert np.allclose(g(3), 9)", "check.close(g(3), 9)", "check.equal(f(3), [9])"),
    *(
        "assert h(3) == [9]",
        "assert isinstance(h(3), int)",
        "assert np.add(h(3), 1)[0] == 10",
        "check.equal(h(3), [9])",
    ),
    *("assert t(3) == 'right'", "assert {t(3)} == {'right'}", "assert 'right' == t(3)", "check.equal(t(3), 'right')"),
    *("assert isinstance(3, Odd)",),
    *("Zero; assert abs(z(3) - 9) < 1e-9", "Zero; assert abs(9 - z(3)) < 1e-9", "Zero; assert z(3) - 9 == 0"),
    *("Zero; x = z(3); x += 9; assert x == 9", "Zero; assert np.allclose(z(3) - 9, 0)"),
    *("Gap; assert np.allclose(gap(3) - np.array([9, 9]), 0)", "Gap; assert np.allclose(np.array([9, 9]) - gap(3), 0)"),
    *("Gap; assert gap(3) - (9, 9) == (0, 0)", "Gap; assert sum(gap(3) - (9, 9)) == 0"),
    *("Gap; a, b = gap(3) - (9, 9); assert a == b == 0", "Gap; assert not any(gap(3) - (9, 9))"),
    "Kept; x = kept(3)\ntry: x - [9]\nexcept Exception: pass\nassert x == [9]",
    *("Kept; x = kept(3); x -= [9]; assert x == [0]", "Kept; assert kept(3) - [9] == [9]"),
    *(f"x = flip(3); assert x == [1]; {look}; assert x == [9]" for look in ("len(x)", "repr(x)", "x.size", "bool(x)")),
    *("assert coy(3) != [9]", "assert not coy(3) == [9]", "assert not [9] == coy(3)"),
)


@pytest.fixture(scope="module")
def lied_to() -> dict[str, str]:
    made = notebook(shared(), answer(LYING), *(graded(test, f"t{n}") for n, test in enumerate(WRONG)))
    run(made)
    assert not error(made.cells[1])
    return dict(zip(WRONG, map(error, made.cells[2:]), strict=True))


@pytest.mark.parametrize("test", WRONG)
def test_data_that_lies_of_itself_is_not_believed(test: str, lied_to: dict[str, str]) -> None:
    assert lied_to[test]
