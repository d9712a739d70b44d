"""Pictures that are nothing, and of which a net is sure."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from support.attacked_nets import digit_net, small

from course_lib import attack

WAYS: dict[str, Callable[..., attack.Fooling]] = {
    "ascent": lambda net, classes, size=8, **more: attack.fool_by_ascent(net, classes, size, **more),
    "pixels": lambda net, classes, size=8, channels=1, **more: attack.fool_by_evolution(
        net, classes, attack.Pixels(size, channels), **more
    ),
    "cppn": lambda net, classes, size=8, channels=1, **more: attack.fool_by_evolution(
        net, classes, attack.CPPN(size, channels), **more
    ),
}
every = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@every
def test_the_net_is_sure_of_what_is_no_digit(way) -> None:
    found = way(digit_net(), range(10), confidence=0.8)
    assert found.pictures.shape == (10, 1, 8, 8)
    assert found.pictures.min() >= 0
    assert found.pictures.max() <= 1
    there = digit_net()(found.pictures).softmax(1).diagonal()
    torch.testing.assert_close(found.confidence, there, rtol=1e-4, atol=1e-5)
    assert torch.equal(found.needed >= 0, found.confidence > 0.8)
    assert (found.needed >= 0).sum() >= 8
    assert found.needed.max() > 0


@every
def test_seeds_decide_and_nothing_else_is_touched(way) -> None:
    net = small()
    net[0].weight.grad = torch.ones_like(net[0].weight)
    before, random, legacy = copy.deepcopy(net.state_dict()), torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002  # the global one
    more = {"size": 10, "channels": 3, "confidence": 0.999}
    more |= {"steps": 3} if way is WAYS["ascent"] else {"generations": 3, "children": 8}
    found = [way(net, [2, 0, 2], seed=seed, **more) for seed in (0, 0, 1)]
    assert torch.equal(found[0].pictures, found[1].pictures)
    assert not torch.equal(found[0].pictures, found[2].pictures)
    assert not found[0].pictures.requires_grad
    assert torch.equal(torch.get_rng_state(), random)
    assert np.array_equal(np.random.get_state()[1], legacy)  # noqa: NPY002  # the global one
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(net[0].weight.grad, torch.ones_like(net[0].weight))
    assert all(p.requires_grad for p in net.parameters())
    with torch.inference_mode():
        assert torch.equal(way(net, torch.tensor([2, 0, 2]), **more).pictures, found[0].pictures)


@every
def test_more_time_never_makes_it_worse(way) -> None:
    name = "steps" if way is WAYS["ascent"] else "generations"
    first, later = (
        way(digit_net(), [3, 5], rate=0.01, **{name: n}) if name == "steps" else way(digit_net(), [3, 5], **{name: n})
        for n in (0, 10)
    )
    assert (first.needed <= 0).all()
    assert (later.confidence >= first.confidence).all()


@every
def test_what_does_not_fit_is_refused(way) -> None:
    for classes, more, said in (
        ([], {}, "at least one class"), ([10], {}, "classes 0 to 9, not 10"), ([0.5], {}, "classes are whole numbers"),
        ([-1], {}, "classes from 0 on"), ([0], {"confidence": 1.0}, "a probability below 1"),
        ([0], {"seed": -1}, "seed is a whole number"), ([0], {"size": 0}, "size is height and width"),
        ([0], {"size": (8,)}, "size is height and width"), ([0], {"channels": 0}, "channels is a whole number"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            way(digit_net(), classes, **more)
    with pytest.raises(ValueError, match="in training mode"):
        way(small().train(), [0], 10, channels=3)


def test_settings_that_make_no_sense_are_refused() -> None:
    for encoding in (attack.Pixels, attack.CPPN):
        for settings in ({"part": 0.0}, {"part": 1.5}, {"deviation": 0.0}):
            with pytest.raises(ValueError, match="part is a share"):
                encoding(8, **settings)
    with pytest.raises(ValueError, match=r"hidden\[1\] is a whole number"):
        attack.CPPN(8, hidden=(3, 0))
    with pytest.raises(ValueError, match="rate is above 0"):
        attack.fool_by_ascent(digit_net(), [0], 8, rate=0)
    with pytest.raises(ValueError, match="children is a whole number"):
        attack.fool_by_evolution(digit_net(), [0], attack.Pixels(8), children=0)


@pytest.mark.parametrize("encoding", [attack.Pixels((5, 7), 3), attack.CPPN((5, 7), 3, hidden=(4,))])
def test_children_differ_a_little_and_parents_stay(encoding) -> None:
    random = np.random.default_rng(0)
    parent = encoding.new(random)
    before = encoding.picture(parent).clone()
    children = [encoding.picture(encoding.changed(parent, random)) for _ in range(20)]
    assert torch.equal(encoding.picture(parent), before)
    assert before.shape == (3, 5, 7)
    assert before.dtype == torch.float32
    assert any(not torch.equal(child, before) for child in children)
    moved = torch.stack([(child != before).float().mean() for child in children]).mean()
    if isinstance(encoding, attack.Pixels):
        assert moved == pytest.approx(0.1, abs=0.03)
        far = replace(encoding, deviation=50.0)
        assert set(far.picture(far.changed(parent, random)).unique().tolist()) >= {0.0, 1.0}


def test_a_cppn_draws_the_function_that_its_genome_says() -> None:
    column, row = np.meshgrid(np.linspace(-1, 1, 7), np.linspace(-1, 1, 5))
    weights = np.array([[2.0], [1.0], [0.5], [0.25]])
    genome = ((weights, np.array([0])), (np.array([[1.5]]), np.array([0])))
    inner = np.sin(2 * column + row + 0.5 * np.hypot(column, row) + 0.25)
    expected = 1 / (1 + np.exp(-3 * 1.5 * inner))
    assert np.allclose(attack.CPPN((5, 7)).picture(genome)[0], expected, atol=1e-6)


def test_a_picture_above_the_bar_stays_as_it_is() -> None:
    found = attack.fool_by_ascent(digit_net(), range(10), 8, confidence=0.8)
    first = int(found.needed.argmin())
    assert found.needed[first] < found.needed.max()
    soon = attack.fool_by_ascent(digit_net(), range(10), 8, confidence=0.8, steps=int(found.needed[first]))
    assert torch.equal(found.pictures[first], soon.pictures[first])
