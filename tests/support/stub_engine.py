"""Executors that take no time: the verdict on an answer is a number in its source. They run in workers."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output
from support.waiting import until

from course_lib.errors import CourseError
from grader.engine.job import ExecutedNotebook, Job, TooLarge


def marked(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """`# earns 1.5` in the answer of an exercise gives its tests this outcome; without it they fail."""
    earned = "0"
    for cell in notebook.cells:
        part = cell.metadata.get("nbgrader", {})
        if part.get("solution"):
            found = re.search(r"# earns ([\d.]+)", cell.source)
            earned = found[1] if found else ""
        elif part.get("grade"):
            if earned:
                cell["outputs"] = [new_output("execute_result", data={"text/plain": earned}, execution_count=1)]
            else:
                cell["outputs"] = [new_output("error", ename="AssertionError", evalue="no", traceback=["no"])]
    return ExecutedNotebook(notebook)


def slowly(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    time.sleep(0.03)
    return marked(notebook, job, files)


def gated(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Files in the folder GATE tell who runs, and say who waits.

    Each process leaves its id among `processes/`. Once there is `armed`, one submission leaves its process's id in
    `held`, and waits for `open`. While there is `company`, each waits until a second process has begun a submission.
    """
    gate = Path(os.environ["GATE"])
    mine = gate / "processes" / str(os.getpid())
    mine.parent.mkdir(exist_ok=True)
    mine.touch()
    if (gate / "armed").exists():
        with suppress(FileExistsError):
            (gate / "held").symlink_to(mine.name)  # whole at once, and by one process only
            until((gate / "open").exists)
    if (gate / "company").exists():
        until(lambda: len(list(mine.parent.iterdir())) > 1)
    return marked(notebook, job, files)


def fragile(notebook: NotebookNode, job: Job, files: Mapping[str, bytes]) -> ExecutedNotebook:
    """Dies, raises or refuses where an answer says so."""
    text = "\n".join(cell.source for cell in notebook.cells)
    if "# kill the worker" in text:
        os._exit(1)
    if "# raise" in text:
        raise RuntimeError("the engine is confused")
    if "# bring too much" in text:
        raise TooLarge("the files beside the notebook are more than a submission may bring")
    if "# refuse" in text:
        raise CourseError("this machine cannot isolate submissions")
    return marked(notebook, job, files)
