"""Objects of the submission's classes below `list`, `dict` and such: data of the tester, with methods of the original.

Such an object holds its data here, so that comparing, indexing, JSON and NumPy go by plain data and by nothing that the
submission says. What its class has of its own is asked of the original, under the rules for every proxy: a comparison
with the test's data is refused where the class has one of its own. What the test does to the data goes to the original
with the next operation that is given the object, and what that does to it comes back, as for every mutable argument.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from grader.engine import capabilities
from grader.engine.deep_contents import deep_contents
from grader.engine.encoding import Packer, RefusedValue, keys
from grader.engine.encoding.data_bases import MUTABLE, data_base
from grader.engine.encoding.tags import Node
from grader.engine.snapshots import has_changed, snapshot
from grader.engine.tester import proxies
from grader.engine.tester.class_marker import StandInClass

_LINK = ("_remote", "_number", "_abilities", "_bases", "_class_number", "_epoch", "_marked")
_MOST_NAMES = 2000


def is_data_class(kind: type) -> bool:
    """Is this a class of such objects?"""
    return issubclass(type(kind), StandInClass) and not issubclass(kind, proxies.Proxy)


def is_data(value: object) -> bool:
    """Is this such an object? Asked of its true type."""
    return is_data_class(type(value)) and not issubclass(type(value), BaseException)


keys.NEVER.append(is_data)


def made(kind: type, plain: Any, link: tuple[Any, ...], own: list[str], release: Callable[[], Any]) -> Any:
    """The object of this class with this data; `link` holds what a proxy holds. None where they do not fit.

    Raises RefusedValue where what the class has of its own is malformed.
    """
    if len(own) > _MOST_NAMES or any(type(name) is not str or len(name) > 200 for name in own):
        raise RefusedValue("the names of a class are malformed")
    base: Any = data_base(type.__dict__["__mro__"].__get__(kind))
    if base is None or not isinstance(plain, base) or proxies.is_proxy(plain):
        return None
    _complete(kind, own)
    if issubclass(base, MUTABLE):
        value = base.__new__(kind)
        if base is list:
            list.extend(value, plain)
        else:
            base.update(value, plain)
    else:
        value = base.__new__(kind, plain)
    slots = object.__getattribute__(value, "__dict__")
    slots.update(zip(_LINK, link, strict=True))
    slots["_held"] = held = _Held()
    weakref.finalize(held, release).atexit = False
    remember(value)
    return value


def without_data(value: Any) -> proxies.Proxy:
    """A proxy of the original of such an object that has met data of the test, so that its own is not believed."""
    slots = object.__getattribute__(value, "__dict__")
    parts = [slots[name] for name in ("_number", "_abilities", "_bases", "_class_number", "_epoch")]
    number, abilities, bases, class_number, epoch = parts
    found = proxies.make(slots["_remote"], number, abilities, type(value).__name__, bases, class_number, epoch)
    proxies.mark(found)
    return found


def plain_copy(value: Any) -> Any:
    """A copy of the data itself, of no class of the submission."""
    base: Any = data_base(type.__dict__["__mro__"].__get__(type(value)))
    if base is dict:
        return dict(dict.items(value))
    if base is int:
        return int.__add__(value, 0)
    if base is float:
        return float.__pos__(value)
    return base.__getitem__(value, slice(None)) if base in (str, bytes) else base(base.__iter__(value))


def remember(value: Any, *, told: bool = True) -> None:
    """The original has these contents as well; not `told`: it is to be given them with the next operation."""
    if is_data(value) and isinstance(value, MUTABLE):
        seen = (snapshot(value), deep_contents(value)) if told else None
        object.__getattribute__(value, "__dict__")["_seen"] = seen


def node(value: Any, packer: Packer) -> Node:
    """What the student's process is told: the number, and the contents where a test changed them."""
    number = proxies.number_of(value)
    if not isinstance(value, MUTABLE):
        return ["handle", number]
    seen = object.__getattribute__(value, "__dict__")["_seen"]
    if seen is None or has_changed(value, seen[0]) or deep_contents(value) != seen[1]:
        return ["data", number, packer.plain(value)]
    packer.note_mutable(value)
    return ["data", number, None]


