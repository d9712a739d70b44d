"""The seam between a batch and the engine: what a run of one submission is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

from course_lib.repair.reference import Reference
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.preload import EVERYTHING, Preload


class TooLarge(ValueError):
    """The files of one submission are more than it may bring; the others are not concerned."""


@dataclass(frozen=True)
class Job:
    """What all submissions of a batch have in common.

    Attributes:
        reference: the assignment; it says which cells are tests.
        limits: what a submission may use.
        preload: what is imported before the first submission.
        author: the instructor's notebook, where it says more than the reference: cells that no gradebook knows.
        authors: the author's own files, by relative path: they take the place of a submission's.
        secret: what hidden cases draw from; it travels with the job, and no submission gets it. None: fixed numbers.
    """

    reference: Reference
    limits: Limits
    preload: Preload = EVERYTHING
    secret: bytes | None = field(default=None, repr=False)
    author: NotebookNode | None = field(default=None, repr=False)
    authors: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def source(self) -> NotebookNode:
        """The notebook that decides where each cell runs."""
        return self.reference.as_notebook() if self.author is None else self.author


@dataclass(frozen=True)
class ExecutedNotebook:
    """A notebook that was run.

    Attributes:
        notebook: with outputs; the outputs of its test cells are the verdict.
        stopped: cells that ran for too long, by name.
        died: cells that ended their process.
        isolation: how the submission was kept apart from the machine.
    """

    notebook: NotebookNode
    stopped: tuple[str, ...] = ()
    died: tuple[str, ...] = ()
    isolation: Isolation = Isolation.SANDBOX


Executor = Callable[[NotebookNode, Job, Mapping[str, bytes]], ExecutedNotebook]
"""Run a repaired notebook; the mapping holds the submission's other files, for its working folder.

It is called in a worker, which has no gradebook, no source folder and no other submission. It must be a function at
the top level of a module. A CourseError that it raises stops the batch; any other exception costs this submission only.
"""
