"""What the build refuses in a source, each with file, line, what is wrong and what to write. One function per rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from grader.authoring.coverage import Row
from grader.authoring.rules import (
    allowances_told,
    believed,
    bounded_packages,
    cell_layout,
    exercises,
    headings,
    inputs,
    pattern,
    regions,
    ruled_out_names,
    secret_draws,
    text,
    verdicts,
)
from grader.authoring.source import Problem, Source

Rule = Callable[[Source], Iterable[Problem]]

RULES: tuple[Rule, ...] = (
    cell_layout.header,
    cell_layout.syntax,
    cell_layout.long_cells,
    cell_layout.long_lines,
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
    inputs.new_inputs,
    secret_draws.secret_in_hidden_parts_only,
    secret_draws.no_known_seeds,
    believed.given_code,
    secret_draws.reasons,
    bounded_packages.valid,
    bounded_packages.named,
    bounded_packages.unused,
    ruled_out_names.lists,
    ruled_out_names.names,
    ruled_out_names.told,
    ruled_out_names.kept,
    ruled_out_names.helpers_apart,
    ruled_out_names.given_in_time,
    allowances_told.written_right,
    allowances_told.said_in_the_text,
)


def check(source: Source, rows: dict[str, Row]) -> list[Problem]:
    """All problems of one source, in the order of its lines."""
    problems = [problem for rule in RULES for problem in rule(source)]
    problems += text.unknown_rows(source, rows)
    if source.course.get("kind") == "assignment":
        problems += [problem for rule in ASSIGNMENT_RULES for problem in rule(source)]
    return sorted(problems, key=lambda p: (p.line, p.message))
