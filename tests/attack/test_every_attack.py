"""What holds for every attack: bounds, the ball, epsilon 0, batches, the net that stays as it was, what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from support.attacked_nets import pictures, small
from torch import Tensor, nn

from course_lib import attack

LABELS = [0, 3, 1, 2, 0, 1]
TARGETS = [1, 0, 0, 3, 2, 3]
BALLS: dict[str, Callable[[float], attack.BoundedAttack]] = {
    "fgsm": attack.FGSM,
    "fgsm in l2": lambda epsilon: attack.FGSM(epsilon, "l2"),
    "pgd": lambda epsilon: attack.PGD(epsilon, steps=4, restarts=2),
    "pgd in l2": lambda epsilon: attack.PGD(epsilon, "l2", steps=4, loss="margin"),
    "pgd, last step": lambda epsilon: attack.PGD(epsilon, steps=3, best=False),
    "momentum": lambda epsilon: attack.Momentum(epsilon, steps=3),
    "momentum in l2": lambda epsilon: attack.Momentum(epsilon, "l2", steps=3),
    "random signs": attack.RandomSigns,
    "random signs in l2": lambda epsilon: attack.RandomSigns(epsilon, "l2", draws=3),
}
OTHERS: dict[str, attack.Attack] = {
    "deepfool": attack.DeepFool(steps=5),
    "one pixel": attack.OnePixel(population=5, generations=2),
    "shared": attack.Shared(torch.full((3, 10, 10), 0.1)),
}
ALL: dict[str, attack.Attack] = {name: make(0.2) for name, make in BALLS.items()} | OTHERS

in_balls = pytest.mark.parametrize("make", BALLS.values(), ids=BALLS)
every = pytest.mark.parametrize("made", ALL.values(), ids=ALL)


@in_balls
@pytest.mark.parametrize("epsilon", [0.03, 0.4])
@pytest.mark.parametrize("targets", [None, TARGETS], ids=["untargeted", "targeted"])
def test_pictures_stay_in_the_ball_and_in_the_bounds(make, epsilon: float, targets) -> None:
    net, x, made = small(), pictures(), make(epsilon)
    found = made(net, x, LABELS, targets=targets)
    assert found.shape == x.shape
    assert found.dtype == x.dtype
    assert found.min() >= 0
    assert found.max() <= 1
    assert not torch.equal(found, x)
    assert attack.distances(x, found, made.norm).max() <= epsilon * (1 + 1e-5)


@in_balls
@pytest.mark.parametrize("targets", [None, TARGETS], ids=["untargeted", "targeted"])
def test_epsilon_0_gives_the_clean_pictures(make, targets) -> None:
    net, x = small(), pictures()
    assert torch.equal(make(0.0)(net, x, LABELS, targets=targets), x)
    if hasattr(make(0.0), "step"):
        assert torch.equal(replace(make(0.0), step=0.1)(net, x, LABELS, targets=targets), x)


@every
@pytest.mark.parametrize("targets", [None, TARGETS], ids=["untargeted", "targeted"])
def test_a_batch_gives_what_its_pictures_give_one_by_one(made, targets) -> None:
    net, x = small().double(), pictures().double()
    together = made(net, x, LABELS, targets=targets)
    for k in (0, 3, 5):
        alone = made(net, x[[k]], LABELS[k : k + 1], targets=targets and targets[k])
        torch.testing.assert_close(together[[k]], alone, rtol=0, atol=1e-9)
    turned = made(net, x.flip(0), LABELS[::-1], targets=targets and targets[::-1])
    torch.testing.assert_close(together, turned.flip(0), rtol=0, atol=1e-9)


@every
def test_the_same_seed_gives_the_same_and_nothing_global_is_drawn(made) -> None:
    net, x = small(), pictures()
    torch.manual_seed(1)
    first = made(net, x, LABELS)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    assert torch.equal(made(net, x, LABELS), first)
    assert torch.equal(torch.get_rng_state(), before)
    if hasattr(made, "seed"):
        assert not torch.equal(replace(made, seed=1)(net, x, LABELS), first)


@every
@pytest.mark.parametrize("broken", [False, True], ids=["as it should", "with an error"])
def test_the_net_is_left_as_it_was(made, broken: bool) -> None:
    class Broken(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            if broken and len(x) > 1:
                raise RuntimeError("in the middle")
            return x

    net, x = nn.Sequential(small(), Broken()).eval(), pictures()
    net[0][0].weight.requires_grad_(False)
    net[0][4].weight.grad = torch.ones_like(net[0][4].weight)
    numbers, kept = copy.deepcopy(net.state_dict()), x.clone()

    def state() -> list[Any]:
        modules = [
            (m.training, sorted(vars(m)), len(m._forward_hooks), len(m._forward_pre_hooks)) for m in net.modules()
        ]
        return [modules, [(p.requires_grad, p.grad is None or p.grad.tolist()) for p in net.parameters()]]

    before = state()
    try:
        made(net, x, LABELS)
    except RuntimeError:
        assert broken
    assert state() == before
    assert all(torch.equal(value, numbers[name]) for name, value in net.state_dict().items())
    assert torch.equal(x, kept)
    assert x.grad is None


@every
def test_gradients_elsewhere_do_not_matter(made) -> None:
    net, x = small(), pictures()
    expected = made(net, x, LABELS)
    assert not expected.requires_grad
    with torch.no_grad():
        assert torch.equal(made(net, x, torch.tensor(LABELS)), expected)
    with torch.inference_mode():
        assert torch.equal(made(net, pictures(), LABELS), expected)
    assert torch.equal(made(net.requires_grad_(False), x.clone().requires_grad_(), LABELS), expected)


def refused(made: attack.Attack, said: str, net: Any = None, x: Any = None, labels: Any = LABELS, **more: Any) -> None:
    with pytest.raises(ValueError, match=said):
        made(net or small(), pictures() if x is None else x, labels, **more)


@every
def test_what_does_not_fit_is_refused(made) -> None:
    refused(made, r"in training mode.*net.eval\(\)", small().train())
    refused(made, "no picture", x=pictures()[:0], labels=[])
    refused(made, r"x\[None\]", x=pictures()[0], labels=[0])
    refused(made, "floats of 0 to 1", x=(255 * pictures()).byte())
    refused(made, "computes in torch.float32, and the pictures are torch.float64", x=pictures().double())
    refused(made, r"numbers from 0 to 1, and these go from -.*normalization belongs in the net", x=pictures() * 2 - 1)
    refused(made, "go from nan to nan", x=pictures() * torch.nan)
    refused(made, r"labels have the shape \(6,\).*not \(5,\)", labels=LABELS[1:])
    refused(made, r"labels have the shape \(6,\).*not \(\)", labels=1)
    refused(made, "labels are whole numbers", labels=[0.5] * 6)
    refused(made, "labels are whole numbers", labels=torch.ones(6, dtype=torch.bool))
    refused(made, "labels are classes from 0 on, not -1", labels=[0, 1, 2, 3, -1, 0])
    refused(made, "classes 0 to 3, not 4", labels=[0, 1, 2, 3, 4, 0])
    refused(made, "classes 0 to 3, not 7", targets=7)
    refused(made, r"targets have the shape \(6,\)", targets=[1, 2])
    refused(made, "picture 2 has the class 1 already", targets=[1, 0, 1, 3, 2, 3])
    refused(made, r"the net gives \(6, 3, 10, 10\)|the net gives \(1, 3, 10, 10\)", nn.Identity().eval())
    refused(made, "logits .* of at least two classes", nn.Sequential(small(), nn.Linear(4, 1)).eval())
    with pytest.raises(TypeError, match="the net comes first"):
        made(pictures(), small(), LABELS)


@pytest.mark.parametrize("make", [m for name, m in BALLS.items() if "signs" not in name])
def test_a_net_whose_gradient_is_cut_off_is_refused(make) -> None:
    class Cut(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x > 0.5).to(x.dtype)

    refused(make(0.1), "does not depend on the picture: its gradient is cut off", nn.Sequential(Cut(), small()).eval())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: attack.FGSM(-0.1), "epsilon is at least 0"),
        (lambda: attack.FGSM(float("nan")), "epsilon is at least 0"),
        (lambda: attack.FGSM(8), r"epsilon is 8, and pixels span 1: of bytes it is n / 255"),
        (lambda: attack.FGSM(0.1, "l1"), 'norm is "linf"'),
        (lambda: attack.FGSM(0.1, loss="hinge"), "loss is one of 'cross_entropy', 'margin'"),
        (lambda: attack.FGSM(0.1, bounds=(1, 0)), "bounds are"),
        (lambda: attack.PGD(0.1, steps=0), "steps is a whole number of at least 1"),
        (lambda: attack.PGD(0.1, step=-0.1), "step is the length of one"),
        (lambda: attack.PGD(0.1, restarts=0), "restarts is a whole number"),
        (lambda: attack.PGD(0.1, restarts=2, random_start=False), "all the same"),
        (lambda: attack.PGD(0.1, seed=-1), "seed is a whole number"),
        (lambda: attack.Momentum(0.1, decay=1.5), "decay is from 0 to 1"),
        (lambda: attack.RandomSigns(0.1, draws=0), "draws is a whole number"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(make, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


def test_an_l2_ball_may_be_larger_than_a_pixel() -> None:
    assert attack.FGSM(8, "l2").epsilon == 8


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")  # there is no other device to compare with
@every
def test_the_net_says_where_it_is_computed_and_the_pictures_where_they_lie(made) -> None:
    found = made(small().cuda(), pictures(), LABELS)
    assert found.device.type == "cpu"
    assert made(small().cuda(), pictures().cuda(), LABELS).device.type == "cuda"
