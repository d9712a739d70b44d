"""Generators that a test passes: they come back as far as draws lead, and in no other state."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from support.small_notebooks import passes

from grader.engine import reachable
from grader.engine.encoding import Packer, Unpacker
from grader.engine.encoding.tags import BIT_GENERATORS

OTHERS: dict[str, Any] = {
    "RandomState": lambda: np.random.RandomState(3),
    "Random": lambda: random.Random(3),
    "torch": lambda: torch.Generator().manual_seed(3),
}
MAKERS: dict[str, Any] = {
    **{kind: (lambda kind=kind: np.random.Generator(getattr(np.random, kind)(3))) for kind in BIT_GENERATORS},
    **OTHERS,
}


def copied(generator: Any) -> Any:
    packer = Packer()
    node = packer.pack(generator)
    return Unpacker(packer.buffers).unpack(node)


def draw(generator: Any, count: int) -> list[float]:
    if isinstance(generator, torch.Generator):
        return list(torch.rand(count, generator=generator).tolist())
    return [float(generator.random()) for _ in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3, 700, 5000])
@pytest.mark.parametrize("kind", MAKERS)
def test_draws_are_taken_over(kind: str, count: int) -> None:
    ours = MAKERS[kind]()
    draw(ours, 2)
    theirs = copied(ours)
    draw(theirs, count)
    reachable.take_over(ours, theirs, 0.01)
    assert draw(ours, 5) == draw(theirs, 5)


@pytest.mark.parametrize("kind", BIT_GENERATORS)
def test_half_of_a_number_that_is_kept_is_taken_over(kind: str) -> None:
    ours = MAKERS[kind]()
    theirs = copied(ours)
    theirs.integers(0, 10, 3, dtype=np.int32)
    theirs.random(70_000)
    reachable.take_over(ours, theirs, 0.01)
    assert ours.integers(0, 10, 9, dtype=np.int32).tolist() == theirs.integers(0, 10, 9, dtype=np.int32).tolist()


@pytest.mark.parametrize("kind", OTHERS)
def test_a_new_seed_is_not_taken_over(kind: str) -> None:
    ours, untouched, theirs = OTHERS[kind](), OTHERS[kind](), OTHERS[kind]()
    theirs.manual_seed(9) if kind == "torch" else theirs.seed(9)
    reachable.take_over(ours, theirs, 0.01)
    assert draw(ours, 5) == draw(untouched, 5)


def stuck(state: dict[str, Any]) -> None:
    state["state"]["state"] = state["state"]["inc"] = 0


def kept(state: dict[str, Any]) -> None:
    state["has_uint32"], state["uinteger"] = 1, 12345


def far(state: dict[str, Any]) -> None:
    state["state"]["state"] ^= 1 << 100


def zero(state: dict[str, Any]) -> None:
    state["state"]["key"][:] = 0


def counted(state: dict[str, Any]) -> None:
    state["state"]["counter"][3] = 1


def keyed(state: dict[str, Any]) -> None:
    state["state"]["key"][0] = 9


def buffered(state: dict[str, Any]) -> None:
    state["buffer"][3] = 0


def jumped(state: dict[str, Any]) -> None:
    state["state"]["state"][3] += np.uint64(1)


LIES = [
    *(("PCG64", lie) for lie in (stuck, kept, far)),
    *(("PCG64DXSM", lie) for lie in (stuck, kept, far)),
    ("MT19937", zero),
    *(("Philox", lie) for lie in (kept, counted, keyed, buffered)),
    *(("SFC64", lie) for lie in (kept, jumped)),
]


@pytest.mark.parametrize(("kind", "lie"), LIES)
def test_a_state_that_no_draw_leads_to_is_left_alone(kind: str, lie: Any) -> None:
    ours, untouched, theirs = MAKERS[kind](), MAKERS[kind](), MAKERS[kind]()
    theirs.random(7)
    state = theirs.bit_generator.state
    lie(state)
    theirs.bit_generator.state = state
    reachable.take_over(ours, theirs, 0.01)
    assert repr(ours.bit_generator.state) == repr(untouched.bit_generator.state)


def test_all_kinds_of_generators_can_be_passed() -> None:
    passes(
        "import torch\ndef one(r): return r.random()\ndef two(g): return torch.rand(2, generator=g)",
        "import random\na, b = random.Random(3), random.Random(3)\n"
        "assert one(a) == b.random() and a.random() == b.random()\n"
        "a, b = np.random.RandomState(3), np.random.RandomState(3)\n"
        "assert one(a) == b.rand() and a.rand() == b.rand()\n"
        "a, b = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)\n"
        "assert torch.equal(two(a), torch.rand(2, generator=b)) and torch.equal(two(a), torch.rand(2, generator=b))",
    )


def test_a_generator_that_is_stuck_does_not_choose_what_a_test_draws() -> None:
    stick = (
        "import numpy as np\ndef f(rng, x):\n    state = rng.bit_generator.state\n"
        "    state['state'] = {'state': 0, 'inc': 0}\n    rng.bit_generator.state = state\n    return 0 * x"
    )
    passes(stick, "rng = np.random.default_rng(5)\nf(rng, 1.0)\nassert rng.standard_normal(3).any()")
