"""No test may pass on the release as the student gets it: the stubs must earn nothing."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from functools import partial

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError
from grader.authoring import forks
from grader.authoring.session import Session, Verdict
from grader.authoring.source import FOR_TESTS, TESTS_ONLY, Problem, Source

RELEASE_SECONDS = 300.0


def passing_stubs(releases: Sequence[tuple[Source, str]]) -> list[Problem]:
    """A problem for each test cell that gives points to its unanswered release.

    Args:
        releases: the source of each assignment, with the text of its release notebook.
    """
    all_verdicts = blank_verdicts([released for _, released in releases])
    problems = []
    for (source, _), verdicts in zip(releases, all_verdicts, strict=True):
        for cell in source.of_kind("tests"):
            earned = verdicts[f"{cell.name}_tests"].points(cell.options["points"])
            if earned > 0:
                message = f"the stub of {cell.name} earns {earned:g} points: its tests must fail on it."
                problems.append(source.problem(cell, message))
    return problems


def blank_verdicts(releases: Sequence[str]) -> list[dict[str, Verdict]]:
    """Verdict of each test cell of each release notebook, by grade_id.

    Raises:
        CourseError: a notebook could not be run to its end.
    """
    return forks.in_fresh_process(verdicts_in_forks, releases)


def verdicts_in_forks(releases: Sequence[str]) -> list[dict[str, Verdict]]:
    """The same, in forks of this process, which has to be fresh.

    Raises:
        CourseError: a notebook could not be run to its end.
    """
    import torch

    import course_lib.vis  # noqa: F401  # like torch: loaded once, for all the forks

    torch.set_num_threads(1)
    tasks = [partial(_verdicts_of_release, released) for released in releases]
    results = forks.run(tasks, jobs=os.cpu_count() or 1, timeout=RELEASE_SECONDS)
    for result in results:
        if isinstance(result, forks.Lost):
            raise CourseError(f"a release notebook could not be run to its end: {result.reason}.")
    return [result for result in results if not isinstance(result, forks.Lost)]


def _verdicts_of_release(released: str) -> dict[str, Verdict]:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # no file of mine is the student's
        return _verdicts(nbformat.reads(released, as_version=4))


def _verdicts(notebook: NotebookNode) -> dict[str, Verdict]:
    session = Session()
    verdicts = {}
    for cell in notebook.cells:
        part = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code":
            continue
        if part.get("grade"):
            verdicts[part["grade_id"]] = session.run(cell.source)
        elif part.get("solution") or {"shared", TESTS_ONLY, FOR_TESTS} & set(cell.metadata.get("tags", [])):
            session.run(cell.source)
    return verdicts
