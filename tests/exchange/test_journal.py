"""The journal keeps what a gradebook of an earlier version knew."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, text

from grader.engine.isolation import Isolation
from grader.exchange.batch import journal

BEFORE = """
CREATE TABLE course_graded (assignment VARCHAR(128), student VARCHAR(128), submitted VARCHAR(64) NOT NULL,
autograded VARCHAR(64) NOT NULL, reference TEXT NOT NULL, repairs TEXT NOT NULL, notes TEXT NOT NULL,
stopped TEXT NOT NULL, died TEXT NOT NULL, isolated BOOLEAN NOT NULL, PRIMARY KEY (assignment, student))"""


def test_a_journal_of_an_earlier_version_says_how_submissions_were_kept_apart() -> None:
    with create_engine("sqlite://").begin() as connection:
        connection.execute(text(BEFORE))
        for student, isolated in (("ada", 1), ("bob", 0)):
            row = f"'01', '{student}', 's', 'a', '{{}}', '[]', '[]', '[]', '[]', {isolated}"
            connection.execute(text(f"INSERT INTO course_graded VALUES ({row})"))
        found = journal.entries(connection, "01")
        assert {name: entry.isolation for name, entry in found.items()} == {
            "ada": Isolation.SANDBOX,
            "bob": Isolation.NONE,
        }
        journal.create(connection)
        journal.put(connection, "01", "ada", found["bob"])
        journal.put(connection, "01", "eve", journal.Entry("s", "a", {}, (), (), (), (), Isolation.CONTAINER))
        kept = {name: entry.isolation for name, entry in journal.entries(connection, "01").items()}
        assert kept == {"ada": Isolation.NONE, "bob": Isolation.NONE, "eve": Isolation.CONTAINER}
        assert "isolated" not in {column["name"] for column in inspect(connection).get_columns("course_graded")}
