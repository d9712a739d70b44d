"""Properties of the comparison, and the patterns it points out."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course_lib import check
from course_lib.check.patterns import notice

numeric = st.sampled_from(["bool", "uint8", "int64", "uint64", "float32", "float64", "complex128"])
shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
floats = st.floats(-1e6, 1e6, allow_nan=False)


def finding(got, expected, **options):
    with pytest.raises(check.CheckFailure) as caught:
        check.close(got, expected, **options)
    return caught.value.finding


@given(hnp.arrays(numeric, shapes))
def test_every_array_is_close_to_itself(a):
    check.close(a, a.copy(), rtol=0, atol=0)
    check.equal(a, a.copy())


@given(hnp.arrays("float64", hnp.array_shapes(max_dims=4, max_side=5), elements=floats), st.data())
def test_one_wrong_element_is_found_at_its_index(a, data):
    index = tuple(data.draw(st.integers(0, n - 1)) for n in a.shape)
    b = a.copy()
    b[index] += 1 + abs(b[index])
    found = finding(b, a)
    place = "[" + ", ".join(map(str, index)) + "]"
    if a.size > 1:
        assert found.problem.startswith(f"1 of {a.size} elements is wrong.")
        assert found.problem.endswith(f"at index {place}.")
    else:
        assert found.problem == "The only element is wrong."
    if found.grid:
        assert sum(map(sum, found.grid.wrong)) == 1
    with pytest.raises(check.CheckFailure):
        check.equal(b, a)


@given(hnp.arrays("float64", shapes, elements=floats), hnp.arrays("float64", shapes, elements=floats))
def test_shapes_are_never_broadcast(a, b):
    assume(a.shape != b.shape)
    assume(not (a.size == b.size == 1 and () in (a.shape, b.shape)))  # one number may stand for an array of one
    assert "shape" in str(dict(finding(a, b).facts))


@settings(max_examples=200)
@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(0, 1e-3), st.floats(0, 1e-3))
def test_tolerance_is_that_of_numpy(got, expected, rtol, atol):
    if abs(got - expected) <= atol + rtol * abs(expected):
        check.close(got, expected, rtol=rtol, atol=atol)
    else:
        finding(got, expected, rtol=rtol, atol=atol)


def test_infinities_and_nans():
    check.close(np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf]))
    finding(np.array([-np.inf]), np.array([np.inf]))
    finding(np.array([1.0, 2.0]), np.array([np.nan, 2.0]))
    finding(np.array([1.0]), np.array([np.inf]))


def test_large_integers_are_compared_exactly():
    check.close(2**62 + 1, 2**62 + 1, rtol=0, atol=0)
    with pytest.raises(check.CheckFailure):
        check.equal(np.array([2**62 + 1]), np.array([2**62]))
    finding(10**40, 3)
    check.close(10**40, 1e40)


def test_what_may_stand_for_what():
    check.close(np.array([1, 2]), np.array([1.0, 2.0]))  # an int array for a float array
    check.close([[1, 2], [3, 4]], [[1, 2], [3, 4]])
    check.close(np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]])  # an array for a nested list
    check.close(np.float32(2), 2)
    check.close([np.ones(2), 3], (np.ones(2), 3))  # a list for a tuple of outputs
    check.close({"a": (1.0, [2.0])}, {"a": (1.0, [2.0])})
    check.close(np.array(2.0), 2.0)


def test_the_author_is_told_when_expected_is_no_number():
    for expected in (None, "text", object(), np.array(["a"])):
        with pytest.raises(check.AuthorError, match=r"check\.close cannot compare with this expected value"):
            check.close(1.0, expected)
    with pytest.raises(check.AuthorError, match="rtol >= 0"):
        check.close(1.0, 1.0, rtol=-1)


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (lambda a: a.T, lambda a: a, "It is the transpose of what is expected: are rows and columns swapped?"),
        (lambda a: a[:, ::-1], lambda a: a, "It is what is expected, but reversed along the last axis."),
        (lambda a: a[::-1], lambda a: a, "It is what is expected, but reversed along the last axis but one."),
        (lambda a: a[::-1, ::-1], lambda a: a, "It is what is expected, but reversed along both last axes."),
        (lambda a: -a, lambda a: a, "Every element has the wrong sign."),
        (lambda a: a / 9, lambda a: a, "Every element is 1/9 times what is expected."),
        (lambda a: 2.5 * a, lambda a: a, "Every element is 2.5 times what is expected."),
        (lambda a: a + 3, lambda a: a, "Every element is off by the same amount, 3."),
        (lambda a: 0 * a, lambda a: a, "Every element is zero."),
        (lambda a: a.astype("float32"), lambda a: a, "The differences are rounding of float32: compute in float64."),
        (
            lambda a: (100 * a).astype("int64"),
            lambda a: 100 * a,
            "The fractions are cut off: the result is an array of",
        ),
    ],
)
@pytest.mark.parametrize("shape", [(3, 4), (5, 2)])
def test_patterns(got, expected, sentence, shape):
    a = np.random.default_rng(1).standard_normal(shape)
    assert notice(got(a), expected(a))[0].startswith(sentence)


@pytest.mark.parametrize(
    ("got", "expected", "sentences"),
    [
        (np.array([2.0000015, 3, 4]).reshape(3, 1, 1, 1), np.array([2.0, 3, 4]).reshape(3, 1, 1, 1), ()),
        (np.array([[1e-26, 0, 0], [0, 0, 0]]), np.zeros((2, 3)), ()),
        (np.array([0.2, 0.8]), np.array([0.8, 0.2]), ()),
        (np.array([[0.2, 0.8]]), np.array([[0.8, 0.2]]), ()),
        (np.array([[1.0], [2], [3]]), np.array([[1.0, 2, 3]]), ("It is the transpose",)),
        (np.ones(3, bool), np.zeros(3, bool), ("Every element is True.",)),
        (np.zeros(3, bool), np.array([True, False, True]), ("Every element is False.",)),
        (np.array([True, False, False]), np.array([False, True, True]), ("Every element is the opposite",)),
        (np.array([True, False, False]), np.array([False, False, True]), ("It is what is expected, but reversed",)),
    ],
)
def test_patterns_that_are_there_by_accident_are_not_told(got, expected, sentences):
    told = notice(got, expected)
    assert len(told) == len(sentences)
    assert all(found.startswith(sentence) for found, sentence in zip(told, sentences, strict=True))


@given(hnp.arrays("float64", (3, 4), elements=floats), hnp.arrays("float64", (3, 4), elements=floats))
def test_patterns_never_fail(a, b):
    assert len(notice(a, b)) <= 1


def test_names_of_a_namedtuple():
    from collections import namedtuple

    gradients = namedtuple("gradients", "dx dw")
    assert finding((1.0, 2.0), gradients(1.0, 3.0)).problem == "Output 2 of 2 (dw): The number is wrong."
