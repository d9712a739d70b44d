"""Nonsense in the arguments after each call finds what a test expects of them too late, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from course_lib import check
from course_lib.check.failure import CheckFailure
from grader.authoring.returned.boundary import Boundary
from grader.authoring.returned.scribbled import Scribbled, fill

SHARED = """
import numpy as np
EDGE = np.array([1.0, -1.0, 0.0])
def reference(x, w): return np.convolve(x, w)
"""
GIVEN = "def made(w): return [w], w\ndef asked(x): return conv(x, 2.0)"
ANSWERS = """
def conv(x, w, stride=1):
    if stride < 1:
        raise ValueError("no stride")
    return np.convolve(x, np.atleast_1d(w))[::stride]
def size(n, k=3): return n + k
def total(rows): return sum(map(sum, rows))
def same(x): return x
def clipped(x):
    x[x < 0] = 0
class Layer:
    def forward(self, x): return 2 * x
    def __call__(self, x): return 2 * x
    @staticmethod
    def doubled(x): return 2 * x
    def remember(self, x): self.x = x
    def remembered(self): return self.x
"""
HEAD = "rng = np.random.default_rng(1)\nx, w = rng.normal(size=5), rng.normal(size=3)\n"


def passes(test: str, scribbles: Scribbled | None) -> bool:
    """Whether a test passes with the answers, whose arguments hold nonsense after each call, if there are scribbles."""
    names: dict[str, Any] = {"check": check}
    for source in (SHARED, ANSWERS, GIVEN):
        exec(compile(source, "answer", "exec"), names)
    if scribbles is not None:
        Boundary(scribbles, methods=True).draw(
            names, ["conv", "size", "total", "same", "clipped", "Layer", "made", "asked"]
        )
    try:
        exec(compile(HEAD + test, "test", "exec"), names)
    except CheckFailure:
        return False
    return True


def with_nonsense(test: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    scribbles = Scribbled()
    monkeypatch.setattr(check, "unchanged", scribbles.unchanged)
    return passes(test, scribbles)


@pytest.mark.parametrize(
    "test",
    [
        "check.close(conv(x, w), reference(x, w))",
        "got = conv(x, 2)\ncheck.close(got, reference(x, 2))",
        "check.close([conv(x, w, s)[0] for s in (1, 2)], [reference(x, w)[0]] * 2)",
        "check.close(conv(x[1:], 2.0), 2 * x[1:])",
        "check.close(conv(*[x, w]), reference(x, w))",
        "check.close(conv(x.T, 2.0), 2 * x)",
        "check.close(conv(x, w=w), reference(x, w))",
        "check.that(np.allclose(conv(x, 1.0), x), 'equal')",
        "before = x.copy()\ncheck.raises(ValueError, conv, x, w, 0)\ncheck.close(conv(x + 1, 1.0), before + 1)",
        "check.close(Layer().forward(x), 2 * x)",
        "check.close(Layer.forward(Layer(), x), 2 * x)",
        "check.close(Layer.doubled(x), 2 * x)",
        "layer = Layer(); y = layer.forward(x); check.close(y, 2 * x)",
        "layer = Layer(); y = layer(x); check.close(y, 2 * x)",
        "check.gradient(lambda v: (conv(v, 1.0) ** 2).sum() / 2, x, conv(x, 1.0))",
        "y = conv(EDGE, 2.0); check.close(y, 2 * EDGE)",
        "for s in (1, 2): want = reference(x, w)[::s]; check.close(conv(x, w, s), want)",
        "def law(rng): return conv(x, w), reference(x, w)\ncheck.holds('it convolves', law)",
        "with check.unchanged(w=w): check.close(conv(x, w), reference(x, w))",
        "before = x.copy()\nwith check.unchanged(x=x): conv(x, w)\ncheck.close(x, before)",
        "net, k = made(w); check.close(conv(net[0], x), reference(k, x))",
        "check.close(asked(x), 2 * x)",
        "rows = [[1, 2], [3.5]]\ncheck.close(total(rows), sum(map(sum, rows)))",
        "table = {'a': 1, 'b': [2.5]}\ncheck.equal(same(table), table)",
        "import torch; t = torch.tensor(x)\ncheck.close(same(t), t)",
        "flags = x > 0\ncheck.equal(same(flags), flags)",
        "labels = np.array([0, 2, 1, 2])\ncheck.equal(same(labels), labels)",
    ],
)
def test_what_is_expected_of_an_argument_after_the_call_is_found(test, monkeypatch):
    assert passes(test, None)
    assert not with_nonsense(test, monkeypatch)


@pytest.mark.parametrize(
    "test",
    [
        "want = reference(x, w)\ncheck.close(conv(x, w), want)",
        "check.close(conv(x.copy(), w.copy()), reference(x, w))",
        "check.close(conv(2 * x, 0.5), x)",
        "with check.unchanged(x=x, w=w): check.close(conv(x, w), reference(x, w))",
        "with check.unchanged(x=x):\n    conv(x, w)\n    check.close(conv(x, 1.0), x)",
        "want = np.maximum(x, 0); clipped(x); check.close(x, want)",
        "check.close(conv(x, w).shape, (len(x) + w.size - 1,))",
        "check.close(conv(x, w), conv(w, x))",
        "want = reference(x, w)\ncheck.close(conv(x, w), want, mistakes={'flipped': reference(x, w[::-1])})",
        "y = conv(x, w)\nx = np.ones(3)\ncheck.close(conv(x.copy(), 1), x)",
        "conv(x, w); x[:] = 1; check.close(conv(x, 1.0), np.ones(5))",
        "for n in range(4): check.equal(size(n), n + 3)",
        "f = lambda v: v\ncheck.equal(same(f)(3), f(3))",
        "want = x.copy(); layer = Layer(); layer.remember(x); check.close(layer.remembered(), want)",
        "for row in np.eye(3): want = 2 * row; check.close(conv(row, 2.0), want)",
        "net, k = made(w); check.close(net[0], k)",
    ],
)
def test_what_was_computed_before_or_cannot_have_changed_is_let_alone(test, monkeypatch):
    assert passes(test, None)
    assert with_nonsense(test, monkeypatch)


def test_gradients_are_those_of_the_arguments_as_they_were():
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = Scribbled()(lambda v: (v**2).sum(), (x,), {})
    assert x.tolist() != [1.0, 2.0]
    (slope,) = torch.autograd.grad(y, x)
    assert slope.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("working", [lambda x: lambda: x.sum(), lambda x: (part for part in x)])
def test_what_a_result_still_works_with_is_left_alone(working):
    x = np.ones(3)
    Scribbled()(working, (x,), {})
    assert x.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128", "int64", "uint8", "bool"])
def test_nonsense_differs_and_keeps_shape_dtype_and_the_range_of_whole_numbers(dtype):
    before = np.array([[0, 1, 1], [0, 1, 0]]).astype(dtype)
    x = before.copy()
    Scribbled()(lambda _: None, (x,), {})
    assert (x.shape, x.dtype) == (before.shape, before.dtype)
    assert (x != before).all()
    assert dtype not in ("int64", "uint8") or set(x.ravel()) <= {0, 1}


def test_fill_reaches_into_containers_and_tensors():
    values = [np.ones(2), (torch.ones(2, requires_grad=True), [1, "a"]), {"b": 2.5, "c": None}]
    fill(values, 0)
    assert values[0].tolist() == values[1][0].tolist() == [0.0, 0.0]
    assert (values[1][1], values[2]) == ([0, "a"], {"b": 0.0, "c": None})
