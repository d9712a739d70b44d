"""What an operator gives for the plain data below a class: where the submission says the same, it is believed.

`Temperature(20) + 5` tells the submission the 5, so its answer alone would prove nothing. But `float` knows the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.engine import capabilities
from grader.engine.deep_contents import packed
from grader.engine.encoding import EncodingError
from grader.engine.encoding.data_bases import data_base
from grader.engine.tester import data_objects, proxies
from grader.engine.tester.looks import ABSENT

_OPERATORS = frozenset((*capabilities.BINARY, *capabilities.REFLECTED, *capabilities.IN_PLACE))
_OF_NUMBERS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "and", "or", "xor")
_OF_OTHERS = ("add", "sub", "and", "or", "xor")
"""Operators whose results are no longer than both operands together, so that they cost nothing."""


def plain_result(operation: str, args: Sequence[Any]) -> Any:
    """What the type of data gives for this operator; ABSENT where it has none, or none that is short."""
    if operation not in _OPERATORS or not data_objects.is_data(args[0]) or any(map(proxies.is_proxy, args[1:])):
        return ABSENT
    base: Any = data_base(type.__dict__["__mro__"].__get__(type(args[0])))
    name = operation.strip("_")
    short = _OF_NUMBERS if base in (int, float) else _OF_OTHERS
    if name not in short:
        name = name[1:]  # reflected or in place, which for a plain copy is the same as the operator
    found = getattr(base, operation if operation in capabilities.REFLECTED else f"__{name}__", None)
    if name not in short or found is None:
        return ABSENT
    try:
        result = found(data_objects.plain_copy(args[0]), *args[1:])
    except Exception:  # the class of the submission may do what its type of data refuses
        return ABSENT
    return ABSENT if result is NotImplemented else result


def is_plain_result(answer: Any, plain: Any) -> bool:
    """Is the answer the same data as this result of the type of data?"""
    if plain is ABSENT or not isinstance(answer, type(plain)):
        return False
    try:
        return bool(packed(answer) == packed(plain))
    except EncodingError:
        return False
