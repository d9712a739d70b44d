"""Classes of the submission as real classes of the tester: `type(p) is P`, `issubclass(P, Q)`, `except`, `match`.

Such a class is a proxy itself: what it is asked for, the student's process answers. Which of the tester's own classes
it derives from, the tester decides by name (`trusted_names.class_of`); those stand behind `object` in its order of
bases, so that no method is ever found in them.
"""

from __future__ import annotations

import contextlib
import datetime
import decimal
import fractions
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from grader.engine import capabilities
from grader.engine.encoding import RefusedValue
from grader.engine.encoding.data_bases import MUTABLE, data_base
from grader.engine.encoding.tags import Node
from grader.engine.tester import error_classes, proxies, subclasses, trusted_names
from grader.engine.tester.class_marker import StandInClass

_MOST = 2000  # of one process of the student's; what comes after them has no class of its own
_ABILITIES_OF_A_CLASS = {*capabilities.METHODS} - {"__call__", "__or__", "__ror__", "__eq__", "__ne__", "__hash__"}
_ITS_OWN = {*proxies.OWN_ANSWERS, "__name__", "__qualname__", "__module__"}
_METHODS = {*capabilities.METHODS} - {"__hash__"}
_OF_TYPE = {"__call__", "__or__", "__ror__"}
_BASES = {"__mro__": "mro", "__bases__": "bases", "__base__": "base"}
# Classes whose objects travel by value, and those that make of an object what a proxy must not be.
_NEVER_BEHIND = (fractions.Fraction, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta, deque, type)
_NEVER_DEFINED = (
    *("__get__", "__set__", "__delete__", "__del__", "__await__", "__aiter__", "__anext__", "__aenter__", "__aexit__"),
)


class CannotTell(Exception):
    """A test asks for what cannot be known of an object that came by value."""


@dataclass
class Described:
    """What is known of a class as an object, under the names that `proxies` asks for, and of what its objects can do.

    Attributes:
        methods: their special methods.
        whole: which of the tester's own classes it is below can be seen from the class itself.
        by_value: its objects travel as data.
        kept: attributes that a test gave it, and that are read here: methods, and what the submission must not see.
        of_test: a test made it, below one of the submission.
        own: what it has in place of what a type of data has, once an object has come.
    """

    remote: proxies.RemoteLike
    number: int
    abilities: int
    bases: list[str]
    epoch: int
    methods: frozenset[str]
    whole: bool
    by_value: bool
    class_number: int = 0
    marked: bool = False
    kept: dict[str, Any] = field(default_factory=dict)
    of_test: bool = False
    own: frozenset[str] | None = None


def described(kind: type) -> Described:
    """What is known of a class that stands for one of the submission's."""
    found: Described = type.__getattribute__(kind, "__dict__")["_described"]
    return found


