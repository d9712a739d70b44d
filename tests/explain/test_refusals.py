"""Whatever happens, the net is left as it was; what cannot be explained is refused in words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from support.toy_nets import Conv, conv, linear, pictures
from torch import Tensor, nn

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
    "dream": lambda net, x, target: explain.dream(net, x, target, octaves=1, steps=2, jitter=2),
}


def climb(net: nn.Module, x: Tensor, target: Any) -> Tensor:
    return explain.maximize(net, target, x.shape[2], count=len(x), steps=2, jitter=1).pictures


def patches(net: nn.Module, x: Tensor, target: Any) -> Any:
    return explain.top_patches(net, x, "b", 1)


def each(methods: dict[str, Method]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("method", methods.values(), ids=methods)


WITH_SLOPES = {name: method for name, method in METHODS.items() if name != "occlusion"} | {"maximize": climb}
everyone = each(METHODS | {"top_patches": patches, "maximize": climb})
of_pictures = each(METHODS | {"top_patches": patches})
maps_only = each(METHODS)
slopes_only = each(WITH_SLOPES)


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


@of_pictures
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


@pytest.mark.parametrize(
    ("last", "said"), [(nn.Identity(), r"\(2, 3, 10, 10\)"), (nn.AdaptiveMaxPool2d(1, True), "tuple")]
)
def test_a_net_without_logits_has_no_classes(last: nn.Module, said: str) -> None:
    with pytest.raises(ValueError, match=rf"the net gives {said}, no logits \(N, classes\): choose a layer"):
        explain.gradient(nn.Sequential(last).eval(), pictures(), 0)


@each(METHODS | {"maximize": climb})
def test_targets_that_do_not_fit_are_refused(method: Method) -> None:
    net, x = conv(nn.ReLU()), pictures()
    with pytest.raises(ValueError, match="classes 0 to 2"):
        method(net, x, 3)
    with pytest.raises(ValueError, match="3 classes for 2 pictures"):
        method(net, x, [0, 1, 2])
    for wrong in ("cat", 0.5, [], [[0, 1]]):
        with pytest.raises(ValueError, match="a class is a whole number"):
            method(net, x, wrong)


@everyone
def test_what_is_no_net_is_refused(method: Method) -> None:
    with pytest.raises(TypeError, match=r"the net comes first, an nn\.Module, and this is Objective"):
        method(explain.logit(0), pictures(), conv(nn.ReLU()))


@each(METHODS | {"maximize": climb})
def test_what_is_not_one_finite_number_a_picture_is_refused(method: Method) -> None:
    with pytest.raises(ValueError, match=r"score \(sum\) has the shape \(\): one number a picture"):
        method(conv(nn.ReLU()), pictures(), explain.Objective("sum", (), lambda logits, _: logits.sum()))
    with pytest.raises(ValueError, match=r"score \(root\) is not finite: \[nan, nan\]"):
        method(conv(nn.ReLU()), pictures(), explain.Objective("root", (), lambda y, _: (-y[:, 0].square() - 1).sqrt()))


@slopes_only
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize(
    "cut", [Tensor.detach, torch.zeros_like, lambda x: torch.no_grad()(F.relu)(x), lambda x: (x > 0).float()]
)
def test_a_score_that_does_not_depend_on_the_picture_is_refused(method: Method, cut, frozen: bool) -> None:
    net = conv(lambda x: F.relu(cut(x))).requires_grad_(not frozen)
    with pytest.raises(ValueError, match="does not depend on"):
        method(net, pictures(), 0 if method is not WITH_SLOPES["grad_cam"] else explain.channel("a", 0))


@pytest.mark.parametrize("name", ["gradient", "saliency", "smooth_grad", "integrated_gradients", "grad_cam"])
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


@maps_only
def test_double_precision_stays_and_agrees(method: Method) -> None:
    net, x = conv(nn.ReLU()), pictures()
    found = method(copy.deepcopy(net).double(), x.double(), 0)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found.float(), method(net, x, 0), rtol=1e-3, atol=1e-4)


@maps_only
def test_a_net_may_have_buffers_alone(method: Method) -> None:
    net = conv(nn.ReLU())
    for module in net.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            delattr(module, name)
            module.register_buffer(name, parameter.detach())
    assert not list(net.parameters())
    torch.testing.assert_close(method(net, pictures(), 1), method(conv(nn.ReLU()), pictures(), 1))


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
