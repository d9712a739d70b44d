"""What the build refuses so that a verdict can be trusted: belief in given code, and hidden draws that all can know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.authoring.rules import believed, secret_draws
from grader.authoring.source import Cell, Source

FIRST = 101


def source(test: str, **options: Any) -> Source:
    cells = [
        Cell("given", "def made(w): return [w], w\ndef file(): return b''", 31, {"tags": ["for_tests"]}),
        Cell("given", "def shown(): return 1", 41),
        Cell("answer", "def conv(x, w, stride=1): ...", 51, {"answer": "conv"}),
        Cell("tests", test, FIRST, {"tests": "conv", **options}),
    ]
    return Source(Path("01_x.md"), {}, cells)


BELIEVING = [
    "net, _ = made(w)\nconv(net, x)\ncheck.close(net[0].weight.detach(), 3)",
    "net, _ = made(w)\ncheck.equal([mode for mode, _ in net.seen], [True])",
    "check.close(conv(x, w), made(w)[1])",
    "check.that(made(w).is_right(conv(x, w)), 'it is right')",
    "right = made(w)\ncheck.that(right == 1 and True, 'it is one')",
    "def run():\n    model, train = made(1)\n    best = conv(model, train)\n"
    "    return [int(best), round(float(model.weight))]\n"
    "check.equal(run()[:2], [1, 2])",
    "run = lambda: made(1)[0].count\ncheck.equal(run(), 2)",
    "for n in made(3):\n    check.close(conv(n, 1), n)",
    "net = (made(w))[0]\nlength = len(net.seen)\ncheck.equal(got=length, expected=3)",
    "check.close(conv(1, 2), expected=made(3))",
]


@pytest.mark.parametrize("test", BELIEVING)
def test_what_given_code_returns_is_not_believed(test: str) -> None:
    problems = list(believed.given_code(source(test)))
    assert len(problems) == 1
    assert "made" in problems[0].message


@pytest.mark.parametrize(
    "test",
    [
        "net, _ = made(w)\ncheck.close(conv(net, x), 3)",
        "content = file()\nnet = models.described(conv(1, 2))\ntrain.load_weights(net, content)\n"
        "check.that(train.evaluate(net, x).accuracy > 0.5, 'good')",
        "def accuracy(): return train.evaluate(made(3), 1).accuracy\ncheck.close(accuracy(), 1)",
        "net = made(w)\ngot = conv(net, x)\ncheck.close(got, reference(w), hint=f'{net}')",
        "check.close(conv(1, 2), 3, mistakes={'the net itself': made(w)})",
        "with check.unchanged(w=w):\n    net = made(w)\n    conv(net, w)",
    ],
)
def test_given_code_may_be_passed_on_and_its_data_computed_with(test: str) -> None:
    assert not list(believed.given_code(source(test)))


HIDE = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS\n"


@pytest.mark.parametrize(
    "line",
    [
        "rng = np.random.default_rng(3)",
        "torch.manual_seed(3)",
        "g = torch.Generator().manual_seed(seed=3)",
        "r = random.Random(7)",
        "for k in range(3): check.close(conv(np.random.default_rng((1, 2)).normal(), 1), 2)",
    ],
)
def test_a_seed_that_all_can_read_is_refused_in_a_hidden_part(line: str) -> None:
    (problem,) = secret_draws.no_known_seeds(source(HIDE.format(line)))
    assert 'check.rng("conv")' in problem.message
    assert problem.line == FIRST + 1
    assert not list(secret_draws.no_known_seeds(source(line + "\n" + HIDE.format("pass"))))
    assert not list(secret_draws.no_known_seeds(source(HIDE.format(line), fixed_hidden="the example of the text")))


@pytest.mark.parametrize("line", ["rng = check.rng('conv')", "torch.manual_seed(int(rng.integers(99)))", "draw(3)"])
def test_other_draws_of_a_hidden_part_are_left_alone(line: str) -> None:
    assert not list(secret_draws.no_known_seeds(source(HIDE.format(line))))


def test_a_generator_of_the_public_part_is_not_drawn_from_in_the_hidden_part() -> None:
    public = "rng = np.random.default_rng(3)\nx = rng.normal()\n"
    (problem,) = secret_draws.no_known_seeds(source(public + HIDE.format("y = rng.normal()\nz = rng.normal()")))
    assert "rng = check.rng" in problem.message
    assert problem.line == FIRST + 3
    anew = "rng = check.rng('conv')\ny = rng.normal()"
    assert not list(secret_draws.no_known_seeds(source(public + HIDE.format(anew))))


def test_the_secret_stands_in_hidden_parts_only() -> None:
    made = source("rng = check.rng('conv')\n" + HIDE.format("rng = check.rng('conv')"))
    (problem,) = secret_draws.secret_in_hidden_parts_only(made)
    assert problem.line == FIRST
    made.cells[2] = Cell("answer", "rng = check.rng('conv')", 51, {"answer": "conv"})
    assert [problem.line for problem in secret_draws.secret_in_hidden_parts_only(made)] == [51, FIRST]


@pytest.mark.parametrize("why", [True, None, "", 3])
def test_a_fixed_hidden_part_says_why(why: object) -> None:
    assert list(secret_draws.reasons(source(HIDE.format("pass"), fixed_hidden=why)))
    assert list(secret_draws.reasons(source("pass", fixed_hidden="the example")))
    assert not list(secret_draws.reasons(source(HIDE.format("pass"), fixed_hidden="the example")))
