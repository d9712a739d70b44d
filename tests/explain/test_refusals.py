"""Whatever happens, the net is left as it was; what cannot be explained is refused in words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from toy_nets import Conv, conv, linear, pictures

from course_lib import explain

Method = Callable[..., Any]
METHODS: dict[str, Method] = {
    "gradient": explain.gradient,
    "saliency": explain.saliency,
    "smooth_grad": lambda net, x, target: explain.smooth_grad(net, x, target, samples=2),
    "integrated_gradients": lambda net, x, target: explain.integrated_gradients(net, x, target, steps=2),
    "deconvnet": explain.deconvnet,
    "guided_backprop": explain.guided_backprop,
    "grad_cam": lambda net, x, target: explain.grad_cam(net, x, target, "b"),
    "occlusion": lambda net, x, target: explain.occlusion(net, x, target, window=4, stride=3),
}
WITH_SLOPES = {name: method for name, method in METHODS.items() if name != "occlusion"}
PATCHES: Method = lambda net, x, target: explain.top_patches(net, x, "b", 1)  # noqa: E731
everyone = pytest.mark.parametrize("method", [*METHODS.values(), PATCHES], ids=[*METHODS, "top_patches"])
maps_only = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
slopes_only = pytest.mark.parametrize("method", WITH_SLOPES.values(), ids=WITH_SLOPES)


def state(net: nn.Module) -> list[Any]:
    """All that could have changed, except for the numbers."""
    found: list[Any] = []
    for name, module in net.named_modules():
        hooks = [len(value) for key, value in sorted(vars(module).items()) if "hooks" in key]
        found += [name, type(module), module.training, hooks, sorted(vars(module))]
    for p in net.parameters():
        found += [p.requires_grad, p.grad is None or p.grad.tolist(), p._version, p._backward_hooks]
    return found


def untouched(net: nn.Module, x: Tensor, run: Callable[[], Any]) -> None:
    before, numbers, pixels, random = state(net), copy.deepcopy(net.state_dict()), x.clone(), torch.get_rng_state()
    run()
    assert state(net) == before
    assert all(torch.equal(value, numbers[name]) for name, value in net.state_dict().items())
    assert torch.equal(x, pixels)
    assert x.grad is None
    assert torch.equal(torch.get_rng_state(), random)


@everyone
def test_the_net_is_left_as_it_was(method: Method) -> None:
    net, x = conv(nn.ReLU(inplace=True)), pictures()
    net.a.weight.requires_grad_(False)
    net.b.weight.grad = torch.ones_like(net.b.weight)
    untouched(net, x, lambda: method(net, x, 1))


@everyone
def test_the_net_is_left_as_it_was_after_an_error_too(method: Method) -> None:
    def broken(x: Tensor) -> Tensor:
        raise RuntimeError("broken in the middle")

    net, x = conv(nn.ReLU(), broken), pictures()

    def run() -> None:
        with pytest.raises(RuntimeError, match="in the middle"):
            method(net, x, 1)

    untouched(net, x, run)


@maps_only
def test_a_batch_gives_what_its_pictures_give_one_by_one(method: Method) -> None:
    net, x, target = conv(nn.ReLU()), pictures(3), [2, 0, 1]
    together = method(net, x, target)
    alone = torch.cat([method(net, one[None], [k]) for one, k in zip(x, target, strict=True)])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)
    assert not together.requires_grad


@maps_only
def test_frozen_weights_and_pictures_with_a_graph_change_nothing(method: Method) -> None:
    net, x = conv(nn.ReLU()), pictures()
    expected = method(net, x, 0)
    assert torch.equal(method(net, (x * 1).requires_grad_(), 0), expected)
    with torch.no_grad():
        assert torch.equal(method(net, x, 0), expected)
    assert torch.equal(method(net.requires_grad_(False), x, 0), expected)


def test_a_net_may_write_into_its_pictures() -> None:
    class Greedy(Conv):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x.mul_(2).relu_())

    net, x = Greedy(F.relu).eval(), pictures()
    for method in METHODS.values():
        untouched(net, x, lambda method=method: method(net, x, 0))


@everyone
@pytest.mark.parametrize(
    ("x", "said"),
    [
        (torch.rand(3, 8, 8), r"x\[None\]"), (torch.rand(3, 8), "shape"), (torch.rand(0, 3, 8, 8), "no picture"),
        ([[1.0]], "not list"), (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), "floats of 0 to 1"),
    ],
)  # fmt: skip
def test_what_is_no_batch_of_pictures_is_refused(method: Method, x: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        method(conv(nn.ReLU()), x, 0)


@everyone
def test_a_net_in_training_mode_is_refused(method: Method) -> None:
    with pytest.raises(ValueError, match=r"^the net itself and \d more are in training mode.*net.eval\(\)"):
        method(conv(nn.ReLU()).train(), pictures(), 0)
    one = conv(nn.ReLU())
    one.norm.train()
    with pytest.raises(ValueError, match=r"^norm is in training mode"):
        method(one, pictures(), 0)


@maps_only
def test_targets_that_do_not_fit_are_refused(method: Method) -> None:
    net, x = conv(nn.ReLU()), pictures()
    with pytest.raises(ValueError, match="classes 0 to 2"):
        method(net, x, 3)
    with pytest.raises(ValueError, match="3 classes for 2 pictures"):
        method(net, x, [0, 1, 2])


@slopes_only
def test_an_objective_with_one_number_for_all_is_refused(method: Method) -> None:
    with pytest.raises(ValueError, match=r"\(sum\) has the shape \(\): one number a picture"):
        method(conv(nn.ReLU()), pictures(), explain.Objective("sum", (), lambda logits, _: logits.sum()))


@slopes_only
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize(
    "cut", [Tensor.detach, torch.zeros_like, lambda x: torch.no_grad()(F.relu)(x), lambda x: (x > 0).float()]
)
def test_a_score_that_does_not_depend_on_the_picture_is_refused(method: Method, cut, frozen: bool) -> None:
    net = conv(lambda x: F.relu(cut(x))).requires_grad_(not frozen)
    with pytest.raises(ValueError, match="does not depend on"):
        method(net, pictures(), 0 if method is not WITH_SLOPES["grad_cam"] else explain.channel("a", 0))


@pytest.mark.parametrize("name", ["gradient", "saliency", "grad_cam"])
def test_a_constant_score_is_refused(name: str) -> None:
    net = conv(nn.ReLU())
    nn.init.zeros_(net.classify.weight)
    with pytest.raises(ValueError, match="score is constant"):
        METHODS[name](net, pictures(), 0)


@everyone
def test_inference_mode_does_not_matter_to_a_net_from_outside(method: Method) -> None:
    net, x = conv(nn.ReLU()), pictures()
    expected = method(net, x, 0)
    with torch.inference_mode():
        found = method(net, pictures(), 0)
    assert torch.equal(found, expected) if isinstance(found, Tensor) else found[0].box == expected[0].box


@slopes_only
def test_a_net_made_in_inference_mode_is_refused(method: Method) -> None:
    with torch.inference_mode():
        net = conv(nn.ReLU())
    with pytest.raises(ValueError, match="inference_mode"):
        method(net, pictures(), 0)


def test_grad_cam_needs_a_layer_with_maps_before_the_score() -> None:
    net, x = conv(nn.ReLU(), nn.ReLU()), pictures()
    with pytest.raises(ValueError, match="no module 'c'"):
        explain.grad_cam(net, x, 0, "c")
    with pytest.raises(ValueError, match=r"classify gives \(2, 3\)"):
        explain.grad_cam(net, x, 0, "classify")
    with pytest.raises(ValueError, match="does not depend on b"):
        explain.grad_cam(net, x, explain.channel("a", 0), "b")
    flat, _ = linear()
    with pytest.raises(ValueError, match="needs maps"):
        explain.grad_cam(flat, x, 0, "0")


@pytest.mark.parametrize("sizes", [{"window": 0}, {"window": 11}, {"window": 3, "stride": 0}])
def test_occlusion_refuses_windows_that_do_not_fit(sizes) -> None:
    with pytest.raises(ValueError, match="window is"):
        explain.occlusion(conv(nn.ReLU()), pictures(), 0, **sizes)
