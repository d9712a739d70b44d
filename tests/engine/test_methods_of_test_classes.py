"""A test's class below one of the submission keeps its own methods, whatever the submission puts in their place."""

from __future__ import annotations

import pytest
from support.small_notebooks import fails, passes

TEST = "class Q(B):\n    def verify(self): return self.value() == 3\nassert Q().verify()"
FORGERS = {
    "attributes": "class B:\n    def __getattribute__(self, name): return lambda *a: True",
    "its subclass": (
        "class B:\n    def __init_subclass__(cls): cls.verify = lambda self: True\n    def value(self): return 0"
    ),
    "another object": (
        "class L:\n    def verify(self): return True\n"
        "class B:\n    def __new__(cls): return L()\n    def value(self): return 0"
    ),
}


@pytest.mark.parametrize("name", FORGERS)
def test_the_method_is_the_tests(name: str) -> None:
    assert fails(FORGERS[name], TEST)


def test_methods_work_as_in_one_kernel() -> None:
    test = """class Q(B):
    def verify(self): return self.value() == 3
    @staticmethod
    def two(): return 2
    @classmethod
    def named(cls): return cls.__name__
    @property
    def half(self): return self.value() / 2
class R(Q):
    def more(self): return self.verify() and super().value() == 3
assert Q().verify() and Q.two() == Q().two() == 2 and Q.named() == 'Q' and Q().half == 1.5
assert R().more() and R.named() == 'R' and Q.verify(Q())
q = Q()
q.verify = lambda: 7
assert q.verify() == 7"""
    passes("class B:\n    def value(self): return 3", test)


WANTS = "class Q(B):\n    want = 3\n"
SETTERS = {
    "when it is derived": "class B:\n    def __init_subclass__(cls): cls.want = 0\n    def value(self): return 0",
    "when an object is made": (
        "class B:\n    def __init__(self): type(self).want = self.want = 0\n    def value(self): return 0"
    ),
    "when it is called": "class B:\n    def value(self):\n        self.want = 0\n        return 0",
    "a kind of data": "class B(dict):\n    def value(self):\n        self.want = type(self).want = 0\n        return 0",
    "when it is read": (
        "class B:\n    def __getattribute__(self, name):\n"
        "        return 0 if name == 'want' else object.__getattribute__(self, name)\n    def value(self): return 0"
    ),
}


@pytest.mark.parametrize("setter", SETTERS)
@pytest.mark.parametrize("read", ["q.want", "Q.want", "type(q).want", "getattr(q, 'want')"])
def test_the_data_is_the_tests(setter: str, read: str) -> None:
    assert fails(SETTERS[setter], f"{WANTS}q = Q()\nv = q.value()\nassert v == {read}")


def test_a_test_is_told_that_its_data_was_changed() -> None:
    said = fails(SETTERS["when it is called"], f"{WANTS}q = Q()\nassert q.value() == q.want")
    assert "want is an attribute of a class of the test, and the submission has set another value" in said


def test_data_works_as_in_one_kernel() -> None:
    test = """class Q(B):
    want, names, seen = 3, ('a', float('nan')), []
    def value(self):
        self.seen.append(1)
        return self.want
class R(Q): want = 4
class S(R): pass
assert Q.want == Q().want == Q().twice() / 2 == 3 and Q.names[0] == 'a' and S().want == R.want == 4
assert R().value() == 4 and Q.seen == [1, 1]
q = Q()
q.want = 5
Q.want = 6
assert q.want == 5 and q.twice() == 10 and Q.want == 6"""
    passes("class B:\n    def twice(self): return 2 * self.value()", test)
