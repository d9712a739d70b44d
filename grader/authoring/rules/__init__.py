"""What the build refuses in a source, each with file, line, what is wrong and what to write. One function per rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from grader.authoring.coverage import Row
from grader.authoring.rules import (
    allowances,
    believed,
    exercises,
    expected,
    headings,
    inputs,
    layout,
    out_of_bounds,
    pattern,
    regions,
    ruled_out,
    secret_draws,
    text,
    verdicts,
)
from grader.authoring.source import Problem, Source

Rule = Callable[[Source], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    layout.header,
    layout.syntax,
    layout.long_cells,
    layout.long_lines,
    pattern.whole_blocks,
    pattern.whole_turns,
    pattern.bold_words,
    pattern.open_cells,
    pattern.two_hints,
    pattern.whole_parts,
    text.figures_without_alt,
    text.images_without_alt,
    text.links,
)
ASSIGNMENT_RULES: tuple[Rule, ...] = (
    exercises.names,
    exercises.points,
    exercises.score_lines,
    exercises.names_in_reach,
    headings.numbers,
    headings.promised_points,
    regions.regions,
    regions.one_solution,
    verdicts.own_names,
    verdicts.plain_asserts,
    expected.computed_before,
    inputs.new_inputs,
    secret_draws.secret_in_hidden_parts_only,
    secret_draws.no_known_seeds,
    believed.given_code,
    secret_draws.reasons,
    out_of_bounds.valid,
    out_of_bounds.named,
    out_of_bounds.unused,
    ruled_out.lists,
    ruled_out.names,
    ruled_out.told,
    ruled_out.kept,
    ruled_out.helpers_apart,
    ruled_out.given_in_time,
    allowances.written_right,
    allowances.said_in_the_text,
)


def check(source: Source, rows: dict[str, Row]) -> list[Problem]:
    """All problems of one source, in the order of its lines."""
    problems = [problem for rule in RULES for problem in rule(source)]
    problems += text.unknown_rows(source, rows)
    if source.course.get("kind") == "assignment":
        problems += [problem for rule in ASSIGNMENT_RULES for problem in rule(source)]
    return sorted(problems, key=lambda p: (p.line, p.message))
