"""First filters as pictures, and pictures compared by their features."""

from __future__ import annotations

import pytest
import torch
from support.toy_nets import linear
from torch import nn

from course_lib import explain, models


def test_filters_are_pictures_in_which_gray_is_zero() -> None:
    conv = nn.Conv2d(3, 2, (2, 3))
    conv.weight.data.zero_()[0, 1, 1, 2] = -0.2
    conv.weight.data[0, 0, 0, 0] = 0.1
    found = explain.filters(nn.Sequential(nn.Conv2d(1, 3, 1), conv))
    assert found.shape == (2, 2, 3, 3)
    assert found[0, 1, 2].tolist() == [0.5, 0.0, 0.5]
    assert found[0, 0, 0].tolist() == [0.75, 0.5, 0.5]
    assert found[1].unique().tolist() == [0.5]  # zeros alone


def test_filters_behind_a_preprocessing_are_those_of_plain_pixels() -> None:
    """Slopes of a unit by the pixels say what its filter is."""
    net = nn.Sequential(
        models.Normalize(3, ((0.4, 0.5, 0.6), (0.1, 0.2, 0.4))), nn.Conv2d(3, 4, 3), nn.Flatten(2)
    ).eval()
    x = torch.rand(4, 3, 3, 3)
    each = explain.Objective("each map", ("1",), lambda _, seen: seen["1"][range(4), range(4), 0, 0])
    slopes = explain.gradient(net, x, each)
    expected = 0.5 + slopes / (2 * slopes.abs().amax((1, 2, 3), keepdim=True))
    torch.testing.assert_close(explain.filters(net), expected.permute(0, 2, 3, 1))


def test_the_nets_with_the_course_have_filters() -> None:
    shapes = {
        "efficientnet_lite0_imagenet": (32, 3, 3, 3),
        "resnet20_cifar10": (16, 3, 3, 3),
        "speedy_cifar10": (24, 2, 2, 3),
    }
    for name, shape in shapes.items():
        found = explain.filters(models.pretrained(name))
        assert found.shape == shape
        assert found.min() >= 0
        assert found.max() <= 1
    with pytest.raises(ValueError, match="no filters of 3 colors"):
        explain.filters(linear()[0])


def test_similarity_is_the_cosine() -> None:
    a = torch.tensor([[3.0, 4], [0, 0], [-1, 0]])
    b = torch.tensor([[4.0, 3], [1e-20, 0]])
    torch.testing.assert_close(explain.similarity(a, b), torch.tensor([[0.96, 0.6], [0, 0], [-0.8, -1]]))
    torch.testing.assert_close(explain.similarity(a), torch.tensor([[1.0, 0, -0.6], [0, 0, 0], [-0.6, 0, 1]]))
    random = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    expected = torch.cosine_similarity(random[:, None], random[None], dim=2)
    torch.testing.assert_close(explain.similarity(random), expected)


@pytest.mark.parametrize(("a", "b"), [((3,), (3,)), ((2, 3), (2, 4)), ((2, 3, 1), (2, 3))])
def test_similarity_refuses_other_shapes(a, b) -> None:
    with pytest.raises(ValueError, match=r"\(N, D\) and \(M, D\)"):
        explain.similarity(torch.zeros(a), torch.zeros(b))
