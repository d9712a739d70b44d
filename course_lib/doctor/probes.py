"""What a look at this machine brings to light, and the looks that bring it: other rooms add probes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a finding matters to the student."""

    GOOD = "good"
    NOTE = "note"  # works without it, but worth knowing
    BROKEN = "broken"  # something that the student needs does not work


@dataclass(frozen=True)
class Finding:
    """One fact in plain words, and the command (or the step) that mends it where it is a problem."""

    subject: str
    state: State
    found: str
    mend: str = ""


@dataclass(frozen=True)
class Probe:
    """One look at the machine: `look()` returns its findings, and may take seconds."""

    name: str
    look: Callable[[], Iterable[Finding]]


def examine(probes: Iterable[Probe]) -> tuple[Finding, ...]:
    """Look through every probe; one that raises has found something broken and does not stop the others."""
    findings: list[Finding] = []
    for probe in probes:
        try:
            findings += probe.look()
        except Exception as error:
            findings.append(Finding(probe.name, State.BROKEN, f"{type(error).__name__}: {error}"))
    return tuple(findings)
