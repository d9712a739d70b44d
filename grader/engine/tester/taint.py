"""Objects of the student's that have met data of the test: what they say about themselves decides nothing.

A test may calculate with a student's class, `Value(2) + 3`; so the student's code learns of the 3. From then on it
could answer what the test wants to hear: `abs(f(x) - 3) < 1e-9` would hold for a class whose differences are all zero.
So an operator that was given the test's data must give an object, never data, and that object, with all that comes out
of it, answers no question with a number. Its attributes may be read: `check.close((Value(2) + 3).data, 5)`, where the 5
is never sent.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from grader.engine import capabilities
from grader.engine.tester import data_objects, proxies

_OPERATORS = frozenset((*capabilities.BINARY, *capabilities.REFLECTED, *capabilities.IN_PLACE))
_JUDGES = frozenset((*capabilities.COMPARISONS, "__contains__"))
"""Asked only between two objects of the student's; see `proxies`."""
_SHOWS = frozenset(
    ("repr", "str", "dir", "_is_class_of", "_is_base_of", "_bases", "_help", "_source", "_signature", "__exit__")
)
_LIKE_A_NUMBER = frozenset(("real", "imag", "T", "mT", "H", "flat"))
"""Attributes that numbers and arrays have, so that NumPy's functions ask for them in place of the number itself."""


class NotBelieved(Exception):
    """An object of the student's that has met data of the test was asked for a number.

    No TypeError: a test that expects one of the student's operator must not take this for it.
    """


def has_met_data(operation: str, args: Sequence[Any]) -> bool:
    """Has the student's code seen data of the test through operators, once this operation is done?"""
    if not args or not proxies.is_proxy(args[0]):
        return False
    if proxies.is_marked(args[0]):
        return True
    return operation in _OPERATORS and not all(proxies.is_proxy(a) and not proxies.is_marked(a) for a in args[1:])


def check_answer(operation: str, args: Sequence[Any], answer: Any) -> None:
    """Check what an operation on such an object gave. Raises NotBelieved for data that could decide a test."""
    if operation in _JUDGES or operation in _SHOWS or not _holds_numbers(answer):
        if operation != "format" or not args[1]:
            return
    elif operation == "getattr" and args[1] not in _LIKE_A_NUMBER:
        return
    if operation in _OPERATORS:
        raise NotBelieved(
            f"An operator of the submission's class gave {_type_named(answer)} where it met the test's own data. Only "
            "an object of the class is believed there: it must not return a plain number."
        )
    raise NotBelieved(
        "This object of the submission came out of an operator that was given the test's own data, so it is not asked "
        "for numbers. A test reads an attribute of it instead, for example check.close(v.data, 5)."
    )


def _holds_numbers(value: Any) -> bool:
    """Is this, or a part of it, something that a test may take for a number or an answer of yes or no?"""
    if value is None or value is NotImplemented or isinstance(value, str | bytes):
        return False
    if data_objects.is_data(value):
        return True
    if proxies.is_proxy(value):
        return False
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_holds_numbers, value))
    if isinstance(value, dict):
        return any(map(_holds_numbers, value)) or any(map(_holds_numbers, value.values()))
    # A part of a library: a type, a module, a function.
    return not (isinstance(value, type | type(sys)) or callable(value))


def _type_named(value: Any) -> str:
    name = type(value).__name__
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"
