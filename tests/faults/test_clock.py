"""A clock that jumps by hours, forwards or backwards: no time limit and no penalty depends on it."""

from __future__ import annotations

import ast
import itertools
import os
import time
from pathlib import Path

import pytest
from support.faulty_class import differences
from support.grading_course import NAME

import grader.engine
import grader.exchange.batch
from grader.course_dir import CourseDir
from grader.engine.run_isolated import in_sandbox
from grader.exchange.batch import grade
from grader.exchange.feedback import feedback

HOUR = 3600.0
COMPARES_WITH_FILES = "folder_changes.py"
"""Compares the clock with the times that the same clock gave to files; after a jump it looks at them once more."""
CLOCKS = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today")}


@pytest.mark.parametrize("jump", [-5 * HOUR, 5 * HOUR], ids=["backwards", "forwards"])
def test_the_clock_jumps_all_the_time(
    jump: float, real_course: CourseDir, really_undisturbed: CourseDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the grader's process, each time that it looks."""
    now, jumps = time.time, itertools.count()
    monkeypatch.setattr(time, "time", lambda: now() + jump * next(jumps))
    grade(real_course, NAME, jobs=1, execute=in_sandbox)
    assert next(jumps) > 1  # somebody looked
    assert differences(real_course, really_undisturbed) == []


def test_nothing_of_the_engine_and_the_batch_reads_the_clock() -> None:
    """Not even where no test comes by; `time.monotonic` never jumps."""
    readers = []
    for package in (grader.engine, grader.exchange.batch):
        for path in Path(package.__path__[0]).rglob("*.py"):
            if path.name == COMPARES_WITH_FILES:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                    owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                    if (owner, node.attr) in CLOCKS:
                        readers.append(f"{path}:{node.lineno}")
    assert readers == []


def test_feedback_on_what_was_handed_in_before_the_clock_went_back(real_course: CourseDir) -> None:
    """The graded notebook is older than the submission, as it seems; the journal knows better."""
    grade(real_course, NAME, ["ada"], jobs=1, execute=in_sandbox)
    later = time.time() + 5 * HOUR
    os.utime(real_course.submitted(NAME, "ada"), (later, later))
    assert feedback(real_course, NAME, ["ada"]).failed == {}
