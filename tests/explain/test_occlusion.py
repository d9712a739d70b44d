"""How far a score falls when a square is covered."""

from __future__ import annotations

import torch
from support.toy_nets import linear, pictures

from course_lib import explain


def test_on_a_linear_net_the_fall_is_a_sum_over_the_square() -> None:
    net, rows = linear()
    x, target = pictures(2), [3, 1]
    falls = explain.occlusion(net, x, target, window=4, stride=3, fill=0.25)
    assert falls.shape == (2, 3, 3)  # squares begin at 0, 3 and 6; one at 9 would reach beyond the edge
    parts = ((x - 0.25) * rows[target]).sum(1)
    for row in range(3):
        for column in range(3):
            square = parts[:, 3 * row : 3 * row + 4, 3 * column : 3 * column + 4]
            torch.testing.assert_close(falls[:, row, column], square.sum((1, 2)), rtol=1e-4, atol=1e-5)


def test_the_last_window_ends_at_or_before_the_edge() -> None:
    net, x = linear()[0], pictures(1)
    sizes = {(10, 1): (1, 1), (2, 2): (5, 5), (3, 2): (4, 4), (4, 5): (2, 2), (1, 1): (10, 10)}
    for (window, stride), shape in sizes.items():
        assert explain.occlusion(net, x, 0, window=window, stride=stride).shape[1:] == shape
