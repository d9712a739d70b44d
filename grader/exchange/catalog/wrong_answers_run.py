"""Run the catalogd wrong answers of a module as submissions are run, to know how each of them fails."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

from nbformat import NotebookNode

from grader.authoring import compile_notebook
from grader.authoring.answers import Answer
from grader.authoring.project import Project
from grader.authoring.session import runnable
from grader.authoring.source import Source
from grader.engine.engine import shared_engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.probe_isolation import sandbox_works
from grader.engine.stderr import HarmlessStderr
from grader.exchange.case_results import case_results
from grader.exchange.report.messages import Failures, failures

_ALL_TOGETHER = 3600.0  # seconds for the one notebook that holds them all


def run(
    project: Project, source: Source, answers: Sequence[Answer], limits: Limits, secret: bytes | None
) -> list[Failures]:
    """How each of the answers fails.

    Args:
        source: of the assignment's solution.
        answers: wrong ones.
        limits: of one submission.
        secret: what hidden cases draw from; with that of the grading they say the same here.

    Raises:
        CourseError: the engine does not start.
    """
    module = source.path.stem
    thin = compile_notebook.solution(Source(source.path, source.header, runnable(source)), project, module)
    notebook, tests = _with_answers(thin, answers)
    # The answers are the author's own: where there is no sandbox, they may run without.
    engine = shared_engine(Isolation.SANDBOX if sandbox_works() else Isolation.NONE)
    together = replace(limits, submission_seconds=_ALL_TOGETHER, cpu_seconds=_ALL_TOGETHER)
    engine.run(notebook, notebook, together, secret=secret)
    HarmlessStderr().preprocess(notebook, {})
    return [failures(case_results(test)) for test in tests]


def _with_answers(thin: NotebookNode, answers: Sequence[Answer]) -> tuple[NotebookNode, list[NotebookNode]]:
    """The notebook with all these answers, each with a test behind it, and these tests in the order of the answers."""
    solutions = {cell.metadata.nbgrader.grade_id: cell for cell in thin.cells if cell.metadata.nbgrader.solution}
    notebook = copy.copy(thin)
    notebook.cells = []
    tests: dict[int, NotebookNode] = {}
    for cell in thin.cells:
        part = cell.metadata.nbgrader
        if not part.grade or part.solution:
            notebook.cells.append(cell)
            continue
        name = part.grade_id.removesuffix("_tests")
        for number, answer in enumerate(answers):
            if answer.exercise == name:
                tests[number] = _copied(cell, cell.source, number)
                notebook.cells += [_copied(solutions[name], answer.source, number), tests[number]]
        # What comes after it builds on a right answer.
        notebook.cells.append(_copied(solutions[name], solutions[name].source, len(answers)))
    return notebook, [tests[number] for number in range(len(answers))]


def _copied(cell: NotebookNode, source: str, number: int) -> NotebookNode:
    """The cell with another source, under a name of its own."""
    made = copy.deepcopy(cell)
    made.source = source
    made.metadata.nbgrader.grade_id += f"_{number}"
    made["id"] = made.metadata.nbgrader.grade_id[-64:]
    return made
