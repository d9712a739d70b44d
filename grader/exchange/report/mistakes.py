"""Which mistake is behind a failed exercise: one of the catalog, one that the test names, one that others share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from grader.exchange.case_results import CaseResult
from grader.exchange.report.messages import (
    STOPPED,
    Failures,
    failures,
    headline,
    is_stopped,
    is_unanswered,
    named_mistake,
)
from grader.exchange.report.same_code import normal_form

Kind = Literal["known", "named", "alike", "broken", "stopped", "unanswered", "other"]
Evidence = Literal["code", "failures", "test", ""]
"""How a student's mistake is known: the code is that of a catalogd wrong answer, it fails as that one does, or the
test said so itself."""

_EVIDENCE: dict[Evidence, str] = {
    "failures": "by failures",
    "code": "by code",
    "test": "by the test",
}


@dataclass(frozen=True)
class Answered:
    """One student's answer to an exercise.

    Attributes:
        cases: how the cases of its test went.
        source: the code; '' where it is not known which cell holds it.
        error: the kind of error that ended the answer's own cell; '' for none.
    """

    cases: tuple[CaseResult, ...]
    source: str = ""
    error: str = ""

    @property
    def failed(self) -> list[CaseResult]:
        """The cases that it lost, all or in part."""
        return [case for case in self.cases if case.failed]


@dataclass(frozen=True)
class KnownMistake:
    """A wrong answer of the course's catalog.

    Attributes:
        exercise: its name.
        label: the idea of the mistake, in words.
        source: the code.
        failures: how it fails; none where that was not tried.
    """

    exercise: str
    label: str
    source: str
    failures: Failures = frozenset()

    @property
    def named(self) -> set[str]:
        """What the test itself calls the mistake."""
        return {name for _, message in self.failures if (name := named_mistake(message))}


@dataclass
class Mistake:
    """A mistake that students made in one exercise.

    Attributes:
        labels: in words; of several, the tests cannot tell which it is.
        students: who made it, by id, and how that is known.
        example: how one of them fails.
    """

    exercise: str
    kind: Kind
    labels: tuple[str, ...]
    example: list[CaseResult]
    students: dict[str, Evidence] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What it is."""
        if self.kind == "known" and len(self.labels) > 1:
            return f"one of these, which the tests cannot tell apart: {'; or '.join(self.labels)}"
        label = "".join(self.labels)
        return {
            "alike": f"they fail in the same way: {label}" if label else "they fail in the same way",
            "broken": f"the cell with the answer ends with an error: {label}",
            "stopped": "the answer runs too long, or ends its process",
            "unanswered": "left as it was handed out",
            "other": "in ways that nobody else fails in",
        }.get(self.kind, label)

    @property
    def evidence(self) -> str:
        """How it is known, and of how many students; '' for what needs no evidence."""
        counts = Counter(self.students.values())
        found = [f"{counts[one]} {words}" for one, words in _EVIDENCE.items() if counts[one]]
        return f"recognized: {', '.join(found)}" if found else ""


def mistakes_in(exercise: str, failing: Mapping[str, Answered], catalog: Sequence[KnownMistake]) -> list[Mistake]:
    """The mistakes in one exercise, the most frequent first; each student who failed is in exactly one of them.

    Args:
        failing: the answers that lost a case, by student.
        catalog: the known mistakes in this exercise.
    """
    known = _Known(catalog)
    alike = Counter(failures(answer.failed) for answer in failing.values())
    found: dict[object, Mistake] = {}
    for student, answer in failing.items():
        kind, labels, evidence = known.behind(answer) or _by_itself(answer, alike)
        key = (kind, labels, failures(answer.failed) if kind == "alike" else None)
        mistake = found.setdefault(key, Mistake(exercise, kind, labels, answer.failed))
        mistake.students[student] = evidence
    return sorted(found.values(), key=lambda one: (one.kind == "other", -len(one.students)))


_Verdict = tuple[Kind, tuple[str, ...], Evidence]


class _Known:
    """The catalog of one exercise, by what it can be recognized by."""

    def __init__(self, catalog: Sequence[KnownMistake]) -> None:
        self._by_code: dict[str, str] = {}
        self._by_failures: dict[Failures, tuple[str, ...]] = {}
        self._by_name: dict[str, set[tuple[str, ...]]] = {}
        for one in catalog:
            self._by_code.setdefault(normal_form(one.source), one.label)
            if one.failures:
                self._by_failures[one.failures] = (*self._by_failures.get(one.failures, ()), one.label)
        for one in catalog:
            for name in one.named:
                self._by_name.setdefault(name, set()).add(self._by_failures[one.failures])

    def behind(self, answer: Answered) -> _Verdict | None:
        """The known mistake behind an answer: of the catalog, or named by the test; None for none."""
        lost = failures(answer.failed)
        code = normal_form(answer.source)
        if code and code in self._by_code:
            return "known", (self._by_code[code],), "code"
        if lost in self._by_failures:
            return "known", self._by_failures[lost], "failures"
        names = Counter(name for case in answer.failed if (name := named_mistake(case.message)))
        if not names:
            return None
        name = names.most_common(1)[0][0]
        catalogd = self._by_name.get(name, set())
        if len(catalogd) == 1:
            return "known", next(iter(catalogd)), "test"
        return "named", (name,), "test"


def may_be_known(answer: Answered) -> bool:
    """Whether the way in which an answer fails may tell the mistake: it is no blank one, and came to its end."""
    return _by_itself(answer, Counter())[0] == "other"


def _by_itself(answer: Answered, alike: Counter[Failures]) -> _Verdict:
    messages = [case.message for case in answer.failed]
    if all(map(is_unanswered, messages)):
        return "unanswered", (), ""
    if answer.error in STOPPED or any(map(is_stopped, messages)):
        return "stopped", (), ""
    if answer.error:
        return "broken", (answer.error,), ""
    if alike[failures(answer.failed)] > 1:
        return "alike", (headline(messages[0]),), ""
    return "other", (), ""
