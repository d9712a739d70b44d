"""Mocks of the test in the hands of the student's code: it calls them and reads their attributes, and nothing else.

What a mock has counted decides tests, so the student's code gets none of a mock's own methods: no `reset_mock`, no
`assert_called`, no `call_args`, no `return_value`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

MAGIC = ("__enter__", "__exit__", "__iter__", "__next__", "__len__", "__getitem__", "__contains__", "__bool__")
"""Special methods that a stand-in for a mock passes on."""


def is_mock(value: Any) -> bool:
    """Is this an object of unittest.mock?"""
    mock = sys.modules.get("unittest.mock")
    return mock is not None and issubclass(type(value), mock.NonCallableMock)


def attributes_of(mock: Any) -> Callable[[str], Any]:
    """A function that gives one attribute of a mock, as far as the student's code may have it."""
    own = frozenset(dir(_mock_class()()))

    def attribute(name: str) -> Any:
        if type(name) is not str or (name not in MAGIC and (name.startswith(("_", "assert_")) or name in own)):
            raise AttributeError(f"the test's mock has no attribute {name!r} here", name=str(name))
        return getattr(mock, name)

    return attribute


def _mock_class() -> Any:
    return sys.modules["unittest.mock"].Mock
