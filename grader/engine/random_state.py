"""The global random state of Python, NumPy (legacy) and torch: it travels with a call and comes back.

All three are Mersenne Twisters. What comes back from the student's process is taken over only when it can be reached
from the state that was sent by drawing numbers: otherwise a submission could choose what a test draws next. A student's
code that seeds a generator goes on with numbers of its own, as it would in one kernel, until the test draws or seeds.
"""

from __future__ import annotations

import ctypes
import math
import random
import struct
import sys
from typing import Any

from grader.engine.encoding import RefusedValue
from grader.engine.encoding.tags import Node

PYTHON, NUMPY, TORCH = "python", "numpy", "torch"
_WORDS = 624
_MOST_BLOCKS = 20_000  # of 624 draws each
_BLOCKS_AT_ONCE = 32
_BLOCKS_A_SECOND = 1_000_000  # more than can be drawn: what took less time to come cannot be further away
_PYTHON_WORDS = struct.Struct("<625I")
_LARGEST_NORMAL = 40.0
_TORCH_BYTES = 5056
_TORCH_HEAD = struct.Struct("<QiiQ")  # seed, draws left in the block, seeded, position


State = tuple[bytes, int, float | None]
"""Words, position, and a normal number kept in store."""


def capture(last: dict[str, State] | None = None) -> dict[str, State]:
    """The states of the generators that this process has loaded.

    Args:
        last: an earlier capture in this process; what has not changed since is not read in full.
    """
    last = last or {}
    states = {PYTHON: _capture_python(last.get(PYTHON))}
    if "numpy.random" in sys.modules:
        states |= _capture_numpy(last.get(NUMPY))
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_rng_state"):
        states[TORCH] = (torch.get_rng_state().numpy().tobytes(), 0, None)
    return states


def _capture_python(last: State | None) -> State:
    _, words, gauss = random.getstate()
    position = words[-1]
    if last is not None and position == last[1] and gauss == last[2]:
        data = _PYTHON_WORDS.pack(*words)[:-4]
        return last if data == last[0] else (data, position, gauss)
    return _PYTHON_WORDS.pack(*words)[:-4], position, gauss


def _capture_numpy(last: State | None) -> dict[str, State]:
    """NumPy's own get_state takes 30 microseconds, so the words are read where they lie."""
    numpy_random = sys.modules["numpy.random"]
    bits = numpy_random.get_bit_generator()
    if type(bits).__name__ != "MT19937":
        return {}
    raw = ctypes.string_at(bits.ctypes.state_address, 4 * _WORDS + 4)
    words, position = raw[: 4 * _WORDS], int.from_bytes(raw[4 * _WORDS :], sys.byteorder)
    # A normal number comes into store only when words are drawn, but may be taken out without.
    if last is not None and last[2] is None and last[1] == position and last[0] == words:
        return {NUMPY: last}
    _, _, _, has_gauss, cached = numpy_random.get_state()
    return {NUMPY: (words, position, float(cached) if has_gauss else None)}


def to_node(states: dict[str, State], known: dict[str, Any]) -> Node:
    """What of `states` differs from what the other side knows already."""
    return [[name, *state] for name, state in states.items() if known.get(name) != state]


def apply(node: Node) -> None:
    """Set the generators to what the tester sent."""
    for name, words, position, gauss in node:
        _set(name, words, position, gauss)


def apply_reachable(node: Node, sent: dict[str, State], seconds: float) -> dict[str, State]:
    """Set the generators to what came back, as far as drawing numbers leads there.

    Args:
        node: what came back.
        sent: the states of which it was sent, and which the generators still have.
        seconds: how long it took, which bounds how much was drawn.

    Returns:
        For each generator the state that it has now.

    Raises:
        RefusedValue: it is malformed.
    """
    if type(node) is not list or len(node) > 3:
        raise RefusedValue("a random state is malformed")
    now = dict(sent)
    for part in node:
        if type(part) is not list or len(part) != 4 or part[0] not in (PYTHON, NUMPY, TORCH):
            raise RefusedValue("a random state is malformed")
        name, words, position, gauss = part
        size = _TORCH_BYTES if name == TORCH else 4 * _WORDS
        if type(words) is not bytes or len(words) != size or type(position) is not int:
            raise RefusedValue("a random state is malformed")
        if gauss is not None and not (type(gauss) is float and abs(gauss) < _LARGEST_NORMAL):
            raise RefusedValue("a random state is malformed")
        if name in sent and reachable(name, sent[name], words, position, seconds):
            _set(name, words, position, gauss)
            now[name] = words, position, gauss
    return now


