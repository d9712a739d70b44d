"""Where an answer uses what its exercise rules out: followed from the test through the student's own code."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from course_lib.ruled_out.code_cells import TESTS, CodeCell, Owner
from course_lib.ruled_out.meaning import Meaning
from course_lib.ruled_out.roots import roots
from course_lib.ruled_out.rules import Rule, RuledOut, Rules
from course_lib.ruled_out.timeline import Timeline
from course_lib.ruled_out.walk import Use, Walk


def uses(cells: Sequence[CodeCell], rules: Rules) -> dict[str, list[Use]]:
    """What each exercise's answer uses although it is ruled out, the answer's own cell first; {} where all is well."""
    if not rules:
        return {}
    timeline = Timeline(cells)
    imports = {"np": "numpy"} | timeline.imports()
    exercises = [cell.name.removesuffix(TESTS) for cell in cells if cell.owner is Owner.TEST]
    found = {}
    for exercise in dict.fromkeys([*exercises, *rules.ruled_out]):
        names = rules.ruled_out.get(exercise, ())
        if names or rules.tests_only:
            ruled_out = RuledOut([Rule.of(text, imports) for text in names])
            found[exercise] = _of_exercise(timeline, exercise, ruled_out, rules.tests_only)
    return {exercise: own for exercise, own in found.items() if own}


def _of_exercise(timeline: Timeline, exercise: str, ruled_out: RuledOut, tests_only: frozenset[str]) -> list[Use]:
    test = timeline.position(f"{exercise}{TESTS}", Owner.TEST)
    answer = timeline.position(exercise, Owner.STUDENT)
    moment = timeline.end if test is None else timeline.begins[test]
    names = roots(timeline, test, answer, moment)
    meaning = Meaning(timeline, ruled_out, moment)
    found: dict[tuple[str, int, int], Use] = {}
    known = -1
    while meaning.arguments > known:  # until it is known what is passed to the student's own functions
        known = meaning.arguments
        walk = Walk(timeline, meaning, ruled_out, tests_only)
        with contextlib.suppress(RecursionError):  # of a chain that nobody writes by hand; what was found counts
            walk.run(names, moment)
        found |= walk.found
    return sorted(found.values(), key=lambda use: (use.cell != answer, use.cell, use.line))
