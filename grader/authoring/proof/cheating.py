"""Answers that use what their exercise rules out are refused for it, and honest ones are not. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from course_lib.ruled_out import CodeCell, Owner, Rules, uses
from grader.authoring import rules_out
from grader.authoring.answers import Answer
from grader.authoring.proof.results import ExerciseProof
from grader.authoring.source import Source


def judge(proof: ExerciseProof, source: Source, answers: Sequence[Answer]) -> None:
    """Add to the proof which answers to its exercise are refused, and should not be, or the other way round."""
    (cell,) = (cell for cell in source.of_kind("answer") if cell.name == proof.name)
    names = rules_out.by_exercise(source).get(proof.name, [])
    rules = Rules({proof.name: names}, frozenset(rules_out.helpers(source)))
    mine = [answer for answer in answers if answer.exercise == proof.name]
    apart = [cell for cell in source.cells if cell.kind not in ("answer", "tests") or cell.name == proof.name]
    cells = rules_out.code_cells(replace(source, cells=apart))  # once, since each of them keeps what was read off it
    for answer in mine:
        problems = list(_misjudged(answer, _used(cells, answer, rules)))
        where = f"{answer.verdict} answer, line {answer.line} ({answer.label})"
        proof.problems += [f"{where}: {problem}" for problem in problems]
        proof.cheating += answer.verdict == "cheating" and not problems
    own = rules_out.of_cell(cell)
    if own and not any(answer.verdict == "cheating" for answer in mine):
        example = f"`:tags: [cheating]` and `:uses: {own[0]}`"
        proof.problems.append(f"it rules out {', '.join(own)}, and no cheating answer shows it: add {example}.")


def _misjudged(answer: Answer, used: list[str]) -> Iterator[str]:
    if answer.verdict != "cheating":
        if used:
            yield f"is refused, since it uses {', '.join(used)}, which the exercise rules out"
    elif answer.label not in used:
        yield f"is not refused for it, but for {', '.join(used)}" if used else "is not refused"


def _used(cells: list[CodeCell], answer: Answer, rules: Rules) -> list[str]:
    """The names that an answer uses although its exercise rules them out, or they are for the tests alone."""
    answered = [replace(c, source=answer.source) if c.owner is Owner.STUDENT else c for c in cells]
    return list(dict.fromkeys(use.name for use in uses(answered, rules).get(answer.exercise, [])))
