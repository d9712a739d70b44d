"""What the author of a test allows it, with the reason: a form it insists on, a vacuous answer that may earn a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.authoring.returned.result_forms import FORMS
from grader.authoring.returned.vacuous import VACUOUS
from grader.authoring.source import Cell

INSISTS_ON = "insists_on"
MAY_EARN = "may_earn"


@dataclass(frozen=True)
class Insistence:
    """The forms of a result that an exercise does not take, and the words of its text that say so."""

    forms: tuple[str, ...]
    says: str


@dataclass(frozen=True)
class Allowance:
    """The cases that answers which answer nothing may earn, and why that is right."""

    by: tuple[str, ...]
    cases: tuple[str, ...]
    why: str


def insistence(test: Cell) -> Insistence | None:
    """What a test cell insists on.

    Raises:
        ValueError: the option is not written as it must be; the message says how it is.
    """
    if INSISTS_ON not in test.options:
        return None
    example = '`:insists_on: {forms: [float32], says: "in float64"}`'
    option = test.options[INSISTS_ON]
    _refuse_malformed(option, ("forms",), "says", example)
    _known(option["forms"], FORMS, "form", example)
    return Insistence(tuple(option["forms"]), option["says"])


def allowances(test: Cell) -> list[Allowance]:
    """What vacuous answers may earn.

    Raises:
        ValueError: the option is not written as it must be; the message says how it is.
    """
    example = '`:may_earn: [{by: [zeros], cases: ["a flat map"], why: "its gradient is zero"}]`'
    listed = test.options.get(MAY_EARN, [])
    if not isinstance(listed, list):
        raise ValueError(f"write {example}.")
    for option in listed:
        _refuse_malformed(option, ("by", "cases"), "why", example)
        _known(option["by"], VACUOUS, "vacuous answer", example)
    return [Allowance(tuple(one["by"]), tuple(one["cases"]), one["why"]) for one in listed]


def _refuse_malformed(option: Any, lists: tuple[str, ...], text: str, example: str) -> None:
    """Refuse what is not a mapping of these lists of texts and this text."""
    right = isinstance(option, dict) and sorted(option) == sorted((*lists, text))
    values = [option[name] for name in lists] if right else []
    right = right and all(isinstance(value, list) and value and all(map(_is_text, value)) for value in values)
    if not right or not _is_text(option[text]):
        raise ValueError(f"write {example}.")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _known(names: Iterable[str], known: Iterable[str], what: str, example: str) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"there is no {what} {name!r}, only {', '.join(known)}; write {example}.")
