"""Objects that stay in the student's process: each has a number, by which the tester speaks of it."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from grader.engine.capabilities import capabilities, to_bytes
from grader.engine.encoding import Packer, RefusedValue
from grader.engine.encoding.tags import Node

_MOST_BASES = 32


class Handles:
    """The table of objects that the tester holds on to."""

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._next = 1
        self._types: dict[type, tuple[bytes, str, list[str]]] = {}

    def node(self, value: Any, _: Packer) -> Node:
        """What the tester is told about an object: number, abilities, the names of its type's bases, its own names."""
        if isinstance(value, Callback | Borrowed):
            return ["callback", value.number]
        kind = type(value)
        known = self._types.get(kind)
        if known is None:
            bases = type.__dict__["__mro__"].__get__(kind)
            known = to_bytes(capabilities(kind)), kind.__name__[:100], [qualified(base) for base in bases[:_MOST_BASES]]
            self._types[kind] = known
        abilities, name, bases = known
        return ["object", self.number(value), abilities, name, bases, _own_names(value), self._class_number(kind)]

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

    def _class_number(self, kind: type) -> int:
        """The number of a class that was made in the notebook, 0 for one of a library."""
        return self.number(kind) if kind.__module__ == "__main__" else 0


class Callback:
    """A function of the tester, to be called from the student's code."""

    def __init__(self, number: int, name: str, call: Any) -> None:
        self.number, self._call = number, call
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where it lives."""
        return self._call(self.number, args, kwargs)


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


def qualified(kind: type) -> str:
    """The full name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"[:200]


def _own_names(value: Any) -> list[str]:
    """The names of a module, or of a class and its bases, by which the tester may know it too; else nothing."""
    if isinstance(value, types.ModuleType):
        return ["module", str(value.__name__)[:200]]
    if isinstance(value, type):
        return ["class", *(qualified(base) for base in type.__dict__["__mro__"].__get__(value)[:_MOST_BASES])]
    return []
