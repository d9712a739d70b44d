"""What a test has learned of the student's objects: an answer that was given once stays, or a wrong one could hide.

An object whose `__iter__` gives the right set at the first look and the right order at the second would earn the points
of both. So a result is fixed as a list would be, which comes by value: what a test has seen of it (its items, its
length, its text, its number) stays so until the cell ends, or until the test itself acts on it. Attributes, and what is
reached through them, may change when student code runs: they stay the same from one call to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from grader.engine import capabilities
from grader.engine.encoding.tags import MOST_ITEMS
from grader.engine.tester import proxies

_READS = frozenset(
    (
        *("__len__", "__getitem__", "__contains__", "repr", "str", "format"),
        *(name for name in capabilities.CONVERSIONS if name != "__hash__"),
        *capabilities.UNARY,
    )
)
_ASKS = frozenset(
    (
        "name",
        "names",
        "getattr",
        "dir",
        "_is_class_of",
        "_is_base_of",
        "_bases",
        "_figures",
        "_help",
        "_source",
        "_signature",
        *capabilities.COMPARISONS,
    )
)
LOOKS = _READS | _ASKS
"""Operations that look at an object. Everything else may change something."""

_QUIET = frozenset(("_read", "_agree", "_bound_to", "__iter__"))
_ACTS_ON = frozenset(
    (
        "call",
        "method",
        "setattr",
        "delattr",
        "__setitem__",
        "__delitem__",
        "__enter__",
        "__exit__",
        *capabilities.IN_PLACE,
    )
)
_PARTS = frozenset(("name", "names", "getattr"))
"""What these give is no result of a call: it is a part of something, and may change as that does."""

ABSENT = object()
_Key = tuple[Any, ...]


class Items:
    """The items of one iteration, asked for one by one, and kept."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self._items: list[Any] = []
        self._ended = False

    def __iter__(self) -> Iterator[Any]:
        """From the first one on; who comes second sees what the first has seen."""
        position = 0
        while position < len(self._items) or self._more():
            yield self._items[position]
            position += 1

    def _more(self) -> bool:
        if self._ended:
            return False
        if len(self._items) >= MOST_ITEMS:
            raise RuntimeError(f"an object of the submission has more than {MOST_ITEMS} items")
        try:
            self._items.append(self._ask())
        except StopIteration:
            self._ended = True
        return not self._ended


class Looks:
    """The answers that hold at the moment. For one test cell, and one process of the student's."""

    def __init__(self) -> None:
        self._results: set[int] = set()
        self._owners: dict[int, int] = {}  # of a method, or another part: whose it is
        self._kept: dict[int, dict[_Key, Any]] = {}  # of results
        self._now: dict[_Key, Any] = {}  # of everything else, until the next call
        self._items_now: dict[int, Items] = {}

    def answer(self, name: str, args: tuple[Any, ...], *, named: bool) -> Any:
        """What was answered to this before; ABSENT where it is to be asked. `named`: see `note`."""
        place = self._place(name, args, named=named)
        return ABSENT if place is None else place[0].get(place[1], ABSENT)

    def note(self, name: str, args: tuple[Any, ...], answer: Any, *, named: bool) -> None:
        """Keep an answer, if it is one to a look.

        `named`: the object is of a class that the test itself names. Its items are what the class does, each time.
        """
        place = self._place(name, args, named=named)
        if place is not None:
            place[0][place[1]] = answer
        if name == "getattr" and proxies.is_proxy(answer) and proxies.is_proxy(args[0]):
            self._owners[proxies.number_of(answer)] = proxies.number_of(args[0])

    def note_results(self, name: str, numbers: Iterable[int]) -> None:
        """These objects came as the answer to an operation."""
        if name not in _PARTS:
            self._results.update(numbers)

    def begin(self, name: str, sent: Iterable[int]) -> None:
        """An operation begins that sends these objects: what it may change is forgotten."""
        if name in LOOKS or name in _QUIET:
            return
        self.forget()
        if name in _ACTS_ON:
            for number in sent:
                self._thaw(number)

    def end(self, name: str) -> None:
        """An operation has ended."""
        if name not in LOOKS and name not in _QUIET:
            self.forget()

    def forget(self) -> None:
        """Something may have changed that is no result."""
        self._now.clear()
        self._items_now.clear()

    def pulled(self) -> None:
        """An item was asked for: student code ran, but the iteration goes on."""
        self._now.clear()

    def items(self, proxy: Any, ask: Callable[[], Callable[[], Any]]) -> Items:
        """The items of an object; `ask` begins an iteration, and gives what asks for the next one."""
        number = proxies.number_of(proxy)
        kept: dict[Any, Any] = self._kept.setdefault(number, {}) if number in self._results else self._items_now
        key: Any = ("__iter__",) if number in self._results else number
        if key not in kept:
            kept[key] = Items(ask())
        found: Items = kept[key]
        return found

    def _place(self, name: str, args: tuple[Any, ...], *, named: bool) -> tuple[dict[_Key, Any], _Key] | None:
        if name not in LOOKS or (named and name in _READS):
            return None
        key = _key((name, *args))
        if key is None:
            return None
        if name in _READS and proxies.number_of(args[0]) in self._results:
            return self._kept.setdefault(proxies.number_of(args[0]), {}), key
        return self._now, key

    def _thaw(self, number: int | None) -> None:
        """The test acts on this object, or calls a method of it: it and what it belongs to may change."""
        seen: set[int] = set()
        while number is not None and number not in seen:
            seen.add(number)
            self._kept.pop(number, None)
            number = self._owners.get(number)


def _key(value: Any) -> _Key | None:
    """Something that is equal for the same question only; None for what is too rich to be remembered."""
    if proxies.is_proxy(value):
        return ("object", proxies.epoch_of(value), proxies.number_of(value))
    kind = type(value)
    if value is None or kind in (int, bool, str, bytes):
        return (kind, value)
    if kind is float:
        return (kind, value.hex())
    if kind is slice:
        value = (value.start, value.stop, value.step)
    if kind in (tuple, slice):
        parts = [_key(part) for part in value]
        return None if None in parts else (kind, *parts)
    return None
