"""The best of all steps and starts is kept, for each picture; random starts fill the ball."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from support.attacked_nets import digit_net, pictures, small, some_digits
from torch import Tensor, nn

from course_lib import attack
from course_lib.attack.draws import Draws
from course_lib.attack.keeping import Best

LABELS = torch.tensor([0, 3, 1, 2, 0, 1])


def losses(net: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
    with torch.no_grad():
        return F.cross_entropy(net(x), labels, reduction="none")


def test_fooled_counts_more_than_a_large_loss() -> None:
    best = Best(torch.zeros(3, 1, 1, 1))
    for value, loss, reached in ((1, 5, False), (2, 1, True), (3, 9, False), (4, 1, True), (5, 2, True)):
        best.offer(
            torch.full((3, 1, 1, 1), float(value)),
            torch.tensor([loss, loss, -loss]),
            torch.tensor([reached, False, reached]),
        )
    assert best.pictures.flatten().tolist() == [5, 3, 2]
    assert best.reached.tolist() == [True, False, True]


@pytest.mark.parametrize("targets", [None, (LABELS + 1) % 4])
def test_the_best_step_is_at_least_as_good_as_the_last_and_as_any_start(targets) -> None:
    net, x = small(), pictures()
    pgd = attack.PGD(0.3, steps=5, step=0.3, best=False)
    way = [replace(pgd, steps=n)(net, x, LABELS, targets=targets) for n in range(1, 6)]
    best = replace(pgd, best=True)(net, x, LABELS, targets=targets)
    classes = LABELS if targets is None else targets
    sign = 1 if targets is None else -1
    reached = torch.stack([(net(z).argmax(1) == classes) == (sign < 0) for z in (best, *way)])
    assert (reached[0] >= reached.any(0)).all()
    among = sign * torch.stack([losses(net, z, classes) for z in way])
    among[~reached[1:] & reached[0]] = -torch.inf
    assert (sign * losses(net, best, classes) >= among.amax(0) - 1e-6).all()


def test_more_restarts_fool_no_fewer() -> None:
    x, y = some_digits(100)
    net = digit_net()
    fooled = [net(attack.PGD(0.15, steps=4, restarts=restarts)(net, x, y)).argmax(1) != y for restarts in (1, 3)]
    assert (fooled[1] >= fooled[0]).all()
    assert fooled[1].sum() > fooled[0].sum()


def test_several_starts_keep_the_best_of_their_last_steps() -> None:
    net, x = small(), pictures()
    pgd = attack.PGD(0.3, steps=2, step=0.02, best=False, restarts=4)
    assert (
        losses(net, pgd(net, x, LABELS), LABELS) >= losses(net, replace(pgd, restarts=1)(net, x, LABELS), LABELS)
    ).all()


def test_starts_fill_the_ball() -> None:
    x = pictures(300, 4)
    inside = Draws(x, 0).inside("linf", 0.5)
    assert inside.abs().max() <= 0.5
    assert inside.abs().mean() == pytest.approx(0.25, abs=0.005)
    round_ones = attack.balls.lengths(Draws(x, 0).inside("l2", 0.5), "l2")
    assert round_ones.max() <= 0.5 * (1 + 1e-6)
    assert (round_ones / 0.5).pow(48).mean() == pytest.approx(0.5, abs=0.05)  # in 48 dimensions it is even then
    assert Draws(x, 0).inside("l2", 0.5).mean() == pytest.approx(0, abs=0.002)


def test_each_picture_draws_its_own() -> None:
    x = pictures(3)
    same = torch.cat([x, x[:1]])
    signs = Draws(same, 0).signs()
    assert torch.equal(signs[0], signs[3])
    assert not torch.equal(signs[0], signs[1])
    assert not torch.equal(signs, Draws(same, 1).signs())
    assert signs.unique().tolist() == [-1, 1]
    assert torch.equal(Draws(same.double(), 0).signs().float(), signs)


def test_random_signs_are_as_large_as_allowed() -> None:
    x = 0.5 * torch.ones(2, 3, 4, 4)
    found = attack.RandomSigns(0.25)(nn.Sequential(nn.Flatten(), nn.Linear(48, 2)).eval(), x, [0, 1])
    assert (found - x).abs().unique().tolist() == [0.25]
    found = attack.RandomSigns(2.0, "l2")(nn.Sequential(nn.Flatten(), nn.Linear(48, 2)).eval(), x, [0, 1])
    torch.testing.assert_close(attack.distances(x, found, "l2"), torch.tensor([2.0, 2.0]))


def test_steps_have_the_length_that_the_docstrings_say() -> None:
    net, x = small().double(), pictures().double()
    for made, step in (
        (attack.PGD(0.2, steps=8, random_start=False, best=False), 2.5 * 0.2 / 8),
        (attack.Momentum(0.2, steps=8, best=False), 0.2 / 8),
    ):
        assert torch.equal(made(net, x, LABELS), replace(made, step=step)(net, x, LABELS))
        first = replace(made, steps=1, step=step)(net, x, LABELS)
        assert attack.distances(x, first).tolist() == pytest.approx([step] * 6)
        assert not torch.equal(made(net, x, LABELS), replace(made, step=0.9 * step)(net, x, LABELS))


def test_momentum_does_not_turn_around_with_the_gradient() -> None:
    """After a step the gradient points back: what remembers the first one stays where it is."""

    class Ridge(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            far = x.flatten(1).sum(1) - 0.55
            return torch.stack([torch.where(far < 0, -10 * far, far), torch.zeros_like(far)], 1)

    x = torch.full((1, 1, 1, 1), 0.5)
    ways = [
        attack.Momentum(0.3, steps=2, step=0.1, decay=decay, best=False)(Ridge().eval(), x, [0]) for decay in (0, 1)
    ]
    torch.testing.assert_close(torch.cat(ways).flatten(), torch.tensor([0.5, 0.6]))
