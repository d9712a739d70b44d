"""Random generators that a test passes as arguments: NumPy's, Python's and torch's, as nodes and back."""

from __future__ import annotations

import math
import random
import struct
import sys
from typing import Any

from grader.engine.encoding import tags
from grader.engine.encoding.pack import Pack, Packer
from grader.engine.encoding.tags import Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker

OLD, PYTHON, TORCH = "RandomState", "Random", "torch"
WORDS = 624
TORCH_BYTES = 5056
LARGEST_NORMAL = 40.0
_WORDS = struct.Struct(f"={WORDS}I")

Twister = tuple[bytes, int, float | None]
"""Words of a Mersenne Twister, position, and a normal number kept in store."""


def packer_for(kind: type) -> Pack | None:
    """The function that packs generators of this type, or None. Nothing is imported for the question."""
    numpy_random = getattr(sys.modules.get("numpy"), "random", None)
    torch = sys.modules.get("torch")
    if kind is random.Random or (torch is not None and kind is torch.Generator):
        return pack
    if numpy_random is not None and (kind is numpy_random.Generator or kind is numpy_random.RandomState):
        return pack
    return None


def kind_of(value: Any) -> str:
    """The name of a generator's kind: that of its bit generator, OLD, PYTHON or TORCH; '' for everything else."""
    name = type(value).__name__
    if hasattr(value, "bit_generator"):
        bits = type(value.bit_generator).__name__
        return bits if bits in tags.BIT_GENERATORS else ""
    if name == "RandomState":
        return OLD if value.get_state(legacy=False)["bit_generator"] == "MT19937" else ""
    if name == "Random":
        return PYTHON
    return TORCH if name == "Generator" and str(getattr(value, "device", "")) == "cpu" else ""


def state_of(value: Any) -> Any:
    """The state of a generator: a Twister for OLD and PYTHON, bytes for TORCH, else what NumPy says."""
    kind = kind_of(value)
    if kind == OLD:
        found = value.get_state(legacy=False)
        gauss = float(found["gauss"]) if found["has_gauss"] else None
        return found["state"]["key"].astype("=u4").tobytes(), int(found["state"]["pos"]), gauss
    if kind == PYTHON:
        _, words, gauss = value.getstate()
        return _WORDS.pack(*words[:-1]), words[-1], gauss
    if kind == TORCH:
        return value.get_state().numpy().tobytes()
    return value.bit_generator.state


def set_state(value: Any, state: Any) -> None:
    """Put a generator into a state of its kind."""
    kind = kind_of(value)
    if kind == TORCH:
        import numpy as np
        import torch

        value.set_state(torch.from_numpy(np.frombuffer(bytearray(state), np.uint8)))
    elif kind in (OLD, PYTHON):
        words, position, gauss = state
        key = _WORDS.unpack(words)
        if kind == PYTHON:
            value.setstate((3, (*key, position), gauss))
        else:
            value.set_state(("MT19937", list(key), position, int(gauss is not None), gauss or 0.0))
    else:
        value.bit_generator.state = state


def pack(packer: Packer, value: Any) -> Node:
    """The GENERATOR node of a generator."""
    kind = kind_of(value)
    if not kind:
        return packer.other(value)
    packer.note_argument(value)
    return [tags.GENERATOR, kind, packer.unnumbered().pack(state_of(value))]


def unpack(unpacker: Unpacker, node: list[Node]) -> Any:
    """A random generator in the state of a GENERATOR node."""
    _, kind, state_node = unpacker.parts(node, 3)
    number = unpacker.reserve_argument()
    if kind not in (*tags.BIT_GENERATORS, OLD, PYTHON, TORCH):
        raise RefusedValue("a random generator of a kind that is not allowed")
    made = _new(kind)
    state = unpacker.unnumbered().unpack(state_node)
    if kind in (OLD, PYTHON):
        _check_twister(state)
    if kind == TORCH and not (type(state) is bytes and len(state) == TORCH_BYTES):
        raise RefusedValue("the state of a random generator is malformed")
    try:
        set_state(made, state)
    except (TypeError, ValueError, KeyError, OverflowError, IndexError, RuntimeError) as error:
        raise RefusedValue(f"the state of a random generator is malformed: {type(error).__name__}") from None
    return unpacker.keep(number, made)


def _new(kind: str) -> Any:
    if kind == PYTHON:
        return random.Random(0)
    if kind == TORCH:
        try:
            import torch
        except ModuleNotFoundError:
            raise RefusedValue("something of torch's, which is not installed") from None
        return torch.Generator()
    import numpy as np

    return np.random.RandomState(0) if kind == OLD else np.random.Generator(getattr(np.random, kind)(0))


def _check_twister(state: Any) -> None:
    if type(state) is not tuple or len(state) != 3:
        raise RefusedValue("the state of a random generator is malformed")
    words, position, gauss = state
    if type(words) is not bytes or len(words) != _WORDS.size or type(position) is not int:
        raise RefusedValue("the state of a random generator is malformed")
    if not 0 <= position <= WORDS or not is_normal(gauss):
        raise RefusedValue("the state of a random generator is malformed")


def is_normal(gauss: Any) -> bool:
    """Is this None, or a number that a normal distribution may have given?"""
    return gauss is None or (type(gauss) is float and math.isfinite(gauss) and abs(gauss) < LARGEST_NORMAL)
