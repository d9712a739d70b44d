"""No message contradicts itself: what was got and what was expected are never the same text."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib import check

PAIRS = {
    "got": "expected",
    "got there": "expected there",
    "whole got": "whole expected",
    "left side": "right side",
    "left side there": "right side there",
    "before": "after",
    "your gradient there": "difference quotient there",
    "message": "expected in it",
}


def told(judge):
    """The finding, if the check fails; its texts must tell the two apart."""
    finding = finding_of(judge)
    if finding is None:
        return None
    facts = dict(finding.facts)
    for left, right in PAIRS.items():
        assert left not in facts or facts[left] != facts.get(right), finding
    if finding.grid:
        for lefts, rights, marks in zip(finding.grid.left, finding.grid.right, finding.grid.wrong, strict=True):
            assert all(a != b for a, b, wrong in zip(lefts, rights, marks, strict=True) if wrong), finding
    return finding


def finding_of(judge):
    try:
        judge()
    except check.CheckFailure as failure:
        return failure.finding
    return None


VALUES = [
    None,
    True,
    3,
    3.0,
    3 + 1e-12,
    10**40,
    10**40 + 1,
    10**60000,
    1j,
    float("nan"),
    float("-inf"),
    "3",
    "x" * 200 + "a",
    "x" * 200 + "b",
    b"3",
    [3, 8, 214],
    (3, 8, 215),
    [3, 8, 214.0000000001],
    np.array([3, 8, 214]),
    np.float32([3, 8, 214.1]),
    list(range(50)),
    [*range(49), 50],
    [1, "a"],
    [1, None],
    [None, None],
    (np.ones(2), np.zeros(3)),
    (np.ones(2), np.ones(3)),
    [np.ones(2), "x"],
    [[1], [1, 2]],
    {"a": 1},
    {"a": 2, "b": 3},
    {k: k for k in range(40)},
    {k: k + (k == 39) for k in range(40)},
    {1, 2, 3},
    set(range(20)),
    set(range(21)),
    np.ones((2, 3)),
    np.ones((3, 2)) * 2,
    np.ones((1, 1)),
    np.array([None, 1]),
    np.array(["a"]),
    torch.ones(2, 3),
    torch.arange(3),
    torch.tensor(3),
    object(),
    range(3),
    abs,
]


@pytest.mark.parametrize("expected", VALUES, ids=lambda value: type(value).__name__)
def test_every_form_against_every_other(expected):
    for got in VALUES:
        for judge in (check.close, check.equal):
            try:
                finding = told(lambda judge=judge, got=got: judge(got, expected))
            except check.AuthorError:
                continue
            assert got is not expected or finding is None
        told(lambda got=got: check.shape(got, (3,)))
        told(lambda got=got: check.form(got, type(expected)))


NUMBERS = st.one_of(st.integers(-(10**25), 10**25), st.floats(), st.booleans(), st.complex_numbers())
LEAVES = st.one_of(NUMBERS, st.text(max_size=90), st.none())
NESTED = st.recursive(LEAVES, lambda part: st.lists(part, max_size=5), max_leaves=8)
MISSES = st.floats(1e-12, 1e-3)


@given(NESTED, NESTED)
def test_nothing_is_told_twice(got, expected):
    for judge in (check.close, check.equal):
        try:
            told(lambda judge=judge: judge(got, expected))
        except check.AuthorError:
            assert judge is check.close


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), MISSES, st.sampled_from(["f4", "f8", "f2"]))
def test_near_misses_show_where_they_differ(values, miss, dtype):
    a = np.array(values, dtype)
    told(lambda: check.equal(a + miss, a))
    told(lambda: check.close(a + miss, np.array(values), rtol=0, atol=0, precise=True))
    told(lambda: check.holds("it", lambda rng: (a + miss, a), rtol=0, atol=0))


@pytest.mark.parametrize(("before", "change"), list(itertools.product([np.zeros(3), [0.0] * 3], [1e-9, 1e-16, 1])))
def test_a_changed_argument_shows_the_change(before, change):
    def judge():
        with check.unchanged(x=before):
            before[1] += change
        return True

    assert told(judge) is not None
