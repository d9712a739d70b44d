"""The student's own run of the public tests: what `course check NOTEBOOK` does.

It runs a copy of the notebook from a fresh kernel, as grading will, and never changes the file itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from course_lib.selfcheck import bounds, cell_roles, kernel, notebook, ruled_out_answers, run_folder, verdict
from course_lib.selfcheck.report import Exercise, Note, Report, Verdict, show

__all__ = ["Exercise", "Note", "Report", "Verdict", "run", "show"]


def run(
    path: Path,
    timeout: int = 60,
    *,
    memory: int = 4 << 30,
    kernel_name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Execute a copy of the notebook and judge its public tests; `show(report)` prints it.

    `timeout` is in seconds and per cell, `memory` in bytes; `kernel_name` replaces this Python's own kernel;
    `progress(done, total)` is called before each cell and at the end.
    Raises CourseError when there is no such file, it is no notebook, it holds no test, it imports what is out of
    bounds, or its kernel cannot be started.
    """
    if timeout <= 0:
        raise ValueError(f"the time limit must be a positive number of seconds, not {timeout}")
    found = notebook.read(path)
    book = found.book
    cell_roles.require_tests(book, path)
    forbidden = bounds.forbidden_modules(book)
    bounds.require_allowed_imports(book, forbidden)
    first = "\n".join(
        [cell_roles.limits(book, timeout, memory), cell_roles.names_of_tests(book), bounds.guard(book, forbidden)]
    )
    files = run_folder.files_beside(path, book)
    ends = kernel.execute(book, timeout=timeout, kernel_name=kernel_name, files=files, first=first, progress=progress)
    return ruled_out_answers.refused(verdict.judge(path, found, ends, timeout), book)
