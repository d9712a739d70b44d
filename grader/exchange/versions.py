"""Points and maximum of different versions of an assignment, and late penalties that are not those of its points."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from course_lib.errors import CourseError
from course_lib.repair.reference import Reference
from grader.course_dir import CourseDir
from grader.exchange.batch import LatePenalties, digest_of, graded, load, out_of_date, students_with
from grader.exchange.batch.assignment import Loaded
from grader.exchange.gradebook import open_gradebook, require_released

_MADE_BY_NBGRADER = "AUTOTEST"
"""Such a line of a source becomes tests when it is released, so the two cannot be compared."""


def version_warnings(course: CourseDir, assignment: str) -> list[str]:
    """What to run before the points of an assignment are believed, a sentence for each reason; none where all is well.

    Raises:
        CourseError: it is not released, the gradebook cannot be read, or the rule for late penalties fails.
    """
    require_released(course, assignment)
    found = []
    notebooks = load(course, assignment)
    if changed := _changed_since_release(course, assignment, notebooks):
        found.append(
            f"{assignment} is not released as it is now: tests, points or given code differ ({', '.join(changed)}). "
            f"Run `course release {assignment}`, then `course grade {assignment}`."
        )
    if stale := graded(course, assignment).by_an_earlier_assignment() + _by_nbgrader_before(
        course, assignment, notebooks
    ):
        were = "1 submission was" if stale == 1 else f"{stale} submissions were"
        found.append(f"{were} graded by an earlier version of {assignment}: run `course grade {assignment}`.")
    if count := _penalties_out_of_date(course, notebooks):
        found.append(
            f"the late penalties of {count} {'student' if count == 1 else 'students'} are not what dates, rule and "
            f"points (those given by hand, too) make them now: run `course grade {assignment}`."
        )
    return found


def _penalties_out_of_date(course: CourseDir, notebooks: Sequence[Loaded]) -> int:
    penalties = LatePenalties(course)
    with open_gradebook(course) as gradebook:
        connection = gradebook.db.connection()
        return len(set().union(*(out_of_date(connection, one.columns, penalties) for one in notebooks)))


def _changed_since_release(course: CourseDir, assignment: str, notebooks: Sequence[Loaded]) -> list[str]:
    """The cells by which the source notebooks differ from what the gradebook has, in their order."""
    changed: list[str] = []
    for loaded in notebooks:
        path = course.solution(assignment, loaded.part.notebook)
        if path.is_file():
            changed += _differing(_read_cells(path.read_bytes(), str(path)), loaded.reference)
    return list(dict.fromkeys(changed))


def _differing(cells: list[Mapping[str, Any]], released: Reference) -> Iterator[str]:
    own = {_part(cell).get("grade_id", ""): cell for cell in cells}
    for name, cell in own.items():
        part, now = _part(cell), released.by_name.get(name)
        counts = bool(part.get("grade") or part.get("task"))
        by_hand = bool(part.get("solution") or part.get("task"))  # a model answer may change
        if not (counts or (part.get("locked") and cell.get("cell_type") == "code")):
            continue
        if (
            now is None
            or not (by_hand or _is_same(_source(cell), now.source))
            or (counts and _points(cell) != now.points)
        ):
            yield name
    yield from (cell.name for cell in released.cells if (cell.grade or cell.task) and cell.name not in own)


def _is_same(source: str, released: str) -> bool:
    return _MADE_BY_NBGRADER in source or source.strip() == released.strip()


def _by_nbgrader_before(course: CourseDir, assignment: str, notebooks: Sequence[Loaded]) -> int:
    """How many `nbgrader autograde`, which keeps no journal, has graded with other tests or points."""
    references = {loaded.part: loaded.reference for loaded in notebooks}
    stale = set()
    for one in graded(course, assignment).notebooks:
        for student in students_with(course, assignment):
            path = course.autograded(assignment, student, one.part.notebook)
            content = path.read_bytes() if path.is_file() else b""
            entry = one.entries.get(student)
            if not content or (entry is not None and entry.autograded == digest_of(content)):
                continue
            if _has_other_tests(_read_cells(content, str(path)), references[one.part]):
                stale.add(student)
    return len(stale)


def _has_other_tests(cells: list[Mapping[str, Any]], released: Reference) -> bool:
    ran = {_part(cell).get("grade_id", ""): cell for cell in cells}
    tests = [cell for cell in released.cells if cell.is_test]
    return any(
        test.name not in ran or _source(ran[test.name]) != test.source or _points(ran[test.name]) != test.points
        for test in tests
    )


def _read_cells(content: bytes, path: str) -> list[Mapping[str, Any]]:
    """The cells of a notebook of the course's own, or one that nbgrader wrote."""
    try:
        return list(json.loads(content)["cells"])
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{path} cannot be read as a notebook: make it again.") from error


def _part(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    part: Mapping[str, Any] = cell.get("metadata", {}).get("nbgrader", {})
    return part


def _points(cell: Mapping[str, Any]) -> float:
    return float(_part(cell).get("points", 0))


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell.get("source", ""))
