"""One change for all pictures."""

from __future__ import annotations

import pytest
import torch
from support.attacked_nets import TwoClasses, as_bytes, digit_net, gray, linear, pictures, small, some_digits

from course_lib import attack


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_for_one_linear_score_it_is_fgsm(norm) -> None:
    w = torch.randn(3, 5, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    net, x = TwoClasses(w).eval(), gray()
    found = attack.universal(net, x, [1] * 6, 0.1, norm=norm, epochs=20)
    torch.testing.assert_close(found, (attack.FGSM(0.1, norm)(net, x, [1] * 6) - x)[0], rtol=1e-3, atol=1e-4)


def test_it_fools_digits_it_has_not_seen_more_often_than_signs_by_chance() -> None:
    d, (x, y) = as_bytes(), some_digits(200)
    net, known = digit_net(), torch.from_numpy(d.x_train[:600]).float() / 255
    change = attack.universal(net, known, d.y_train[:600], 0.25, epochs=5)
    assert change.shape == (1, 8, 8)
    assert change.abs().max() <= 0.25
    learned = attack.success(net, x, y, attack.Shared(change)(net, x, y))
    by_chance = attack.success(net, x, y, attack.RandomSigns(0.25)(net, x, y))
    assert learned.interval[0] > by_chance.interval[1]


def test_a_targeted_one_draws_them_to_one_class() -> None:
    net, (x, y) = digit_net(), some_digits(200)
    x, y = x[y != 8], y[y != 8]
    change = attack.universal(net, x, y, 0.4, targets=8, epochs=5, batch_size=50)
    made = attack.Shared(change)(net, x, y, targets=8)
    assert attack.success(net, x, y, made, targets=8).rate > 0.5


def test_epsilon_0_changes_nothing_and_seeds_decide() -> None:
    net, x = small(), pictures()
    labels = [0, 3, 1, 2, 0, 1]
    assert not attack.universal(net, x, labels, 0.0, step=0.1).any()
    found = [attack.universal(net, x, labels, 0.2, batch_size=2, epochs=2, seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
    with torch.inference_mode():
        assert torch.equal(attack.universal(net, pictures(), labels, 0.2, batch_size=2, epochs=2), found[0])


def test_the_best_epoch_is_kept() -> None:
    net, x = linear(), gray()
    labels = net(x).argmax(1)
    early = [attack.universal(net, x, labels, 0.3, step=0.3, epochs=n, batch_size=3) for n in range(1, 6)]
    fooled = [int((net(x + change).argmax(1) != labels).sum()) for change in early]
    assert fooled == sorted(fooled)


def test_what_does_not_fit_is_refused() -> None:
    net, x, labels = small(), pictures(), [0, 3, 1, 2, 0, 1]
    for more, said in (
        ({"epsilon": -1}, "epsilon is at least 0"), ({"epsilon": 8}, "of bytes it is n / 255"),
        ({"epochs": 0}, "epochs is a whole number"), ({"batch_size": 0}, "batch_size is a whole number"),
        ({"norm": "l1"}, "norm is"), ({"loss": "hinge"}, "loss is one of"), ({"step": -1.0}, "step is the length"),
        ({"targets": 3}, "picture 1 has the class 3 already"), ({"x": 2 * x}, "numbers from 0 to 1"),
        ({"net": small().train()}, "in training mode"), ({"labels": [0]}, "labels have the shape"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            attack.universal(**({"net": net, "x": x, "labels": labels, "epsilon": 0.1} | more))
    with pytest.raises(ValueError, match=r"a change \(3, 4, 4\) does not fit pictures \(3, 10, 10\)"):
        attack.Shared(torch.zeros(3, 4, 4))(net, x, labels)


def test_a_clipped_pixel_pulls_no_longer_and_the_best_change_is_kept() -> None:
    """White pulls up until it is clipped, gray pulls down: up, back, and up again; back is best."""
    net, x = TwoClasses(torch.tensor([4.0])).eval(), torch.tensor([1.0, 0.5])[:, None, None, None]
    for epochs, expected in ((1, 0.1), (2, 0.0), (3, 0.0)):
        found = attack.universal(net, x, [0, 1], 0.5, step=0.1, epochs=epochs)
        assert found.item() == pytest.approx(expected, abs=1e-6)
