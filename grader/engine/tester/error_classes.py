"""Exceptions of the submission's own classes: real exceptions of the tester, which keep hold of their originals."""

from __future__ import annotations

from typing import Any

from grader.engine.tester import proxies, trusted_names
from grader.engine.tester.class_marker import StandInClass

_OF_PYTHON = frozenset(
    ("__traceback__", "__cause__", "__context__", "__suppress_context__", "__notes__", "__class__", "__dict__")
)


def order_of(names: list[str]) -> tuple[type, ...]:
    """The built-in and library bases of an exception class, in order; what could end a test becomes a RuntimeError."""
    found = [found for found in map(trusted_names.exception, names) if found is not None]
    if not found or not issubclass(found[0], Exception):
        return RuntimeError.__mro__
    order = (*(kind for kind in found if issubclass(kind, Exception) or kind is BaseException), object)
    complete = all(set(kind.__mro__) <= set(order) for kind in order)
    return order if complete else found[0].__mro__


def methods() -> dict[str, Any]:
    """What such a class has of its own."""
    return {
        "args": property(_args),
        "__getattr__": _getattr,
        "__setattr__": _setattr,
        "__str__": _str,
        "__repr__": _repr,
        "__init__": _init,
    }


def made(kind: type[Exception], original: proxies.Proxy) -> Exception:
    """The exception of this class whose original this is."""
    error: Exception = type.__getattribute__(kind, "__new__")(kind)
    error.__dict__["_original"] = original
    return error


def original_of(value: object) -> proxies.Proxy | None:
    """The original of such an exception; None for everything else."""
    if not issubclass(type(type(value)), StandInClass) or not isinstance(value, BaseException):
        return None
    return value.__dict__.get("_original")


def _init(self: Exception, *_: Any, **__: Any) -> None:
    """The original was made with these."""


def _getattr(self: Exception, name: str) -> Any:
    __tracebackhide__ = True
    original = self.__dict__.get("_original")
    if original is None or name in _OF_PYTHON:
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
    return proxies.attribute(original, name)


def _setattr(self: Exception, name: str, value: Any) -> None:
    if name in _OF_PYTHON or "_original" not in self.__dict__:
        object.__setattr__(self, name, value)
    else:
        proxies.ask(self.__dict__["_original"], "setattr", name, value)


def _args(self: Exception) -> tuple[Any, ...]:
    if "_args" not in self.__dict__:
        found = proxies.ask(self.__dict__["_original"], "getattr", "args") if "_original" in self.__dict__ else ()
        self.__dict__["_args"] = found if type(found) is tuple else ()
    return tuple(self.__dict__["_args"])


def _str(self: Exception) -> str:
    if self.__dict__.get("_text") is None:
        self.__dict__["_text"] = str(self.__dict__["_original"]) if "_original" in self.__dict__ else ""
    return str(self.__dict__["_text"])


def _repr(self: Exception) -> str:
    return repr(self.__dict__["_original"]) if "_original" in self.__dict__ else type(self).__name__
