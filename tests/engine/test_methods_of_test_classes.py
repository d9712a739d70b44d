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