class StudentClass(StandInClass):
    """The type of the submission's classes."""

    __array_ufunc__ = None
    _remote = property(lambda cls: described(cls).remote)
    _number = property(lambda cls: described(cls).number)
    _abilities = property(lambda cls: described(cls).abilities)
    _bases = property(lambda cls: described(cls).bases)
    _class_number = property(lambda cls: described(cls).class_number)
    _epoch = property(lambda cls: described(cls).epoch)
    _marked = property(lambda cls: described(cls).marked)

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **more: Any) -> Any:
        """The class of a `class` statement in a test: one that the student's process makes."""
        return subclasses.made(name, bases, namespace, more)

    def __init__(cls, *_: Any, **__: Any) -> None:
        """It is complete when it is made."""

    def mro(cls) -> list[type]:
        """The class, the submission's own bases, and last those that the tester knows itself."""
        order: tuple[type, ...] = type.__getattribute__(cls, "__dict__")["_order"]
        return [cls, *order]

    def __call__(cls, /, *args: Any, **kwargs: Any) -> Any:
        """An object, which the student's process makes."""
        __tracebackhide__ = True
        made = proxies.ask(cls, "call", *args, **kwargs)
        if described(cls).of_test and cls not in type.__getattribute__(type(made), "__mro__"):
            raise CannotTell(
                f"{cls.__name__}() of the test gave an object of another class, so its methods are not there"
            )
        return made

    def __getattribute__(cls, name: str) -> Any:
        """An attribute of the original; what Python and NumPy look for in any class is the tester's own."""
        __tracebackhide__ = True
        if name == "__array_ufunc__" and described(cls).by_value:
            raise AttributeError(name)  # its objects are data, of which NumPy makes arrays
        if name in _ITS_OWN or name in _METHODS:
            has_none = name in _METHODS and name not in _OF_TYPE and name not in described(cls).methods
            return getattr(object, name) if has_none else type.__getattribute__(cls, name)
        if name == "__class__":
            return trusted_names.class_of(described(cls).bases) or type
        if name == "mro":
            return lambda: list(cls.__mro__)
        if name in _BASES:
            return _known(proxies.ask(cls, "_bases", _BASES[name]), one=name == "__base__")
        kept = described(cls).kept
        return proxies.bound(kept[name], None, cls) if name in kept else proxies.attribute(cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        """Set an attribute of the original."""
        proxies.forget_method(cls, name)
        proxies.ask(cls, "setattr", name, value)

    def __delattr__(cls, name: str) -> None:
        """Delete an attribute of the original."""
        proxies.ask(cls, "delattr", name)

    def __dir__(cls) -> list[str]:
        """The names of the original's attributes."""
        return proxies.Proxy.__dir__(cls)  # type: ignore[arg-type]  # a class is asked the same way

    def __repr__(cls) -> str:
        """The original's own description."""
        return proxies.Proxy.__repr__(cls)  # type: ignore[arg-type]  # a class is asked the same way

    def __instancecheck__(cls, instance: object) -> bool:
        """`isinstance(x, P)`: for the student's objects, the student's interpreter knows."""
        __tracebackhide__ = True
        if type.__instancecheck__(cls, instance):
            return True
        if proxies.is_proxy(instance):
            return bool(proxies.ask(cls, "_is_class_of", instance))
        if not described(cls).by_value:
            return False
        return _is_named_tuple_of(instance, cls)

    def __subclasscheck__(cls, subclass: object) -> bool:
        """`issubclass(P, Q)`."""
        __tracebackhide__ = True
        if not isinstance(subclass, type) and not proxies.is_proxy(subclass):
            raise TypeError("issubclass() arg 1 must be a class")
        return proxies.is_proxy(subclass) and bool(proxies.ask(cls, "_is_base_of", subclass))


class StudentErrorClass(StudentClass):
    """The type of the submission's exception classes: which of them an exception is, Python itself knows."""

    def __instancecheck__(cls, instance: object) -> bool:
        """`isinstance(error, MyError)`."""
        return type.__instancecheck__(cls, instance)

    def __subclasscheck__(cls, subclass: object) -> bool:
        """`issubclass(MyError, OtherError)`."""
        return type.__subclasscheck__(cls, subclass)  # type: ignore[arg-type]  # it says so itself


class Classes:
    """The classes of one process of the student's, by their numbers; they are held as long as that lives."""

    def __init__(self, remote: proxies.RemoteLike, epoch: int) -> None:
        self._remote, self._epoch = remote, epoch
        self._classes: dict[int, StudentClass] = {}

    def number_in(self, node: Node) -> int:
        """The number of the class that this node describes. Raises RefusedValue if it describes none."""
        with contextlib.suppress(TypeError, IndexError):
            number = node[1][0][0]
            if type(number) is int and 0 < number < 1 << 53:
                return number
        raise RefusedValue("a class is malformed")

    def of(self, node: Node) -> StudentClass | None:
        """The class that this node describes; None where there are too many. Raises RefusedValue if it is malformed."""
        known = self._classes.get(self.number_in(node))
        if known is not None:
            return known
        names, parts = _checked(node)
        if len(self._classes) + len(parts) > _MOST:
            return None
        made: list[tuple[int, StudentClass]] = []  # position among the names, and class
        for part in reversed(parts):
            number, _, _, _, positions = part
            bases = [kind for position, kind in reversed(made) if position in positions[1:]]
            if number not in self._classes:
                try:
                    self._classes[number] = self._make([names[p] for p in positions], bases, part)
                except _NotToBeMade:
                    return None
            made.append((positions[0], self._classes[number]))
        return made[-1][1]

    def _make(self, names: list[str], bases: list[StudentClass], part: list[Any]) -> StudentClass:
        number, ability_bytes, meta_bytes, meta_names, _ = part
        abilities, of_class = capabilities.from_bytes(ability_bytes), capabilities.from_bytes(meta_bytes)
        if abilities is None or of_class is None:
            raise RefusedValue("a class is malformed")
        methods = frozenset(capabilities.names(abilities))
        if "builtins.BaseException" in names:
            order = error_classes.order_of(names)
            about = Described(self._remote, number, of_class, meta_names, self._epoch, methods, True, False)
            try:
                return _new(StudentErrorClass, names[0], order[0], (*bases, *order), error_classes.methods(), about)
            except (TypeError, ValueError):  # a name or bases that Python refuses
                raise _NotToBeMade from None
        known = [found for found in map(_behind, names) if found is not None]
        expected = trusted_names.class_of(names)
        data = trusted_names.data_class_of(names)
        plans: list[tuple[type, tuple[type, ...], bool]] = [(proxies.Proxy, (*bases, proxies.Proxy, object), False)]
        if known:
            plans.insert(0, (proxies.Proxy, (*bases, proxies.Proxy, object, *known), False))
        if data is not None:
            data = data_base(data.__mro__) or data
            plans.insert(0, (data, (*bases, *data.__mro__), True))
            if known:
                plans.insert(0, (data, (*bases, *data.__mro__, *known), True))
        for base, order, by_value in plans:
            whole = expected is None or expected in order or by_value
            about = Described(self._remote, number, of_class, meta_names, self._epoch, methods, whole, by_value)
            namespace = {} if by_value else proxies.methods_of(abilities)
            if "__getattr__" not in namespace and any("__getattr__" in vars(found) for found in known):
                namespace["__getattr__"] = _no_attribute
            try:
                return _new(_metaclass(of_class), names[0], base, order, namespace, about)
            except (TypeError, ValueError):  # not laid out alike
                continue
        raise _NotToBeMade


class _NotToBeMade(Exception):
    """Python refuses such a class here: its objects are proxies, as those of too many classes are."""


def _new(
    metaclass: type[StudentClass],
    name: str,
    base: type,
    order: tuple[type, ...],
    namespace: dict[str, Any],
    about: Described,
) -> StudentClass:
    module, _, path = name.partition(".")
    own = {"__module__": module, "__qualname__": path, "_described": about, "_order": order}
    slots = {"__slots__": ()} if base is proxies.Proxy else {}
    return type.__new__(metaclass, path.rpartition(".")[2] or "Class", (base,), {**namespace, **slots, **own})


def _no_attribute(self: Any, name: str) -> Any:
    """In place of what a class of a library would do where there is no attribute."""
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)


