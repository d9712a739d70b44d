"""Activations at named places: copies of the last forward, on the way to the logits, and no hook is left."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib import models


class Reused(nn.Module):
    """One ReLU three times, and a sum written into in place."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 3, 1)
        self.relu = nn.ReLU(inplace=True)
        self.same, self.last = nn.Identity(), nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.a(x))
        y = self.same(x).clone()
        x += 1  # what the identity gave was the same tensor
        return self.last(self.relu(self.relu(self.b(y)) + x).mean((2, 3)))


@pytest.fixture
def chain() -> nn.Sequential:
    torch.manual_seed(0)
    layers = OrderedDict(
        conv=nn.Conv2d(2, 3, 3), norm=nn.BatchNorm2d(3), relu=nn.ReLU(inplace=True),
        inner=nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True)), flatten=nn.Flatten(), classify=nn.Linear(60, 5),
    )  # fmt: skip
    return nn.Sequential(layers).eval()


X = torch.randn(2, 2, 5, 7, generator=torch.Generator().manual_seed(1))


def hooks(net: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in net.modules())


def test_in_place_layers_change_nothing_that_was_seen(chain):
    with torch.no_grad():
        plain = chain(X)
        with models.features(chain, ["conv", "norm", "relu", "inner.0", "inner", ""]) as seen:
            assert torch.equal(chain(X), plain)
    conv = chain.conv(X)
    assert torch.equal(seen["conv"], conv)
    norm = chain.norm(conv)
    assert torch.equal(seen["norm"], norm)
    assert seen["norm"].min() < 0  # the ReLU behind it works in place
    assert torch.equal(seen["relu"], F.relu(norm))
    assert torch.equal(seen["inner.0"], chain.inner[0](F.relu(norm)))
    assert torch.equal(seen["inner"], F.relu(seen["inner.0"]))
    assert torch.equal(seen[""], plain)
    assert list(seen) == ["conv", "norm", "relu", "inner.0", "inner", ""]
    assert "conv: (2, 3, 3, 5)" in repr(seen)


def test_one_name_is_enough(chain):
    with models.features(chain, "inner.1") as seen:
        chain(X)
    assert seen["inner.1"].shape == (2, 4, 3, 5)
    assert len(seen) == 1


def test_what_was_seen_may_be_written_into(chain):
    with models.features(chain, ["conv", "flatten"]) as seen:
        logits = chain(X)
        with torch.no_grad():
            seen["conv"].zero_()
            seen["flatten"].zero_()
        assert torch.equal(chain(X), logits)


def test_gradients_of_the_logits_by_what_was_seen(chain):
    """A finite difference, put in behind the layer, says the same."""
    double = chain.double()
    x = X.double()
    with models.features(double, ["norm", "inner"]) as seen:
        (double(x)[:, 2].sum()).backward(inputs=[seen["norm"], seen["inner"]])
    wanted = double.classify.weight[2].view(4, 3, 5).expand(2, -1, -1, -1)
    torch.testing.assert_close(seen["inner"].grad, wanted)
    at, step = (1, 2, 0, 3), 1e-6

    def behind(change: float) -> float:
        norm = seen["norm"].detach().clone()
        norm[at] += change
        return double[2:](norm)[:, 2].sum().item()

    slope = (behind(step) - behind(-step)) / (2 * step)
    assert float(seen["norm"].grad[at]) == pytest.approx(slope, abs=1e-6)


def test_training_goes_on_as_without(chain):
    def gradients(at: list[str]) -> list[Tensor]:
        chain.zero_grad()
        with models.features(chain.train(), at):
            chain(X).square().sum().backward()
        return [p.grad.clone() for p in chain.parameters()]

    for with_hooks, without in zip(gradients(["conv", "norm", "relu", "inner.1"]), gradients([]), strict=True):
        assert torch.equal(with_hooks, without)


def test_a_module_that_runs_often_is_asked_for_its_calls():
    net = Reused()
    logits = net(X)
    with models.features(net, ["relu", "same", "b"]) as seen:
        for _ in range(2):
            assert torch.equal(net(X), logits)
    with pytest.raises(ValueError, match=r"relu ran 3 times in one forward; seen\.calls\('relu'\)"):
        seen["relu"]
    first, second, third = seen.calls("relu")
    assert torch.equal(first, F.relu(net.a(X)))
    assert torch.equal(third, F.relu(second + (first + 1)))
    assert torch.equal(seen["same"], first)
    assert torch.equal(second, F.relu(seen["b"]))
    assert "relu" in seen
    assert [tensor.grad_fn is not None for tensor in seen.calls("relu")] == [True] * 3


def test_one_module_by_two_names(chain):
    relu = nn.ReLU()
    net = nn.Sequential(OrderedDict(one=relu, conv=nn.Conv2d(2, 2, 1), two=relu))
    with models.features(net, ["one", "two"]) as seen:
        net(X)
    assert [len(seen.calls(name)) for name in ("one", "two")] == [2, 2]
    assert torch.equal(seen.calls("one")[1], seen.calls("two")[1])


def test_only_the_last_forward_counts(chain):
    with models.features(chain, "conv") as seen:
        chain(X)
        chain(2 * X[:1])
    assert torch.equal(seen["conv"], chain.conv(2 * X[:1]))


def test_no_hook_is_left_whatever_happens(chain):
    with models.features(chain, ["conv", "inner"]):
        assert hooks(chain) == 3
    assert hooks(chain) == 0
    with pytest.raises(RuntimeError), models.features(chain, ["conv", "inner"]) as seen:
        chain(X[:, :1])
    assert hooks(chain) == 0
    assert "conv" not in seen
    with pytest.raises(ValueError, match="no module"), models.features(chain, ["conv", "iner"]):
        pass
    assert hooks(chain) == 0
    recurrent = nn.GRU(2, 3)
    with models.features(recurrent, ""), pytest.raises(TypeError, match="gives no tensor but tuple"):
        recurrent(torch.zeros(1, 1, 2))


def test_other_hooks_stay(chain):
    chain.conv.register_forward_hook(lambda module, args, output: output + 1)
    with models.features(chain, "conv") as seen:
        chain(X)
    assert hooks(chain) == 1
    assert torch.equal(seen["conv"], chain.conv(X))


def test_unknown_names_are_answered_with_those_that_are_near(chain):
    for name, said in {"iner.0": r"did you mean inner\.0", "7": "there is conv, norm, relu, inner"}.items():
        with pytest.raises(ValueError, match=f"no module '{name}'; {said}"), models.features(chain, name):
            pass
    with models.features(chain, "conv") as seen:
        with pytest.raises(KeyError, match="conv has not run"):
            seen["conv"]
        with pytest.raises(KeyError, match="relu was not looked at; these were: conv"):
            seen["relu"]
    assert "relu" not in seen
