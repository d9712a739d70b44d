"""A net on a page: the numbers are torch's, nothing else is needed, and what cannot be shown is refused in words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from support.pages import NAMES, mean, odd, picture, plain, told
from torch import nn

from course_lib import explain, models
from course_lib.explain.tracing import trace


def test_the_numbers_are_those_of_torch() -> None:
    net, x = plain(), picture(2, 8, 10)
    _, layers = told(explain.page(net, x).html)
    names = ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2", "2", "4"]
    with models.features(net, names) as seen, torch.no_grad():
        logits = net(x[None])
    assert [layer["name"] for layer in layers] == ["", *names, ""]
    np.testing.assert_array_equal(layers[0]["values"], x)
    for layer in layers[1:-1]:
        np.testing.assert_array_equal(layer["values"], seen[layer["name"]][0].numpy())
    np.testing.assert_allclose(layers[-1]["values"], logits.softmax(1)[0], atol=1e-7)
    np.testing.assert_array_equal(layers[1]["weights"]["weight"], net[0][0].weight.detach())
    np.testing.assert_array_equal(layers[8]["weights"]["bias"], net[4].bias.detach())


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch says so of even kernels
def test_a_net_that_ends_with_a_softmax_gets_no_second_one() -> None:
    net = odd()
    steps = trace(net, picture(4, 21, 17))
    assert [step.kind for step in steps].count("softmax") == 1
    with torch.no_grad():
        torch.testing.assert_close(steps[-1].values, net(picture(1, 4, 21, 17))[0])


def test_the_net_and_the_picture_stay_as_they_are() -> None:
    net, x = plain(), picture(2, 8, 10)
    before, kept = {name: value.clone() for name, value in net.state_dict().items()}, x.clone()
    net[0][0].weight.requires_grad_(False)
    explain.page(net, x)
    torch.testing.assert_close(net.state_dict(), before, rtol=0, atol=0)
    torch.testing.assert_close(x, kept, rtol=0, atol=0)
    assert not net.training
    assert [p.requires_grad for p in net.parameters()] == [False] + 5 * [True]
    assert not any(module._forward_hooks for module in net.modules())


@pytest.mark.parametrize(
    "x", [picture(1, 2, 8, 10), picture(2, 8, 10).numpy(), picture(2, 8, 10).double(), picture(2, 8, 10).tolist()]
)
def test_pictures_come_in_several_forms(x: object) -> None:
    page = explain.page(plain(), x)  # type: ignore[arg-type]  # a list of lists is an array, too
    assert page.html.startswith("<!doctype html>")


def test_the_same_net_and_picture_give_the_same_page(tmp_path: Path) -> None:
    first = explain.page(plain(), picture(2, 8, 10), NAMES)
    path = explain.page(plain(), picture(2, 8, 10), NAMES).save(tmp_path / "net.html")
    assert path.read_text("utf-8") == first.html


def test_no_name_breaks_out() -> None:
    page = explain.page(plain(), picture(2, 8, 10), NAMES, title="</title><script>alert(2)</script>")
    assert told(page.html)[0]["names"] == list(NAMES)
    assert page.html.count("<script") == 3
    assert page.html.count("</script>") == 3
    assert "alert(2)</script>" not in page.html
    shown = page._repr_html_()
    assert shown.count("<") == 2  # the frame's own
    assert shown.count('"') == 6
    assert repr(page).endswith("page.save('net.html') writes it")


def test_nothing_is_asked_of_a_network() -> None:
    text = explain.page(plain(), picture(2, 8, 10)).html
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|\bsrc=|\bhref=|@import|url\(|\bfetch\(|XMLHttpRequest", text)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([nn.Conv2d(2, 4, 1), nn.GELU()], r"layer 1, GELU\(.*, is not supported; a page knows Conv2d, .*Softmax"),
        ([nn.Conv2d(2, 4, 3, padding_mode="reflect", padding=1)], r"layer 0, .*padding_mode='reflect'; only 'zeros'"),
        ([nn.BatchNorm2d(2, track_running_stats=False)], "layer 0, .*no running statistics"),
        ([nn.Linear(10, 3)], r"layer 0, .*maps \(2, 8, 10\) come in: put an nn.Flatten\(\) before"),
        ([nn.Flatten(), nn.MaxPool2d(2)], "layer 1, .*a vector of 160 numbers comes in"),
        ([nn.Conv2d(3, 4, 1)], r"layer 0, .*cannot take \(2, 8, 10\)"),
        ([nn.Flatten(2)], "layer 0, .*only some of the axes"),
        ([nn.Flatten(), nn.Softmax(0)], "layer 1, .*dim=0"),
        ([nn.MaxPool2d(2, return_indices=True)], "layer 0, .*return_indices=False"),
    ],
)
def test_what_is_not_supported_is_named(layers: list[nn.Module], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        explain.page(nn.Sequential(*layers).eval(), picture(2, 8, 10))


def test_a_layer_with_a_forward_of_its_own_is_not_supported() -> None:
    class Doubled(nn.ReLU):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * x

    with pytest.raises(ValueError, match=r"layer 0, Doubled\(\), is not supported"):
        explain.page(nn.Sequential(Doubled()).eval(), picture(2, 8, 10))


def test_a_net_that_is_no_chain_is_refused() -> None:
    class Sum(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + x

    with pytest.raises(TypeError, match="the net is a Sum: what runs after what stands in its forward"):
        explain.page(Sum().eval(), picture(2, 8, 10))
    with pytest.raises(ValueError, match=r"layer 1.0, Sum\(\), is not supported"):
        explain.page(nn.Sequential(nn.ReLU(), nn.Sequential(Sum())).eval(), picture(2, 8, 10))


def test_a_net_in_training_mode_is_refused() -> None:
    net = plain()
    net[3].train()
    with pytest.raises(ValueError, match=r"^3 is in training mode.*net.eval\(\)"):
        explain.page(net, picture(2, 8, 10))


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (picture(2, 2, 8, 10), r"one picture.*\(2, 2, 8, 10\)"),
        (picture(9), r"one picture.*\(9,\)"),
        (picture(2, 8, 10) / 0, "not finite"),
    ],
)
def test_what_is_no_picture_is_refused(x: torch.Tensor, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        explain.page(plain(), x)


def test_names_are_as_many_as_classes() -> None:
    with pytest.raises(ValueError, match="3 names for the classes, and the net gives 4 numbers"):
        explain.page(plain(), picture(2, 8, 10), "abc")
    with pytest.raises(ValueError, match=r"1 names for the classes, and the net ends with maps \(2, 8, 10\)"):
        explain.page(nn.Sequential(nn.ReLU()).eval(), picture(2, 8, 10), ["a"])


def test_what_is_too_large_is_refused_with_what_to_do() -> None:
    wide = nn.Sequential(nn.Flatten(), nn.Linear(160, 4000), nn.ReLU(), nn.Linear(4000, 4)).eval()
    with pytest.raises(ValueError, match=r"3\.\d MB, and 3 MB is the most.*smaller net: layer 1 alone has 644,000"):
        explain.page(wide, picture(2, 8, 10))
    deep = nn.Sequential(nn.Conv2d(3, 30, 3), nn.ReLU()).eval()
    with pytest.raises(ValueError, match="smaller picture than 200 x 100, or fewer maps"):
        explain.page(deep, picture(3, 200, 100))


def test_a_page_of_nearly_the_most_is_not_larger() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(160, 3200)).eval()
    assert 2_800_000 < len(explain.page(net, picture(2, 8, 10)).html) <= 3_000_000


def test_maps_of_one_number_are_a_list() -> None:
    _, layers = told(explain.page(mean(), picture(3, 6, 5)).html)
    assert "maps" not in layers[3]
    _, layers = told(explain.page(plain(), picture(2, 8, 10)).html)
    assert layers[7]["maps"] == [10, 1, 2]
