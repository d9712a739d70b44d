"""Arguments full of nonsense after each call: what a test expects of them then, it expects of nonsense."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from grader.authoring.returned.boundary import each, is_number


class Scribbled:
    """Every result as it is, and nonsense in the arguments: a student's function can change them, and they come back.

    In the next call of the answer they are again what they were, since what it does with its own changes is its own
    affair. What the solution itself changes stays, and so does everything after a result that may go on working with
    its arguments: a function or an iterator.
    """

    def __init__(self) -> None:
        self._scribbles: list[_Scribble] = []
        self._guarded: list[Any] = []
        self._rng = np.random.default_rng(0)

    def __call__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function, and scribble on what it was called with."""
        for scribble in reversed(self._scribbles):
            scribble.wipe()
        places = changeable([*(scribble.place for scribble in self._scribbles), *args, *kwargs.values()])
        self._scribbles = [_Scribble(place) for place in places]
        try:
            with _graph_apart():
                result = function(*args, **kwargs)
            if callable(result) or isinstance(result, Iterator):
                self._scribbles = []
            return self._apart(result)
        finally:
            self._scribbles = [scribble for scribble in self._scribbles if scribble.is_as_before()]
            self._scribble()

    @contextlib.contextmanager
    def unchanged(self, *, hint: str | None = None, **arguments: Any) -> Iterator[None]:
        """In place of `check.unchanged`: within it a change loses the case, so what it guards may be read."""
        before, self._guarded = self._guarded, [*self._guarded, *changeable(arguments.values())]
        try:
            yield
        finally:
            self._guarded = before
            self._scribble()

    def _scribble(self) -> None:
        for scribble in self._scribbles:
            if not any(_overlap(scribble.place, guarded) for guarded in self._guarded):
                scribble.write(self._rng)

    def _apart(self, result: Any) -> Any:
        """The result, copied where it is an argument or shares memory with one."""
        places = [scribble.place for scribble in self._scribbles]
        if any(result is place for place in places):
            result = copy.copy(result)

        def own(part: Any) -> Any:
            memory = _memory(part)
            if memory is None or not any(_overlap(memory, place) for place in places):
                return part
            return part.copy() if type(part) is np.ndarray else part.clone()

        return each(result, own)


def fill(values: Iterable[Any], number: int) -> None:
    """Put this number into all that can be changed in these values."""
    for place in changeable(values):
        if isinstance(place, np.ndarray):
            place[...] = number
        else:
            _put(place, _each_number(place, lambda part: type(part)(number)))


def changeable(values: Iterable[Any]) -> list[Any]:
    """All in these values that a call can change in place: lists, dicts, and the memory of arrays and tensors."""
    found: dict[Any, Any] = {}

    def look(value: Any) -> None:
        memory = _memory(value)
        if memory is not None:
            found[memory.__array_interface__["data"][0], memory.shape, memory.strides, memory.dtype] = memory
        elif type(value) in (list, tuple, dict) and id(value) not in found:
            found[id(value)] = value
            for part in value.values() if type(value) is dict else value:
                look(part)

    for value in values:
        look(value)
    return [place for place in found.values() if type(place) is not tuple]


class _Scribble:
    """A list, a dict or an array, with what it held before a call."""

    def __init__(self, place: Any) -> None:
        self.place, self._before = place, copy.copy(place)
        self._nonsense: Any = None

    def is_as_before(self) -> bool:
        return _same(self.place, self._before)

    def write(self, rng: np.random.Generator) -> None:
        """Nonsense in its place, once."""
        if self._nonsense is None:
            self._nonsense = _nonsense(self._before, rng)
            _put(self.place, self._nonsense)

    def wipe(self) -> None:
        """What was there before, but for what the test has written since."""
        if self._nonsense is None:
            return
        if isinstance(self.place, np.ndarray):
            np.copyto(self.place, self._before, where=self.place == self._nonsense)
        elif _same(self.place, self._nonsense):
            _put(self.place, self._before)


def _memory(value: Any) -> Any:
    """The numbers of an array or tensor, as an array that writes into it; None for what has none."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        if value.device.type != "cpu" or value.layout is not torch.strided or value.dtype is torch.bfloat16:
            return None
        return value.detach().resolve_conj().resolve_neg().numpy()
    is_array = type(value) is np.ndarray and value.dtype.kind in "biufc" and value.flags.writeable
    return value if is_array else None


def _overlap(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.may_share_memory(one, other)
    return one is other


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return bool(one.tobytes() == other.tobytes())
    if len(one) != len(other):
        return False
    pairs = zip(one.items(), other.items(), strict=True) if type(one) is dict else [(one, other)]
    return all(a is b for old, new in pairs for a, b in zip(old, new, strict=True))


def _put(place: Any, content: Any) -> None:
    if type(place) is dict:
        place.clear()
        place.update(content)
    else:
        place[... if isinstance(place, np.ndarray) else slice(None)] = content


def _nonsense(content: Any, rng: np.random.Generator) -> Any:
    """Other values of the same kinds; whole numbers between those that are there, since they may be indices."""
    if not isinstance(content, np.ndarray):
        changed = _each_number(content, lambda part: _other_number(part, rng))
        return changed[::-1] if type(changed) is list else changed
    if content.dtype.kind == "b":
        return ~content
    if content.dtype.kind in "fc" or not content.size:
        return np.asarray(rng.standard_normal(content.shape)).astype(content.dtype)
    low, high = content.min(), content.max()
    drawn = rng.integers(low, high, content.shape, content.dtype, endpoint=True)
    next_one = np.where(content < high, content + 1, low if low < high else low + 1)
    return np.where(drawn == content, next_one, drawn).astype(content.dtype)


def _each_number(content: Any, change: Callable[[Any], Any]) -> Any:
    if type(content) is dict:
        return {key: change(part) if is_number(part) else part for key, part in content.items()}
    return [change(part) if is_number(part) else part for part in content]


def _other_number(number: Any, rng: np.random.Generator) -> Any:
    if isinstance(number, bool | np.bool_):
        return not number
    return type(number)(rng.standard_normal() if isinstance(number, float | np.floating) else number + 1)


def _graph_apart() -> contextlib.AbstractContextManager[Any]:
    """What is computed here keeps copies of the tensors that its gradients need."""
    torch = sys.modules.get("torch")
    if torch is None:
        return contextlib.nullcontext()
    hooks = torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor.clone(), lambda tensor: tensor)
    return hooks  # type: ignore[no-any-return]  # torch comes by its name
