"""Values into nodes: by the true type, never by what an object says about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grader.engine.encoding import tags
from grader.engine.encoding.tags import EncodingError, Node
from grader.engine.encoding.unfolding import MOST_UNFOLDED, Unfolding

Hook = Callable[[Any, "Packer"], Node]
Pack = Callable[["Packer", Any], Node]
"""Packs values of one type."""

BY_TYPE: dict[type, Pack] = {}
"""For values of exactly these types. The package's `__init__` fills this table and the next two."""
BY_BASE: dict[type, Pack] = {}
"""For values of subclasses too."""
OF_LIBRARIES: list[Callable[[type], Pack | None]] = []
"""Each is asked for what packs a type, and knows the types of one library."""


def refuse(value: Any, packer: Packer) -> Node:
    """The hook of a sender that sends data only."""
    raise EncodingError(f"an object of type {type(value).__name__} is no data and cannot be sent")


class Packer:
    """Packs the values of one message.

    Args:
        hook: packs what is no data into a node, or raises EncodingError.
        references: objects (by id) that the receiver knows already, with their numbers.
        number: also number the mutable values of this message, so that one that occurs twice stays one.
        shared: values (by id) that both ends have in a table, with their numbers in it.
        bounded: leave to the hook what unfolds to more than the receiver takes.
        objects: is this the type of data with methods of its own? Such a value is left to the hook.

    Attributes:
        buffers: the raw buffers that travel beside the nodes.
        numbered: the numbered objects, in order.
        sharing: what is numbered goes into the table of both ends.
        unfolding: counts what the values stand for.
        link: describes where the gradient of a computed tensor goes; None if it ends here.
    """

    def __init__(
        self,
        hook: Hook = refuse,
        *,
        references: Mapping[int, int] | None = None,
        number: bool = False,
        shared: Mapping[int, int] | None = None,
        bounded: bool = False,
        objects: Callable[[type], bool] = lambda _: False,
    ) -> None:
        self.unfolding = Unfolding(MOST_UNFOLDED if bounded else None)
        self.buffers: list[Any] = []
        self.numbered: list[Any] = []
        self.sharing = False
        self.link: Callable[[Any], Node] | None = None
        self._hook, self._objects = hook, objects
        self._references = dict(references or {})
        self._number = number
        self._shared = shared or {}
        self._depth = 0
        self._open: set[int] = set()

    def pack(self, value: Any) -> Node:
        """The node of one value. Raises EncodingError when it has none."""
        kind = type(value)
        if kind is float or kind is str or kind is bool or value is None or kind is bytes:
            return value
        if kind is int:
            return pack_int(value)
        number = self._references.get(id(value))
        if number is not None:
            if id(value) in self._open:
                raise EncodingError(f"a {kind.__name__} that contains itself cannot be sent")
            return [tags.REFERENCE, number]
        if self._shared and id(value) in self._shared:
            self.note_mutable(value)
            return [tags.SHARED, self._shared[id(value)]]
        if self._depth > tags.MOST_DEPTH:
            raise EncodingError(f"the value is nested more than {tags.MOST_DEPTH} levels deep")
        self._depth += 1
        try:
            pack = BY_TYPE.get(kind)
            if pack is None:
                pack = Packer.other if self._objects(kind) else _by_base(kind)
            return pack(self, value)
        finally:
            self._depth -= 1

    def pack_contents(self, value: Any) -> Node:
        """The node of a value that the receiver knows by number, with what it contains now."""
        number = self._references.pop(id(value))
        try:
            return self.plain(value)
        finally:
            self._references[id(value)] = number

    def plain(self, value: Any) -> Node:
        """The node of a value as the plain data that it is below its own class."""
        kind = type(value)
        return (BY_TYPE.get(kind) or _by_base(kind))(self, value)

    def add_buffer(self, data: Any) -> int:
        """The number of a new raw buffer."""
        self.buffers.append(data)
        return len(self.buffers) - 1

    def note_mutable(self, value: Any) -> None:
        """Give a mutable value its number, if this message numbers them."""
        if self._number:
            self._references[id(value)] = len(self.numbered)
            self.numbered.append(value)

    def note_argument(self, value: Any) -> None:
        """The same for a value whose changes travel in a way of their own, so that no table holds it."""
        if not self.sharing:
            self.note_mutable(value)

    def items(self, owner: Any, values: Iterable[Any], count: int) -> list[Node]:
        """The nodes of a container's items."""
        if count > tags.MOST_ITEMS:
            raise EncodingError(f"a {type(owner).__name__} of {count} items is too long to be sent; use an array")
        if id(owner) in self._open:
            raise EncodingError(f"a {type(owner).__name__} that contains itself cannot be sent")
        self._open.add(id(owner))
        try:
            return [self.pack(value) for value in values]
        finally:
            self._open.discard(id(owner))

    def keys(self, owner: Any, values: Iterable[Any], count: int) -> list[Node]:
        """The nodes of what a set or dict goes by: plain data, whatever methods it has of its own."""
        objects, self._objects = self._objects, lambda _: False
        try:
            return self.items(owner, values, count)
        finally:
            self._objects = objects

    def other(self, value: Any) -> Node:
        """The node that the hook makes of something that is no data."""
        return [tags.OTHER, self._hook(value, self)]

    def for_table(self, values: list[Any], numbers: Mapping[int, int]) -> Packer:
        """A packer of the same message that numbers mutable values on in a table which both ends have."""
        made = Packer(self._hook, references=numbers, number=True, objects=self._objects)
        made.buffers, made.numbered, made.link, made.sharing = self.buffers, values, self.link, True
        made.unfolding = self.unfolding
        return made

    def with_references(self, numbers: Mapping[int, int]) -> Packer:
        """A packer of the same message that refers to these values by number."""
        made = Packer(self._hook, references=numbers, objects=self._objects)
        made.buffers, made.link, made.unfolding = self.buffers, self.link, self.unfolding
        return made

    def unnumbered(self) -> Packer:
        """A packer of data for the parts of a value: their buffers go into this message, but they get no numbers."""
        made = Packer()
        made.buffers, made._depth, made.unfolding = self.buffers, self._depth, self.unfolding
        return made


def _by_base(kind: type) -> Pack:
    """What packs a type of a library, or else the first plain type among its true bases, as which a subclass goes."""
    for of_library in OF_LIBRARIES:
        found = of_library(kind)
        if found is not None:
            return found
    for base in type.__dict__["__mro__"].__get__(kind):
        if base in BY_BASE:
            return BY_BASE[base]
    return Packer.other


def pack_int(value: int) -> Node:
    """The node of an integer. Raises EncodingError for one of too many digits."""
    if -(1 << 63) <= value < 1 << 64:
        return value
    size = value.bit_length() // 8 + 1
    if size > tags.MOST_BIG_INT_BYTES:
        raise EncodingError("an integer of so many digits cannot be sent")
    return [tags.BIG_INT, value.to_bytes(size, "big", signed=True)]
