"""Counted on pictures that were right before; robust accuracy by the worst of all attacks, picture by picture."""

from __future__ import annotations

import pytest
import torch
from support.attacked_nets import digit_net, pictures, small, some_digits
from torch import Tensor, nn

from course_lib import attack
from course_lib.attack.success import Method


class FirstPixel(nn.Module):
    """The answer is written into the first pixel: its class is four times as large."""

    def forward(self, x: Tensor) -> Tensor:
        return -(4 * x[:, 0, 0, :1] - torch.arange(4)).square()


def says(*answers: int) -> Tensor:
    x = torch.zeros(len(answers), 1, 2, 2)
    x[:, 0, 0, 0] = torch.tensor(answers) / 4
    return x


NET = FirstPixel().eval()


def test_what_was_wrong_before_is_not_counted() -> None:
    x, labels = says(0, 1, 2, 3, 0), [0, 1, 2, 0, 1]  # right about three
    share = attack.success(NET, x, labels, says(1, 1, 0, 1, 2))
    assert (share.count, share.total) == (2, 3)
    assert share.rate == float(share) == 2 / 3
    assert share.interval == pytest.approx((0.2077, 0.9385), abs=1e-4)  # Wilson's, by hand
    assert repr(share) == "2 of 3 (66.7 %; 20.8 to 93.9 %)"


def test_a_targeted_attack_succeeds_with_the_wanted_answer_alone() -> None:
    x, labels, found = says(0, 1, 2, 3), [0, 1, 2, 0], says(3, 0, 3, 3)
    assert attack.success(NET, x, labels, found, targets=3) == attack.Share(2, 3)
    assert attack.success(NET, x, labels, found, targets=[1, 0, 0, 3]) == attack.Share(1, 3)


def test_what_cannot_be_counted_is_refused() -> None:
    x = says(0, 1)
    for found, labels, said in (
        (says(1, 1), [1, 0], "wrong about all 2 clean pictures"),
        (says(1), [0, 1], r"shape of the clean ones, \(2, 1, 2, 2\), not \(1, 1, 2, 2\)"),
        (2 * says(1, 3), [0, 1], r"from 0 to 1, and these go from 0 to 1\.5"),
        (None, [0, 1], "not NoneType"),
    ):
        with pytest.raises(ValueError, match=said):
            attack.success(NET, x, labels, found)
    with pytest.raises(ValueError, match="in training mode"):
        attack.success(FirstPixel(), x, [0, 1], x)


def test_robust_accuracy_is_that_of_the_worst_attack_for_each_picture() -> None:
    x, labels = says(0, 1, 2, 3, 0), [0, 1, 2, 0, 1]
    seen: list[Tensor] = []

    def on(*fooled: int) -> Method:
        def way(net: nn.Module, x: Tensor, labels: Tensor) -> Tensor:
            seen.append(labels)
            return torch.where(torch.isin(labels, torch.tensor(fooled))[:, None, None, None], says(3), x)

        return way

    found = attack.robust_accuracy(NET, x, labels, {"zeros": on(0), "ones": on(1), "none": on()})
    assert found.clean == attack.Share(3, 5)
    assert found.under == {"zeros": attack.Share(2, 5), "ones": attack.Share(2, 5), "none": attack.Share(3, 5)}
    assert found.worst == attack.Share(1, 5)
    assert found.standing["ones"].tolist() == [True, False, True, False, False]
    assert [labels.tolist() for labels in seen] == [[0, 1, 2]] * 3  # what is wrong already is not attacked
    assert repr(found).splitlines()[0].startswith("clean: 3 of 5 (60.0 %")
    assert repr(found).splitlines()[-1].startswith("worst of all: 1 of 5 (20.0 %")


def test_a_net_that_is_always_wrong_has_no_robust_accuracy() -> None:
    assert attack.robust_accuracy(NET, says(0), [1], {"fgsm": attack.FGSM(0.1)}).worst == attack.Share(0, 1)


def test_attacks_that_do_not_keep_the_rules_are_refused() -> None:
    for way, said in ((lambda net, x, y: x + 1, "from 0 to 1"), (lambda net, x, y: x[:1, :, :1], "shape of the clean")):
        with pytest.raises(ValueError, match=said):
            attack.robust_accuracy(NET, says(0, 1), [0, 1], {"own": way})
    with pytest.raises(ValueError, match="needs attacks"):
        attack.robust_accuracy(NET, says(0), [0], {})


def test_the_stronger_the_attack_the_less_is_left() -> None:
    x, y = some_digits(100)
    attacks = {
        "random signs": attack.RandomSigns(0.15),
        "fgsm": attack.FGSM(0.15),
        "pgd": attack.PGD(0.15, restarts=2),
    }
    found = attack.robust_accuracy(digit_net(), x, y, attacks)
    assert found.clean.rate > 0.95
    left = [share.rate for share in found.under.values()]
    assert left[0] > 0.9
    assert left[0] > left[1] > left[2] == found.worst.rate
    for name, made in attacks.items():
        by_hand = attack.success(digit_net(), x, y, made(digit_net(), x, y))
        assert by_hand.count == found.clean.count - found.under[name].count


def test_distances_are_those_of_each_picture() -> None:
    x, other = torch.zeros(2, 1, 1, 2), torch.tensor([[[[0.3, -0.4]]], [[[0.0, 0.1]]]])
    torch.testing.assert_close(attack.distances(x, other), torch.tensor([0.4, 0.1]))
    torch.testing.assert_close(attack.distances(x, other, "l2"), torch.tensor([0.5, 0.1]))
    for bad, said in (((x, other[:1], "l2"), "of one shape"), ((x, other, "l1"), 'norm is "linf"')):
        with pytest.raises(ValueError, match=said):
            attack.distances(*bad)


def test_pictures_on_both_sides_of_a_split_are_all_attacked(monkeypatch) -> None:
    net, x, labels = small(), pictures(5), [0, 1, 2, 3, 0]
    whole = attack.PGD(0.1, steps=2)(net, x, labels, targets=[1, 2, 3, 0, 2])
    monkeypatch.setattr("course_lib.attack.base.AT_ONCE", 2)
    torch.testing.assert_close(attack.PGD(0.1, steps=2)(net, x, labels, targets=[1, 2, 3, 0, 2]), whole)
