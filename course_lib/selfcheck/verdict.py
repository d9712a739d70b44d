"""From the outputs of a run to a verdict on each exercise."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from nbformat import NotebookNode

from course_lib.call_limit import CallTooLong, calls_can_be_limited
from course_lib.check.score import SCORE_MIME
from course_lib.selfcheck import cell_roles, run_folder
from course_lib.selfcheck.kernel import End
from course_lib.selfcheck.notebook import Read
from course_lib.selfcheck.report import Exercise, Note, Report, Verdict

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r" \([^()]*, line (\d+)\)$")  # as Python tells where a syntax error is
_DEFINED = re.compile(r"^(?:def|class) +(\w+)|^(\w+) *=", re.MULTILINE)
_MISSING_NAME = re.compile(r"name '(\w+)' is not defined")
_CHANGED_TEST = (
    "This test cell is not the one you were given, so its result says nothing. Grading puts the original back: "
    "download the notebook again and copy your answers into it."
)
_MISSING_TEST = (
    "The test cell of this exercise is gone. Grading puts it back: download the notebook again and copy your answers "
    "into it."
)

_NEW_KERNEL = "The cells after it ran in a new kernel, after the cells before it that went well."

_NO_TIMER = (
    "This system cannot stop a single call of your function. Where one takes too long, this check takes the points of "
    "the whole test, and grading those of one case."
)


@dataclass(frozen=True)
class _Score:
    """What one check.score() reported: points earned, what its cases add up to, and its table."""

    earned: float
    public: float
    table: str


@dataclass(frozen=True)
class _Failed:
    """A cell that is no test and did not end well, and what is told of it."""

    cell: NotebookNode
    title: str
    what: str

    @property
    def defines(self) -> set[str]:
        """The names that it was to define, also where it is no Python."""
        return {name for pair in _DEFINED.findall(self.cell.source) for name in pair if name}


def judge(path: Path, found: Read, ends: list[End], timeout: int) -> Report:
    """Judge an executed notebook; `ends` says how the run of each of its cells ended."""
    book = found.book
    exercises: list[Exercise] = []
    notes = [Note("As in grading", sentence) for sentence in found.repairs]
    notes += [Note("This notebook", found.other_edition)] * bool(found.other_edition)
    notes += [Note("Time limits", _NO_TIMER)] * (not calls_can_be_limited())
    notes += [Note("Beside the notebook", sentence) for sentence in run_folder.shadowing(path)]
    failed: list[_Failed] = []
    since_test: list[_Failed] = []
    answers: list[NotebookNode] = []  # those that the next test is about
    after_test = False
    for cell, end, title in zip(book.cells, ends, cell_roles.titles(book), strict=True):
        if cell_roles.is_written(cell):
            exercises.append(_judge_written(cell, title))
        elif cell_roles.is_test(cell):
            exercise = _judge_test(cell, end, title, timeout, started=_any_started(answers))
            exercises.append(_explained(exercise, since_test, failed))
            since_test = []
            after_test = True
        elif cell.cell_type == "code":
            if cell_roles.is_answer(cell):
                answers = [cell] if after_test else [*answers, cell]
                after_test = False
            what = _trouble(cell, end, timeout)
            if what:
                what = f"{what} {run_folder.not_handed_in(what, path, book)}".rstrip()
                notes.append(Note(_where(cell, found.places, title), what))
                if end is not End.DONE or _error(cell):
                    failed.append(_Failed(cell, title, what))
                    since_test.append(failed[-1])
    return Report(path, (*exercises, *_missing(book, exercises)), tuple(notes))


def _explained(exercise: Exercise, above: list[_Failed], failed: list[_Failed]) -> Exercise:
    """Name the cause of what a test lost where a cell before it failed: the cells right above, or one it takes from."""
    if exercise.passed or exercise.verdict is Verdict.NOT_STARTED:
        return exercise
    causes = [f"The cell above that begins with {_first_line(one.cell)!r} failed: {one.what}" for one in above]
    for name in dict.fromkeys(_MISSING_NAME.findall(exercise.detail)):
        source = next((one for one in reversed(failed) if name in one.defines), None)
        if source is not None and source not in above:
            place = f'under "{source.title}"' if source.title else f"that begins with {_first_line(source.cell)!r}"
            causes.append(f"`{name}` is missing: the cell {place}, which defines it, failed: {source.what}")
    return replace(exercise, detail="\n".join([*causes, exercise.detail]).rstrip())


def _first_line(cell: NotebookNode) -> str:
    first = str(cell.source).strip().partition("\n")[0]
    return first if len(first) <= 40 else f"{first[:39]}…"


def _missing(book: NotebookNode, found: list[Exercise]) -> list[Exercise]:
    """The tests that the release had, by its own list, and this notebook has not."""
    present = {exercise.grade_id for exercise in found}
    released = book.metadata.get("course", {}).get("tests", {})
    return [
        Exercise(name.removesuffix("_tests"), name, Verdict.MISSING, 0.0, 0.0, float(worth), _MISSING_TEST)
        for name, worth in released.items()
        if name not in present
    ]


def _any_started(answers: list[NotebookNode]) -> bool:
    """Say whether an answer was begun; without answer cells before the test there is nothing to begin."""
    return not answers or any(cell_roles.is_answered(cell) for cell in answers)


def _where(cell: NotebookNode, places: dict[str, int], title: str) -> str:
    """Name a cell so that it can be found, since notebooks show no cell numbers."""
    first = _first_line(cell)
    number = places.get(cell.source)
    return (
        (f"Cell {number}" if number else "A cell")
        + (f', under "{title}"' if title else "")
        + f", which begins with {first!r}"
    )


def _judge_written(cell: NotebookNode, title: str) -> Exercise:
    """Say only whether there is an answer; a person reads it."""
    verdict = Verdict.BY_HAND if cell_roles.is_answered(cell) else Verdict.BY_HAND_UNANSWERED
    return Exercise(
        title or cell_roles.grade_id(cell), cell_roles.grade_id(cell), verdict, 0.0, 0.0, cell_roles.points(cell)
    )


def _judge_test(cell: NotebookNode, end: End, title: str, timeout: int, *, started: bool) -> Exercise:
    """Judge one test cell by its end, its error, its score; a cell of plain asserts passes when it raises nothing."""
    worth = cell_roles.points(cell)
    score = _score(cell)
    public = score.public if score else cell_roles.public_points(cell)
    earned = 0.0
    if end is not End.DONE:
        verdict, detail = _unfinished(end, timeout)
    elif error := _error(cell):
        late = error.startswith(CallTooLong.__name__)
        verdict, detail = (
            (Verdict.OUT_OF_TIME if late else Verdict.ERROR),
            error.removeprefix(f"{CallTooLong.__name__}: "),
        )
    elif score:
        earned = score.earned
        # Points are sums of floats: a rounding error is no failure.
        passed = earned >= public - 1e-9
        verdict, detail = (Verdict.PASSED, "") if passed else (Verdict.FAILED, score.table)
    elif not cell.source.strip() or "check.score" in cell.source:
        verdict, detail = Verdict.FAILED, "The test reported no score."
    else:
        verdict, earned, detail = Verdict.PASSED, worth, ""
    if cell_roles.is_untouched(cell) is False:
        verdict, earned, detail = Verdict.CHANGED, 0.0, f"{_CHANGED_TEST}\n\n{detail}".rstrip()
    elif not started and verdict in (Verdict.FAILED, Verdict.ERROR):
        verdict, detail = Verdict.NOT_STARTED, ""
    name = cell_roles.grade_id(cell)
    return Exercise(title or name, name, verdict, earned, public, worth, detail)


def _unfinished(end: End, timeout: int) -> tuple[Verdict, str]:
    """Put into words why a test cell has no result."""
    why = _how_it_ended(end, timeout)
    return (Verdict.ERROR if end is End.DIED else Verdict.OUT_OF_TIME), why[0].upper() + why[1:]


def _how_it_ended(end: End, timeout: int) -> str:
    """Put into words that a cell did not end by itself."""
    limit = f"stopped at the time limit of {timeout} seconds"
    return {
        End.TIMEOUT: f"{limit}. Look for a loop that never ends.",
        End.STUCK: f"{limit}, and it ignored that (does it catch every exception?). {_NEW_KERNEL}",
        End.DIED: f"the kernel died in this cell, perhaps for want of memory. {_NEW_KERNEL}",
    }.get(end, "")


def _trouble(cell: NotebookNode, end: End, timeout: int) -> str:
    """Say what went wrong in a code cell that is no test; "" when nothing did."""
    if end is not End.DONE:
        return _how_it_ended(end, timeout)
    if "raises-exception" in (cell.metadata.get("tags") or []):
        return ""
    if error := _error(cell):
        return error
    if cell_roles.is_given(cell) and cell_roles.is_untouched(cell) is False:
        return "you changed a given cell. Grading puts the original back: do your tests still pass with it?"
    return ""


def _error(cell: NotebookNode) -> str:
    """Read the exception that a cell raised, in one line or a few; "" when it raised none."""
    for output in cell.outputs:
        if output.output_type == "error":
            return _LINE.sub(r" in line \1", _ANSI.sub("", f"{output.ename}: {output.evalue}".rstrip(": ")))
    return ""


def _score(cell: NotebookNode) -> _Score | None:
    """Read the last score that the cell displayed, or None when it displayed none."""
    found = None
    for output in cell.outputs:
        data = output.get("data", {})
        if SCORE_MIME in data:
            table = _ANSI.sub("", str(data.get("text/plain", "")))
            cases = data[SCORE_MIME]["cases"]
            earned = sum(float(case["earned"]) for case in cases)
            found = _Score(earned, sum(float(case["points"]) for case in cases), table)
    return found
