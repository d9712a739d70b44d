"""Every schedule against its formula and against torch's."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from course_lib.train import Constant, Cosine, Moment, Plateau, Schedule, Step, WarmUp

EPOCHS, STEPS = 10, 7  # of each epoch


def ours(schedule: Schedule) -> list[float]:
    return [schedule.factor(Moment(step / STEPS, EPOCHS)) for step in range(EPOCHS * STEPS)]


def torchs(make: Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, rates = make(optimizer), []
    for _ in range(EPOCHS * STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.covers("T04")
def test_torch_has_the_same_rates():
    total = EPOCHS * STEPS
    pairs = [
        (Constant(), lambda o: lr_scheduler.ConstantLR(o, 1.0)),
        (WarmUp(3, start=0.2), lambda o: lr_scheduler.LinearLR(o, 0.2, total_iters=3 * STEPS)),
        (Cosine(), lambda o: lr_scheduler.CosineAnnealingLR(o, total)),
        (Cosine(end=0.05), lambda o: lr_scheduler.CosineAnnealingLR(o, total, eta_min=0.05)),
        (Step((4, 7), by=0.3), lambda o: lr_scheduler.MultiStepLR(o, [4 * STEPS, 7 * STEPS], 0.3)),
    ]
    for schedule, make in pairs:
        assert np.allclose(ours(schedule), torchs(make), rtol=1e-12, atol=1e-15), schedule


def test_warm_up_and_then_a_cosine_as_torch_puts_them_in_sequence():
    def make(optimizer: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
        parts = [
            lr_scheduler.LinearLR(optimizer, 0.1, total_iters=2 * STEPS),
            lr_scheduler.CosineAnnealingLR(optimizer, (EPOCHS - 2) * STEPS),
        ]
        return lr_scheduler.SequentialLR(optimizer, parts, milestones=[2 * STEPS])

    assert np.allclose(ours(WarmUp(2).then(Cosine())), torchs(make), rtol=1e-9, atol=1e-12)


def test_closed_forms_between_the_epochs():
    moment = Moment(2.5, 10)
    assert WarmUp(5, start=0.2).factor(moment) == pytest.approx(0.6)
    assert Cosine().factor(moment) == pytest.approx((1 + math.cos(math.pi / 4)) / 2)
    assert Step((2, 2.5, 3), by=0.5).factor(moment) == 0.25
    assert Cosine().factor(Moment(10, 10)) == 0


@pytest.mark.covers("T04")
@pytest.mark.parametrize(("patience", "seed"), [(0, 1), (1, 2), (3, 3), (3, 4)])
def test_a_plateau_divides_when_torch_divides(patience: int, seed: int):
    losses = (1 + 0.3 * np.random.default_rng(seed).standard_normal(60)).tolist()
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=patience, eps=0)
    schedule = Plateau(by=0.5, patience=patience)
    for done, loss in enumerate(losses, start=1):
        scheduler.step(loss)
        assert schedule.factor(Moment(done, 60, tuple(losses[:done]))) == optimizer.param_groups[0]["lr"]
    assert optimizer.param_groups[0]["lr"] < 0.5


def test_a_chain_counts_time_and_losses_from_its_change():
    chain = WarmUp(2).then(Constant(3)).then(Plateau(by=0.5, patience=0))
    assert chain.factor(Moment(1, 10)) == pytest.approx(0.55)
    assert chain.factor(Moment(5, 10, (1, 2, 3, 4, 5))) == 1
    assert chain.factor(Moment(7, 10, (1, 2, 3, 4, 5, 6, 7))) == 0.5
    assert chain.watches_validation
    assert not WarmUp(2).then(Cosine()).watches_validation
    with pytest.raises(ValueError, match=r"Cosine\(end=0.0\) has no end"):
        Cosine().then(WarmUp(1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: WarmUp(0),
        lambda: WarmUp(1, start=2),
        lambda: Cosine(-1),
        lambda: Step(()),
        lambda: Step((1,), by=1),
        lambda: Plateau(by=0),
        lambda: Plateau(patience=-1),
        lambda: Constant(0),
    ],
)
def test_numbers_that_make_no_schedule_are_refused(make: Callable[[], Schedule]):
    with pytest.raises(ValueError, match=r"WarmUp|Cosine|Step|Plateau|Constant"):
        make()
