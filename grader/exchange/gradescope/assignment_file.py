"""An assignment as one file, with its hidden tests and the course's secret: all that grading needs to know of it."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterable
from typing import Any

import nbformat

from course_lib.errors import CourseError
from course_lib.repair.reference import Reference, ReferenceCell
from grader.engine.job import Job
from grader.engine.limits import Limits
from grader.engine.preload import Preload
from grader.exchange.batch.part import Part

FILE = "assignment.json"


def as_text(assignment: Iterable[tuple[Part, Job]]) -> str:
    """These notebooks as JSON."""
    return json.dumps([{"part": dataclasses.asdict(part), **_of_job(job)} for part, job in assignment], indent=1)


def from_text(text: str) -> list[tuple[Part, Job]]:
    """The reverse of `as_text`. Raises CourseError for text that is nothing of the kind."""
    try:
        return [(Part(**_tuples(one["part"])), _job(one)) for one in json.loads(text)]
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(f"the assignment cannot be read ({error}): export it again and upload it.") from error


def _of_job(job: Job) -> dict[str, Any]:
    reference = job.reference
    return {
        "notebook": reference.notebook,
        "metadata": reference.metadata,
        "cells": [dataclasses.asdict(cell) for cell in reference.cells],
        "limits": job.limits.to_dict(),
        "preload": dataclasses.asdict(job.preload),
        "secret": None if job.secret is None else job.secret.hex(),
        "author": None if job.author is None else nbformat.writes(job.author),
        "authors": {name: base64.b64encode(content).decode() for name, content in job.authors.items()},
    }


def _job(one: dict[str, Any]) -> Job:
    cells = tuple(ReferenceCell(**cell) for cell in one["cells"])
    return Job(
        Reference(one["notebook"], cells, one["metadata"]),
        Limits.from_dict(one["limits"]),
        Preload(**_tuples(one["preload"])),
        None if one["secret"] is None else bytes.fromhex(one["secret"]),
        None if one["author"] is None else nbformat.reads(one["author"], as_version=4),
        {name: base64.b64decode(content) for name, content in one["authors"].items()},
    )


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
