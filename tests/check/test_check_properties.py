"""that, raises, unchanged, holds and gradient."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import check
from course_lib.check.finding_text import finding_text


def told(judge):
    with pytest.raises(check.CheckFailure) as caught:
        judge()
    return finding_text(caught.value.finding)


def picky(n, stride=1):
    if stride == 0:
        raise ValueError("stride must be at least 1")
    if n is None:
        raise NotImplementedError("Exercise picky: write it.")
    return n


def test_that_shows_the_condition_and_its_names():
    x = np.array([1.0, -2.0])
    check.that(x.max() > 0, "one value is positive")
    assert told(lambda: check.that(x.min() >= 0, "no value is negative", hint="Use np.maximum.")) == (
        "call: x.min() >= 0\n    x: float64 (2,) [1, -2]\nThis must hold, but does not: no value is negative\n"
        "Hint: Use np.maximum."
    )
    with pytest.raises(check.AuthorError, match="words for what must hold"):
        check.that(True, "")


def test_raises():
    check.raises(ValueError, picky, 3, stride=0)
    check.raises(ValueError, picky, 3, stride=0, match="at least [0-9]")
    assert told(lambda: check.raises(ValueError, picky, 3, stride=2, hint="Refuse stride 2.")) == (
        "call: picky(3, stride=2)\nNo exception was raised: the call returned a result.\n"
        "got: 3\nexpected: ValueError to be raised\nHint: Refuse stride 2."
    )
    assert told(lambda: check.raises(TypeError, picky, 3, stride=0)) == (
        "call: picky(3, stride=0)\nThe call raises ValueError instead of TypeError.\n"
        "message: stride must be at least 1\nexpected: TypeError"
    )
    assert told(lambda: check.raises(ValueError, picky, 3, stride=0, match="padding")) == (
        "call: picky(3, stride=0)\nValueError is raised, as it should be, but its message is wrong.\n"
        "message: stride must be at least 1\nexpected in it: padding"
    )


@pytest.mark.parametrize("expected", [Exception, RuntimeError, ValueError])
def test_a_stub_does_not_pass_for_an_exception(expected):
    with pytest.raises(NotImplementedError):
        check.raises(expected, picky, None)
    check.raises(NotImplementedError, picky, None)


def double(x):
    x *= 2
    return x


def test_unchanged_names_the_argument_and_the_place():
    x, w = np.ones((2, 3)), [1, {"b": 2}]
    with check.unchanged(x=x, w=w):
        double(x.copy())

    def judge():
        with check.unchanged(w=w, x=x):
            y = double(x)
            assert y is x

    assert told(judge) == (
        "call: y = double(x)\n    x: float64 (2, 3) [[1, 1, 1], [1, 1, 1]]\n"
        "The call changes its argument x. Work on a copy: x = x.copy()\n"
        "what changed: 6 of 6 elements, the first at x[0, 0]\nbefore: 1\nafter: 2"
    )


@pytest.mark.parametrize(
    ("value", "change", "code"),
    [
        ([1.0, 2], lambda v: v.append(3), "v.copy()"),
        ({"a": 1}, lambda v: v.update(b=2), "v.copy()"),
        ([{"a": np.zeros(2)}], lambda v: v[0].update(b=2), "copy.deepcopy(v)"),
        ({"a": np.zeros(2)}, lambda v: v["a"].fill(1), "copy.deepcopy(v)"),
        ((np.zeros(2),), lambda v: v[0].fill(1), "copy.deepcopy(v)"),
        (torch.zeros(2), lambda v: v.fill_(1), "v.clone()"),
    ],
)
def test_unchanged_names_a_copy_that_helps(value, change, code):
    def judge():
        with check.unchanged(v=value):
            change(value)

    assert f"The call changes its argument v. Work on a copy: v = {code}\n" in told(judge)


@pytest.mark.parametrize(
    ("value", "change", "place"),
    [
        ([1, 2], lambda v: v.append(3), "the length of v"),
        ([1, [2, 3]], lambda v: v[1].__setitem__(0, 9), "v[1][0]"),
        ({"a": 1}, lambda v: v.update(b=2), "the keys of v"),
        ({"a": np.zeros(2)}, lambda v: v["a"].__setitem__(1, 5), "1 of 2 elements, the first at v['a'][1]"),
        (np.zeros((2, 3)), lambda v: v.resize((3, 2), refcheck=False), "the shape of v"),
        (np.array([np.nan, 1.0]), lambda v: v.__setitem__(0, 1), "1 of 2 elements, the first at v[0]"),
        ({1, 2}, lambda v: v.add(3), "v"),
    ],
)
def test_unchanged_sees_every_sort_of_change(value, change, place):
    with check.unchanged(v=value):
        pass

    def judge():
        with check.unchanged(v=value):
            change(value)

    assert f"what changed: {place}\n" in told(judge)


def test_unchanged_lets_exceptions_through_and_needs_arguments():
    with pytest.raises(KeyError), check.unchanged(x=[1]):
        raise KeyError
    with pytest.raises(check.AuthorError, match="by name"):
        check.unchanged()
    with (
        pytest.raises(check.AuthorError, match=r"cannot copy g, an object of type generator"),
        check.unchanged(g=(i for i in "ab")),
    ):
        pass


def test_holds_says_which_draw_failed():
    def f(x):
        return np.where(x > 0.99, 0, x)

    check.holds("linearity", lambda rng: (f(np.array([0.5]) * 0.5), np.array([0.25])))
    report = told(lambda: check.holds("additivity", lambda rng: (f(rng.random(50)), f(rng.random(50))), seed=3))
    assert report.startswith("call: f(rng.random(50)), f(rng.random(50))\nadditivity does not hold. ")
    assert "random draw: trial 1 of 5: rng = np.random.default_rng([3, 1])" in report
    assert "left side there: " in report
    assert "got" not in report


def test_holds_runs_every_trial_and_names_the_one_that_raises():
    seen = []
    check.holds("the same", lambda rng: (seen.append(rng.random()), 1.0)[1:] * 2, trials=7)
    assert len(set(seen)) == 7

    def law(rng):
        if len(seen) == 9:
            raise ZeroDivisionError
        seen.append(0)
        return 1.0, 1.0

    with pytest.raises(ZeroDivisionError) as caught:
        check.holds("it", law, seed=4)
    assert caught.value.__notes__ == ["Raised in trial 3 of 5: rng = np.random.default_rng([4, 3])"]
    with pytest.raises(check.AuthorError, match="two sides as a tuple"):
        check.holds("it", lambda rng: 3)
    with pytest.raises(check.AuthorError, match="at least one trial"):
        check.holds("it", lambda rng: (1, 1), trials=0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(1e-3, 1e3))
def test_gradients_of_quadratics(seed, n, scale):
    rng = np.random.default_rng(seed)
    a, b, x = scale * rng.standard_normal((n, n)), rng.standard_normal(n), rng.standard_normal(n)

    def f(x):
        return x @ a @ x / 2 + b @ x

    right = (a + a.T) @ x / 2 + b
    check.gradient(f, x, right)
    worst = int(rng.integers(n))
    wrong = right.copy()
    wrong[worst] += 0.01 * scale + 0.1 * abs(wrong[worst])
    report = told(lambda: check.gradient(f, x, wrong))
    assert f"at index [{worst}]" in report
    assert "The gradient is wrong in 1 entry." in report


def test_gradient_report():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    wrong = 2 * x
    wrong[1, 0] = 3.0
    assert told(lambda: check.gradient(lambda x: (x**2).sum(), x, wrong, hint="Differentiate the square.")) == (
        "call: wrong\nThe gradient is wrong in 1 entry.\nlargest relative error: 0.5 at index [1, 0]\n"
        "your gradient there: 3\ndifference quotient there: 6\nHint: Differentiate the square."
    )
    assert (
        told(lambda: check.gradient(lambda x: (x**2).sum(), x, None))
        .splitlines()[1]
        .startswith("The gradient cannot be checked. The result is None")
    )
    assert "The shapes differ" in told(lambda: check.gradient(lambda x: (x**2).sum(), x, x.ravel()))
    assert "NaN" in told(lambda: check.gradient(lambda x: (x**2).sum(), x, x * np.nan))


def test_gradient_at_a_kink_accepts_every_slope_between():
    def relu(x):
        return np.maximum(x, 0).sum()

    x = np.array([-1.0, 0.0, 2.0])
    for subgradient in (0.0, 0.5, 1.0):
        check.gradient(relu, x, np.array([0.0, subgradient, 1.0]))
    report = told(lambda: check.gradient(relu, x, np.array([0.0, 1.5, 1.0])))
    assert "The function has a kink there (0 from the left, 1 from the right)" in report


def test_gradient_probes_a_bounded_number_of_entries_and_never_changes_x():
    calls = []
    x = np.random.default_rng(0).standard_normal(5000)
    before = x.copy()

    def f(x):
        calls.append(1)
        x *= 1.0
        return float((x**2).sum())

    check.gradient(f, x, 2 * x, max_entries=30)
    assert len(calls) == 61
    np.testing.assert_array_equal(x, before)
    assert "30 of 5000 entries were probed, chosen at random." in told(
        lambda: check.gradient(f, x, 3 * x, max_entries=30)
    )


def test_gradient_of_a_number_and_of_no_scalar():
    check.gradient(lambda x: x**3, 2.0, 12.0)
    assert "must return one real number" in told(lambda: check.gradient(lambda x: x**2, np.ones(3), np.ones(3)))
    with pytest.raises(check.AuthorError, match="cannot use this x"):
        check.gradient(lambda x: 1.0, "text", 1.0)
    with pytest.raises(check.AuthorError, match="eps > 0"):
        check.gradient(lambda x: 1.0, 1.0, 1.0, eps=0)
