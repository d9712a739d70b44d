"""What a call changed in its arguments: they were copies, so the changes travel back."""

from __future__ import annotations

import array
import collections
import ctypes
import sys
from typing import Any

from grader.engine.encoding import expressions, frames, generators, sparse

_SMALL = 1 << 16
_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


def snapshot(value: Any) -> Any:
    """Enough of a mutable value to see later whether it has changed."""
    if isinstance(value, list | collections.deque):
        return _items(value)
    if isinstance(value, dict):
        return list(dict.items(value))
    if isinstance(value, set):
        return set(map(id, set.__iter__(value))), set.__len__(value)
    if isinstance(value, bytearray | array.array):
        return bytes(value)
    tensor = _tensor_type()
    if tensor is not None and isinstance(value, tensor):
        grad = value.grad
        return value.requires_grad, grad, None if grad is None else _tensor_bytes(grad), _tensor_bytes(value)
    library = _library_of(value)
    if library is not None:
        return library.snapshot(value)
    if generators.kind_of(value):
        return repr(generators.state_of(value))
    return value.dtype, value.shape, _array_snapshot(value)


def has_changed(value: Any, before: Any) -> bool:
    """Is the value another one than when the snapshot was taken?"""
    if isinstance(value, list | collections.deque):
        now = _items(value)
        return len(now) != len(before) or any(a is not b for a, b in zip(now, before, strict=True))
    if isinstance(value, dict):
        if dict.__len__(value) != len(before):
            return True
        pairs = zip(dict.items(value), before, strict=True)
        return any(k is not old_k or v is not old_v for (k, v), (old_k, old_v) in pairs)
    if isinstance(value, set | bytearray | array.array):
        return bool(snapshot(value) != before)
    tensor = _tensor_type()
    if tensor is not None and isinstance(value, tensor):
        requires_grad, grad, grad_bytes, data = before
        if value.requires_grad != requires_grad or value.grad is not grad or _tensor_bytes(value) != data:
            return True
        return grad is not None and _tensor_bytes(grad) != grad_bytes
    library = _library_of(value)
    if library is not None:
        return bool(library.snapshot(value) != before)
    if generators.kind_of(value):
        return bool(repr(generators.state_of(value)) != before)
    dtype, shape, data = before
    if value.dtype != dtype or value.shape != shape:
        return True
    if dtype.kind == "O":
        return any(a is not b for a, b in zip(value.ravel().tolist(), data, strict=True))
    return not _equal(data, _flat(value))


def _items(value: Any) -> list[Any]:
    """What it holds, whatever a class of its own says."""
    base: Any = list if isinstance(value, list) else collections.deque
    return list(base.__iter__(value))


def _library_of(value: Any) -> Any:
    """The part of the encoding that knows this kind of frames or matrices; None for arrays and generators."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return None
    return next((library for library in (frames, expressions, sparse) if library.is_mutable(value)), None)


def _array_snapshot(array: Any) -> Any:
    return array.ravel().tolist() if array.dtype.kind == "O" else _flat(array).copy()


def _flat(array: Any) -> Any:
    """The bytes of a contiguous array, without a copy."""
    import numpy as np

    if not array.dtype.itemsize or not array.size:
        return np.empty(0, np.uint8)
    flat = np.ndarray.view(array, np.ndarray).reshape(-1, order="A")
    return np.ascontiguousarray(flat).view(np.uint8)  # a copy of a view that leaves something out


def _equal(a: Any, b: Any) -> bool:
    """Are these bytes the same? At the speed of memory, and without the array of truth values that NumPy would make."""
    if a.size != b.size:
        return False
    if a.size <= _SMALL:
        return bool(a.tobytes() == b.tobytes())
    return bool(_memcmp(a.ctypes.data, b.ctypes.data, a.size) == 0)


def _tensor_bytes(tensor: Any) -> bytes:
    import torch

    plain = tensor.detach()
    plain = plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain
    return bytes(plain.contiguous().numpy().tobytes())


def _tensor_type() -> Any:
    torch = sys.modules.get("torch")
    return None if torch is None else torch.Tensor
