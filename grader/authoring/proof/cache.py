"""Proofs made before, kept by the content of everything that they depend on."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grader.authoring.answers import Answers
from grader.authoring.proof.results import (
    ExerciseProof,
    FormResult,
    MutantResult,
    Repetition,
    VacuousResult,
    WrongAnswer,
)
from grader.authoring.source import Source

_LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "matplotlib", "cosmic_ray", "ipython")


def load(store: Path, source: Source, answers: Answers, names: Sequence[str]) -> dict[str, ExerciseProof]:
    """The proofs of these exercises that are still good."""
    found = {}
    for name in names:
        path = _path(store, answers.module, name)
        try:
            kept = json.loads(path.read_text("utf-8"))
            if kept["key"] == _key(source, answers, name):
                found[name] = _proof(kept["proof"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # none, or one of another version: it is made anew
    return found


def save(store: Path, source: Source, answers: Answers, proofs: Sequence[ExerciseProof]) -> None:
    """Keep proofs that found no problem."""
    for proof in proofs:
        path = _path(store, answers.module, proof.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {"key": _key(source, answers, proof.name), "proof": dataclasses.asdict(proof)}
        path.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")


def _path(store: Path, module: str, name: str) -> Path:
    return store / module / f"{name}.json"


def _key(source: Source, answers: Answers, name: str) -> str:
    """Changes with anything that the proof of an exercise depends on; other exercises do not count."""
    cells = [
        c.source
        for c in source.cells
        if c.kind in ("shared", "tests_only") or (c.kind in ("answer", "tests") and c.name == name)
    ]
    options = [c.options for c in source.of_kind("answer", "tests") if c.name == name]
    options.append(source.course)
    mine = [dataclasses.asdict(answer) for answer in answers.answers if answer.exercise == name]
    marks = [dataclasses.asdict(mark) for mark in answers.marks if mark.exercise == name]
    parts = [cells, options, mine, marks, _environment()]
    return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()


@functools.cache
def _environment() -> str:
    """The code that takes part: the student's library, authoring, the engine, the libraries' versions."""
    import course_lib
    import grader.authoring as authoring
    import grader.engine as engine

    digest = hashlib.sha256(" ".join([sys.version, *map(version, _LIBRARIES)]).encode())
    for package in (course_lib, authoring, engine):
        assert package.__file__ is not None
        for path in sorted(Path(package.__file__).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _proof(kept: dict[str, Any]) -> ExerciseProof:
    mutants = [MutantResult(**{**m, "caught_by": tuple(m["caught_by"])}) for m in kept.pop("mutants")]
    repetition = kept.pop("repetition")
    repeated = Repetition(repetition["times"], tuple(repetition["failures"]), repetition["memory_mb"])
    mistakes = [WrongAnswer(w["mistake"], tuple(w["loses"]), w["hint"]) for w in kept.pop("mistakes")]
    forms = [FormResult(f["form"], f["fate"], tuple(f["lost"])) for f in kept.pop("forms")]
    vacuous = [VacuousResult(**{**v, "cases": tuple(v["cases"])}) for v in kept.pop("vacuous")]
    kept |= {"mutants": mutants, "repetition": repeated, "mistakes": mistakes, "forms": forms, "vacuous": vacuous}
    cases = tuple(kept.pop("cases"))
    return ExerciseProof(**kept, cases=cases)
