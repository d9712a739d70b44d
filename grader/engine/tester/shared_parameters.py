"""Parameters of a student's model that a test holds: the same on both sides, though optimizers change them in place."""

from __future__ import annotations

import weakref
from typing import Any

from grader.engine.encoding import RefusedValue
from grader.engine.snapshots import has_changed, snapshot


class SharedParameters:
    """The parameters that came to the tester and are still in use there, each with the number of its original."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[weakref.ref[Any], Any]] = {}
        self._fresh: list[Any] = []  # `model.fc.weight.fill_(0)` changes one that nobody holds on to

    def add(self, tensor: Any, number: int) -> Any:
        """Keep this one the same as its original; the same parameter is the same object each time."""
        entry = self._held.get(number)
        held = entry[0]() if entry else None
        if held is not None and held.shape == tensor.shape and held.dtype == tensor.dtype:
            _copy(held, tensor)
            tensor = held
        self._held[number] = (weakref.ref(tensor), snapshot(tensor))
        self._fresh.append(tensor)
        return tensor

    def changed_here(self) -> list[tuple[int, Any]]:
        """Those that the test has changed since, with their numbers; they count as unchanged afterwards."""
        changed = []
        for number, (reference, before) in list(self._held.items()):
            tensor = reference()
            if tensor is None:
                del self._held[number]
            elif has_changed(tensor, before):
                self._held[number] = (reference, snapshot(tensor))
                changed.append((number, tensor))
        self._fresh.clear()
        return changed

    def numbers(self) -> list[int]:
        """The numbers of those in use."""
        return [number for number, (reference, _) in self._held.items() if reference() is not None]

    def update(self, numbers: list[int], values: Any) -> None:
        """Take over what the originals are now. Raises RefusedValue when these are no such parameters."""
        if type(values) is not list or len(values) != len(numbers):
            raise RefusedValue("the parameters of a model came back malformed")
        for number, value in zip(numbers, values, strict=True):
            tensor = self._held[number][0]() if number in self._held else None
            if tensor is None:
                continue
            if type(value) is not type(tensor) or value.shape != tensor.shape or value.dtype != tensor.dtype:
                raise RefusedValue("a parameter came back as something else")
            if value is not tensor:
                _copy(tensor, value)
                self._held[number] = (weakref.ref(tensor), snapshot(tensor))


def _copy(target: Any, value: Any) -> None:
    target.detach().copy_(value.detach())
    target.requires_grad_(value.requires_grad)
    if target.grad is None or value.grad is None:
        target.grad = value.grad
    else:
        target.grad.copy_(value.grad)
