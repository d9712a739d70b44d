"""Objects that stay in the student's process: each has a number, by which the tester speaks of it."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from grader.engine import constants_of_libraries
from grader.engine.capabilities import capabilities, to_bytes
from grader.engine.encoding import Packer, RefusedValue
from grader.engine.encoding.tags import Node
from grader.engine.student import data_objects
from grader.engine.student.class_nodes import (
    ClassNodes,
    bases_of,
    fields_of_named_tuple,
    is_class,
    is_of_notebook,
    qualified,
)

_MOST_BASES = 32


class Handles:
    """The table of objects that the tester holds on to."""

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = 1
        self._types: dict[int, tuple[bytes, str, list[str], Node, type]] = {}
        self._classes = ClassNodes(self.number)

    def node(self, value: Any, packer: Packer | None = None) -> Node:
        """What the tester is told about an object: number, abilities, the names of its type's bases, its own names."""
        if isinstance(value, Callback | Borrowed):
            return ["callback", value.number]
        if is_class(value) and is_of_notebook(value):
            fields = fields_of_named_tuple(value)
            return ["class", self._classes.of(value)] if fields is None else ["named tuple", qualified(value), fields]
        kind = type(value)
        if packer is not None and data_objects.is_data_class(kind):
            described = self._described(value)
            return ["data", *described[1:], data_objects.own_names(kind), packer.plain(value)]
        return self._described(value)

    def _described(self, value: Any) -> list[Node]:
        kind = type(value)
        known = self._types.get(id(kind))  # by identity: a metaclass may compare classes in its own way
        if known is None:
            names = [qualified(base) for base in bases_of(kind)[:_MOST_BASES]]
            its_class = self._classes.of(kind) if is_of_notebook(kind) else 0
            name = type.__dict__["__name__"].__get__(kind)[:100]
            known = self._types[id(kind)] = to_bytes(capabilities(kind)), name, names, its_class, kind
        abilities, name, bases, its_class, _ = known
        return ["object", self.number(value), abilities, name, bases, _own_names(value), its_class]

    def number(self, value: Any) -> int:
        """The number of this very object."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = self.new_number(value)
        return number

    def new_number(self, value: Any) -> int:
        """A number more for this object, which is released on its own."""
        number, self._next = self._next, self._next + 1
        self._objects[number] = value
        return number

    def object(self, number: int) -> Any:
        """The object of this number."""
        try:
            return self._objects[number]
        except KeyError:
            raise RefusedValue(f"there is no object number {number}") from None

    def release(self, numbers: Iterable[int]) -> None:
        """The tester needs these no more."""
        for number in numbers:
            value = self._objects.pop(number, None)
            if self._numbers.get(id(value)) == number:
                del self._numbers[id(value)]


class Callback:
    """A function of the tester, to be called from the student's code."""

    def __init__(self, number: int, name: str, call: Any) -> None:
        self.number, self._call = number, call
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it lives."""
        return self._call(self.number, args, kwargs)


class FunctionCallback(Callback):
    """One of a plain function: as an attribute of a class it is a method."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bound to the instance."""
        return self if instance is None else types.MethodType(self, instance)


class Borrowed:
    """An object of the tester: its public methods can be called from the student's code, and nothing else is here."""

    def __init__(self, number: int, name: str, methods: dict[str, Callback]) -> None:
        self.number, self._name = number, name
        self.__dict__.update(methods)

    def __repr__(self) -> str:
        """The name of its class."""
        return f"<{self._name} of the test>"

    def __getattr__(self, name: str) -> Any:
        """Say what there is; asked for what is not there."""
        raise AttributeError(f"the test's {self._name} has no method {name!r}, and only its methods can be used here")


class BorrowedCallable(Borrowed):
    """One that can be called itself."""

    def __init__(self, number: int, name: str, methods: dict[str, Callback], call: Callback) -> None:
        super().__init__(number, name, methods)
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it lives."""
        return self._call(*args, **kwargs)


class MockOfTest(Borrowed):
    """A mock of the tester: its attributes are asked for when they are needed."""

    def __init__(self, number: int, attribute: Callback) -> None:
        super().__init__(number, "mock", {})
        self._attribute = attribute

    def __getattr__(self, name: str) -> Any:
        """The mock's own attribute, data or another mock."""
        return self._attribute(name)

    def __enter__(self) -> Any:
        """Enter it where it lives."""
        return self._attribute("__enter__")()

    def __exit__(self, *_: object) -> bool:
        """Leave it where it lives."""
        return bool(self._attribute("__exit__")(None, None, None))

    def __iter__(self) -> Any:
        """Its items."""
        return self._attribute("__iter__")()

    def __next__(self) -> Any:
        """The next item."""
        return self._attribute("__next__")()

    def __len__(self) -> int:
        """Its length."""
        return int(self._attribute("__len__")())

    def __getitem__(self, key: Any) -> Any:
        """One item."""
        return self._attribute("__getitem__")(key)

    def __contains__(self, item: Any) -> bool:
        """Is it one of the items?"""
        return bool(self._attribute("__contains__")(item))

    def __bool__(self) -> bool:
        """As the mock has it."""
        return bool(self._attribute("__bool__")())


class CallableMockOfTest(MockOfTest):
    """One that can be called."""

    def __init__(self, number: int, attribute: Callback, call: Callback) -> None:
        super().__init__(number, attribute)
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it lives."""
        return self._call(*args, **kwargs)


def _own_names(value: Any) -> list[str]:
    """The names of a module, or of a class and its bases, by which the tester may know it too; else nothing."""
    constant = constants_of_libraries.name_of(value)
    if constant:
        return ["constant", constant]
    if isinstance(value, types.ModuleType):
        return ["module", str(value.__name__)[:200]]
    if isinstance(value, type):
        return ["class", *(qualified(base) for base in bases_of(value)[:_MOST_BASES])]
    return []
