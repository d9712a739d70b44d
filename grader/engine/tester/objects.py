"""The objects of one student process that the tester holds, each under the number by which that process knows it."""

from __future__ import annotations

import collections
import weakref
from typing import Any

from grader.engine import capabilities, constants_of_libraries
from grader.engine.encoding import RefusedValue, Unpacker, containers
from grader.engine.encoding.data_bases import MUTABLE
from grader.engine.encoding.tags import Node
from grader.engine.tester import data_objects, error_classes, proxies, trusted_names
from grader.engine.tester.call_arguments import Callbacks
from grader.engine.tester.raise_again import exception_class
from grader.engine.tester.student_classes import Classes

_CALLABLE = 1 << capabilities.METHODS.index("__call__")
_KEPT = 512  # proxies kept alive, so that the function of a loop is not described anew each time


class Objects:
    """Proxies by number, and the numbers that are needed no more.

    Args:
        remote: what the proxies ask.
        epoch: which of the student's processes this is.

    Attributes:
        callbacks: functions of the test that were passed to this process.
        released: numbers that the process may forget.
        came: numbers of the objects in the answer that is unpacked.
    """

    def __init__(self, remote: proxies.RemoteLike, epoch: int) -> None:
        self.callbacks = Callbacks()
        self.released: collections.deque[int] = collections.deque()
        self.came: list[int] = []
        self._remote, self._epoch = remote, epoch
        self._classes = Classes(remote, epoch)
        self._errors: weakref.WeakValueDictionary[int, Exception] = weakref.WeakValueDictionary()
        self._proxies: weakref.WeakValueDictionary[int, proxies.Proxy] = weakref.WeakValueDictionary()
        self._of_data: collections.Counter[int] = collections.Counter()  # how many stand for the same original
        self._constants: dict[int, Any] = {}  # members of enumerations, each one and the same
        self._kept: collections.deque[proxies.Proxy] = collections.deque(maxlen=_KEPT)

    def take_released(self) -> list[int]:
        """The numbers that the process may forget, to be told once."""
        return [self.released.popleft() for _ in range(len(self.released))]

    def stand_in(self, number: int) -> proxies.Proxy:
        """A proxy for something whose number alone is known."""
        return proxies.make(self._remote, number, 0, "Tensor", [], 0, self._epoch)

    def unpack_marked(self, node: Node, unpacker: Unpacker) -> Any:
        """An object that came out of one that has met data of the test."""
        found = self.unpack(node, unpacker)
        return _marked(found)

    def unpack(self, node: Node, unpacker: Unpacker) -> Any:
        """The object that the process describes. Raises RefusedValue for a malformed description."""
        if type(node) is not list or not node:
            raise RefusedValue("an object is malformed")
        if node[0] == "callback" and len(node) == 2:
            return self.callbacks.function(node[1])
        if node[0] == "class" and len(node) == 2:
            return self._unpack_class(node[1])
        if node[0] == "named tuple" and len(node) == 3:
            return containers.named_tuple_class(unpacker, node[1], node[2])
        if node[0] == "data" and len(node) == 9:
            return self._unpack_data(node, unpacker)
        if node[0] != "object" or len(node) != 7:
            raise RefusedValue("an object is malformed")
        _, number, ability_bytes, name, bases, own, its_class = node
        abilities = capabilities.from_bytes(ability_bytes)
        if type(number) is not int or not 0 < number < 1 << 53:
            raise RefusedValue("an object without a number")
        if abilities is None or type(name) is not str or len(name) > 100:
            raise RefusedValue("an object is malformed")
        for names in (bases, own):
            if type(names) is not list or len(names) > 40 or any(type(n) is not str or len(n) > 200 for n in names):
                raise RefusedValue("the names of an object are malformed")
        found = _testers_own(own)
        if found is not None:
            self.released.append(number)
            return found
        self.came.append(number)
        proxy = self._proxies.get(number)
        if proxy is None:
            if number in self.released:
                self.released.remove(number)
            class_number = 0 if its_class == 0 else self._classes.number_in(its_class)
            kind = None if its_class == 0 else self._classes.of(its_class)
            proxy = proxies.make(self._remote, number, abilities, name, bases, class_number, self._epoch, kind)
            self._proxies[number] = proxy
            weakref.finalize(proxy, self.released.append, number).atexit = False
        self._kept.append(proxy)
        return self._error_for(proxy, its_class) if "builtins.BaseException" in bases and its_class else proxy

    def _unpack_data(self, node: list[Node], unpacker: Unpacker) -> Any:
        """Data of a class of the submission; the plain data where that class cannot be made here."""
        _, number, ability_bytes, _, bases, _, its_class, own, contents = node
        abilities = capabilities.from_bytes(ability_bytes)
        if type(number) is not int or not 0 < number < 1 << 53 or abilities is None or type(own) is not list:
            raise RefusedValue("an object is malformed")
        if type(bases) is not list or len(bases) > 40 or any(type(n) is not str or len(n) > 200 for n in bases):
            raise RefusedValue("the names of an object are malformed")
        position = unpacker.position()
        plain = unpacker.unpack(contents)
        kind = self._classes.of(its_class)
        if kind is None or not data_objects.is_data_class(kind) or issubclass(kind, BaseException):
            if not self._of_data[number]:
                self.released.append(number)
            return plain
        if number in self.released:
            self.released.remove(number)
        self.came.append(number)
        known = self._constants.get(number)
        if known is not None:
            return known
        proxy = self._proxies.get(number)
        if proxy is not None and proxies.is_marked(proxy):
            return proxy
        class_number = self._classes.number_in(its_class)
        link = (self._remote, number, abilities, bases, class_number, self._epoch, False)
        found = data_objects.made(kind, plain, link, own, lambda: self._release_data(number))
        if found is None:
            raise RefusedValue("data of a class does not fit that class")
        self._of_data[number] += 1
        if isinstance(found, MUTABLE):
            unpacker.in_place_of(position, found)
        elif "enum.Enum" in bases:
            self._constants[number] = found
        return found

    def without_data(self, value: Any) -> proxies.Proxy:
        """What stands for the original of such data once it has met data of the test, here and in later answers."""
        number = proxies.number_of(value)
        proxy = self._proxies.get(number)
        if proxy is None:
            proxy = self._proxies[number] = data_objects.without_data(value)
            self._of_data[number] += 1
            weakref.finalize(proxy, self._release_data, number).atexit = False
        return proxy

    def _release_data(self, number: int) -> None:
        """One object less that stands for this original."""
        self._of_data[number] -= 1
        if not self._of_data[number]:
            del self._of_data[number]
            self.released.append(number)

    def unpack_error(
        self, node: Node, arguments: list[Any] | None, text: str, *, mark: bool = False
    ) -> Exception | None:
        """The exception of the notebook's class that was raised; None where it has no class here.

        `mark`: it may know data of the test.
        """
        if type(node) is not list or len(node) != 7 or not node[6]:
            raise RefusedValue("an exception is malformed")
        found: Any = (self.unpack_marked if mark else self.unpack)(node, Unpacker())
        if not issubclass(type(found), Exception):  # a proxy is none, whatever it stands for
            return None
        found.__dict__["_text"] = text
        if arguments is not None:
            found.__dict__["_args"] = tuple(arguments)
        error: Exception = found
        return error

    def _error_for(self, proxy: proxies.Proxy, its_class: Node) -> Any:
        """The exception whose original this is: the same one each time."""
        kind = self._classes.of(its_class)
        if kind is None or not issubclass(kind, Exception) or issubclass(kind, ExceptionGroup):
            return proxy
        number = proxies.number_of(proxy)
        error = self._errors.get(number)
        if error is None:
            error = self._errors[number] = error_classes.made(kind, proxy)
        return error

    def _unpack_class(self, node: Node) -> Any:
        """A class of the notebook; where there are too many of them, an object that can be called."""
        number = self._classes.number_in(node)
        self.came.append(number)
        found = self._classes.of(node)
        if found is not None:
            return found
        return proxies.make(self._remote, number, _CALLABLE, "type", ["builtins.type"], 0, self._epoch)


def _marked(value: Any) -> Any:
    original = error_classes.original_of(value) or value
    if proxies.is_proxy(original):
        proxies.mark(original)
    return value


def _testers_own(own: list[str]) -> Any:
    """What the tester has in place of a module or class of this name; None if the student's own is meant."""
    if len(own) < 2:
        return None
    if own[0] == "constant":
        return constants_of_libraries.named(own[1])
    if own[0] == "module":
        return trusted_names.module(own[1])
    if own[0] != "class":
        return None
    if "builtins.BaseException" in own:
        return exception_class(own[1:])
    return trusted_names.own_class(own[1])
