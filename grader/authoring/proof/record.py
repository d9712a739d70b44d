"""The record of proofs, docs/proofs.jsonl: what was found, and the seal of all that it was found with.

A proof of the whole course takes a quarter of an hour. What is recorded under the seal that the checkout has today need
not be proved again; so that nobody has to believe the record, the tests prove a sample of it again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from grader.authoring import answers as alternatives
from grader.authoring.answers import Answers
from grader.authoring.project import Project
from grader.authoring.proof.prove import prove
from grader.authoring.proof.results import (
    ExerciseProof,
    FormResult,
    ModuleProof,
    MutantResult,
    Repetition,
    VacuousResult,
    WrongAnswer,
)
from grader.authoring.proof.seal import LIBRARIES, seals
from grader.authoring.source import read as read_source
from grader.whole_files import write_whole

Line = dict[str, Any]
"""What the record says of one exercise."""

_OF_THE_MACHINE = ("with", "seconds", "repeats", "in_two")


def read(project: Project) -> list[Line]:
    """The lines of the record. What is no such line, as in a file that git could not merge, is passed over."""
    try:
        texts = project.proofs_record.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in map(_line_from, texts) if line is not None]


def write(project: Project, proofs: Iterable[ModuleProof]) -> None:
    """Record these proofs, which found no problem. A line that still holds stays as it is."""
    lines, made_with, texts = read(project), _versions(), []
    for proof in proofs:
        _, sealed = _sealed(project, proof.module)
        old = _holding(lines, proof.module, sealed)
        for exercise in proof.exercises:
            name = exercise.name
            line = {"module": proof.module, "exercise": name, "seal": sealed[name], **_figures(exercise)}
            same = name in old and not _differences(old[name], line)
            texts.append(json.dumps(old[name] if same else line | {"with": made_with}, ensure_ascii=False))
    write_whole(project.proofs_record, "\n".join([*texts, ""]))


def known(project: Project, module: str) -> dict[str, ExerciseProof]:
    """The recorded proofs of a module whose seal is that of the checkout, by exercise."""
    answers, sealed = _sealed(project, module)
    return {name: _proof(line, answers) for name, line in _holding(read(project), module, sealed).items()}


def verify_all(project: Project, again: int = 2) -> list[ModuleProof]:
    """The proofs of all modules by the record; in `again` of them, drawn by all seals, a sample is proved anew."""
    modules = project.assignments()
    drawn = draw({module: "".join(_sealed(project, module)[1].values()) for module in modules}, again)
    return [verify(project, module, again=module in drawn) for module in modules]


def verify(project: Project, module: str, *, again: bool = True) -> ModuleProof:
    """The proof of a module by the record; what it does not hold is proved from nothing.

    Args:
        project: where the sources lie.
        module: such as '01_convolution'.
        again: prove a sample of what the record holds, too. Where that does not come out as it was recorded, that is a
            problem of its exercise.
    """
    answers, sealed = _sealed(project, module)
    held = _holding(read(project), module, sealed)
    (chosen,) = draw(sealed, 1) if again else ("",)
    believed = {name: _proof(line, answers) for name, line in held.items() if name != chosen}
    proof = prove(project, module, known=believed)
    for made in proof.exercises:
        if made.name in held and made.name == chosen:
            made.problems += [
                f"its {key}, proved again: {found}; docs/proofs.jsonl says {said}. Run `course prove --page --fresh`."
                for key, said, found in _differences(held[chosen], _figures(made))
            ]
    return proof


def draw(sealed: Mapping[str, str], number: int) -> list[str]:
    """So many of the names, which are proved again although their seals hold: each change of a seal draws anew."""
    everything = "".join(sealed.values())
    return sorted(sealed, key=lambda name: hashlib.sha256(f"{everything} {name}".encode()).digest())[:number]


def _line_from(text: str) -> Line | None:
    try:
        line = json.loads(text)
        _proof(line, Answers("", []))
        str(line["module"]), str(line["seal"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(line)


def _sealed(project: Project, module: str) -> tuple[Answers, dict[str, str]]:
    answers = alternatives.load(project, module)
    return answers, seals(project, read_source(project.solution_source(module)), answers)


def _holding(lines: Iterable[Line], module: str, sealed: Mapping[str, str]) -> dict[str, Line]:
    """The lines of a module whose seal is still that of their exercise."""
    mine = {(line["exercise"], line["seal"]): line for line in lines if line["module"] == module}
    return {name: mine[name, seal] for name, seal in sealed.items() if (name, seal) in mine}


def _differences(recorded: Line, found: Line) -> list[tuple[str, Any, Any]]:
    """What two lines say differently of an exercise, but for what differs from machine to machine."""
    same_form = json.loads(json.dumps(found))
    keys = [key for key in same_form if key not in _OF_THE_MACHINE]
    return [(key, recorded.get(key), same_form[key]) for key in keys if recorded.get(key) != same_form[key]]


def _figures(proof: ExerciseProof) -> Line:
    return {
        "points": proof.points,
        "right": proof.right,
        "wrong": proof.wrong,
        "cheating": proof.cheating,
        "secrets": proof.secrets,
        "mutants": dict(sorted(Counter(mutant.fate for mutant in proof.mutants).items())),
        "cases": proof.cases,
        "forms": [dataclasses.astuple(result) for result in proof.forms],
        "vacuous": [dataclasses.astuple(result) for result in proof.vacuous],
        "in_two": proof.in_two,
        "repeats": proof.repetition.times,
        "seconds": round(proof.seconds, 3),
    }


def _proof(line: Line, answers: Answers) -> ExerciseProof:
    """The proof that a line stands for. Of the mutants it keeps how many met which fate, and mistakes are answers."""
    wrong = answers.of(line["exercise"], "wrong")
    return ExerciseProof(
        line["exercise"],
        line["points"],
        right=line["right"],
        wrong=line["wrong"],
        seconds=line["seconds"],
        cases=tuple(line["cases"]),
        mutants=[MutantResult("", "", "", fate) for fate, number in line["mutants"].items() for _ in range(number)],
        repetition=Repetition(line["repeats"]),
        secrets=line["secrets"],
        forms=[FormResult(form, fate, tuple(lost)) for form, fate, lost in line["forms"]],
        vacuous=[VacuousResult(answer, points, tuple(by), why) for answer, points, by, why in line["vacuous"]],
        in_two=line["in_two"],
        cheating=line["cheating"],
        mistakes=[WrongAnswer(answer.label, answer.loses, answer.hint) for answer in wrong],
    )


def _versions() -> str:
    libraries = [f"{name} {version(name).split('+')[0]}" for name in LIBRARIES]
    return ", ".join([f"Python {platform.python_version()}", *libraries])
