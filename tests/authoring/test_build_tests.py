"""What the build refuses in a test cell: verdicts that are not the test's own, and inputs that say too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.rules import expected, inputs, verdicts
from grader.authoring.source import Cell, Problem, Source

FIRST = 101  # line of the test cell
SHARED = "import numpy as np\nEDGE = np.array([1.0, -1])\nSIZES = (3, 5)\ndef reference(x, w): return np.convolve(x, w)"
ANSWERS = "def conv(x, w, stride=1): ...\ndef size(n, k=3): ...\nclass Layer: ..."


def source(test: str) -> Source:
    """An assignment with two functions and a class as answers, and this test cell."""
    cells = [
        Cell("shared", SHARED, 1),
        Cell("given", "def made(w): return [w], w", 31, {"tags": ["for_tests"]}),
        Cell("answer", ANSWERS, 51, {"answer": "conv"}),
        Cell("tests", test, FIRST, {"tests": "conv"}),
    ]
    return Source(Path("01_x.md"), {}, cells)


def lines(problems: list[Problem]) -> list[int]:
    """Lines of the test cell, from 1, that are refused."""
    return sorted({problem.line - FIRST + 1 for problem in problems})


HEAD = "rng = np.random.default_rng(1)\nx, w = rng.normal(size=5), rng.normal(size=3)\n"


@pytest.mark.parametrize(
    "test",
    [
        HEAD + "check.close(conv(x, w), reference(x, w))",
        HEAD + "got = conv(x, w)\ncheck.close(got, reference(x, 2))",
        HEAD + "check.close(np.array([conv(x, w, s) for s in (1, 2)]), [reference(x, 1)])",
        HEAD + "check.close(conv(x[1:], w), 2 * x)",
        HEAD + "check.close(conv(*[x, w]), 2 * x)",
        HEAD + "check.close(conv(x.T, w), 2 * x)",
        HEAD + "check.close(conv(x, w=w), 2 * w)",
        HEAD + "check.that(np.allclose(conv(x, w), x), 'equal')",
        HEAD + "check.raises(ValueError, conv, x, 2); y = x + 1",
        HEAD + "check.close(Layer().forward(x), 2 * x)",
        HEAD + "check.close(Layer.forward(x), 2 * x)",
        HEAD + "layer = Layer(); y = layer.forward(x); check.close(y, 2 * x)",
        HEAD + "layer = Layer(); y = layer(x); check.close(y, 2 * x)",
        HEAD + "check.gradient(lambda v: conv(v, 1).sum(), x, conv(x, w))",
        HEAD + "y = conv(x, EDGE); check.close(y, reference(2, EDGE))",
        HEAD + "for s in (1, 2): want = reference(x, w); check.close(conv(x, w, s), want)",
        HEAD + "def law(rng): return conv(x, w), reference(x, w)",
        HEAD + "with check.unchanged(w=w): check.close(conv(x, w), x)",
        HEAD + "with check.unchanged(x=x): conv(x, w)\ncheck.close(conv(x.copy(), w), x)",
        HEAD + "net, w = made(w); conv(net, x); check.close(net[0], x)",
    ],
)
def test_refuses_what_is_expected_of_an_argument_that_may_have_changed(test):
    assert lines(list(expected.computed_before(source(test)))) in ([3], [4])


@pytest.mark.parametrize(
    "test",
    [
        HEAD + "want = reference(x, w)\ncheck.close(conv(x, w), want)",
        HEAD + "check.close(conv(x.copy(), w.copy()), reference(x, w))",
        HEAD + "check.close(conv(2 * x, w[0]), x)",
        HEAD + "with check.unchanged(x=x, w=w): check.close(conv(x, w), reference(x, w))",
        HEAD + "conv(x, w); check.close(x, 1)",
        HEAD + "check.close(conv(x, w), np.zeros(x.shape)); n = len(x)",
        HEAD + "check.close(conv(x, w), conv(w, x))",
        HEAD + "check.close(conv(x, w), 1, mistakes={'flipped': reference(x, w[::-1])})",
        HEAD + "y = conv(x, w)\nx = np.ones(3)\ncheck.close(conv(x.copy(), 1), x)",
        "for n in range(4): check.equal(size(n), n + 1)",
        "for n, (a, b) in enumerate(((1, 2), (3, 4))): check.equal(size(a, b), n + a * b)",
        "for k in SIZES: check.equal(size(k), k)",
        "for a, b in zip(SIZES, (1, 2)): check.equal(size(a, b), a * b)",
        "rng = 1\nk, s = (int(n) for n in rng.integers(1, 5, 2))\ncheck.equal(size(k, s), k // s)",
        "n = 2 * SIZES[0]\ncheck.equal(size(n), n)",
        "f = lambda v: v\ncheck.equal(size(f, reference), f(3)); check.equal(1, reference(1, 2))",
        HEAD + "y = [x for x in conv(1, 2)]; z = (lambda x: x + 1)(2); check.close(conv(2, 3), x)",
    ],
)
def test_allows_what_was_computed_before_or_cannot_have_changed(test):
    assert list(expected.computed_before(source(test))) == []


def test_says_which_call_and_what_to_write():
    (problem,) = expected.computed_before(source(HEAD + "check.close(conv(x, 2),\n    x)"))
    assert (problem.line, problem.message) == (
        104,
        "x is read after conv was called with it on line 103, which may have changed it in place: "
        "compute what is expected before that call, or pass x.copy().",
    )


@pytest.mark.parametrize(
    "test",
    [
        "del conv",
        "conv = 3",
        "for conv in (1, 2): ...",
        "def size(n): return n",
        "from numpy import convolve as conv",
        "with open('x') as conv: ...",
        "[conv := 3 for _ in (1, 2)]",
        "def helper():\n    global conv\n    conv = 3",
        "class Layer: ...",
        "conv += 1",
    ],
)
def test_refuses_a_test_that_takes_the_name_of_an_answer(test):
    assert len(lines(list(verdicts.own_names(source(test))))) == 1


@pytest.mark.parametrize(
    "test",
    [
        "[conv for conv in (1, 2)]",
        "def helper(conv):\n    size = 3\n    return conv",
        "f = lambda conv: conv",
        "conv(1, 2)",
    ],
)
def test_allows_the_name_in_a_scope_of_its_own(test):
    assert list(verdicts.own_names(source(test))) == []


def test_refuses_a_plain_assert_and_says_why():
    (problem,) = verdicts.plain_asserts(source("y = conv(1, 2)\nfor _ in (1, 2):\n    assert y == 3"))
    assert problem.line == FIRST + 2
    assert problem.message == (
        "a plain assert: an object of the student's can make any comparison come out true, and the student "
        "is not told what went wrong. Write check.close(got, expected), check.equal or check.that."
    )


def hidden(public: str, secret: str) -> list[Problem]:
    """Problems of a test cell with this public and this hidden part."""
    return list(inputs.new_inputs(source(f"{public}\n### BEGIN HIDDEN TESTS\n{secret}\n### END HIDDEN TESTS")))


CASE = "with check.case('a'):\n    x = rng.standard_normal((2, 5))\n    check.close(conv(x, 1), 2)"


@pytest.mark.parametrize(
    ("public", "secret", "message"),
    [
        (
            "rng = np.random.default_rng(3)",
            "rng = np.random.default_rng(3)",
            "the hidden part starts default_rng(3) again, so the public numbers repeat: take another seed.",
        ),
        (
            "torch.manual_seed(0)",
            "for n in (1, 2):\n    torch.manual_seed(0)",
            "the hidden part starts manual_seed(0) again, so the public numbers repeat: take another seed.",
        ),
        (
            CASE,
            CASE,
            "this hidden case draws the shapes of the public case on line 101, standard_normal((2, 5)): "
            "choose others, else an answer for these shapes alone passes.",
        ),
        (
            "check.equal(size(7, k=2), 3)",
            "check.equal(size(7, k=2), 3)",
            "the hidden part calls size(7, k=2) with the arguments of line 101: "
            "ask something that the student has not seen.",
        ),
        (
            "x, w = np.array([1.0, 2]), np.array([3.0])\ngot = conv(x, w)",
            "a = np.array([1.0, 2])\nb = conv(a.copy(), np.array([3.0]))",
            "the hidden part calls conv(np.array([1.0, 2]), np.array([3.0])) with the arguments of line 102: "
            "ask something that the student has not seen.",
        ),
    ],
)
def test_refuses_hidden_tests_that_repeat_the_public_ones(public, secret, message):
    assert [problem.message for problem in hidden(public, secret)] == [message]


@pytest.mark.parametrize(
    ("public", "secret"),
    [
        ("rng = np.random.default_rng(3)", "rng = np.random.default_rng(4)"),
        ("torch.manual_seed(3)", "rng = np.random.default_rng(3)"),
        (CASE, CASE.replace("(2, 5)", "(3, 4)")),
        (CASE, CASE.replace("(2, 5)", "shape")),
        (CASE, CASE.replace("    check", "    w = rng.standard_normal(3)\n    check")),
        ("check.equal(size(7), 3)", "check.equal(size(8), 3)"),
        ("rng = np.random.default_rng(3)\ngot = conv(rng.normal(size=3), 1)", "got = conv(rng.normal(size=3), 1)"),
        ("for n in (1, 2): check.equal(size(n), 3)", "for n in (3, 4): check.equal(size(n), 3)"),
        ("x = [1, 2]\ncheck.equal(size(x), 3)", "x = [1, 3]\ncheck.equal(size(x), 3)"),
        ("layer = Layer((3, 4))", "layer = Layer((3, 4))"),
        ("net = size(3, 4)", "net = size(3, 4)"),
    ],
)
def test_allows_hidden_tests_that_ask_something_else(public, secret):
    assert hidden(public, secret) == []
