"""What an exercise rules out exists, is told and is kept by its solution; helpers of the tests stay with the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from course_lib import ruled_out as analysis
from grader.authoring import code, rules_out
from grader.authoring.rules.syntax_trees import trees
from grader.authoring.source import Problem, Source

_NAME = re.compile(r"\.?[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_FORM = f"`:{rules_out.KEY}:` is a list of names, such as [np.convolve, scipy, .backward, sum]"


def lists(source: Source) -> Iterator[Problem]:
    """`rules_out` is a list of names, on an answer cell or in the header."""
    if rules_out.KEY in source.course and not _is_list(source.course[rules_out.KEY]):
        yield Problem(source.path, _header_line(source), f"{_FORM}.")
    for cell in source.cells:
        if rules_out.KEY not in cell.options:
            continue
        if cell.kind != "answer":
            yield source.problem(
                cell, f"`:{rules_out.KEY}:` stands on an answer cell, or in the header for all of them."
            )
        elif not _is_list(cell.options[rules_out.KEY]):
            yield source.problem(cell, f"{_FORM}.")


def names(source: Source) -> Iterator[Problem]:
    """Every name that is ruled out exists: a slip of the pen would rule out nothing."""
    if any(lists(source)):
        return
    known = rules_out.imports(source)
    for name in rules_out.everywhere(source):
        if what := _wrong(name, known):
            yield Problem(source.path, _header_line(source), what)
    for cell in source.of_kind("answer"):
        yield from (source.problem(cell, what) for name in rules_out.of_cell(cell) if (what := _wrong(name, known)))


def told(source: Source) -> Iterator[Problem]:
    """The student reads it in the text above the answer, where the build writes it; what the header says, you write."""
    text = "\n".join(cell.source for cell in source.of_kind("text"))
    for name in rules_out.everywhere(source):
        if name not in text:
            message = f"no text of the assignment says that {name} is ruled out: tell the student not to use it."
            yield Problem(source.path, _header_line(source), message)
    for cell in source.of_kind("answer"):
        if rules_out.of_cell(cell) and not rules_out.text_above(source, cell):
            message = f"{cell.name} has no text of its own above it that could say what it rules out: write one."
            yield source.problem(cell, message)


def kept(source: Source) -> Iterator[Problem]:
    """No solution uses what its exercise rules out, nor a helper of the tests."""
    cells = [cell for cell in source.cells if cell.is_code]
    rules = analysis.Rules(rules_out.by_exercise(source), frozenset(rules_out.helpers(source)))
    for exercise, uses in analysis.uses(rules_out.code_cells(source), rules).items():
        for use in uses:
            why = "which is for the tests alone" if use.helper else "which the exercise rules out"
            yield source.problem(cells[use.cell], f"the solution of {exercise} uses {use.name}, {why}.", use.line - 1)


def helpers_apart(source: Source) -> Iterator[Problem]:
    """No given or shared cell uses a helper of the tests: the interpreter of the answers does not have it."""
    names = set(rules_out.helpers(source))
    for cell, tree in trees(source, "given", "shared"):
        for name, line in code.free_names(tree).items():
            if name in names:
                message = f"this cell uses {name}, which a cell tagged `tests_only` defines: the tests alone have it."
                yield source.problem(cell, message, line)


def given_in_time(source: Source) -> Iterator[Problem]:
    """What answers may use is there from the start, not first for the tests and given later."""
    for cell, name in rules_out.late_gifts(source):
        message = (
            f"{name} is defined here, and by a cell tagged `tests_only` above: an answer between the two would find "
            "it under course check, and not in grading. Define it once, in a shared cell before both."
        )
        yield source.problem(cell, message)


def _wrong(name: str, known: dict[str, str]) -> str:
    """What is wrong with a name that is ruled out; "" for nothing."""
    if not _NAME.fullmatch(name):
        return f"{name!r} is no name that can be ruled out. {_FORM}."
    if name.startswith("."):
        return ""
    try:
        *owner, last = name.split(".")
        if owner and isinstance(rules_out.find(".".join(owner), known), type):
            return f"{name} is a method, which an answer calls on an object of whatever name: rule out `.{last}`."
        rules_out.find(name, known)
    except LookupError as error:
        return f"{name} cannot be ruled out, there is no such name: {error}."
    return ""


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)


def _header_line(source: Source) -> int:
    lines = source.path.read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if f"{rules_out.KEY}:" in line), 1)
