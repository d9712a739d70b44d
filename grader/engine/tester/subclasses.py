"""`class Q(P)` in a test, P a class of the submission: made in the student's process, its methods called back here.

What stands in the hidden part of a cell stays here, but for the methods: attributes of such a class are read here, and
the student's code does not see them.
"""

from __future__ import annotations

import types
from typing import Any

from grader.engine.encoding import EncodingError
from grader.engine.tester import proxies
from grader.engine.tester.class_marker import StandInClass

_OF_PYTHON = {
    "__module__",
    "__qualname__",
    "__classcell__",
    "__firstlineno__",
    "__static_attributes__",
    "__annotations__",
}
_CANNOT_CHANGE = (bool, int, float, complex, str, bytes)
_ROUTINES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)


class NotSupported(Exception):
    """A test derives from a class of the submission in a way that two interpreters cannot do."""


def made(name: str, bases: tuple[type, ...], namespace: dict[str, Any], more: dict[str, Any]) -> Any:
    """The class of a `class` statement whose bases are classes of the submission."""
    __tracebackhide__ = True
    others = [base for base in bases if not issubclass(type(base), StandInClass) and base is not object]
    if others:
        names = ", ".join(base.__name__ for base in others)
        raise NotSupported(
            f"class {name} derives from a class of the submission and from one of the test's own ({names}), but it "
            "can live in one of the two interpreters only. Derive from the submission's class alone, or mark the cell "
            "`in_kernel`"
        )
    first = bases[0]
    parts = {key: value for key, value in namespace.items() if key not in _OF_PYTHON}
    slots = parts.pop("__slots__", None)
    hidden = proxies.ask_of(first).in_hidden_part()
    kept = {key: value for key, value in parts.items() if hidden and not _is_routine(value)}
    sent = [_part(name, key, value) for key, value in parts.items() if key not in kept]
    if slots is not None:
        sent.append(("__slots__", "value", slots))
    try:
        result = proxies.ask(first, "_subclass", name, list(bases[1:]), sent, **more)
    except EncodingError as problem:
        raise NotSupported(f"class {name} has an attribute that cannot be sent to the submission: {problem}") from None
    if not issubclass(type(result), StandInClass):
        raise NotSupported(f"class {name} could not be made of a class of the submission")
    about = type.__getattribute__(result, "__dict__")["_described"]
    methods = {key: value for key, value in parts.items() if _is_routine(value) and not key.startswith("__")}
    data = {key: proxies.DataOfTest(key, value) for key, _, value in sent if _cannot_change(key, value)}
    about.kept, about.of_test = {**_of_tests(first), **kept, **methods, **data}, True
    proxies.ask_of(result).name_class(proxies.number_of(result))
    if "__classcell__" in namespace:
        namespace["__classcell__"].cell_contents = result
    return result


def _of_tests(kind: Any) -> dict[str, Any]:
    """The methods and the public data that a class of the test has of its own or from another class of the test."""
    return {key: value for key, value in proxies.kept_by(kind).items() if _is_routine(value) or _is_public(value)}


def _is_public(value: Any) -> bool:
    return isinstance(value, proxies.DataOfTest)


def _cannot_change(name: str, value: Any) -> bool:
    """Is this data whose value the test alone sets? Lists and the like are shared: both sides may change them."""
    if type(value) in (tuple, frozenset):
        return all(_cannot_change(name, part) for part in value)
    return not name.startswith("__") and type(value) in _CANNOT_CHANGE


def _is_routine(value: Any) -> bool:
    return isinstance(value, (*_ROUTINES, staticmethod, classmethod, property))


def _part(owner: str, name: str, value: Any) -> tuple[str, str, Any]:
    """An entry of the class's namespace: its name, its kind, and data or the functions to call back."""
    if isinstance(value, staticmethod | classmethod):
        return name, type(value).__name__, value.__func__
    if type(value) is property:
        return name, "property", [value.fget, value.fset, value.fdel]
    if isinstance(value, types.FunctionType):
        return name, "function", value
    if callable(value) and not proxies.is_proxy(value) and not isinstance(value, type | types.BuiltinFunctionType):
        raise NotSupported(
            f"{owner}.{name} is an object of type {type(value).__name__}: of a class that derives from one of the "
            "submission's, functions, properties and data can be sent. Write it as a function (def)"
        )
    return name, "value", value


class Super(super):
    """`super()` in a method of a test's class that derives from a class of the submission: its bases are over there."""

    def __getattribute__(self, name: str) -> Any:
        """The attribute as the next class in order has it."""
        __tracebackhide__ = True
        kind: Any = super().__getattribute__("__thisclass__")
        if not issubclass(type(kind), StandInClass):
            return super().__getattribute__(name)
        if name in ("__class__", "__thisclass__", "__self__", "__self_class__"):
            return super().__getattribute__(name)
        return proxies.ask(kind, "_super", super().__getattribute__("__self__"), name)