class _Held:
    """Lives as long as the object, of which no weak reference can be made where it is a number or tuple."""


class Method:
    """A method of the submission's class, bound to such an object, which goes along when it is called."""

    def __init__(self, owner: Any, name: str, found: Any) -> None:
        self.__self__, self.__name__, self.__wrapped__ = owner, name, found

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """What the method returns."""
        __tracebackhide__ = True
        return proxies.ask(self.__self__, "method", self.__name__, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """An attribute of the method itself."""
        return getattr(self.__wrapped__, name)


def _complete(kind: type, own: list[str]) -> None:
    """Give the class the methods of its objects, once its first object has come."""
    about = type.__getattribute__(kind, "__dict__")["_described"]
    if about.own is not None:
        return
    about.own = frozenset(own)
    methods = {**proxies.methods_of((1 << len(capabilities.METHODS)) - 1), **_OWN}
    for name in _ALWAYS:
        type.__setattr__(kind, name, _ALWAYS[name])
    for name in about.own & methods.keys():
        type.__setattr__(kind, name, methods[name])
    if "__eq__" in about.own:
        type.__setattr__(kind, "__ne__", _OWN["__ne__"])
        type.__setattr__(kind, "__hash__", proxies.Proxy.__hash__)


def _getattribute(self: Any, name: str) -> Any:
    __tracebackhide__ = True
    kind = type(self)
    if name == "__class__":
        return kind
    about = type.__getattribute__(kind, "__dict__")["_described"]
    if name in about.kept:
        return proxies.bound(about.kept[name], self, kind)
    special = name[:2] == "__" and name not in ("__dict__", "__doc__", "__slots__")
    if name not in about.own or special:
        base = data_base(type.__dict__["__mro__"].__get__(kind))
        if name != "__dict__" and (hasattr(base, name) or (special and name in _dict_of(kind))):
            return object.__getattribute__(self, name)
    found = proxies.attribute(self, name)
    is_method = proxies.is_proxy(found) and not is_data(found) and object.__getattribute__(found, "_bases")[:1]
    return Method(self, name, found) if is_method == ["builtins.method"] else found


def _dict_of(kind: type) -> Any:
    return type.__dict__["__dict__"].__get__(kind)


def _comparison(name: str) -> Callable[[Any, Any], Any]:
    """`==` or `!=` of the class's own. With data of the test that is equal as plain data it is asked of its own copy.

    So nothing is sent that the submission does not have; of data that differs only its class knows.
    """

    def method(self: Any, other: Any) -> Any:
        __tracebackhide__ = True
        base: Any = data_base(type.__dict__["__mro__"].__get__(type(self)))
        if not proxies.is_proxy(other) and base.__eq__(self, other) is True:
            equal = name == "__eq__"
            said = proxies.ask(self, name, plain_copy(self))
            if said is NotImplemented or said is equal:
                return equal
        return vars(proxies.Proxy)[name](self, other)

    return method


def _missing(self: Any, key: Any) -> Any:
    __tracebackhide__ = True
    found = proxies.ask(self, "method", "__missing__", key)
    return dict.get(self, key, found)  # as it came back with all contents, so that what the test does to it counts


_ALWAYS: dict[str, Any] = {
    "__getattribute__": _getattribute,
    **{name: vars(proxies.Proxy)[name] for name in ("__setattr__", "__delattr__", "__dir__")},
    **{name: vars(proxies.Proxy)[name] for name in ("__copy__", "__deepcopy__", "__reduce_ex__")},
}
_OWN: dict[str, Any] = {
    "__missing__": _missing,
    **{name: _comparison(name) for name in ("__eq__", "__ne__")},
    **{name: vars(proxies.Proxy)[name] for name in ("__hash__", "__bool__")},
    **{name: vars(proxies.Proxy)[name] for name in ("__repr__", "__str__", "__format__")},
}
