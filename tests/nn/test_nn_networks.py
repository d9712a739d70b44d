"""Layer objects, the row of layers, and training with them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.torch_oracle import assert_same

from course_lib import nn
from course_lib.nn.dropout import Convention

Float = np.float64


def test_testing_mode_of_batch_norm_passes_a_gradient_check(rng: np.random.Generator) -> None:
    layer = nn.BatchNorm(4, dtype=Float)
    layer.forward(rng.normal(3, 2, size=(8, 4)))
    layer.train(False)
    assert max(nn.check_layer(layer, rng.normal(size=(2, 4)), rng).values()) < 1e-6


def test_a_wrong_gradient_is_found(rng: np.random.Generator) -> None:
    class Wrong(nn.Tanh):
        def backward(self, dy: np.ndarray) -> np.ndarray:
            return super().backward(dy) * 1.001

    assert nn.check_layer(Wrong(), rng.normal(size=(3, 4)), rng)["x"] == pytest.approx(5e-4, rel=0.01)


def test_dropout_keeps_the_mean_and_uses_one_mask_both_ways(rng: np.random.Generator) -> None:
    x = np.ones((200, 500))
    y, cache = nn.dropout_forward(x, 0.3, rng)
    assert set(np.unique(y)) == {0.0, 1 / 0.7}
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01)
    np.testing.assert_array_equal(nn.dropout_backward(x, cache), y)
    np.testing.assert_array_equal(nn.dropout_forward(x, 0.3, training=False)[0], x)
    classic, _ = nn.dropout_forward(x, 0.3, np.random.default_rng(1), convention="classic")
    assert set(np.unique(classic)) == {0.0, 1.0}
    tested, cache = nn.dropout_forward(x, 0.3, training=False, convention="classic")
    np.testing.assert_allclose(tested, 0.7)
    np.testing.assert_allclose(nn.dropout_backward(x, cache), 0.7)
    assert nn.dropout_forward(x.astype(np.float32), 0.3, rng)[0].dtype == np.float32
    layer = nn.Dropout(0.5, rng=rng)
    assert not np.array_equal(layer.forward(x), layer.forward(x))
    with pytest.raises(ValueError, match="gave two outputs for one x"):
        nn.check_layer(layer, x, rng)
    layer.train(False)
    np.testing.assert_array_equal(layer.forward(x), x)


@pytest.mark.parametrize("convention", ["inverted", "classic"])
def test_testing_is_the_mean_of_dropout_over_all_masks(rng: np.random.Generator, convention: Convention) -> None:
    """Each of the 16 masks once, with its probability: no draw is left to chance."""
    x, p = rng.normal(size=(2, 2)), 0.3
    seeds: dict[bytes, int] = {}
    for seed in range(2000):  # the rarest mask has a probability of 0.0081
        seeds.setdefault((np.random.default_rng(seed).random(x.shape) >= p).tobytes(), seed)
    assert len(seeds) == 16
    mean = np.zeros_like(x)
    for mask, seed in seeds.items():
        y, cache = nn.dropout_forward(x, p, np.random.default_rng(seed), convention=convention)
        np.testing.assert_allclose(nn.dropout_backward(x, cache), y)
        mean += y * np.where(np.frombuffer(mask, bool), 1 - p, p).prod()
    np.testing.assert_allclose(mean, nn.dropout_forward(x, p, training=False, convention=convention)[0])


def test_random_relu_draws_its_slopes_in_training_only(rng: np.random.Generator) -> None:
    layer = nn.RRelu(0.1, 0.3, rng=rng)
    x = -np.ones((100, 100))
    y = layer.forward(x)
    assert y.min() >= -0.3
    assert y.max() <= -0.1
    assert len(np.unique(y)) > 9000
    np.testing.assert_array_equal(layer.backward(x), y)
    layer.train(False)
    np.testing.assert_allclose(layer.forward(x), -0.2)


def lenet(rng: np.random.Generator) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv(1, 6, 3, padding=1, rng=rng),
        nn.Relu(),
        nn.MaxPool(2),
        nn.Conv(6, 16, 3, rng=rng),
        nn.Relu(),
        nn.Flatten(),
        nn.Dense(64, 32, rng=rng),
        nn.Relu(),
        nn.Dense(32, 10, rng=rng),
    )


@pytest.mark.covers("G09")
def test_a_network_agrees_with_torch_step_by_step(rng: np.random.Generator) -> None:
    net, loss = lenet(rng), nn.SoftmaxCrossEntropy()
    x, labels = rng.normal(size=(8, 1, 8, 8)).astype(np.float32), rng.integers(0, 10, 8)
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 6, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(6, 16, 3),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(64, 32),
        torch.nn.ReLU(),
        torch.nn.Linear(32, 10),
    )
    net.backward(np.zeros_like(net.forward(x)))
    for parameter, (_, value, _) in zip(theirs.parameters(), net.parameters(), strict=True):
        parameter.data[...] = torch.tensor(value)
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1)
    for _ in range(5):
        ours = loss.forward(net.forward(x), labels)
        net.backward(loss.backward())
        net.update(0.1)
        optimizer.zero_grad()
        expected = torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(labels))
        expected.backward()
        optimizer.step()
        assert ours == pytest.approx(expected.item(), rel=1e-5)
    assert [name for name, _, _ in net.parameters()] == [f"{i}.{p}" for i in (0, 3, 6, 8) for p in "wb"]
    values = [value for _, value, _ in net.parameters()]
    assert_same(values, [p.detach().numpy() for p in theirs.parameters()], tolerance=1e-5)


def wider_lenet(rng: np.random.Generator) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv(1, 16, 3, padding=1, rng=rng),
        nn.Relu(),
        nn.MaxPool(2),
        nn.Conv(16, 32, 3, padding=1, rng=rng),
        nn.Relu(),
        nn.MaxPool(2),
        nn.Flatten(),
        nn.Dense(128, 64, rng=rng),
        nn.Relu(),
        nn.Dense(64, 10, rng=rng),
    )


def test_lenet_learns_the_digits(rng: np.random.Generator) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = rng.permutation(len(digits.target))
    x, labels = (digits.images[order, None] / 16).astype(np.float32), digits.target[order]
    net, loss = wider_lenet(rng), nn.SoftmaxCrossEntropy()
    epochs = 20
    for epoch in range(epochs):
        for first in range(0, 1400, 16):
            batch = slice(first, min(first + 16, 1400))
            loss.forward(net.forward(x[batch]), labels[batch])
            net.backward(loss.backward())
            net.update(0.1 * (1 - epoch / epochs))
    accuracy = (net.forward(x[1400:]).argmax(axis=1) == labels[1400:]).mean()
    assert accuracy >= 0.97


def test_training_and_testing_mode_reach_every_layer(rng: np.random.Generator) -> None:
    inner = nn.Sequential(nn.Dropout(rng=rng), nn.Tanh())
    net = nn.Sequential(inner, nn.BatchNorm(3))
    net.train(False)
    assert not any(layer.training for layer in (net, inner, *inner.layers, *net.layers))
    net.train()
    assert all(layer.training for layer in (net, inner, *inner.layers, *net.layers))


def test_batch_norm_moves_its_running_statistics_as_torch_does(rng: np.random.Generator) -> None:
    ours, theirs = nn.BatchNorm(3, momentum=0.2, dtype=Float), torch.nn.BatchNorm2d(3, momentum=0.2).double()
    for _ in range(3):
        x = rng.normal(2, 3, size=(4, 3, 2, 2))
        assert_same([ours.forward(x)], [theirs(torch.tensor(x)).detach().numpy()])
    ours.train(False)
    theirs.eval()
    assert_same([ours.forward(x)], [theirs(torch.tensor(x)).detach().numpy()])
    assert_same([ours.running_mean, ours.running_variance], [theirs.running_mean.numpy(), theirs.running_var.numpy()])


def test_misuse_is_named(rng: np.random.Generator) -> None:
    relu = nn.Relu()
    with pytest.raises(RuntimeError, match=r"Relu\.backward needs a forward pass"):
        relu.backward(np.zeros((1, 1)))
    with pytest.raises(RuntimeError, match=r"Dense\.parameters needs a backward pass before it, for w"):
        list(nn.Dense(2, 3, rng=rng).parameters())
    with pytest.raises(RuntimeError, match=r"SoftmaxCrossEntropy\.backward needs a forward pass"):
        nn.SoftmaxCrossEntropy().backward()
    with pytest.raises(ValueError, match="one layer object stands twice"):
        nn.Sequential(relu, nn.Tanh(), relu)
    with pytest.raises(ValueError, match="a network needs at least one layer"):
        nn.Sequential()
    with pytest.raises(NotImplementedError, match="Layer has no forward"):
        nn.Layer().forward(np.zeros(1))
    with pytest.raises(NotImplementedError, match="Layer has no backward"):
        nn.Layer().backward(np.zeros(1))
    assert repr(nn.Sequential(nn.Dense(2, 3, rng=rng), relu)).splitlines()[1:3] == [
        "  0: Dense(w (3, 2), b (3,))",
        "  1: Relu()",
    ]


def test_numeric_gradients_and_relative_errors(rng: np.random.Generator) -> None:
    x = rng.normal(size=(2, 3))
    before = x.copy()
    gradient = nn.numeric_gradient(lambda x: float((x**3).sum()), x)
    np.testing.assert_allclose(gradient, 3 * x**2, rtol=1e-7, atol=1e-9)
    np.testing.assert_array_equal(x, before)
    assert nn.relative_error(np.array([1.0, 0.0]), np.array([3.0, 0.0])) == 0.5
    assert nn.relative_error(np.array([]), np.array([])) == 0
    with pytest.raises(ValueError, match="x must be float64"):
        nn.numeric_gradient(lambda x: 0.0, x.astype(np.float32))
    with pytest.raises(ValueError, match=r"a has shape \(2, 3\) and b has shape \(3,\)"):
        nn.relative_error(x, x[0])


def test_initializers_have_the_variance_of_torch(rng: np.random.Generator) -> None:
    shape = (64, 32, 3, 5)
    assert nn.fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert nn.fans((7, 9)) == (9, 7)
    for ours, theirs in (
        (nn.he_normal, lambda t: torch.nn.init.kaiming_normal_(t, nonlinearity="relu")),
        (nn.he_uniform, lambda t: torch.nn.init.kaiming_uniform_(t, nonlinearity="relu")),
        (nn.xavier_normal, torch.nn.init.xavier_normal_),
        (nn.xavier_uniform, torch.nn.init.xavier_uniform_),
        (nn.gaussian(0.01), lambda t: torch.nn.init.normal_(t, std=0.01)),
    ):
        drawn, expected = ours(shape, rng, np.float64), theirs(torch.empty(shape)).numpy()
        assert drawn.std() == pytest.approx(expected.std(), rel=0.02)
        assert abs(drawn.mean()) < drawn.std() / 50
        # a uniform and a normal distribution of one variance differ in their fourth moment
        kurtosis = [float(((a / a.std()) ** 4).mean()) for a in (drawn, expected)]
        assert kurtosis[0] == pytest.approx(kurtosis[1], rel=0.05)
        assert ours(shape, rng).dtype == np.float32
    assert not nn.zeros(shape, rng).any()
    with pytest.raises(ValueError, match=r"shape is \(3,\)"):
        nn.fans((3,))
