"""The teaching pattern: folded blocks are whole; from module 05 on, and where a header says so, all parts are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.authoring import blocks, pages, turns
from grader.authoring.folding import calls, folded
from grader.authoring.lecture_parts import PART
from grader.authoring.rules.syntax_trees import trees
from grader.authoring.source import Problem, Source

MAX_OPEN_LINES = 15
MAX_TURN_LINES = 6
MAX_CHEAT_SHEET_LINES = 40
HINTS = 2
IN_EACH_PART = {"a question": {"question"}, "a quiz": {"quiz", "quiz-several"}}


def whole_blocks(source: Source) -> Iterator[Problem]:
    """Hints, questions, quizzes and glossaries are written as the build reads them."""
    for cell in source.of_kind("text", "written"):
        for line, message in blocks.faults(cell.source):
            yield source.problem(cell, message, line)


def whole_turns(source: Source) -> Iterator[Problem]:
    """A *Your turn* has a short solution and a check; it stands in a lecture."""
    seen: set[str] = set()
    for cell in source.cells:
        if not turns.is_turn(cell):
            continue
        name = str(cell.options["turn"])
        if source.course.get("kind") != "lecture":
            yield source.problem(cell, "`:turn:` belongs in a lecture; an assignment has exercises.")
        elif not re.fullmatch(r"[A-Za-z_]\w*", name) or name in seen:
            yield source.problem(cell, "`:turn:` needs a name of its own (letters, digits, _).")
        elif (found := turns.parts(cell)) is None:
            needed = ", ".join((*turns.SOLUTION, *turns.CHECK))
            yield source.problem(cell, f"a turn needs these lines, in this order: {needed}.")
        elif (lines := found[0].count("\n")) > MAX_TURN_LINES:
            yield source.problem(cell, f"a solution of {lines} lines; a turn asks for at most {MAX_TURN_LINES}.")
        seen.add(name)


def bold_words(source: Source) -> Iterator[Problem]:
    """A word of the glossary is bold where it is new, once."""
    text = "\n".join(cell.source for cell in source.of_kind("text"))
    for word in pages.words(source):
        found = len(re.findall(rf"\*\*{re.escape(word)}\*\*", text, re.IGNORECASE))
        if found == 0 or (found > 1 and source.follows_pattern):
            cell = next(c for c in source.of_kind("text") if ":::{glossary}" in c.source)
            yield source.problem(cell, f"the word {word!r} is bold {found} times in the text; once, where it is new.")


def open_cells(source: Source) -> Iterator[Problem]:
    """An open cell is the idea: short, and without drawing or checking."""
    if not source.follows_pattern:
        return
    titles = folded(source)
    closed = {id(source.cells[place]) for place in titles}
    for cell, tree in trees(source, "given", "shared"):
        if id(cell) in closed or turns.is_turn(cell):
            continue
        if (lines := cell.source.count("\n") + 1) > MAX_OPEN_LINES:
            message = f"an open cell of {lines} lines, {MAX_OPEN_LINES} is the limit: split it, or fold it by "
            yield source.problem(cell, message + "`:tags: [fold]` and a `:title:`.")
        for owner in ("vis", "claims"):
            if calls(tree, owner):
                yield source.problem(cell, f"an open cell that calls {owner}: move that into a cell of its own.")


def two_hints(source: Source) -> Iterator[Problem]:
    """An exercise has two hints above its answer: where to look, and how."""
    if not source.follows_pattern:
        return
    hints = 0
    for cell in source.cells:
        if cell.kind == "text":
            hints += sum(block.name == "hint" for block in blocks.blocks(cell.source))
        elif cell.kind == "answer":
            if hints != HINTS:
                yield source.problem(cell, f"{cell.name} has {hints} hints above it, {HINTS} are asked for.")
            hints = 0


def whole_parts(source: Source) -> Iterator[Problem]:
    """Each part of a lecture has a question, a turn and a quiz; the lecture ends with a cheat-sheet."""
    if not source.follows_pattern or source.course.get("kind") != "lecture":
        return
    starts = [n for n, cell in enumerate(source.cells) if cell.kind == "text" and PART.search(cell.source)]
    for start, end in zip(starts, [*starts[1:], len(source.cells)], strict=True):
        cells = source.cells[start:end]
        names = {block.name for cell in cells if cell.kind == "text" for block in blocks.blocks(cell.source)}
        lacking = [what for what, ways in IN_EACH_PART.items() if not names & ways]
        lacking += [] if any(map(turns.is_turn, cells)) else ["a turn"]
        if lacking:
            yield source.problem(cells[0], f"this part lacks {', '.join(lacking)}.")
    lines = pages.cheat_sheet(source).count("\n") + 1
    if not pages.cheat_sheet(source) or lines > MAX_CHEAT_SHEET_LINES:
        message = f"a lecture has a section `## Cheat-sheet`, of at most {MAX_CHEAT_SHEET_LINES} lines."
        yield Problem(source.path, 1, message)
