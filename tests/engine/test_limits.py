"""The limits of one submission."""

from __future__ import annotations

import json

import pytest

from grader.engine.limits import GiB, Limits


def test_they_survive_the_way_to_another_process() -> None:
    limits = Limits(memory_bytes=2 * GiB, cell_seconds=1.5)
    assert Limits.from_dict(json.loads(json.dumps(limits.to_dict()))) == limits


@pytest.mark.parametrize("value", [0, -1, float("nan"), True, "60", None])
def test_a_bound_is_a_positive_number(value: object) -> None:
    with pytest.raises(ValueError, match="memory_bytes must be a positive number"):
        Limits(memory_bytes=value)  # type: ignore[arg-type]  # the point of the test


def test_an_unknown_bound_is_refused() -> None:
    with pytest.raises(TypeError):
        Limits.from_dict({"memory": 1})
