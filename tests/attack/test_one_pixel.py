"""A few pixels, by differential evolution."""

from __future__ import annotations

import pytest
import torch
from support.attacked_nets import TwoClasses, digit_net, some_digits

from course_lib import attack


def changed(x: torch.Tensor, found: torch.Tensor) -> list[int]:
    """How many pixels of each picture differ, in whatever channel."""
    return (x != found).any(1).sum((1, 2)).tolist()


def test_it_finds_the_only_pixel_that_matters() -> None:
    w = torch.zeros(3, 4, 5)
    w[:, 2, 3] = torch.tensor([1.0, -1.0, 2.0])
    net, x = TwoClasses(w, -2.5).eval(), torch.full((1, 3, 4, 5), 0.5)  # white there is 2, red and blue are 3
    found = attack.OnePixel(generations=60)(net, x, [0])
    assert changed(x, found) == [1]
    assert not torch.equal(found[0, :, 2, 3], x[0, :, 2, 3])
    assert net(found).argmax(1).item() == 1
    back = attack.OnePixel(generations=60)(net, found, [1], targets=0)
    assert net(back).argmax(1).item() == 0


def test_more_pixels_fool_more_digits_and_no_more_are_changed() -> None:
    net, (x, y) = digit_net(), some_digits(10)
    one, three = attack.OnePixel()(net, x, y), attack.OnePixel(3)(net, x, y)
    assert max(changed(x, one)) == 1
    assert max(changed(x, three)) <= 3
    assert attack.success(net, x, y, three).rate > attack.success(net, x, y, one).rate > 0


def test_without_a_pixel_nothing_changes_and_what_is_wrong_stays() -> None:
    net, (x, y) = digit_net(), some_digits(4)
    assert torch.equal(attack.OnePixel(0)(net, x, y), x)
    assert torch.equal(attack.OnePixel()(net, x, (y + 1) % 10), x)


def test_settings_that_make_no_sense_are_refused() -> None:
    for settings, said in (
        ({"pixels": -1}, "pixels is a whole number"), ({"population": 4}, "population is a whole number of at least 5"),
        ({"generations": 1.5}, "generations is a whole number"), ({"bounds": (0, torch.inf)}, "that are numbers"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            attack.OnePixel(**settings)
