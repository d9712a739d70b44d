"""What `collect` notes about a download is read back as it was, and a part of the class does not undo the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange.collected_from import CollectedFile, collected_from, record


def one(path: str, *students: str) -> CollectedFile:
    return CollectedFile(path, students, "Moodle", "11", "Zoë van der Berg", "a.ipynb", late=True)


def test_what_was_noted_is_read_back_and_gives_way_to_the_same_students_later_files(tmp_path: Path) -> None:
    course = CourseDir.sandbox(tmp_path)
    assert collected_from(course, "01") == []
    record(course, "01", [one("zoë/a", "zb"), one("team/a", "km", "ox")])
    assert collected_from(course, "01") == [one("zoë/a", "zb"), one("team/a", "km", "ox")]
    record(course, "01", [one("new/a", "zb"), one("kim/a", "km")])
    assert collected_from(course, "01") == [one("team/a", "km", "ox"), one("new/a", "zb"), one("kim/a", "km")]
    assert collected_from(course, "02") == []


@pytest.mark.parametrize("text", ["{", "[1]", '[{"path": "a"}]'])
def test_a_damaged_note_is_told(tmp_path: Path, text: str) -> None:
    course = CourseDir.sandbox(tmp_path)
    record(course, "01", [one("a", "zb")])
    (course.work / "collected" / "01.json").write_text(text)
    with pytest.raises(CourseError, match="Remove it and collect 01 again"):
        collected_from(course, "01")
