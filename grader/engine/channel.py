"""Framed messages over a connected stream socket: one tree of msgpack, then raw buffers; sizes bounded, deadlines kept.

Frame: b"CNN2", length of the tree (4 bytes), number of buffers (4 bytes), turn (8 bytes), the length of each buffer
(8 bytes), tree, buffers. The turn is a number that the one who asks draws for each question. Every message of the
answer carries it, so that what was sent too early, too late or twice is not taken for the answer to another question.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack  # type: ignore[import-untyped]  # it has no types

from grader.engine.encoding import RefusedValue
from grader.engine.encoding.tags import MOST_ITEMS, Node

_HEADER = struct.Struct("!4sIIQ")
_MAGIC = b"CNN2"
_SOCKET_BUFFER = 4 << 20


class ChannelClosed(ConnectionError):
    """The other end is gone."""


class ChannelTimeout(TimeoutError):
    """The deadline passed before the message was through."""


class OutOfStep(RefusedValue):
    """What came is no answer to what was asked, but belongs to another turn."""

    def __init__(self, turn: int) -> None:
        """Keep the turn that it claims."""
        super().__init__("a message that is no answer to what was asked")
        self.turn = turn


@dataclass(frozen=True)
class FrameLimits:
    """How large a message may be.

    Attributes:
        tree: bytes of the tree.
        buffers: bytes of all buffers together.
        count: number of buffers.
        lists: number of lists in the tree: an empty one takes one byte here and fifty in memory.
    """

    tree: int = 32 << 20
    buffers: int = 1 << 30
    count: int = 4096
    lists: int = 1 << 20


class Channel:
    """One end of a conversation in turns. Not for use by two threads at once.

    Args:
        follows: this end answers: it takes over the turn of what it receives.

    Attributes:
        turn: stands on all that is sent, and must stand on all that is received.
        listener: is told the bytes of each tree that is received.
    """

    def __init__(self, sock: socket.socket, limits: FrameLimits | None = None, *, follows: bool = False) -> None:
        self.socket = sock
        self.limits = limits or FrameLimits()
        self.turn = 0
        self.listener: Callable[[bytes | bytearray], None] | None = None
        self._follows = follows
        self._packer = msgpack.Packer(use_bin_type=True, strict_types=True, unicode_errors="surrogatepass")
        self._timeout: float | None = None
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER)
        sock.settimeout(None)

    def begin_turn(self) -> None:
        """From here on a new question is asked."""
        self.turn = secrets.randbits(64)

    def unasked(self) -> int | None:
        """The turn that stands on what has come without a question; None if nothing has, or only the end."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        try:
            head = self.socket.recv(_HEADER.size, socket.MSG_PEEK) if poll.poll(0) else b""
        except OSError:
            return None
        if not head:
            return None
        return int(_HEADER.unpack(head)[3]) if len(head) == _HEADER.size else 0

    def send(self, node: Node, buffers: Sequence[Any] = (), deadline: float | None = None) -> None:
        """Send one message. `deadline` is a reading of time.monotonic().

        Raises:
            ChannelClosed, ChannelTimeout: it did not get through; the channel is of no further use.
            OverflowError: the message is larger than a message may be; nothing was sent.
        """
        tree = self._packer.pack(node)
        sizes = [len(buffer) for buffer in buffers]
        if len(tree) > self.limits.tree or sum(sizes) > self.limits.buffers or len(sizes) > self.limits.count:
            raise OverflowError(f"a message of {(len(tree) + sum(sizes)) / 1e6:.0f} MB is too large to be sent")
        head = _HEADER.pack(_MAGIC, len(tree), len(sizes), self.turn) + struct.pack(f"!{len(sizes)}Q", *sizes) + tree
        self._send_all(head, deadline)
        for buffer in buffers:
            self._send_all(buffer, deadline)

    def receive(self, deadline: float | None = None) -> tuple[Node, list[Any]]:
        """The next message: its tree, and its buffers as writable memory of their own.

        Raises:
            ChannelClosed, ChannelTimeout: it did not come.
            OutOfStep: what came belongs to another turn.
            RefusedValue: what came is no message, or one larger than allowed.
        """
        magic, tree_size, count, turn = _HEADER.unpack(self._receive_exactly(_HEADER.size, deadline))
        if magic != _MAGIC:
            raise RefusedValue("what came is no message")
        if self._follows:
            self.turn = turn
        elif turn != self.turn:
            raise OutOfStep(turn)
        if tree_size > self.limits.tree or count > self.limits.count:
            raise RefusedValue("a message larger than a message may be")
        sizes = struct.unpack(f"!{count}Q", self._receive_exactly(8 * count, deadline)) if count else ()
        if sum(sizes) > self.limits.buffers:
            raise RefusedValue("a message larger than a message may be")
        tree = self._receive_exactly(tree_size, deadline)
        if self.listener is not None:
            self.listener(tree)
        buffers = [self._receive_large(size, deadline) for size in sizes]
        return unpack_tree(tree, self.limits.lists), buffers

    def close(self) -> None:
        """Close this end."""
        self.socket.close()

    def _send_all(self, data: Any, deadline: float | None) -> None:
        view = memoryview(data)
        while len(view):
            self._arm(deadline)
            try:
                view = view[self.socket.send(view) :]
            except TimeoutError:
                raise ChannelTimeout("the other end did not take the message in time") from None
            except InterruptedError:
                continue
            except OSError as error:
                raise ChannelClosed(f"the other end is gone ({error.strerror})") from None

    def _receive_exactly(self, size: int, deadline: float | None) -> bytes | bytearray:
        if size <= 65536:
            self._arm(deadline)
            data = self._receive(size)
            if len(data) == size:
                return data
            rest = bytearray(size)
            rest[: len(data)] = data
            self._receive_into(memoryview(rest)[len(data) :], deadline)
            return rest
        memory = bytearray(size)
        self._receive_into(memoryview(memory), deadline)
        return memory

    def _receive_large(self, size: int, deadline: float | None) -> Any:
        import numpy as np  # its memory need not be cleared first

        memory: Any = np.empty(size, np.uint8)
        self._receive_into(memoryview(memory), deadline)
        return memory

    def _receive_into(self, view: memoryview, deadline: float | None) -> None:
        while len(view):
            self._arm(deadline)
            try:
                count = self.socket.recv_into(view)
            except TimeoutError:
                raise ChannelTimeout("the message did not come in time") from None
            except OSError as error:
                raise ChannelClosed(f"the other end is gone ({error.strerror})") from None
            if not count:
                raise ChannelClosed("the other end is gone")
            view = view[count:]

    def _receive(self, size: int) -> bytes:
        try:
            data = self.socket.recv(size)
        except TimeoutError:
            raise ChannelTimeout("the message did not come in time") from None
        except OSError as error:
            raise ChannelClosed(f"the other end is gone ({error.strerror})") from None
        if not data and size:
            raise ChannelClosed("the other end is gone")
        return data

    def _arm(self, deadline: float | None) -> None:
        """Let the next call on the socket wait until the deadline at most."""
        left = None if deadline is None else deadline - time.monotonic()
        if left is None and self._timeout is None:
            return
        if left is not None and left <= 0:
            raise ChannelTimeout("there was no time left")
        self._timeout = left
        try:
            self.socket.settimeout(left)
        except OSError:
            raise ChannelClosed("this end is closed") from None


def unpack_tree(data: bytes | bytearray, lists: int = FrameLimits.lists) -> Node:
    """The tree of these bytes, of at most so many lists.

    Raises RefusedValue for anything but lists, numbers, strings, bytes, bools and None.
    """
    left = lists

    def count(items: list[Node]) -> list[Node]:
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError("too many lists")
        return items

    try:
        return msgpack.unpackb(
            data,
            list_hook=count,
            raw=False,
            unicode_errors="surrogatepass",
            max_array_len=MOST_ITEMS + 16,
            max_map_len=0,
            max_ext_len=0,
        )
    except (ValueError, msgpack.UnpackException, RecursionError, MemoryError, TypeError) as error:
        raise RefusedValue(f"a message is malformed ({type(error).__name__})") from None
