"""Mutants: each operator makes the change that it names, between the markers, and each change comes once."""

from __future__ import annotations

import ast

import pytest

from grader.authoring.mutation import mutants_of
from grader.authoring.proof.reseed import reseeded, seeded_helpers


def cell(body: str, signature: str = "x, w, stride=1, padding=0, rng=None") -> str:
    lines = [f"def f({signature}):", "    ### BEGIN SOLUTION", *(f"    {line}" for line in body.split("\n"))]
    return "\n".join([*lines, "    ### END SOLUTION"])


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("+ made -", "return x + w", "return x - w"),
        ("< made <=", "return x < w", "return x <= w"),
        ("number off by one", "return x[3]", "return x[ 4]"),
        ("condition negated", "if x: return w", "if not x: return w"),
        ("loop left out", "for i in x: print(i)", "for i in []: print(i)"),
        ("transpose dropped", "return x.T", "return x"),
        ("transpose dropped", "return np.transpose(x, (1, 0))", "return x"),
        ("flip dropped", "return x[:, ::-1]", "return x[:, :]"),
        ("flip dropped", "return np.rot90(x, 2)", "return x"),
        ("axis dropped", "return x.sum(axis=1)", "return x.sum()"),
        ("keepdims dropped", "return x.max(axis=w, keepdims=True)", "return x.max(axis=w)"),
        ("function exchanged", "return np.sum(x)", "return np.mean(x)"),
        ("copy replaced by a view", "y = x.copy()", "y = x"),
        ("copy replaced by a view", "y = np.array(x)", "y = np.asarray(x)"),
        ("in place instead of new", "x = x + w", "x += w"),
        ("in place instead of new", "return np.maximum(x, w)", "return np.maximum(x, w, out=x)"),
        ("+= made =", "x += w", "x = w"),
        ("floats made integers", "y = np.zeros(x.shape)", "y = np.zeros(x.shape, dtype=int)"),
        ("ddof changed", "return x.std()", "return x.std(ddof=1)"),
        ("ddof changed", "return x.var(ddof=1)", "return x.var()"),
        ("branches exchanged", "return np.where(x, w, x)", "return np.where(x, x, w)"),
        ("random seed fixed", "return rng.normal(x)", "return np.random.default_rng(0).normal(x)"),
        ("factors exchanged", "return x @ w", "return (w @ x)"),
        ("results exchanged", "return x, w", "return (w, x)"),
        ("step left out", "return np.clip(x, w, w)", "return x"),
        ("range too short", "return list(range(x))", "return list(range(x - 1))"),
        ("statement deleted", "y[x] = w", "pass"),
        ("names exchanged", "return x // stride", "return x // padding"),
        ("names exchanged", "return x + padding", "return x + stride"),
    ],
)
def test_an_operator_makes_its_change(operator, before, after):
    found = [(m.operator, m.before, m.after) for m in mutants_of(cell(before))]
    assert (operator, before, after) in found


def test_only_what_stands_between_the_markers_is_changed():
    mutants = mutants_of("y = 1 + 2\n" + cell("return x") + "\nz = 3 - 4")
    assert mutants == []


def test_every_mutant_parses_and_differs_from_the_solution_and_from_the_others():
    text = cell("total = 0.0\nfor i in range(len(x)):\n    total += x[i] * w[-i]\nreturn total / (1 + len(x))")
    trees = [ast.dump(ast.parse(m.source)) for m in mutants_of(text)]
    assert len(trees) > 12
    assert len({*trees, ast.dump(ast.parse(text))}) == len(trees) + 1


def test_a_change_behind_other_alphabets_lies_where_it_should():
    (mutant,) = [m for m in mutants_of(cell('return f"größer: ∑ {x.T}"')) if m.operator == "transpose dropped"]
    assert mutant.after == 'return f"größer: ∑ {x}"'


def test_seeds_are_changed_and_other_numbers_are_not():
    text = 'rng = np.random.default_rng(7); torch.manual_seed(3); x = "größer", split(seed=5, size=9), range(7)'
    assert reseeded(text, 1000) == (
        'rng = np.random.default_rng(1007); torch.manual_seed(1003); x = "größer", split(seed=1005, size=9), range(7)'
    )


def test_a_bit_generator_has_a_seed_and_a_generator_has_none():
    text = "rng = np.random.Generator(np.random.PCG64(7)); other = Generator(8)"
    assert reseeded(text, 1000) == "rng = np.random.Generator(np.random.PCG64(1007)); other = Generator(8)"


def test_a_seed_given_to_a_shared_helper_is_one_too():
    shared = "def draw(seed, *shapes):\n    ...\n\ndef other(x):\n    ..."
    helpers = seeded_helpers([shared])
    assert helpers == {"draw"}
    assert reseeded("x = draw(4, (2, 3)); other(5)", 1000, helpers) == "x = draw(1004, (2, 3)); other(5)"
