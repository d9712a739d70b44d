"""A class for the batch tests: a released course, submissions by points, and the gradebook in comparable form."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
from sqlalchemy import create_engine, text
from support.grading_course import NAME, answered, hand_in

from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir

GRADES = """
select student.id, cell.name, grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade
from grade join base_cell cell on cell.id = grade.cell_id
join submitted_notebook on submitted_notebook.id = grade.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
join student on student.id = submitted_assignment.student_id order by 1, 2"""
COMMENTS = (
    GRADES.replace("from grade ", "from comment ")
    .replace("grade.", "comment.")
    .replace(
        "comment.auto_score, comment.manual_score, comment.extra_credit, comment.needs_manual_grade",
        "comment.auto_comment, comment.manual_comment",
    )
)
SUBMISSIONS = """
select student_id, timestamp, late_submission_penalty from submitted_assignment
join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id order by 1"""
STUDENTS = "select id, first_name, last_name from student order by 1"
JOURNAL = "select * from course_graded order by student"


def earning(course: CourseDir, double: float, triple: float, why: str = "Because.") -> nbformat.NotebookNode:
    """A submission that earns so many points with the stub engine."""
    source = {
        "double": f"def double(x):\n    ...  # earns {double}",
        "triple": f"def triple(x):\n    ...  # earns {triple}",
    }
    return answered(course, **source, why=why)


def publish(course: CourseDir, notebook: nbformat.NotebookNode) -> None:
    """Build a changed solution; it is not released yet."""
    built = nbformat.writes(notebook)
    course.solution(NAME).write_text(built, "utf-8")
    course.released(NAME).write_text(generate(NAME, built), "utf-8")


def copy_of(course: CourseDir, folder: Path) -> CourseDir:
    """The same course in another folder."""
    shutil.copytree(course.root, folder)
    return CourseDir.sandbox(folder)


def hand_in_class(course: CourseDir, size: int) -> None:
    """So many students s00, s01, ... of all kinds: graded, blank, repaired and damaged."""
    for number in range(size):
        student = f"s{number:02}"
        notebook = earning(course, number % 5 / 2, number % 2)
        if number % 7 == 3:
            notebook.cells = [cell for cell in notebook.cells if cell.id != "double_tests"]
        hand_in(course, student, "no notebook" if number % 7 == 5 else notebook)


def contents(course: CourseDir) -> dict[str, list[Any]]:
    """Everything that the gradebook says of submissions, without the database's own ids."""
    engine = create_engine(course.gradebook_url)
    with engine.connect() as connection:
        queries = {"grades": GRADES, "comments": COMMENTS, "submissions": SUBMISSIONS, "students": STUDENTS}
        found = {name: [tuple(row) for row in connection.execute(text(sql))] for name, sql in queries.items()}
        found["journal"] = [tuple(row) for row in connection.execute(text(JOURNAL))]
    engine.dispose()
    return found


def graded_files(course: CourseDir) -> dict[str, bytes]:
    """The graded notebooks by student; anything else in their folder under its name."""
    folder = course.work / "autograded"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