def reseed() -> None:
    """Fresh states, as in a fresh process: forks of one parent would all draw the same numbers."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def _set(name: str, words: bytes, position: int, gauss: float | None) -> None:
    if name == PYTHON:
        random.setstate((3, (*struct.unpack("<624I", words), position), gauss))
    elif name == NUMPY:
        import numpy as np

        key = np.frombuffer(words, np.uint32)
        legacy = sys.modules["numpy.random"]  # its global state is what tests with np.random.seed draw from
        legacy.set_state(("MT19937", key, position, int(gauss is not None), gauss or 0.0))
    else:
        import numpy as np
        import torch

        torch.set_rng_state(torch.from_numpy(np.frombuffer(bytearray(words), np.uint8)))


def most_draws(seconds: float) -> int:
    """How many numbers can be drawn in this time, as far as we follow."""
    return _WORDS * _most_blocks(seconds)


def _most_blocks(seconds: float) -> int:
    return min(_MOST_BLOCKS, _BLOCKS_AT_ONCE + int(seconds * _BLOCKS_A_SECOND))


def reachable(name: str, before: State, words: bytes, position: int, seconds: float) -> bool:
    """Does drawing numbers for so many seconds lead from the state `before` to these words and this position?"""
    old, old_position = before[0], before[1]
    if name == TORCH:
        if not _same_torch_tail(old, words):
            return False
        old, old_position = _torch_words(old)
        words, position = _torch_words(words)
    if not 0 <= position <= _WORDS or not any(words):
        return False
    if words == old:
        return position >= old_position
    return _is_ahead(old, words, _most_blocks(seconds))


def _is_ahead(old: bytes, new: bytes, most: int) -> bool:
    """Do these words follow on those, at most so many blocks of draws later? Looked for among the numbers drawn."""
    wanted = _drawn(new)
    bits = _twister(old)
    for _ in range(0, most, _BLOCKS_AT_ONCE):
        found = bits.random_raw(_BLOCKS_AT_ONCE * _WORDS).reshape(_BLOCKS_AT_ONCE, _WORDS)
        if bool((found[found[:, 0] == wanted[0]] == wanted).all(axis=1).any()):
            return True
    return False


def _twister(words: bytes, position: int = _WORDS) -> Any:
    import numpy as np

    bits = np.random.MT19937()
    bits.state = {"bit_generator": "MT19937", "state": {"key": np.frombuffer(words, np.uint32), "pos": position}}
    return bits


def _drawn(words: bytes) -> Any:
    """The numbers that this block of words gives."""
    return _twister(words, 0).random_raw(_WORDS)


def _torch_words(state: bytes) -> tuple[bytes, int]:
    """The words of the twister inside torch's state, and how many of them are drawn."""
    _, left, _, _ = _TORCH_HEAD.unpack_from(state)
    # The words stand in 8 bytes each.
    words = b"".join(state[24 + 8 * i : 28 + 8 * i] for i in range(_WORDS))
    return words, _WORDS + 1 - left if 1 <= left <= _WORDS + 1 else -1


def _same_torch_tail(old: bytes, new: bytes) -> bool:
    """Seed and padding are as they were, and a normal number kept in store is an ordinary one."""
    if old[:8] != new[:8] or any(new[28 + 8 * i : 32 + 8 * i] != b"\0\0\0\0" for i in range(_WORDS)):
        return False
    tail = new[24 + 8 * _WORDS :]
    numbers = [struct.unpack_from("<d", tail, at)[0] for at in range(0, len(tail) - 7, 8)]
    return all(math.isfinite(number) and abs(number) < _LARGEST_NORMAL for number in numbers)
