"""No test may pass on the release as the student gets it: the stubs must earn nothing."""

from __future__ import annotations

import nbformat

from grader.authoring import forks
from grader.authoring.session import Session, Verdict
from grader.authoring.source import Problem, Source


def passing_stubs(source: Source, released: str) -> list[Problem]:
    """A problem for each test cell that gives points to the unanswered release."""
    verdicts = forks.in_fresh_process(blank_verdicts, released)
    problems = []
    for cell in source.of_kind("tests"):
        earned = verdicts[f"{cell.name}_tests"].points(cell.options["points"])
        if earned > 0:
            message = f"the stub of {cell.name} earns {earned:g} points: its tests must fail on it."
            problems.append(source.problem(cell, message))
    return problems


def blank_verdicts(released: str) -> dict[str, Verdict]:
    """Verdict of each test cell of a release notebook, by grade_id. Call it in a process of its own."""
    session = Session()
    verdicts = {}
    for cell in nbformat.reads(released, as_version=4).cells:
        part = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code":
            continue
        if part.get("grade"):
            verdicts[part["grade_id"]] = session.run(cell.source)
        elif part.get("solution") or "shared" in cell.metadata.get("tags", []):
            session.run(cell.source)
    return verdicts
