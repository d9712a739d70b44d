"""An exercise is one answer and one test, with a name, points and a score; and it stands alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.authoring import code
from grader.authoring.rules.syntax_trees import trees
from grader.authoring.source import Problem, Source


def names(source: Source) -> Iterator[Problem]:
    """Every exercise has one answer and one test cell; no name stands twice."""
    seen: dict[str, int] = {}
    for cell in source.of_kind("answer", "tests", "written"):
        grade_id = cell.name + ("_tests" if cell.kind == "tests" else "")
        if not re.fullmatch(r"[A-Za-z_]\w*", cell.name):
            yield source.problem(cell, f"`:{cell.kind}:` needs the name of its exercise (letters, digits, _).")
        elif grade_id in seen:
            yield source.problem(cell, f"the grade_id {grade_id} stands twice; first on line {seen[grade_id]}.")
        seen.setdefault(grade_id, cell.line)
    for kind, other in (("answer", "tests"), ("tests", "answer")):
        known = {cell.name for cell in source.of_kind(other)}  # type: ignore[arg-type]  # the loop's strings are Kinds
        for cell in source.of_kind(kind):  # type: ignore[arg-type]  # as above
            if cell.name not in known:
                yield source.problem(cell, f"the exercise {cell.name} has no {other} cell.")


def points(source: Source) -> Iterator[Problem]:
    """What is graded has points."""
    for cell in source.of_kind("tests", "written"):
        worth = cell.options.get("points")
        if isinstance(worth, bool) or not isinstance(worth, int | float) or worth <= 0:
            yield source.problem(cell, f"`{cell.name}` needs its points: `:points: 2`.")


def score_lines(source: Source) -> Iterator[Problem]:
    """A test cell that uses check.case ends in check.score(out_of=its points), or its verdict is lost."""
    for cell, tree in trees(source, "tests"):
        if not any(call.name == "case" for call in code.method_calls(tree, "check")):
            continue
        last = tree.body[-1]
        scores = [call for call in code.method_calls(last, "check") if call.name == "score"]
        if not scores or not isinstance(last, ast.Expr):
            yield source.problem(cell, "the last line of a test cell is check.score(out_of=points).")
        elif code.literal(scores[0].keyword("out_of")) != cell.options.get("points"):
            message = f"check.score says another out_of than `:points: {cell.options.get('points')}`."
            yield source.problem(cell, message, scores[0].line)


def names_in_reach(source: Source) -> Iterator[Problem]:
    """A test knows shared cells, helpers of tests, answers, and given cells for tests; an answer shared cells alone.

    Tests run in an interpreter of their own; and a mistake in one exercise must not cost points in another.
    """
    shared = {name for _, tree in trees(source, "shared") for name in code.bound_names(tree)}
    answers = {name for _, tree in trees(source, "answer") for name in code.bound_names(tree)}
    for_tests = {name for cell, tree in trees(source, "given") if cell.is_for_tests for name in code.bound_names(tree)}
    helpers = {name for _, tree in trees(source, "tests_only") for name in code.bound_names(tree)}
    for cell, tree in trees(source, "answer", "tests", "tests_only"):
        known = shared if cell.kind == "answer" else shared | answers | for_tests | helpers
        where = "no shared cell" if cell.kind == "answer" else "no shared cell and no answer"
        for name, line in code.free_names(tree).items():
            if name not in known:
                who = cell.name or "this helper of the tests"
                yield source.problem(cell, f"{who} uses {name}, which {where} defines.", line)
