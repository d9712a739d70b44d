"""Proxies: objects of the student's process as the tester sees them.

A proxy has the special methods that its original has, and passes them on. What a test compares with is never sent, or
else an object that claims to be equal to everything would pass for a number: where the original's class compares by
identity, so does its proxy, and where it has an `__eq__` of its own, a comparison with the tester's data is refused
(`not_comparable.py`). Two objects are compared by the student's code only where the test itself names their class
(`Vector(1, 2) == Vector(1, 2)`). To calculate with the tester's data is possible with such classes too; what comes of
it is marked (`taint.py`).
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grader.engine import capabilities
from grader.engine.encoding import keys
from grader.engine.tester import inspected, trusted_names
from grader.engine.tester.class_marker import StandInClass
from grader.engine.tester.not_comparable import NotComparable, not_comparable
from grader.engine.tester.raise_again import exception_class
from grader.engine.tester.student_errors import StudentLost

_MOST_CLASSES = 2000
OWN_ANSWERS = ("__array__", "__array_ufunc__", "__copy__", "__deepcopy__")
_PRIVATE = re.compile(
    r"__(array|torch|dlpack|cuda|dataframe|arrow|buffer|reduce|getstate|setstate|getnewargs|jax|sparse|geo)\w*__"
    r"|__(copy|deepcopy|set_name|mro_entries|prepare|index|length_hint|objclass|wrapped|isabstractmethod)__"
    r"|_?_sympy_?_|_[A-Za-z0-9]*(?:code|sympystr|sympyrepr|latex|pretty|mathml)|_repr_\w+_|_ipython_\w+|_pytest\w*|__tracebackhide__"
)
"""Attributes that libraries look for in any object to treat it in a way of its own; a proxy has none of them."""


class RemoteLike(Protocol):
    """What a proxy asks: the student's process, behind everything that is checked."""

    def operate(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The result of an operation there, or the exception that it raised."""

    def iterate(self, proxy: Proxy) -> Any:
        """The original's items."""

    def is_named(self, class_number: int) -> bool:
        """Is this a class that the running test cell names itself?"""

    def name_class(self, class_number: int) -> None:
        """The test has made this class, below one of the submission: it names it."""

    def in_hidden_part(self) -> bool:
        """Has the running test cell come to its hidden part?"""


class Proxy:
    """Stands for one object in the student's process. Made by `make`, in a subclass with the right methods."""

    __slots__ = ("__weakref__", "_abilities", "_bases", "_class_number", "_epoch", "_marked", "_number", "_remote")
    __array_ufunc__ = None  # NumPy leaves operators to us instead of making an array of objects

    def __getattribute__(self, name: str) -> Any:
        """An attribute of the original."""
        if name == "__class__":
            return _class_of(self)
        if name in OWN_ANSWERS:
            return object.__getattribute__(self, name)
        kept = kept_by(type(self))
        if name in kept:
            return bound(kept[name], self, type(self))
        return attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute of the original."""
        forget_method(type(self), name)
        _ask(self, "setattr", name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute of the original."""
        _ask(self, "delattr", name)

    def __dir__(self) -> list[str]:
        """The names of the original's attributes."""
        names = _ask(self, "dir")
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def __repr__(self) -> str:
        """The original's own description."""
        return _checked_text(_ask(self, "repr"))

    def __str__(self) -> str:
        """The original as text."""
        return _checked_text(_ask(self, "str"))

    def __format__(self, spec: str) -> str:
        """The original, formatted."""
        return _checked_text(_ask(self, "format", spec))

    def __eq__(self, other: object) -> Any:
        """Identity; where the original's class says something else it is asked, or the question refused."""
        if self is other:
            return True
        return _compare(self, other, "__eq__")

    def __ne__(self, other: object) -> Any:
        """The opposite."""
        if self is other:
            return False
        return _compare(self, other, "__ne__")

    def __hash__(self) -> int:
        """The original's own; equal for the same object where its class says nothing of equality."""
        bits = capabilities.names(_slot(self, "_abilities"))
        if "__eq__" not in bits:  # not asked for, since a dict with such keys may be on its way here
            return hash((_slot(self, "_epoch"), _slot(self, "_number")))
        if "__hash__" not in bits:
            raise TypeError(f"unhashable type: {type(self).__name__!r}")
        if _slot(self, "_marked"):
            raise _refused(self, "__hash__")
        return _checked_hash(_ask(self, "__hash__"))

    def __bool__(self) -> bool:
        """True, unless the original's class says something else."""
        abilities = set(capabilities.names(_slot(self, "_abilities")))
        return bool(_ask(self, "__bool__")) if abilities & {"__bool__", "__len__"} else True

    def __instancecheck__(self, instance: object) -> bool:
        """`isinstance(x, StudentClass)`: for the student's objects, the student's interpreter knows."""
        return is_proxy(instance) and bool(_ask(self, "_is_class_of", instance))

    def __subclasscheck__(self, subclass: object) -> bool:
        """`issubclass(StudentClass, OtherStudentClass)`."""
        return is_proxy(subclass) and bool(_ask(self, "_is_base_of", subclass))

    def __copy__(self) -> Any:
        """A copy that the student's process makes."""
        return _ask(self, "copy")

    def __deepcopy__(self, _: Any) -> Any:
        """A deep copy that the student's process makes."""
        return _ask(self, "deepcopy")

    def __reduce_ex__(self, _: Any) -> Any:
        """Refuse: what is no data cannot be stored."""
        raise TypeError("an object of the submission cannot be pickled")


class Coroutine(Proxy):
    """A coroutine of the submission. It runs over there, as a whole, when it is awaited."""

    __slots__ = ()
    __name__ = "coroutine"

    def __getattribute__(self, name: str) -> Any:
        """What an event loop asks for is the tester's own."""
        if name in ("send", "throw", "close"):
            return object.__getattribute__(self, name)
        return super().__getattribute__(name)

    def __await__(self) -> Generator[None, None, Any]:
        """What it returns."""
        __tracebackhide__ = True
        yield from ()  # it waits for nothing here
        return _ask(self, "_await")

    def send(self, _: Any) -> Any:
        """Run it to its end."""
        raise StopIteration(_ask(self, "_await"))

    def throw(self, error: Any, *_: Any) -> Any:
        """It is canceled, or so, before it has begun."""
        self.close()
        raise error

    def close(self) -> None:
        """It will not be awaited."""
        _ask(_ask(self, "getattr", "close"), "call")


def make(
    remote: RemoteLike,
    number: int,
    abilities: int,
    name: str,
    bases: list[str],
    class_number: int,
    epoch: int,
    kind: type | None = None,
) -> Proxy:
    """A proxy of this kind, or else of one that has the original's special methods and its type's name."""
    if bases[:1] == ["builtins.coroutine"]:
        kind = Coroutine
    elif kind is None or not issubclass(kind, Proxy):
        kind = _proxy_class(abilities, name)
    proxy = object.__new__(kind)
    for attribute, value in (
        ("_remote", remote),
        ("_number", number),
        ("_abilities", abilities),
        ("_bases", bases),
        ("_class_number", class_number),
        ("_epoch", epoch),
        ("_marked", False),
    ):
        object.__setattr__(proxy, attribute, value)
    return proxy


def is_proxy(value: object) -> bool:
    """Is this a proxy, of an object or of a class, or data of a class of the submission? Asked of its true type."""
    kind = type(value)
    if issubclass(kind, (Proxy, StandInClass)):
        return True
    return issubclass(type(kind), StandInClass) and not issubclass(kind, BaseException)


def is_function(proxy: Proxy) -> bool:
    """Is the original a plain function?"""
    return bool(_slot(proxy, "_bases")[:1] == ["builtins.function"])


def is_iterator(proxy: Proxy) -> bool:
    """Does the original give its items once, each when it is asked for?"""
    return "__next__" in capabilities.names(_slot(proxy, "_abilities"))


def compares_by_identity(value: object) -> bool:
    """Is this a proxy of something that is equal to itself alone?"""
    return is_proxy(value) and "__eq__" not in capabilities.names(_slot(value, "_abilities"))  # type: ignore[arg-type]  # a proxy


keys.BY_IDENTITY.append(compares_by_identity)


def class_number_of(proxy: Proxy) -> int:
    """The number of the original's class, 0 for a class of a library."""
    return int(_slot(proxy, "_class_number"))


def number_of(proxy: Proxy) -> int:
    """The number by which the student's process knows the original."""
    return int(_slot(proxy, "_number"))


def epoch_of(proxy: Proxy) -> int:
    """Which of the student's processes the original lives in."""
    return int(_slot(proxy, "_epoch"))


def mark(proxy: Proxy, marked: bool = True) -> None:
    """The original has met data of the test through an operator; or, not `marked`, data that came of it is right."""
    if issubclass(type(proxy), StandInClass):
        type.__getattribute__(proxy, "__dict__")["_described"].marked = True
    elif not issubclass(type(proxy), Proxy):
        object.__getattribute__(proxy, "__dict__")["_marked"] = marked
    else:
        object.__setattr__(proxy, "_marked", True)


def is_marked(proxy: Proxy) -> bool:
    """Has the original met data of the test through an operator?"""
    return bool(_slot(proxy, "_marked"))


def _slot(proxy: Proxy, name: str) -> Any:
    return object.__getattribute__(proxy, name)


def attribute(proxy: Any, name: str) -> Any:
    """An attribute of the original, of an object or of a class."""
    __tracebackhide__ = True
    if name == "__signature__":
        return inspected.signature_of(_ask(proxy, "_signature"))
    if _PRIVATE.fullmatch(name) and not (name == "__wrapped__" and _slot(proxy, "_bases")[0] in _WRAPPERS):
        raise AttributeError(f"the student's object has no attribute {name!r} here", name=name)
    return _ask(proxy, "getattr", name)


class ChangedBySubmission(Exception):
    """A test reads an attribute of its own class in whose place the submission has put another value."""


@dataclass(frozen=True)
class DataOfTest:
    """Data that cannot change and that a test gave its class: the submission has it too, but cannot set another."""

    name: str
    value: Any

    def read(self, owner: Any) -> Any:
        """The test's own value. Raises ChangedBySubmission where the submission has put another in its place."""
        __tracebackhide__ = True
        found = attribute(owner, self.name)
        if type(found) is not type(self.value) or not (found == self.value or repr(found) == repr(self.value)):
            raise ChangedBySubmission(
                f"{self.name} is an attribute of a class of the test, and the submission has set another value: a test "
                "that reads it could compare with what the submission wrote. Read a variable of the test instead, let "
                "the test set the attribute itself, or mark the cell `in_kernel`"
            )
        return self.value


def kept_by(kind: type) -> dict[str, Any]:
    """The attributes of a test's class below one of the submission's that the submission must not see."""
    if not issubclass(type(kind), StandInClass):
        return {}
    found: dict[str, Any] = type.__getattribute__(kind, "__dict__")["_described"].kept
    return found


def bound(value: Any, instance: Any, kind: type) -> Any:
    """An attribute that a test gave its class, as Python gives it: the submission cannot put another in its place."""
    if isinstance(value, DataOfTest):
        return value.read(kind if instance is None else instance)
    if isinstance(value, types.FunctionType | staticmethod | classmethod | property):
        return value.__get__(instance, kind)
    return value


def forget_method(kind: type, name: str) -> None:
    """The test sets an attribute in the place of a method of its class: from then on the original has it."""
    kept = kept_by(kind)
    if isinstance(kept.get(name), types.FunctionType | staticmethod | classmethod | DataOfTest):
        del kept[name]


def ask(proxy: Any, operation: str, *args: Any, **kwargs: Any) -> Any:
    """The answer of the student's process to an operation on the original, of an object or of a class."""
    __tracebackhide__ = True
    return _ask(proxy, operation, *args, **kwargs)


def ask_of(proxy: Any) -> RemoteLike:
    """What a proxy asks."""
    found: RemoteLike = _slot(proxy, "_remote")
    return found


def _ask(proxy: Proxy, operation: str, *args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    return _slot(proxy, "_remote").operate(operation, (proxy, *args), kwargs)


def _class_of(proxy: Proxy) -> type:
    """What isinstance goes by: a class of the submission as such, else the first base that the tester knows itself."""
    kind = type(proxy)
    if issubclass(type(kind), StandInClass) and type.__getattribute__(kind, "__dict__")["_described"].whole:
        return kind
    if "builtins.BaseException" in _slot(proxy, "_bases"):
        return exception_class(_slot(proxy, "_bases"))
    return trusted_names.class_of(_slot(proxy, "_bases")) or type(proxy)


def _is_named(proxy: Proxy) -> bool:
    return bool(_slot(proxy, "_remote").is_named(class_number_of(proxy)))


def _compare(proxy: Proxy, other: object, name: str) -> Any:
    __tracebackhide__ = True
    bits = capabilities.names(_slot(proxy, "_abilities"))
    if other is None or not (name in bits or (name == "__ne__" and "__eq__" in bits)):
        return NotImplemented  # then Python goes by identity
    if is_proxy(other) and _is_named(proxy):
        return _ask(proxy, name, other)
    raise _refused(proxy, name, other)


def _refused(proxy: Proxy, operation: str, *others: object) -> NotComparable:
    """The exception for what only the student's code could answer."""
    names = _slot(proxy, "_bases")
    met = ", ".join("another object" if is_proxy(other) else _article(type(other).__name__) for other in others)
    name = names[0].removeprefix("__main__.") if names else type(proxy).__name__
    return not_comparable(operation, name, met, of_notebook=class_number_of(proxy) != 0)


def _article(name: str) -> str:
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"


def _checked_text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("the object's description is no text")
    return value


def _checked_hash(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("the object's hash is no integer")
    return value


def _passing_on(name: str) -> Callable[..., Any]:
    def method(self: Proxy, *args: Any) -> Any:
        __tracebackhide__ = True
        return _ask(self, name, *args)

    return method


def _call(self: Proxy, /, *args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    return _ask(self, "call", *args, **kwargs)


def _ordering(name: str) -> Callable[[Proxy, Any], Any]:
    def method(self: Proxy, other: Any) -> Any:
        __tracebackhide__ = True
        if is_proxy(other) and _is_named(self):
            return _ask(self, name, other)
        raise _refused(self, name, other)

    return method


def _operator(name: str) -> Callable[[Proxy, Any], Any]:
    def method(self: Proxy, other: Any) -> Any:
        __tracebackhide__ = True
        if is_proxy(other) or _is_named(self):
            return _ask(self, name, other)
        raise _refused(self, name, other)  # no TypeError, which a test may expect

    return method


def _iterate(self: Proxy) -> Any:
    __tracebackhide__ = True
    return _slot(self, "_remote").iterate(self)


def _contains(self: Proxy, item: Any) -> Any:
    __tracebackhide__ = True
    if is_proxy(item) and _is_named(self):
        return bool(_ask(self, "__contains__", item))
    if "__iter__" not in capabilities.names(_slot(self, "_abilities")):
        raise _refused(self, "__contains__", item)
    named = class_number_of(self) != 0 and _is_named(self)
    for other in self:  # type: ignore[attr-defined]  # it has __iter__
        if item is other or item == other:
            return bool(_ask(self, "__contains__", other)) if named else True
    if _is_container(self) or (class_number_of(self) and not named):
        return False
    # What the test names, or a library has made, may contain more than it iterates over.
    raise _refused(self, "__contains__", item)


def _is_container(proxy: Proxy) -> bool:
    """Does the original contain what it iterates over, as Python's own containers do?"""
    return any(name.startswith(("builtins.", "collections.")) for name in _slot(proxy, "_bases")[:1])


def _exit(self: Proxy, kind: type | None, error: BaseException | None, _: Any) -> bool:
    """Let the student's context manager clean up. It never swallows an exception, which would skip what follows it.

    It is told the kind of the exception alone: the message of a failed assertion says what was expected.
    """
    __tracebackhide__ = True
    try:
        swallow = bool(_ask(self, "__exit__", kind.__name__ if kind else ""))
    except StudentLost:
        raise
    except Exception:
        if isinstance(error, AssertionError):  # an exception of its own must not stand in for the test's verdict
            return False
        raise
    if swallow and error is not None and _ALONE not in getattr(error, "__notes__", ()):
        error.add_note(_ALONE)
    return False


def _conversion(name: str, kind: type) -> Callable[[Proxy], Any]:
    def method(self: Proxy) -> Any:
        __tracebackhide__ = True
        value = _ask(self, name)
        if type(value) is not kind:
            raise TypeError(f"{name} of the student's object gave no {kind.__name__}")
        return value

    return method


def _array(self: Proxy, dtype: Any = None, copy: bool | None = None) -> Any:
    """The numbers that the student's process makes of the original: data, and nothing that could judge."""
    __tracebackhide__ = True
    import numpy as np

    value = _ask(self, "__array__")
    if type(value) is not np.ndarray or value.dtype.kind not in "biufc":
        raise TypeError("__array__ of the student's object gave no array of numbers")
    return np.array(value, dtype=dtype)  # each time a new one: what was seen stays so


_WRAPPERS = ("builtins.function", "functools._lru_cache_wrapper")
_ALONE = (
    "A context manager of the submission wanted to suppress this exception. In a test it cannot: what follows in the "
    "block would be skipped. To test that it does, call its method: manager.__exit__(ValueError, None, None)."
)
_NUMBERS = {"__int__": int, "__float__": float, "__complex__": complex, "__index__": int, "__len__": int}
_OWN = {"__eq__", "__ne__", "__hash__", "__bool__"}
_METHODS: dict[str, Callable[..., Any]] = {
    **{name: _passing_on(name) for name in capabilities.METHODS if name not in _OWN},
    **{name: _conversion(name, kind) for name, kind in _NUMBERS.items()},
    **{name: _ordering(name) for name in capabilities.COMPARISONS},
    **{name: _operator(name) for name in (*capabilities.BINARY, *capabilities.REFLECTED, *capabilities.IN_PLACE)},
    "__array__": _array,
    "__call__": _call,
    "__contains__": _contains,
    "__iter__": _iterate,
    "__exit__": _exit,
}
_classes: dict[tuple[int, str], type[Proxy]] = {}


def _proxy_class(abilities: int, name: str) -> type[Proxy]:
    key = abilities, name
    if key not in _classes:
        if len(_classes) >= _MOST_CLASSES:
            return _proxy_class(abilities, "object") if name != "object" else Proxy
        _classes[key] = type(name, (Proxy,), {"__slots__": (), "__module__": "student", **methods_of(abilities)})
    return _classes[key]


def methods_of(abilities: int, only: Collection[str] = capabilities.METHODS) -> dict[str, Any]:
    """The special methods of a class whose objects can do this."""
    return {name: _METHODS[name] for name in capabilities.names(abilities) if name in only and name not in _OWN}
