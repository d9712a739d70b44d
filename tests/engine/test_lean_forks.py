"""A process that is prepared to be forked keeps its memory as it was."""

from __future__ import annotations

import sys

import pytest

from grader import lean_forks
from grader.authoring import forks

MAPS = """\
00600000-00a00000 rw-p 00000000 00:00 0                                  [heap]
7f0000100000-7f0000700000 rw-p 00000000 00:00 0
7f0001000000-7f0001200000 r--p 00000000 00:00 0
7f0002000000-7f0002400000 rw-p 00001000 fe:00 26933                      /usr/lib/libpython3.so
7f0003000000-7f0003100000 rw-p 00000000 00:00 0
7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0                          [stack]
"""


def test_huge_pages_go_into_what_the_process_asked_for_itself() -> None:
    assert list(lean_forks.huge_parts(MAPS)) == [0x600000, 0x800000, 0x7F0000200000, 0x7F0000400000]


def _before_and_after() -> tuple[list[object], list[object]]:
    kept = [list(range(10**6)), "a" * (6 << 20), {n: str(n) for n in range(10**5)}]
    before = [hash(str(part)) for part in kept]
    lean_forks.prepare()
    (after,) = forks.run([lambda: [hash(str(part)) for part in kept]], jobs=1, timeout=60)
    assert isinstance(after, list)
    return list(before), list(after)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is forked there")
def test_what_is_in_memory_stays_and_its_forks_see_it() -> None:
    before, after = forks.in_fresh_process(_before_and_after)
    assert before == after
