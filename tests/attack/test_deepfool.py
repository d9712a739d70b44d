"""For a linear net DeepFool goes the shortest way, to the nearest of all faces; else it is what foolbox finds."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.attacked_nets import TwoClasses, digit_net, gray, linear, some_digits

from course_lib import attack


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(-0.5, 0.5), st.floats(0, 0.1))
def test_between_two_classes_the_distance_is_f_over_w(seed: int, b: float, overshoot: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    w = torch.randn(3, 4, 4, generator=generator, dtype=torch.float64)
    net = TwoClasses(w, b - 0.5 * w.sum().item()).eval()  # around gray the score is around b
    x = 0.5 + 0.02 * torch.randn(3, 3, 4, 4, generator=generator, dtype=torch.float64)
    scores = net(x)[:, 1].detach()
    found = attack.DeepFool(overshoot=overshoot, steps=1)(net, x, (scores > 0).long())
    expected = -(1 + overshoot) * (scores / w.square().sum())[:, None, None, None] * w
    torch.testing.assert_close(found - x, expected, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(attack.distances(x, found, "l2"), (1 + overshoot) * scores.abs() / w.norm())


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_among_several_classes_it_crosses_the_nearest_face(seed: int, classes: int) -> None:
    net, x = linear(classes, seed=seed), gray(seed=seed)
    w = net[1].weight.detach()
    logits = net(x).detach()
    labels = logits.argmax(1)
    gaps = logits.gather(1, labels[:, None]) - logits
    ways = gaps / (w[labels][:, None] - w[None]).norm(dim=2)
    ways.scatter_(1, labels[:, None], torch.inf)
    found = attack.DeepFool()(net, x, labels)
    torch.testing.assert_close(attack.distances(x, found, "l2"), 1.02 * ways.amin(1), rtol=1e-6, atol=1e-9)
    assert torch.equal(net(found).argmax(1), ways.argmin(1))


def test_fewer_candidates_look_at_the_largest_logits_alone() -> None:
    net, x = linear(6), gray()
    labels = net(x).argmax(1)
    second = net(x).topk(2).indices[:, 1]
    assert torch.equal(net(attack.DeepFool(candidates=1)(net, x, labels)).argmax(1), second)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_a_targeted_one_arrives_at_the_target(seed: int) -> None:
    net, x = linear(4, seed=seed), gray(seed=seed)
    labels = net(x).argmax(1)
    targets = (labels + 2) % 4
    found = attack.DeepFool()(net, x, labels, targets=targets)
    assert torch.equal(net(found).argmax(1), targets)
    nearest = attack.DeepFool()(net, x, labels)
    assert (attack.distances(x, found, "l2") >= attack.distances(x, nearest, "l2") - 1e-9).all()


def test_what_is_wrong_already_stays_as_it_is() -> None:
    net, x = linear(), gray()
    labels = net(x).argmax(1)
    labels[::2] = (labels[::2] + 1) % 4
    found = attack.DeepFool()(net, x, labels)
    assert torch.equal(found[::2], x[::2])
    assert (attack.distances(x, found)[1::2] > 0).all()


def test_a_picture_on_the_very_face_leaves_it() -> None:
    w = torch.tensor([[[1.0, -2.0]]], dtype=torch.float64)
    net, x = TwoClasses(w).eval(), torch.tensor([[[[0.5, 0.25]]]], dtype=torch.float64)
    assert net(x)[0, 1] == 0
    found = attack.DeepFool()(net, x, [0])
    assert net(found).argmax(1).item() == 1
    assert attack.distances(x, found).item() < 1e-5


def test_epsilon_bounds_the_length() -> None:
    net, (x, y) = digit_net(), some_digits()
    assert torch.equal(attack.DeepFool(epsilon=0)(net, x, y), x)
    free, held = attack.DeepFool()(net, x, y), attack.DeepFool(epsilon=0.5)(net, x, y)
    lengths = attack.distances(x, free, "l2")
    assert attack.distances(x, held, "l2").max() <= 0.5 + 1e-6
    near = lengths < 0.499
    assert near.any()
    assert (~near).any()
    assert torch.equal(held[near], free[near])
    torch.testing.assert_close(
        attack.distances(x, held, "l2")[lengths > 0.5], torch.full((int((lengths > 0.5).sum()),), 0.5)
    )


def test_it_finds_what_foolbox_finds() -> None:
    """Theirs goes 1e-4 further at each step."""
    foolbox = pytest.importorskip("foolbox", reason="foolbox is not installed: make .venv/.ready")
    net, (x, y) = digit_net(), some_digits(64)
    other = foolbox.attacks.L2DeepFoolAttack(candidates=10).run(
        foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu"), x, foolbox.criteria.Misclassification(y)
    )
    found = attack.DeepFool()(net, x, y)
    torch.testing.assert_close(found, other, rtol=0, atol=2e-3)
    torch.testing.assert_close(attack.distances(x, found, "l2"), attack.distances(x, other, "l2"), rtol=0, atol=1e-3)
    assert attack.success(net, x, y, found).rate == 1


def test_it_needs_less_than_pgd() -> None:
    net, (x, y) = digit_net(), some_digits()
    half_way = attack.distances(x, attack.DeepFool()(net, x, y), "l2").median().item()
    assert 0.2 < attack.success(net, x, y, attack.PGD(half_way, "l2")(net, x, y)).rate < 0.8


def test_settings_that_make_no_sense_are_refused() -> None:
    for values, said in (
        ({"steps": 0}, "steps is a whole number"), ({"candidates": 0}, "candidates is a whole number"),
        ({"overshoot": -0.1}, "overshoot is at least 0"), ({"epsilon": -1.0}, "epsilon is at least 0"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            attack.DeepFool(**values)
