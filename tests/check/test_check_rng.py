from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from course_lib import check
from course_lib.check.rng import use_secret


@pytest.fixture(autouse=True)
def _no_secret_afterwards() -> Iterator[None]:
    yield
    use_secret(None)


def draw(name: str, secret: bytes | None = None) -> list[float]:
    use_secret(secret)
    return check.rng(name).standard_normal(4).tolist()


def test_the_same_secret_and_name_draw_the_same_numbers() -> None:
    assert draw("a", b"secret") == draw("a", b"secret")


def test_another_secret_another_name_and_none_draw_others() -> None:
    draws = [draw("a", b"secret"), draw("b", b"secret"), draw("a", b"other"), draw("a")]
    assert len(np.unique(np.array(draws))) == 16


def test_secret_and_name_are_not_simply_joined() -> None:
    assert draw("bc", b"a") != draw("c", b"ab")


def test_the_numbers_are_the_same_in_another_process() -> None:
    code = "from course_lib import check; print(check.rng('a').standard_normal(4).tolist())"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == str(draw("a"))


@pytest.mark.parametrize("name", ["", "  ", 3, None])
def test_a_generator_needs_a_name(name: object) -> None:
    with pytest.raises(check.AuthorError, match="needs a name"):
        check.rng(name)  # type: ignore[arg-type]
