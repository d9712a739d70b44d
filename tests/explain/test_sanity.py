"""Weights that change places, the order in which they do, and two maps compared by rank."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr
from support.toy_nets import conv
from torch import Tensor, nn

from course_lib import data, explain, models


def test_layers_are_named_from_the_output_down() -> None:
    assert explain.top_down(conv(F.relu)) == ["classify", "b", "a"]
    names = explain.top_down(models.resnet20())
    assert names[:2] == ["classify", "stages.2.2.conv2"]
    assert names[-1] == "stem.0"
    assert len(names) == 20


def test_weights_change_places_in_a_copy_and_only_where_asked() -> None:
    net = conv(F.relu)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    changed = explain.randomized(net, ["classify", "b"])
    for name, value in changed.state_dict().items():
        shuffled = name in ("classify.weight", "b.weight")
        assert torch.equal(value, before[name]) != shuffled
        assert torch.equal(value.flatten().sort()[0], before[name].flatten().sort()[0])
        assert torch.equal(net.state_dict()[name], before[name])
    assert changed.classify.weight.requires_grad
    assert not changed.training


def test_one_more_layer_leaves_the_first_ones_as_they_were_shuffled() -> None:
    net = conv(F.relu)
    one, two = explain.randomized(net, "classify"), explain.randomized(net, ["classify", "a"])
    assert torch.equal(one.classify.weight, two.classify.weight)
    assert torch.equal(one.a.weight, net.a.weight)
    assert not torch.equal(explain.randomized(net, "classify", seed=1).classify.weight, one.classify.weight)


def test_a_module_stands_for_all_in_it_and_shared_weights_change_once() -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    inner[1].weight = inner[0].weight
    net = nn.Sequential(inner, nn.Linear(4, 2))
    changed = explain.randomized(net, ["0"])
    assert changed[0][0].weight is changed[0][1].weight
    torch.testing.assert_close(explain.randomized(net, ["0", "0.1"])[0][0].weight, changed[0][0].weight)
    assert torch.equal(changed[1].weight, net[1].weight)
    with pytest.raises(ValueError, match="no module 'x'"):
        explain.randomized(net, ["x"])
    with pytest.raises(ValueError, match="pool has no weights to shuffle"):
        explain.randomized(conv(F.relu), ["pool"])


@pytest.mark.parametrize("levels", [3, 1000])
def test_agreement_is_the_rank_correlation(levels: int) -> None:
    random = torch.Generator().manual_seed(levels)
    a, b = (torch.randint(levels, (9, 11), generator=random).float() for _ in range(2))
    b = b + a / 2
    assert explain.agreement(a, b) == pytest.approx(spearmanr(a.flatten(), b.flatten()).statistic, abs=1e-12)
    assert explain.agreement(a, a.exp() if levels == 3 else a**3) == pytest.approx(1)
    assert explain.agreement(a, -a) == pytest.approx(-1)


def test_agreement_of_three_ranks_by_hand() -> None:
    """Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: less their means, 4.5 shared, of √(4.5 · 5)."""
    assert explain.agreement(torch.tensor([0.0, 2, 2, 9]), torch.tensor([1.0, 2, 3, 4])) == pytest.approx(0.9**0.5)


def test_a_map_that_is_the_same_everywhere_agrees_with_none() -> None:
    assert explain.agreement(torch.zeros(3, 3), torch.rand(3, 3)) == 0
    assert explain.agreement(torch.rand(3, 3), torch.full((3, 3), 0.1)) == 0
    for a, b, said in [((2, 3), (3, 2), "one shape"), ((1,), (1,), "one shape")]:
        with pytest.raises(ValueError, match=said):
            explain.agreement(torch.zeros(a), torch.zeros(b))
    with pytest.raises(ValueError, match="infinite"):
        explain.agreement(torch.tensor([0.0, float("nan")]), torch.tensor([0.0, 1]))


def test_slopes_do_not_survive_the_last_layer_and_guided_drawings_do() -> None:
    """The check of Adebayo et al. on a net that knows photographs."""
    net = models.pretrained("efficientnet_lite0_imagenet")
    x = torch.from_numpy(data.square(data.photo("cat"), 160))[None].float() / 255
    target = int(net(x).argmax())
    changed = explain.randomized(net, ["classify", "last"])

    def agreement(draw: Callable[[nn.Module], Tensor]) -> float:
        return explain.agreement(draw(net), draw(changed))

    assert agreement(lambda net: explain.saliency(net, x, target)) < 0.6
    assert agreement(lambda net: explain.grad_cam(net, x, target, "blocks.15")) < 0.6
    assert agreement(lambda net: explain.guided_backprop(net, x, target).abs().amax(1)) > 0.9
