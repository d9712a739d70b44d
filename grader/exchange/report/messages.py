"""What a failing case says, taken apart: the sentence that sums it up, the mistake that it names, what to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.exchange.case_results import CaseResult

Failures = frozenset[tuple[str, str]]
"""How an answer fails: the cases that it loses, each with what is comparable in its message."""

_MISTAKE = "Likely mistake: "
_CALL = "call: "
_STUDENTS_LINES = "in your code, "
_INDENT = "    "  # before what belongs to the line above
_ALMOST_ZERO = re.compile(r"-?\d+(\.\d+)?e-(1[2-9]|[2-9]\d|\d{3})\b")
_UNANSWERED = ("Not answered yet.", "NotImplementedError")
STOPPED = ("StudentTimeout", "StudentDied", "StudentLost", "TestError", "CellTimeoutError", "DeadKernelError")
"""The errors of an answer that ran too long or ended its process."""


def headline(message: str) -> str:
    """The sentence of a message that says what is wrong."""
    lines = [line for line in _lines(message) if not line.startswith(_CALL)]
    return lines[0] if lines else ""


def named_mistake(message: str) -> str:
    """The known mistake that the test itself has recognized; '' for none."""
    return next((line.removeprefix(_MISTAKE) for line in _lines(message) if line.startswith(_MISTAKE)), "")


def failures(cases: Sequence[CaseResult]) -> Failures:
    """How an answer fails; two answers that compute the same fail in the same way, however they are written."""
    return frozenset((case.name, _comparable(case.message)) for case in cases if case.failed)


def is_unanswered(message: str) -> bool:
    """Whether the answer was left as it came."""
    return message.startswith(_UNANSWERED)


def is_stopped(message: str) -> bool:
    """Whether the answer ran too long or ended its process."""
    return headline(message).startswith(STOPPED)


def _comparable(message: str) -> str:
    kept = [line for line in _lines(message) if not line.startswith(_STUDENTS_LINES)]
    return _ALMOST_ZERO.sub("0", "\n".join(kept))  # what rounding leaves of a zero differs from one sum to another


def _lines(message: str) -> Iterator[str]:
    """The lines as they were before they were wrapped."""
    whole = ""
    for line in message.splitlines():
        if line.startswith(_INDENT) and whole:
            whole = f"{whole} {line.strip()}"
            continue
        if whole:
            yield whole
        whole = line
    if whole:
        yield whole
