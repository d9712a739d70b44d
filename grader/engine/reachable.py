"""Can a generator have come from one state to another by drawing numbers, and by nothing else?

A test passes a generator, the submission draws from it, and the test draws on. What comes back is a claim of the
submission's process. Were any state taken over, it could choose what the test draws next: zeros, for one.
"""

from __future__ import annotations

from typing import Any

from grader.engine import random_state
from grader.engine.encoding import generators

_BLOCK = 1 << 16
_128 = (1 << 128) - 1
# The factor by which each step multiplies the state, as NumPy has it.
_FACTORS = {"PCG64": 0x2360ED051FC65DA44385DF649FCCF645, "PCG64DXSM": 0xDA942042E4DD58B5}


def take_over(target: Any, came: Any, seconds: float) -> None:
    """Put `target` into the state of `came` if drawing numbers for so long leads there; else it stays as it was."""
    if generators.kind_of(target) == generators.kind_of(came) and _is_reachable(target, came, seconds):
        generators.set_state(target, generators.state_of(came))


def _is_reachable(target: Any, came: Any, seconds: float) -> bool:
    kind = generators.kind_of(target)
    old, new = generators.state_of(target), generators.state_of(came)
    if kind in (generators.OLD, generators.PYTHON):
        return random_state.reachable(random_state.PYTHON, old, new[0], new[1], seconds)
    if kind == generators.TORCH:
        return random_state.reachable(random_state.TORCH, (old, 0, None), new, 0, seconds)
    if kind == "MT19937":
        before, after = old["state"], new["state"]
        words = before["key"].tobytes(), int(before["pos"]), None
        return random_state.reachable(random_state.NUMPY, words, after["key"].tobytes(), int(after["pos"]), seconds)
    steps = _steps(kind, old, new)
    return 0 <= steps <= random_state.most_draws(seconds) and _comes_out(kind, old, new, steps)


def _steps(kind: str, old: dict[str, Any], new: dict[str, Any]) -> int:
    """How many draws lie between the two, if they lie on one sequence; -1 where it is seen that they do not."""
    before, after = old["state"], new["state"]
    if kind == "Philox":
        return _count(after["counter"], new["buffer_pos"]) - _count(before["counter"], old["buffer_pos"])
    if kind == "SFC64":
        return (int(after["state"][3]) - int(before["state"][3])) % (1 << 64)
    if before["inc"] != after["inc"]:
        return -1
    return _distance(before["state"], after["state"], _FACTORS[kind], before["inc"])


def _count(counter: Any, position: int) -> int:
    """Each count of the counter gives four numbers, of which so many are drawn."""
    return 4 * sum(int(word) << 64 * place for place, word in enumerate(counter)) + int(position)


def _distance(state: int, wanted: int, factor: int, plus: int) -> int:
    """How many steps `state * factor + plus` lead from one state to the other: one bit of the number at a time.

    O'Neill, PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number Generation
    (2014), section 4.3.1.
    """
    steps, bit = 0, 1
    while state != wanted:
        if bit > _128:
            return -1
        if (state ^ wanted) & bit:
            state = (state * factor + plus) & _128
            steps |= bit
        bit <<= 1
        plus = (factor + 1) * plus & _128
        factor = factor * factor & _128
    return steps


def _comes_out(kind: str, old: dict[str, Any], new: dict[str, Any], steps: int) -> bool:
    """Draw so many numbers: is this the state then? Half of a number that is kept must be of one of these."""
    import numpy as np

    bits: Any = getattr(np.random, kind)(0)
    bits.state = old
    kept = int(new["uinteger"])
    found = not new["has_uint32"] or bool(old["has_uint32"] and int(old["uinteger"]) == kept)
    for first in range(0, steps, _BLOCK):
        drawn = bits.random_raw(min(_BLOCK, steps - first))
        found = found or bool((drawn >> np.uint64(32) == np.uint64(kept)).any())
    return found and _same(bits.state, new)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Are these the same states, but for what is kept in store?"""
    compared = one.keys() - {"has_uint32", "uinteger"}
    return all(_comparable(one[part]) == _comparable(other[part]) for part in compared)


def _comparable(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _comparable(value) for name, value in part.items()}
    return part.tolist() if hasattr(part, "tolist") else part
