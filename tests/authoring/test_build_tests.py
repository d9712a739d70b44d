"""What the build refuses in a test cell: verdicts that are not the test's own, and inputs that say too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.rules import inputs, verdicts
from grader.authoring.source import Cell, Problem, Source

FIRST = 101  # line of the test cell
ANSWERS = "def conv(x, w, stride=1): ...\ndef size(n, k=3): ...\nclass Layer: ..."


def source(test: str) -> Source:
    """An assignment with two functions and a class as answers, and this test cell."""
    cells = [
        Cell("shared", "import numpy as np", 1),
        Cell("answer", ANSWERS, 51, {"answer": "conv"}),
        Cell("tests", test, FIRST, {"tests": "conv"}),
    ]
    return Source(Path("01_x.md"), {}, cells)


def lines(problems: list[Problem]) -> list[int]:
    """Lines of the test cell, from 1, that are refused."""
    return sorted({problem.line - FIRST + 1 for problem in problems})


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
