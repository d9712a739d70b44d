"""A small CapsNet that learns the digits, the loop that trains it, and what the numbers of its capsules draw."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import capsules, data
from course_lib.capsules import CapsConfig, CapsNet
from course_lib.data import placing


@pytest.fixture(scope="module")
def digits() -> data.Digits:
    return data.digits()


@pytest.fixture(scope="module")
def trained(digits: data.Digits) -> CapsNet:
    """As a reader trains it, with a decoder; 8 epochs are enough."""
    torch.manual_seed(0)
    net = CapsNet(CapsConfig.small(decoder=(96,), through="last"))
    history = capsules.fit(net, digits.x_train, digits.y_train, epochs=8, reconstruction=0.3)
    assert len(history) == 8
    assert history[-1] < history[0] / 2
    return net


def small(**changes: Any) -> CapsNet:
    torch.manual_seed(1)
    return CapsNet(CapsConfig.small(**changes))


def weights(net: nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in net.parameters()]


def test_it_learns_the_digits_and_its_couplings_are_over_the_outputs(digits, trained):
    x = torch.tensor(digits.x_test)
    with torch.no_grad():
        lengths, c = trained(x), trained.couplings(x).numpy()
    assert not trained.training
    assert (lengths.argmax(1).numpy() == digits.y_test).mean() > 0.97
    assert np.abs(c.sum(axis=2) - 1).max() < 1e-6
    right = c[np.arange(len(c)), :, digits.y_test]
    assert right.mean() > 0.11  # 0.1 would be no routing
    assert c.std() > 0.01


def test_through_all_iterations_it_learns_as_well(digits):
    torch.manual_seed(0)
    net = CapsNet(CapsConfig.small())
    capsules.fit(net, digits.x_train, digits.y_train, epochs=6)
    with torch.no_grad():
        assert (net(torch.tensor(digits.x_test)).argmax(1).numpy() == digits.y_test).mean() > 0.97


def test_a_reconstruction_is_nearer_than_the_mean_of_its_class(digits, trained):
    x, y = torch.tensor(digits.x_test), torch.tensor(digits.y_test)
    with torch.no_grad():
        drawn = trained.reconstruct(trained.capsules(x), y)
    means = np.stack([digits.x_train[digits.y_train == k].mean(axis=0) for k in range(10)])
    assert float((drawn - x).square().mean()) < 0.7 * np.square(means[digits.y_test] - digits.x_test).mean()


def test_the_same_seed_trains_the_same_net_and_another_does_not(digits):
    x, y = digits.x_train[:100], digits.y_train[:100]
    nets = [small(), small(), small()]
    histories = [capsules.fit(net, x, y, epochs=2, seed=seed) for net, seed in zip(nets, (4, 4, 5), strict=True)]
    assert histories[0] == histories[1] != histories[2]
    assert all(torch.equal(a, b) for a, b in zip(*map(weights, nets[:2]), strict=True))


def test_bytes_and_floats_are_the_same_pictures(digits):
    x, y = np.round(digits.x_train[:80] * 255).astype(np.uint8), digits.y_train[:80]
    one = capsules.fit(small(), x, y, epochs=1)
    assert one == capsules.fit(small(), (x / 255).astype(np.float32), y, epochs=1)


def test_vary_sees_each_batch_and_its_answer_is_learned_from(digits):
    seen: list[int] = []

    def pairs(x: Any, y: Any, rng: np.random.Generator) -> tuple[Any, Any]:
        seen.append(len(x))
        drawn = placing.overlapping(digits.x_train, digits.y_train, len(x), rng)
        return drawn.x, drawn.targets()

    history = capsules.fit(
        small(size=12, padding=0, types=4), digits.x_train[:130], digits.y_train[:130], epochs=3, vary=pairs
    )
    assert sum(seen) == 3 * 130
    assert max(seen) <= 64
    assert history[-1] < history[0]


def test_any_net_that_ends_in_numbers_of_0_to_1_can_be_trained(digits):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.Sigmoid())
    history = capsules.fit(net, digits.x_train, digits.y_train, epochs=4, lr=0.05)
    assert history[-1] < history[0] / 2
    bare = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    with pytest.raises(ValueError, match="the length of a capsule lies in 0 to 1"):
        capsules.fit(bare, digits.x_train, digits.y_train)
    with pytest.raises(ValueError, match="out of a softmax"):
        capsules.fit(nn.Sequential(small(), nn.Softmax(1)), digits.x_train, digits.y_train)


def test_reconstruction_teaches_the_decoder_and_without_it_nothing_does(digits):
    x, y = digits.x_train[:64], digits.y_train[:64]
    for weight, changed in ((0.0, False), (0.1, True)):
        net = small(decoder=(20,))
        assert net.decoder is not None
        before = weights(net.decoder)
        capsules.fit(net, x, y, epochs=1, reconstruction=weight)
        assert all(torch.equal(a, b) != changed for a, b in zip(before, weights(net.decoder), strict=True))


def test_the_net_of_the_paper_takes_a_step_on_moved_bytes():
    torch.manual_seed(0)
    x = np.random.default_rng(0).integers(0, 256, (3, 1, 28, 28)).astype(np.uint8)
    history = capsules.fit(
        CapsNet(), x, np.array([1, 2, 3]), epochs=1, reconstruction=0.0005,
        vary=lambda x, y, rng: (placing.moved(x, 2, rng, size=28), y),
    )  # fmt: skip
    assert 0.75 < history[0] < 0.9  # 0.9² for lengths near 0, and 0.0005 · 784 / 12 for gray in place of noise


X, Y = np.zeros((4, 1, 8, 8), np.float32), np.array([0, 1, 2, 3])
BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: capsules.fit(small(), X[0], Y), r"x has shape \(1, 8, 8\)"),
    (lambda: capsules.fit(small(), X, Y[:3]), r"y has shape \(3,\); 4 pictures need labels \(4,\) or T \(4, K\)"),
    (lambda: capsules.fit(small(), X, Y, epochs=0), "epochs is 0 and batch 64"),
    (lambda: capsules.fit(small(), X, Y + 7), "with 10 classes they must lie in 0 to 9"),
    (lambda: capsules.fit(small(), X, Y, reconstruction=0.1), "this net has no decoder"),
    (lambda: capsules.fit(small(decoder=(9,)), X, Y, reconstruction=-1), "its weight is 0 or more"),
    (lambda: capsules.fit(small(decoder=(9,)), X, np.eye(10)[Y], reconstruction=1), "the decoder draws one digit"),
    (lambda: capsules.fit(small(), X + np.nan, Y), "values from nan to nan"),
    (lambda: capsules.dimension_pictures(small(), X[0]), "this net has no decoder"),
    (lambda: capsules.dimension_pictures(small(decoder=(9,)), X[0], 10), "labels go from 10 to 10"),
    (lambda: capsules.dimension_pictures(small(decoder=(9,)), X[0], -1), "labels go from -1 to -1"),
    (lambda: capsules.dimension_pictures(small(decoder=(9,)), X), r"x has shape \(1, 4, 1, 8, 8\)"),
    (lambda: capsules.dimension_pictures(small(decoder=(9,)), X[0], changes=[]), "give one number or more"),
    (lambda: capsules.explore_dimensions(small(decoder=(9,)), X[0], steps=0), "steps is 0"),
    (lambda: capsules.explore_dimensions(small(decoder=(9,)), X[0], steps=4), "120 is the most"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_is_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_pictures_of_changed_numbers_are_what_the_decoder_draws_of_them(digits, trained):
    trained.train()
    drawn = capsules.dimension_pictures(trained, digits.x_test[3], 5, [-0.5, 0.0, 0.25])
    assert trained.training
    trained.eval()
    assert drawn.shape == (16, 3, 1, 8, 8)
    with torch.no_grad():
        v = trained.capsules(torch.tensor(digits.x_test[3:4]))
        still = trained.reconstruct(v, torch.tensor([5]))
        v[0, 5, 9] += 0.25
        changed = trained.reconstruct(v, torch.tensor([5]))
    assert np.allclose(drawn[:, 1], still, atol=1e-6)
    assert np.allclose(drawn[9, 2], changed[0], atol=1e-6)
    assert np.abs(drawn[9, 2] - drawn[9, 1]).max() > 0.01
    gray = capsules.dimension_pictures(trained, digits.x_test[3, 0])
    longest = int(digits.y_test[3])
    assert np.array_equal(gray, capsules.dimension_pictures(trained, torch.tensor(digits.x_test[3]), longest))
    assert gray.shape[1] == 11


def test_the_sheet_has_a_row_for_each_number_and_a_column_for_each_change(digits, trained):
    figure = capsules.dimension_sheet(trained, digits.x_test[3], changes=(-0.2, 0, 0.2))
    (axes,) = figure.axes
    assert axes.images[0].get_array().shape == (16 * 9 - 1, 3 * 9 - 1)  # type: ignore[union-attr]  # there is one
    assert [label.get_text() for label in axes.get_xticklabels()] == ["-0.2", "+0", "+0.2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == [str(n) for n in range(1, 17)]
    drawn = capsules.dimension_pictures(trained, digits.x_test[3], changes=(-0.2, 0, 0.2))
    assert np.array_equal(axes.images[0].get_array()[9 * 5 : 9 * 5 + 8, 18:26], drawn[5, 2, 0])  # type: ignore[index]  # there is one


def test_the_sliders_have_a_picture_for_each_setting(digits):
    torch.manual_seed(0)
    net = CapsNet(CapsConfig.small(dim=3, decoder=(9,))).eval()
    explorer = capsules.explore_dimensions(net, digits.x_test[3], steps=1, reach=0.5)
    assert len(explorer.pages) == 3 * 3
    assert "changes by 0.000 on average" in explorer.still.alt
    alts = [page.alt for page in explorer.pages if not isinstance(page, str)]
    assert [re.findall(r"with ([-+\d.]+) added to number (\d)", alt)[0] for alt in alts[2:4]] == [
        ("+0.50", "1"),
        ("-0.50", "2"),
    ]


def test_color_pictures_are_drawn_in_color():
    torch.manual_seed(0)
    net = CapsNet(CapsConfig.small(channels=3, dim=2, decoder=(9,))).eval()
    x = np.random.default_rng(0).random((3, 8, 8), np.float32)
    assert capsules.dimension_pictures(net, x).shape == (2, 11, 3, 8, 8)
    assert capsules.dimension_sheet(net, x).axes[0].images[0].get_array().shape == (17, 98, 3)  # type: ignore[union-attr]  # there is one
    assert len(capsules.explore_dimensions(net, x, steps=1).pages) == 6
