"""Adversarial training goes through course_lib.train: the same loop, the same files, and a net that stands more."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support.attacked_nets import as_bytes, digit_net, pictures, small, some_digits
from torch import Tensor, nn

from course_lib import attack, models, train


def config(**changes) -> train.Config:
    usual = {"epochs": 5, "validation": 0.0, "progress": False, "precision": "float32"}
    return train.Config.quick(**(usual | changes))


def trained(**changes) -> nn.Module:
    torch.manual_seed(0)
    net = models.plain(channels=1)
    train.fit(net, as_bytes(), config(**changes))
    return net


def test_a_net_that_saw_attacks_stands_more_of_them() -> None:
    x, y = some_digits(200)
    pgd = {"pgd": attack.PGD(2 / 16, steps=10, restarts=2)}
    plain = attack.robust_accuracy(digit_net(), x, y, pgd)
    fast = attack.robust_accuracy(trained(adversary=attack.fast_training(2 / 16)), x, y, pgd)
    assert fast.worst.interval[0] > plain.worst.interval[1]
    assert fast.clean.rate > 0.9


@pytest.mark.parametrize(
    "made", [attack.pgd_training(0.1, 3), attack.fast_training(0.1), attack.Adversary(attack.FGSM(0.1))]
)
def test_a_batch_is_attacked_and_the_net_left_in_training(made) -> None:
    net, x, labels = small().train(), pictures(), torch.tensor([0, 3, 1, 2, 0, 1])
    net[4].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = made(net, x, labels, torch.Generator().manual_seed(0))
    assert [m.training for m in net] == [True] * 4 + [False] + [True] * 4
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())  # batch norm's averages
    assert all(p.grad is None for p in net.parameters())
    assert not found.requires_grad
    assert 0 < attack.distances(x, found).max() <= 0.1 + 1e-6
    net.eval()
    loss = nn.CrossEntropyLoss()
    assert loss(net(found), labels) > loss(net(x), labels)


def test_each_step_draws_another_start() -> None:
    net, x, labels = small(), pictures(), torch.tensor([0, 3, 1, 2, 0, 1])
    made = attack.Adversary(attack.PGD(0.1, steps=1, step=0.0, best=False))
    generator = torch.Generator().manual_seed(0)
    first, second = (made(net, x, labels, generator) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(made(net, x, labels, torch.Generator().manual_seed(0)), first)


def test_pictures_that_left_the_bounds_by_rounding_are_no_error() -> None:
    made = attack.Adversary(attack.FGSM(0.0))
    x = torch.ones(1, 3, 10, 10) * (1 + 1e-6)
    assert made(small(), x, torch.tensor([0]), torch.Generator()).max() == 1


def test_a_training_goes_on_as_if_it_had_not_been_interrupted(tmp_path: Path) -> None:
    settings = {"adversary": attack.fast_training(2 / 16), "schedule": train.Constant()}
    path = tmp_path / "run.safetensors"
    trained(**settings, epochs=1, checkpoint=path)
    again = models.plain(channels=1)
    train.resume(path, again, as_bytes(), config(**settings, epochs=2))
    straight = trained(**settings, epochs=2).state_dict()
    assert all(torch.equal(value, straight[name]) for name, value in again.state_dict().items())
    with pytest.raises(train.OtherTraining, match="adversary"):
        train.resume(path, again, as_bytes(), config(schedule=train.Constant(), epochs=2))


def test_the_record_says_how_and_any_function_may_attack() -> None:
    assert config().record()["adversary"] == "None"
    said = config(adversary=attack.fast_training(0.5)).record()["adversary"]
    assert said.startswith("Adversary(attack=PGD(")
    assert "epsilon=0.5" in said
    assert "step=0.625" in said

    def darker(net: nn.Module, x: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        assert net.training
        return 0.5 * x

    assert config(adversary=darker).record()["adversary"].endswith("darker")
    trained(adversary=darker, epochs=1)
    with pytest.raises(ValueError, match=r"^adversary is 0\.1: give one of attack's"):
        config(adversary=0.1)


def test_the_helpers_are_those_of_the_papers() -> None:
    assert attack.pgd_training(0.2) == attack.Adversary(attack.PGD(0.2, steps=7, best=False))
    assert attack.fast_training(0.2).attack == attack.PGD(0.2, steps=1, step=0.25, best=False)
