"""The same numbers as foolbox and torchattacks, bit for bit where all define the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from support.attacked_nets import digit_net, some_digits
from torch import Tensor

from course_lib import attack

EPSILON, STEP = 3 / 16, 1 / 32
COUNT = 64  # a power of two: others take the mean of the losses, and so divide gradients by it without rounding


@pytest.fixture(scope="module", params=["untargeted", "targeted"])
def goal(request: pytest.FixtureRequest) -> dict[str, Any]:
    _, y = some_digits(COUNT)
    return {} if request.param == "untargeted" else {"targets": (y + 3) % 10}


def by_foolbox(how: Callable[[Any], Any], goal: dict[str, Any], epsilon: float) -> Tensor:
    foolbox = pytest.importorskip("foolbox", reason="foolbox is not installed: make .venv/.ready")
    x, y = some_digits(COUNT)
    net = foolbox.PyTorchModel(digit_net(), bounds=(0, 1), device="cpu")
    aim = foolbox.criteria.TargetedMisclassification(goal["targets"]) if goal else foolbox.criteria.Misclassification(y)
    return how(foolbox.attacks).run(net, x, aim, epsilon=epsilon)


def by_torchattacks(name: str, goal: dict[str, Any], **settings: Any) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchattacks = pytest.importorskip("torchattacks", reason="torchattacks is not installed: make .venv/.ready")
    x, y = some_digits(COUNT)
    other = getattr(torchattacks, name)(digit_net(), **settings)
    if goal:
        other.set_mode_targeted_by_label(quiet=True)
    return other(x, goal.get("targets", y))


def ours(made: attack.Attack, goal: dict[str, Any]) -> Tensor:
    x, y = some_digits(COUNT)
    return made(digit_net(), x, y, **goal)


def test_fgsm_is_torchattacks_fgsm(goal) -> None:
    assert torch.equal(ours(attack.FGSM(EPSILON), goal), by_torchattacks("FGSM", goal, eps=EPSILON))


def test_fgsm_is_foolbox_fgsm() -> None:
    assert torch.equal(ours(attack.FGSM(EPSILON), {}), by_foolbox(lambda a: a.FGSM(), {}, EPSILON))


def test_pgd_is_theirs(goal) -> None:
    found = ours(attack.PGD(EPSILON, steps=10, step=STEP, random_start=False, best=False), goal)
    settings: dict[str, Any] = {"steps": 10, "random_start": False}
    assert torch.equal(found, by_torchattacks("PGD", goal, eps=EPSILON, alpha=STEP, **settings))
    assert torch.equal(found, by_foolbox(lambda a: a.LinfPGD(abs_stepsize=STEP, **settings), goal, EPSILON))


def test_pgd_in_l2_is_theirs(goal) -> None:
    """Up to rounding: each adds another small number to a length, lest it be 0."""
    found = ours(attack.PGD(1.0, "l2", steps=10, step=0.2, random_start=False, best=False), goal)
    settings: dict[str, Any] = {"steps": 10, "random_start": False}
    for other in (
        by_torchattacks("PGDL2", goal, eps=1.0, alpha=0.2, **settings),
        by_foolbox(lambda a: a.L2PGD(abs_stepsize=0.2, **settings), goal, 1.0),
    ):
        torch.testing.assert_close(found, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_momentum_is_torchattacks_mifgsm(goal, decay: float) -> None:
    found = ours(attack.Momentum(EPSILON, steps=10, step=STEP, decay=decay, best=False), goal)
    assert torch.equal(found, by_torchattacks("MIFGSM", goal, eps=EPSILON, alpha=STEP, steps=10, decay=decay))


def test_the_margin_of_a_targeted_and_an_untargeted_attack_is_that_of_the_logits() -> None:
    logits = torch.tensor([[1.0, 4.0, 2.0], [5.0, 0.0, 6.0]])
    from course_lib.attack.losses import margin

    assert margin(logits, torch.tensor([1, 0])).tolist() == [-2.0, 1.0]
