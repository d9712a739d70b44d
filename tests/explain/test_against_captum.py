"""Each map is what captum draws, on nets whose rectifiers captum can see: modules of ReLU, none used twice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import captum.attr
import pytest
import torch
from support.toy_nets import conv, pictures
from torch import Tensor, nn

from course_lib import explain, models
from course_lib.models.small_resnet import Block, ResNet


class ModuleBlock(Block):
    """A residual block with modules where the net calls functions."""

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.branch(x) + self.shortcut(x))

    def branch(self, x: Tensor) -> Tensor:
        return self.norm2(self.conv2(self.first(self.norm1(self.conv1(x)))))


class ModuleResNet(ResNet):
    def forward(self, x: Tensor) -> Tensor:
        return self.classify(self.stages(self.first(self.stem(self.normalize(x)))).mean((2, 3)))


def with_modules(net: ResNet) -> ResNet:
    net = copy.deepcopy(net)
    for module in list(net.modules()):
        if isinstance(module, (Block, ResNet)):
            module.first, module.second = nn.ReLU(), nn.ReLU()
            module.__class__ = ModuleBlock if isinstance(module, Block) else ModuleResNet
    return net.eval()


@dataclass
class Case:
    """A net, the same for captum, pictures, a class for each, and a layer with maps."""

    net: nn.Module
    same: nn.Module
    x: Tensor
    target: list[int]
    at: str


def toy() -> Case:
    net = conv(nn.ReLU(), nn.ReLU())
    return Case(net, net, pictures(2, 14), [0, 2], "b")


def resnet20() -> Case:
    net = models.pretrained("resnet20_cifar10")
    return Case(net, with_modules(net), pictures(2, 32), [3, 7], "stages.2")


def speedy() -> Case:
    net = models.pretrained("speedy_cifar10")
    return Case(net, net, pictures(2, 32), [5, 9], "16")


NETS: dict[str, Callable[[], Case]] = {"toy": toy, "resnet20_cifar10": resnet20, "speedy_cifar10": speedy}
pytestmark = [
    pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU"),
    pytest.mark.filterwarnings("ignore:Setting forward, backward hooks"),
    pytest.mark.filterwarnings("ignore:Required_grads has not been set"),
    pytest.mark.filterwarnings("ignore:Input Tensor 0 did not already require gradients"),
]


@pytest.fixture(params=NETS)
def case(request: pytest.FixtureRequest) -> Case:
    """Each net."""
    return NETS[request.param]()


def difference(found: Tensor, expected: Tensor) -> float:
    """The largest, as a part of the largest number that is expected."""
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.abs().max())


def saliency(case: Case) -> float:
    theirs = captum.attr.Saliency(case.same).attribute(case.x.clone(), case.target)
    return difference(explain.saliency(case.net, case.x, case.target), theirs.amax(1))


def gradient(case: Case) -> float:
    theirs = captum.attr.Saliency(case.same).attribute(case.x.clone(), case.target, abs=False)
    return difference(explain.gradient(case.net, case.x, case.target), theirs)


def guided_backprop(case: Case) -> float:
    theirs = captum.attr.GuidedBackprop(case.same).attribute(case.x.clone(), case.target)
    return difference(explain.guided_backprop(case.net, case.x, case.target), theirs)


def deconvnet(case: Case) -> float:
    theirs = captum.attr.Deconvolution(case.same).attribute(case.x.clone(), case.target)
    return difference(explain.deconvnet(case.net, case.x, case.target), theirs)


def grad_cam(case: Case) -> float:
    layer = case.same.get_submodule(case.at)
    method = captum.attr.LayerGradCam(case.same, layer)
    small = method.attribute(case.x.clone(), case.target, relu_attributions=True).detach()
    large = captum.attr.LayerAttribution.interpolate(small, case.x.shape[2:], "bilinear")[:, 0]
    as_it_is = difference(explain.grad_cam(case.net, case.x, case.target, case.at, upsample=False), small[:, 0])
    found = explain.grad_cam(case.net, case.x, case.target, case.at).detach()
    return max(as_it_is, difference(found, large.detach()))


def integrated_gradients(case: Case) -> float:
    method = captum.attr.IntegratedGradients(case.same)
    theirs = method.attribute(case.x.clone(), 0.25, case.target, n_steps=7, method="riemann_middle").float()
    found = explain.integrated_gradients(case.net, case.x, case.target, baseline=0.25, steps=7)
    return difference(found, theirs)


def occlusion(case: Case) -> float:
    """Captum spreads each fall over its window, and takes means where windows overlap: 8 pixels long, 6 on."""
    method, channels = captum.attr.Occlusion(case.same), case.x.shape[1]
    theirs = method.attribute(case.x.clone(), (channels, 8, 8), (channels, 6, 6), 0.5, case.target)
    falls = explain.occlusion(case.net, case.x, case.target, window=8, stride=6)
    total, times = torch.zeros_like(case.x[:, 0]), torch.zeros_like(case.x[:, 0])
    for row in range(falls.shape[1]):
        for column in range(falls.shape[2]):
            spot = (slice(None), slice(6 * row, 6 * row + 8), slice(6 * column, 6 * column + 8))
            total[spot] += falls[:, row, column, None, None]
            times[spot] += 1
    return difference(total / times, theirs[:, 0])


METHODS = [gradient, saliency, guided_backprop, deconvnet, grad_cam, integrated_gradients, occlusion]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
def test_a_method_is_that_of_captum(case: Case, method: Callable[[Case], float]) -> None:
    assert method(case) < 1e-6


def test_the_net_with_modules_is_the_same_net() -> None:
    case = resnet20()
    assert torch.equal(case.net(case.x), case.same(case.x))


if __name__ == "__main__":  # the table of the comparison
    for name, make in NETS.items():
        for method in METHODS:
            print(f"| {method.__name__} | {name} | {method(make()):.1e} |")
