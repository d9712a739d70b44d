"""Arguments of a call into the student's process that are no data."""

from __future__ import annotations

import inspect
import itertools
import operator
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from grader.engine.encoding import EncodingError, Packer, RefusedValue
from grader.engine.encoding.tags import MOST_ITEMS, Node
from grader.engine.tester import data_objects, error_classes, mocks, proxies

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


class Callbacks:
    """The tester's functions that the student's code may call: those that were passed to it."""

    def __init__(self) -> None:
        self._functions: list[Callable[..., Any]] = []
        self._numbers: dict[int, int] = {}
        self._attributes: dict[int, int] = {}
        self._methods: dict[int, list[tuple[str, int]]] = {}

    def number(self, function: Callable[..., Any]) -> int:
        """The number under which the student's process may call this function."""
        number = self._numbers.setdefault(id(function), len(self._functions))
        if number == len(self._functions):
            self._functions.append(function)
        return number

    def methods(self, value: Any) -> list[tuple[str, int]]:
        """The public methods of an object of the test's own class, each with the number for calling it."""
        key = id(value)
        if key not in self._methods:
            names = [name for name in dir(type(value)) if not name.startswith("_")]
            bound = [(name, getattr(value, name)) for name in names if inspect.isroutine(getattr(type(value), name))]
            self._methods[key] = [(name, self.number(method)) for name, method in bound]
        return self._methods[key]

    def attributes(self, mock: Any) -> int:
        """The number under which the student's process may ask for attributes of a mock."""
        key = id(mock)
        if key not in self._attributes:
            self._attributes[key] = self.number(mocks.attributes_of(mock))
        return self._attributes[key]

    def function(self, number: Node) -> Callable[..., Any]:
        """The function of this number. Raises RefusedValue when none was passed under it."""
        if type(number) is not int or not 0 <= number < len(self._functions):
            raise RefusedValue("a call to a function that was not passed")
        return self._functions[number]


def pack_object(value: Any, packer: Packer, callbacks: Callbacks, epoch: int) -> Node:
    """The node of something that is no data: an object of the student's or of the test's, a function and such."""
    value = error_classes.original_of(value) or value
    if proxies.is_proxy(value):
        if proxies.epoch_of(value) != epoch:
            raise EncodingError("this object was lost when the student's process was started anew")
        if data_objects.is_data(value):
            return data_objects.node(value, packer)
        return ["handle", proxies.number_of(value)]
    name = library_name(value)
    if name:
        return ["library", name]
    if mocks.is_mock(value):
        return ["mock", callbacks.number(value), callbacks.attributes(value), callable(value)]
    if type(value) in _VIEWS:
        return ["iterable", packer.pack(list(iter(value)))]
    if isinstance(value, Iterator) and not callable(value):  # a mock is both
        items = list(itertools.islice(value, MOST_ITEMS))
        return ["iterator", packer.pack(items)]
    if type(value).__module__ == "__main__":
        methods = [list(method) for method in callbacks.methods(value)]
        return ["object of the test", callbacks.number(value), type(value).__name__, methods, callable(value)]
    if callable(value):
        name = str(getattr(value, "__name__", "function"))
        return ["callback", callbacks.number(value), name, isinstance(value, types.FunctionType)]
    raise EncodingError(
        f"an object of type {type(value).__name__} cannot be passed to the student's code: it is no number, text, "
        "container, array, tensor or function"
    )


def library_name(value: Any) -> str:
    """`module:name` of a module, class or function that an import finds again; '' for everything else."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    kind = type(value)
    if not (isinstance(value, type) or kind in _FUNCTIONS or kind.__name__ == "ufunc"):
        return ""
    module = getattr(value, "__module__", None) or ("numpy" if kind.__name__ == "ufunc" else "")
    name = str(getattr(value, "__qualname__", None) or getattr(value, "__name__", ""))
    if module in ("", "__main__", "student") or module not in sys.modules:
        return ""
    try:
        found = operator.attrgetter(name)(sys.modules[module])
    except AttributeError:
        return ""
    return f"{module}:{name}" if found is value else ""


_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)
