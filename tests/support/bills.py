"""The accounts of the classic nets, each made once."""

from __future__ import annotations

from functools import cache

from course_lib import models


@cache
def bill_of(name: str, classes: int | None = None) -> models.Bill:
    """Of the net `name`, for a picture of its size."""
    return models.account(models.build(name, classes=classes, device="meta"), models.NETS[name].input)
