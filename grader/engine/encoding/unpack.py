"""Nodes into values. Whatever the sender claims is checked; only plain base types come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from grader.engine.encoding import tags
from grader.engine.encoding.tags import Node, RefusedValue
from grader.engine.encoding.unfolding import MOST_UNFOLDED, Unfolding

BY_TAG: dict[int, Callable[[Unpacker, list[Node]], Any]] = {}
"""What checks a node that begins with this tag, and makes its value. The package's `__init__` fills it."""

Hook = Callable[[Node, "Unpacker"], Any]


def refuse(node: Node, unpacker: Unpacker) -> Any:
    """The hook of a receiver that takes data only."""
    raise RefusedValue("something other than data")


class Unpacker:
    """Unpacks the values of one message.

    Args:
        buffers: the raw buffers that came beside the nodes.
        hook: makes an object of what the sender's hook packed.
        references: objects that the sender may refer to by number.
        number: count the mutable values of this message, as the sender's packer did.
        shared: the values of the table that both ends have, by number.
        bounded: refuse what unfolds to too much.

    Attributes:
        numbered: the numbered objects, in order.
        sharing: what is numbered goes into the table of both ends.
        unfolding: counts what the values stand for.
        link: makes a tensor part of a computation that goes on at the sender's.
    """

    def __init__(
        self,
        buffers: Sequence[Any] = (),
        hook: Hook = refuse,
        *,
        references: Sequence[Any] = (),
        number: bool = False,
        shared: Sequence[Any] = (),
        bounded: bool = False,
    ) -> None:
        self.unfolding = Unfolding(MOST_UNFOLDED if bounded else None)
        self.buffers = buffers
        self.numbered: list[Any] = []
        self.sharing = False
        self.link: Callable[[Any, Node], Any] | None = None
        self._used: set[int] = set()
        self._hook = hook
        self._references = references
        self._number = number
        self._shared = shared
        self._depth = 0

    def unpack(self, node: Node) -> Any:
        """The value of one node. Raises RefusedValue when it has none."""
        kind = type(node)
        if kind is not list:
            if node is None or kind is bool or kind is int or kind is float or kind is str or kind is bytes:
                return node
            raise RefusedValue("a node of a type that is not allowed")
        if not node or type(node[0]) is not int:
            raise RefusedValue("a node without a tag")
        unpack = BY_TAG.get(node[0])
        if unpack is None:
            raise RefusedValue("a node with an unknown tag")
        if self._depth > tags.MOST_DEPTH + 2:
            raise RefusedValue("values nested too deeply")
        self._depth += 1
        try:
            return unpack(self, node)
        finally:
            self._depth -= 1

    def parts(self, node: list[Node], count: int) -> list[Node]:
        """The node itself, which must have so many parts."""
        if len(node) != count:
            raise RefusedValue("a node with the wrong number of parts")
        return node

    def items(self, nodes: Node) -> list[Any]:
        """The values of a list of nodes."""
        if type(nodes) is not list or len(nodes) > tags.MOST_ITEMS:
            raise RefusedValue("the items of a container are malformed")
        return [self.unpack(node) for node in nodes]

    def raw(self, data: Node, size: int) -> Any:
        """Writable memory of exactly this size: bytes inside the node, or one of the buffers, each used once."""
        if type(data) is bytes:
            memory: Any = bytearray(data)
        elif type(data) is int and 0 <= data < len(self.buffers) and data not in self._used:
            self._used.add(data)
            memory = self.buffers[data]
        else:
            raise RefusedValue("a buffer that does not exist")
        if len(memory) != size:
            raise RefusedValue("a buffer of the wrong size for its shape and dtype")
        return memory

    def unfold(self, count: int) -> None:
        """Count items that a value stands for. Raises RefusedValue for too many."""
        if not self.unfolding.takes(count):
            raise RefusedValue("values that unfold to too many items")

    def reserve(self) -> int:
        """Take the next number, in the order in which the sender gave them."""
        if self._number:
            self.numbered.append(None)
        return len(self.numbered) - 1

    def reserve_argument(self) -> int:
        """The same for a value that no table holds; -1 where a table is filled."""
        return -1 if self.sharing else self.reserve()

    def keep(self, number: int, value: Any) -> Any:
        """The value, remembered under its number."""
        if self._number and number >= 0:
            self.numbered[number] = value
        return value

    def position(self) -> int:
        """Where the next mutable value is numbered."""
        return len(self.numbered)

    def in_place_of(self, position: int, value: Any) -> None:
        """This value stands for the plain data that was numbered at this position, if anything was."""
        if self._number and position < len(self.numbered):
            self.numbered[position] = value

    def reference(self, number: Node) -> Any:
        """The object that the sender refers to."""
        objects = self.numbered if self._number else self._references
        if type(number) is not int or not 0 <= number < len(objects) or objects[number] is None:
            raise RefusedValue("a reference to an object that does not exist")
        return objects[number]

    def shared(self, number: Node) -> Any:
        """The value of the table that the sender refers to."""
        if type(number) is not int or not 0 <= number < len(self._shared):
            raise RefusedValue("a shared value that does not exist")
        return self.keep(self.reserve(), self._shared[number])

    def for_table(self, values: list[Any]) -> Unpacker:
        """An unpacker of the same message that numbers mutable values on in a table which both ends have."""
        made = Unpacker(self.buffers, self._hook, number=True)
        made.numbered, made.link, made.sharing, made._used = values, self.link, True, self._used
        made.unfolding = self.unfolding
        return made

    def with_references(self, values: Sequence[Any]) -> Unpacker:
        """An unpacker of the same message in which references are to these values."""
        made = Unpacker(self.buffers, self._hook, references=values)
        made.link, made._used, made.unfolding = self.link, self._used, self.unfolding
        return made

    def other(self, node: Node) -> Any:
        """What the hook makes of something that is no data."""
        return self._hook(node, self)

    def unnumbered(self) -> Unpacker:
        """An unpacker of data for the parts of a value: they come from this message, but have no numbers."""
        made = Unpacker(self.buffers)
        made._used, made._depth, made.unfolding = self._used, self._depth, self.unfolding
        return made
