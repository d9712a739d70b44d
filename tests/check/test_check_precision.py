"""float32 with right values passes, wrong values do not, and where precision is the lesson a test says so."""

import numpy as np
import pytest
import torch

from course_lib import check


def failure(judge, *args, **kwargs):
    with pytest.raises(check.CheckFailure) as caught:
        judge(*args, **kwargs)
    return caught.value.finding


def copies(x, w, dtype):
    """One row per sample of x: its copy of w, in this dtype."""
    x, w = np.asarray(x, dtype), np.asarray(w, dtype)
    rows = np.zeros((len(x), len(x) + len(w) - 1), dtype)
    for t in range(len(x)):
        rows[t, t : t + len(w)] = x[t] * w
    return rows


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_right_answers_in_coarse_floats_pass_with_every_seed(dtype):
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x, w, v = rng.standard_normal(4), rng.standard_normal(6), rng.standard_normal(6)
        check.close(copies(x, w, dtype), np.stack([np.convolve(spike, w) for spike in np.diag(x)]))
        check.close(copies(x, w, dtype).sum(axis=0), copies(w, x, dtype).sum(axis=0))  # two results of the student's
        check.close(copies(x, w, dtype).sum(), copies(w, x, dtype).sum())
        check.holds(
            "linearity",
            lambda _, x=x, w=w, v=v: (copies(x, w, dtype) + copies(x, v, dtype), copies(x, w + v, dtype)),
            trials=1,
        )


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize(
    "form", [np.float32, lambda y: torch.tensor(y, dtype=torch.float32), lambda y: list(np.float32(y))]
)
def test_a_small_mistake_is_caught_in_float32_and_recognized(form, scale):
    y = scale * np.random.default_rng(1).standard_normal((5, 7))
    check.close(form(y), y)
    for wrong in (y * 1.0001, y + 1e-4 * scale * np.eye(5, 7), -y, y[::-1].copy()):
        found = failure(check.close, form(wrong), y, mistakes={"known": wrong, "other": y + scale}, hint="look")
        assert (found.mistake, found.hint) == ("known", "look")


def test_zeros_by_cancellation_pass_and_other_numbers_do_not():
    check.close(np.float32([3e-7, -2e-7]), np.zeros(2))
    failure(check.close, np.float32([3e-4, 0]), np.zeros(2))
    failure(check.close, np.array([3e-7, -2e-7]), np.zeros(2))


def test_one_coarse_part_makes_the_whole_coarse():
    y = np.random.default_rng(2).standard_normal(5)
    check.close((float(np.float32(y[0])), y.astype("float32")), (y[0], y))
    check.close({"loss": float(np.float32(y[0])), "dx": torch.tensor(y).float()}, {"loss": y[0], "dx": y})
    failure(check.close, float(y[0] * 1.000001), y[0])  # a Python float says that it is exact


def test_precise_asks_for_float64():
    y = np.random.default_rng(3).standard_normal((3, 4))
    check.close(y, y, precise=True)
    check.close(y.astype("float32"), y, rtol=1e-12)
    found = failure(check.close, y.astype("float32"), y, rtol=1e-12, precise=True, hint="Divide by n.")
    assert found.problem == "The result is right to 7 digits, as float32 is: this exercise asks for float64."
    assert found.hint is None
    wrong = failure(check.close, (y + 1).astype("float32"), y, precise=True, hint="Divide by n.")
    assert wrong.problem.startswith("All 12 elements are wrong.")
    assert wrong.hint == "Divide by n."


def test_equal_takes_the_nearest_float():
    check.equal(np.float32(0.1), 0.1)
    check.equal(torch.tensor([0.1, 0.3]), [0.1, 0.3])
    failure(check.equal, np.nextafter(np.float32(0.1), np.float32(1)), 0.1)
    failure(check.equal, np.float32(2**24), 2**24 + 1)  # whole numbers are exact


@pytest.mark.parametrize("inside", [False, True])
def test_a_gradient_in_float32(inside):
    rng = np.random.default_rng(4)
    for _ in range(20):
        a, x = rng.standard_normal((4, 4)), rng.standard_normal(4)

        def f(x, a=a):
            if inside:
                x, a = x.astype("float32"), a.astype("float32")
            return x @ a @ x

        right = (a + a.T) @ x
        check.gradient(f, x, right.astype("float32"))
        failure(check.gradient, f, x, (1.1 * right).astype("float32"))
        failure(check.gradient, f, x, -right.astype("float32"))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2])
def test_what_is_coarser_than_float16_hides_no_mistake(dtype):
    expected = np.array([1.0, 2.0, -4.0])  # exact in each of these
    check.close(torch.tensor(expected).to(dtype), expected)
    with pytest.raises(check.CheckFailure):
        check.close(torch.tensor(expected * [1, 1.5, 1]).to(dtype), expected)
    with pytest.raises(check.CheckFailure):
        check.close(torch.tensor(expected * 1.05).to(torch.bfloat16), expected)