def _checked(node: Node) -> tuple[list[str], list[Any]]:
    if type(node) is not list or len(node) != 2:
        raise RefusedValue("a class is malformed")
    names, parts = node
    _check_names(names)
    if any("\0" in name for name in names):  # Python gives no class such a name
        raise RefusedValue("the names of a class are malformed")
    if type(parts) is not list or not 1 <= len(parts) <= len(names):
        raise RefusedValue("a class is malformed")
    for part in parts:
        if type(part) is not list or len(part) != 5 or type(part[0]) is not int or not 0 < part[0] < 1 << 53:
            raise RefusedValue("a class is malformed")
        _check_names(part[3])
        positions = part[4]
        if type(positions) is not list or not 1 <= len(positions) <= len(names):
            raise RefusedValue("a class is malformed")
        if any(type(p) is not int or not 0 <= p < len(names) for p in positions):
            raise RefusedValue("a class is malformed")
    return names, parts


def _check_names(names: Node) -> None:
    if type(names) is not list or not 1 <= len(names) <= 40 or any(type(n) is not str or len(n) > 200 for n in names):
        raise RefusedValue("the names of a class are malformed")


_metaclasses: dict[int, type[StudentClass]] = {}


def _metaclass(abilities: int) -> type[StudentClass]:
    """The type of classes that can do this themselves: an Enum has items and a length."""
    names = [name for name in capabilities.names(abilities) if name in _ABILITIES_OF_A_CLASS]
    if not names:
        return StudentClass
    if abilities not in _metaclasses:
        if len(_metaclasses) >= _MOST:
            return StudentClass
        _metaclasses[abilities] = type("StudentClass", (StudentClass,), proxies.methods_of(abilities, only=names))
    return _metaclasses[abilities]


def _behind(name: str) -> type | None:
    """The tester's own class of this name where objects of a class below it can be proxies."""
    found = trusted_names.class_of([name])
    if found is None or issubclass(found, (*_NEVER_BEHIND, BaseException)):
        return None
    return None if any(method in vars(found) for method in _NEVER_DEFINED) else found


def _known(found: Any, *, one: bool) -> Any:
    """Classes that came as pairs of name and class: by name the tester's own, else as they came."""
    classes = []
    for pair in found if type(found) is list else []:
        if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not str:
            raise RefusedValue("the bases of a class are malformed")
        own = None if issubclass(type(pair[1]), StandInClass) else trusted_names.known_class(pair[0])
        classes.append(pair[1] if own is None else own)
    return (classes[0] if classes else None) if one else tuple(classes)


def _is_named_tuple_of(value: object, cls: StudentClass) -> bool:
    """Is this value, which came by value, of this class? Raises CannotTell where that did not come with it."""
    base = next(kind for kind in type.mro(cls) if not issubclass(type(kind), StandInClass))
    if not isinstance(value, base):
        return False
    fields = getattr(value, "_fields", None)
    if isinstance(value, MUTABLE):
        return False  # else it would have come as an object of the class
    if fields is not None:
        return type(value).__name__ == cls.__name__ and fields == cls._fields
    raise CannotTell(
        f"objects of {cls.__name__} of the submission come to a test as a plain {base.__name__}, so it cannot be told "
        f"whether this is one: ask isinstance(x, {base.__name__}), or mark the cell `in_kernel`"
    )
