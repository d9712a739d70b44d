"""Proofs made before, kept by the content of everything that they depend on."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grader.authoring.proof.results import (
    ExerciseProof,
    FormResult,
    MutantResult,
    Repetition,
    VacuousResult,
    WrongAnswer,
)
from grader.authoring.proof.seal import LIBRARIES


def load(store: Path, module: str, seals: Mapping[str, str]) -> dict[str, ExerciseProof]:
    """The proofs of the exercises with these seals that are still good."""
    found = {}
    for name, seal in seals.items():
        path = _path(store, module, name)
        try:
            kept = json.loads(path.read_text("utf-8"))
            if kept["key"] == _key(seal):
                found[name] = _proof(kept["proof"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # none, or one of another version: it is made anew
    return found


def save(store: Path, module: str, seals: Mapping[str, str], proofs: Sequence[ExerciseProof]) -> None:
    """Keep proofs that found no problem."""
    for proof in proofs:
        path = _path(store, module, proof.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {"key": _key(seals[proof.name]), "proof": dataclasses.asdict(proof)}
        path.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")


def _path(store: Path, module: str, name: str) -> Path:
    return store / module / f"{name}.json"


def _key(seal: str) -> str:
    """The seal says what of the checkout counts; here it is also with which versions the proof was made."""
    return " ".join([seal, sys.version, *map(version, LIBRARIES)])


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
