"""What the build refuses in a source, each with file and line. One small function per rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from grader.authoring import code
from grader.authoring.coverage import Row
from grader.authoring.source import Cell, Problem, Source

MAX_LINES = 30
SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
REGIONS = ((SOLUTION, ("answer", "written"), "solution"), (HIDDEN, ("tests",), "hidden test"))

Rule = Callable[[Source], Iterable[Problem]]


def check(source: Source, rows: dict[str, Row]) -> list[Problem]:
    """All problems of one source, in the order of its lines."""
    problems = [problem for rule in RULES for problem in rule(source)]
    problems += _unknown_rows(source, rows)
    if source.course.get("kind") == "assignment":
        problems += [problem for rule in ASSIGNMENT_RULES for problem in rule(source)]
    return sorted(problems, key=lambda p: (p.line, p.message))


def _header(source: Source) -> Iterator[Problem]:
    for key in ("title", "kind", "minutes"):
        if key not in source.course:
            yield Problem(source.path, 1, f"the header lacks `course: {key}:`.")


def _syntax(source: Source) -> Iterator[Problem]:
    for cell in _code_cells(source):
        try:
            code.parse(cell.source)
        except SyntaxError as error:
            yield source.problem(cell, f"this is not Python: {error.msg}.", (error.lineno or 1) - 1)


def _long_cells(source: Source) -> Iterator[Problem]:
    for cell in _code_cells(source):
        if (n := cell.source.count("\n") + 1) > MAX_LINES:
            yield source.problem(cell, f"a cell of {n} lines; split it, {MAX_LINES} is the limit.")


def _figures_without_alt(source: Source) -> Iterator[Problem]:
    for cell, tree in _trees(source):
        for call in code.method_calls(tree, "vis"):
            if call.name == "show":
                alt = call.keyword("alt")
                empty = isinstance(alt, ast.Constant) and not str(alt.value or "").strip()
                if alt is None or empty:
                    message = 'a figure without alt text: vis.show(fig, alt="what is to be seen").'
                    yield source.problem(cell, message, call.line)
        for call in code.method_calls(tree, "plt"):
            if call.name == "show":
                yield source.problem(cell, "plt.show() has no alt text: use vis.show(fig, alt=...).", call.line)


def _images_without_alt(source: Source) -> Iterator[Problem]:
    for cell in source.of_kind("text", "written"):
        for number, line in _lines_outside_fences(cell.source):
            if re.search(r"!\[\s*\]\(", line) or re.search(r"<img(?![^>]*\balt=\"[^\"]+\")", line):
                yield source.problem(cell, "an image without alt text: ![what is to be seen](file.png).", number)


def _links(source: Source) -> Iterator[Problem]:
    headings = [h for cell in source.of_kind("text") for h in re.findall(r"^#+ +(.+)$", cell.source, re.MULTILINE)]
    anchors = {_anchor(heading) for heading in headings}
    for cell in source.of_kind("text", "written"):
        for number, line in _lines_outside_fences(cell.source):
            for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", _without_code(line)):
                if reason := _broken(source, target, anchors):
                    yield source.problem(cell, f"the link {target} does not resolve: {reason}.", number)


def _broken(source: Source, target: str, anchors: set[str]) -> str:
    if re.match(r"[a-z][a-z+.-]*:", target):
        good = re.match(r"https?://[\w.-]+\.[a-z]{2,}(/\S*)?$", target) or target.startswith("mailto:")
        return "" if good else "it is not a complete http(s) address"
    path, _, fragment = target.partition("#")
    if not path:
        return "" if fragment in anchors else "no heading has this anchor"
    file = source.path.parent / path
    sources = (file.with_suffix(".md"), file.parent.parent / f"{file.stem}.md")
    built = file.suffix == ".ipynb" and any(path.exists() for path in sources)
    return "" if file.exists() or built else "there is no such file beside the source"


def _covers(source: Source) -> Iterator[tuple[Cell, int, str]]:
    for cell in source.cells:
        yield from ((cell, 0, row) for row in cell.covers)
    for cell, tree in _trees(source):
        yield from ((cell, claim.line, claim.row) for claim in code.claims(tree))


def _unknown_rows(source: Source, rows: dict[str, Row]) -> Iterator[Problem]:
    for cell, offset, row in _covers(source):
        if row not in rows:
            named = f"the row {row!r} does not exist" if row else "a claim must name its row by a string literal"
            yield source.problem(cell, f"{named}: see docs/coverage.md.", offset)


def _names(source: Source) -> Iterator[Problem]:
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
        names = {cell.name for cell in source.of_kind(other)}  # type: ignore[arg-type]  # the loop's strings are Kinds
        for cell in source.of_kind(kind):  # type: ignore[arg-type]  # as above
            if cell.name not in names:
                yield source.problem(cell, f"the exercise {cell.name} has no {other} cell.")


def _points(source: Source) -> Iterator[Problem]:
    for cell in source.of_kind("tests", "written"):
        points = cell.options.get("points")
        if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
            yield source.problem(cell, f"`{cell.name}` needs its points: `:points: 2`.")


def _score_lines(source: Source) -> Iterator[Problem]:
    """A test cell that uses check.case ends in check.score(out_of=its points), or its verdict is lost."""
    for cell, tree in _trees(source, "tests"):
        if not any(call.name == "case" for call in code.method_calls(tree, "check")):
            continue
        last = tree.body[-1]
        scores = [call for call in code.method_calls(last, "check") if call.name == "score"]
        if not scores or not isinstance(last, ast.Expr):
            yield source.problem(cell, "the last line of a test cell is check.score(out_of=points).")
        elif code.literal(scores[0].keyword("out_of")) != cell.options.get("points"):
            message = f"check.score says another out_of than `:points: {cell.options.get('points')}`."
            yield source.problem(cell, message, scores[0].line)


def _regions(source: Source) -> Iterator[Problem]:
    """Solution regions stand in answers, hidden tests in test cells, all of them closed."""
    for cell in source.cells:
        for markers, kinds, what in REGIONS:
            opened = None
            found = False
            for number, line in enumerate(cell.source.split("\n")):
                if markers[0] in line:
                    if opened is not None:
                        yield source.problem(cell, f"a {what} region inside another one.", number)
                    opened, found = number, True
                elif markers[1] in line:
                    if opened is None:
                        yield source.problem(cell, f"a {what} region ends here but never began.", number)
                    opened = None
            if opened is not None:
                yield source.problem(cell, f"the {what} region that begins here is never closed.", opened)
            if found and cell.kind not in kinds:
                yield source.problem(cell, f"a {what} region in a {cell.kind} cell: students would see it or lose it.")
            if not found and what == "solution" and cell.kind in kinds:
                yield source.problem(cell, f"{cell.name} has no BEGIN SOLUTION / END SOLUTION region.")


def _names_in_reach(source: Source) -> Iterator[Problem]:
    """A test knows the shared cells and the answers, an answer the shared cells alone.

    Tests run in an interpreter of their own; and a mistake in one exercise must not cost points in another.
    """
    shared = {name for _, tree in _trees(source, "shared") for name in code.bound_names(tree)}
    answers = {name for _, tree in _trees(source, "answer") for name in code.bound_names(tree)}
    for cell, tree in _trees(source, "answer", "tests"):
        known = shared | answers if cell.kind == "tests" else shared
        where = "no shared cell and no answer" if cell.kind == "tests" else "no shared cell"
        for name, line in code.free_names(tree).items():
            if name not in known:
                yield source.problem(cell, f"{cell.name} uses {name}, which {where} defines.", line)


def _stub_left_over(source: Source) -> Iterator[Problem]:
    """Two solution regions in one cell would leave two stubs; 25 lines are an exercise, more are two."""
    for cell in source.of_kind("answer"):
        if cell.source.count(SOLUTION[0]) > 1:
            yield source.problem(cell, f"{cell.name} has more than one solution region.")


def _code_cells(source: Source) -> Iterator[Cell]:
    return (cell for cell in source.cells if cell.is_code)


def _trees(source: Source, *kinds: str) -> Iterator[tuple[Cell, ast.Module]]:
    for cell in _code_cells(source):
        if not kinds or cell.kind in kinds:
            try:
                yield cell, code.parse(cell.source)
            except SyntaxError:
                continue  # the rule _syntax reports it


def _lines_outside_fences(text: str) -> Iterator[tuple[int, str]]:
    fenced = False
    for number, line in enumerate(text.split("\n")):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def _without_code(line: str) -> str:
    return re.sub(r"`[^`]*`", "", line)


def _anchor(heading: str) -> str:
    return re.sub(r"\s+", "-", heading.strip())


RULES: tuple[Rule, ...] = (_header, _syntax, _long_cells, _figures_without_alt, _images_without_alt, _links)
ASSIGNMENT_RULES: tuple[Rule, ...] = (_names, _points, _score_lines, _regions, _stub_left_over, _names_in_reach)
