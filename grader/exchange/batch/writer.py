"""The one writer of the gradebook: a submission's grades, comments, penalty and journal entry in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nbgrader import api
from nbgrader.utils import parse_utc
from sqlalchemy import Connection, Engine, Table, func, insert, select, update

from grader.exchange.batch import journal
from grader.exchange.batch.history import Because, Explain, History, Points
from grader.exchange.batch.late import LatePenalties, seconds_late

_STUDENT: Table = api.Student.__table__
_SUBMISSION: Table = api.SubmittedAssignment.__table__
_NOTEBOOK: Table = api.SubmittedNotebook.__table__
_GRADE: Table = api.Grade.__table__
_COMMENT: Table = api.Comment.__table__

NO_RESPONSE = "No response."
_NO_REASON = Because("")


@dataclass(frozen=True)
class Columns:
    """Where a notebook stands in the gradebook: the database's ids of its assignment, of itself and of its cells.

    Attributes:
        key: its name in the journal.
    """

    key: str
    assignment: str
    notebook: str
    due: Any
    graded: Mapping[str, str]
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Record:
    """What is to be written about one submission.

    Attributes:
        points: by graded cell; None stands for a person's decision.
        blank: by answer, whether it was left as it came.
        submitted: when it was handed in, '' for unknown.
        again: whether the same file was graded before: then equal points leave the marks of a person's review alone.
        entry: for the journal; None for a submission that could not be graded.
        by_hand: whether a person has to look at points that the tests did not give.
        explain: why points are others than before.
    """

    student: str
    points: Mapping[str, float | None]
    blank: Mapping[str, bool]
    submitted: str
    again: bool
    entry: journal.Entry | None
    by_hand: bool = True
    explain: Explain = _NO_REASON


def columns_of(entry: Any, notebook: Any, key: str) -> Columns:
    """Read the ids off the entries of an assignment and of one of its notebooks; `key` is its name in the journal."""
    graded = {cell.name: cell.id for cell in (*notebook.grade_cells, *notebook.task_cells)}
    answers = {cell.name: cell.id for cell in (*notebook.solution_cells, *notebook.task_cells)}
    return Columns(key, entry.id, notebook.id, entry.duedate, graded, answers)


class Writer:
    """Writes what was found out about submissions. Each call is a transaction of its own."""

    def __init__(self, engine: Engine, columns: Columns, penalties: LatePenalties, history: History) -> None:
        self._engine, self._columns, self._penalties, self._history = engine, columns, penalties, history

    def write(self, record: Record, only: Collection[str] = ()) -> float:
        """Write one submission as nbgrader's SaveAutoGrades and AssignLatePenalties do; return its total so far.

        Args:
            only: graded cells and answers to write; all by default.
        """
        with self._engine.begin() as connection:
            submission = self._submission_row(connection, record)
            notebook = self._notebook_id(connection, submission.id)
            score, moved = self._write_grades(connection, notebook, record, only)
            self._write_comments(connection, notebook, record, only)
            late = seconds_late(submission.timestamp, self._columns.due, submission.extension)
            penalty = self._penalties.penalty(record.student, score, late)
            before = connection.scalar(select(_NOTEBOOK.c.late_submission_penalty).where(_NOTEBOOK.c.id == notebook))
            connection.execute(
                update(_NOTEBOOK).where(_NOTEBOOK.c.id == notebook).values(late_submission_penalty=penalty)
            )
            if moved is not None:
                self._history.note(connection, record.student, moved, (before, penalty), record.explain)
            journal.put(connection, self._columns.key, record.student, record.entry)
        return max(0.0, score - (penalty or 0.0))

    def has_points(self, record: Record) -> bool:
        """Whether the gradebook has these points by tests already."""
        assignment, notebook = self._columns.assignment, self._columns.notebook
        query = (
            select(_GRADE.c.cell_id, _GRADE.c.auto_score)
            .join(_NOTEBOOK, _NOTEBOOK.c.id == _GRADE.c.notebook_id)
            .join(_SUBMISSION, _SUBMISSION.c.id == _NOTEBOOK.c.assignment_id)
            .where(_SUBMISSION.c.assignment_id == assignment, _SUBMISSION.c.student_id == record.student)
            .where(_NOTEBOOK.c.notebook_id == notebook)
        )
        with self._engine.begin() as connection:
            known = {row.cell_id: row.auto_score for row in connection.execute(query)}
        return known == {cell: record.points.get(name) for name, cell in self._columns.graded.items()}

    def _submission_row(self, connection: Connection, record: Record) -> Any:
        """The row of the submission; it and its student are entered if they are new."""
        if not connection.scalar(select(func.count()).where(_STUDENT.c.id == record.student)):
            connection.execute(insert(_STUDENT).values(id=record.student))
        here = (_SUBMISSION.c.assignment_id == self._columns.assignment) & (_SUBMISSION.c.student_id == record.student)
        find = select(_SUBMISSION.c.id, _SUBMISSION.c.timestamp, _SUBMISSION.c.extension).where(here)
        if connection.execute(find).one_or_none() is None:
            connection.execute(
                insert(_SUBMISSION).values(assignment_id=self._columns.assignment, student_id=record.student)
            )
        if record.submitted:
            connection.execute(update(_SUBMISSION).where(here).values(timestamp=parse_utc(record.submitted)))
        return connection.execute(find).one()

    def _notebook_id(self, connection: Connection, submission: str) -> str:
        find = select(_NOTEBOOK.c.id).where(
            (_NOTEBOOK.c.assignment_id == submission) & (_NOTEBOOK.c.notebook_id == self._columns.notebook)
        )
        found = connection.scalar(find)
        if found is None:
            connection.execute(insert(_NOTEBOOK).values(assignment_id=submission, notebook_id=self._columns.notebook))
            found = connection.scalar(find)
        return str(found)

    def _write_grades(
        self, connection: Connection, notebook: str, record: Record, only: Collection[str]
    ) -> tuple[float, dict[str, Points] | None]:
        """The points of all cells together, and those before and after by cell; None where nothing was graded yet."""
        rows = _rows_by_cell(connection, _GRADE, notebook, self._columns.graded.values())
        score = 0.0
        new: list[dict[str, Any]] = []
        moved: dict[str, Points] = {}
        for name, cell in self._columns.graded.items():
            row = rows.get(cell)
            values = _new_grade(row, record.points.get(name), record) if _is_meant(name, only) else {}
            _update_row(connection, _GRADE, row, values)
            if row is None:
                new.append({"cell_id": cell, "notebook_id": notebook, "needs_manual_grade": True} | values)
            score += score_of_row(dict(row or {}) | values)
            moved[name] = (_given_to(row or {}), _given_to(dict(row or {}) | values))
        _insert_rows(connection, _GRADE, new)
        return score, moved if any(before is not None for before, _ in moved.values()) else None

    def _write_comments(self, connection: Connection, notebook: str, record: Record, only: Collection[str]) -> None:
        rows = _rows_by_cell(connection, _COMMENT, notebook, self._columns.answers.values())
        new: list[dict[str, Any]] = []
        for name, cell in self._columns.answers.items():
            known = _is_meant(name, only) and name in record.blank
            values = {"auto_comment": NO_RESPONSE if record.blank[name] else None} if known else {}
            _update_row(connection, _COMMENT, rows.get(cell), values)
            if cell not in rows:
                new.append({"cell_id": cell, "notebook_id": notebook, "auto_comment": None} | values)
        _insert_rows(connection, _COMMENT, new)


def _is_meant(name: str, only: Collection[str]) -> bool:
    return not only or name in only


def _new_grade(row: Mapping[str, Any] | None, points: float | None, record: Record) -> dict[str, Any]:
    """nbgrader's rule: who has points from a person, or none from the tests, is looked at (again) by a person."""
    if row is not None and record.again and row["auto_score"] == points:
        return {}
    if not record.by_hand:
        return {"auto_score": points, "needs_manual_grade": False}
    reviewed = row is not None and row["manual_score"] is not None
    return {"auto_score": points, "needs_manual_grade": reviewed or points is None}


def score_of_row(values: Mapping[str, Any]) -> float:
    """A person's points win over the tests'; extra credit counts where there are any."""
    given = _given_to(values)
    return 0.0 if given is None else float(given) + float(values.get("extra_credit") or 0.0)


def _given_to(values: Mapping[str, Any]) -> float | None:
    given = values.get("manual_score") if values.get("manual_score") is not None else values.get("auto_score")
    return None if given is None else float(given)


def _rows_by_cell(
    connection: Connection, table: Table, notebook: str, cells: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """The rows of a submission by cell. Asked for by cell first, as the database's index has it."""
    query = select(table).where(table.c.cell_id.in_(cells), table.c.notebook_id == notebook)
    return {row["cell_id"]: dict(row) for row in connection.execute(query).mappings()}


def _update_row(connection: Connection, table: Table, row: Mapping[str, Any] | None, values: dict[str, Any]) -> None:
    if row is not None and any(row[key] != value for key, value in values.items()):
        connection.execute(update(table).where(table.c.id == row["id"]).values(**values))


def _insert_rows(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Rows that all have a value for the same columns, as a statement for many rows needs it."""
    if rows:
        columns = dict.fromkeys(key for row in rows for key in row)
        connection.execute(insert(table), [columns | row for row in rows])
