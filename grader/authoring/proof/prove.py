"""Prove the tests of one module: try everything, and judge what came out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.authoring import answers, compile_notebook, forks, generate_release
from grader.authoring.answers import Answer, Answers
from grader.authoring.project import Project
from grader.authoring.proof import cache, cheating, in_two, judge, judge_variants, trials
from grader.authoring.proof.results import ExerciseProof, ModuleProof
from grader.authoring.proof.seal import names_of, seals
from grader.authoring.source import Source, read


def prove(
    project: Project,
    module: str,
    *,
    jobs: int | None = None,
    exercise: str = "",
    every_case: bool = False,
    store: Path | None = None,
    quick: bool = False,
    known: Mapping[str, ExerciseProof] | None = None,
) -> ModuleProof:
    """Prove the tests of `module`, or of one exercise of it.

    Args:
        project: where the sources lie.
        module: such as '01_convolution'.
        jobs: processes at a time; None means one per core.
        exercise: only this one.
        every_case: find all cases that catch a mutant, not only the first; takes longer.
        store: folder of proofs made before; what has not changed since is taken from there.
        quick: leave out the two interpreters of grading; such a proof is not kept.
        known: proofs of exercises that need not be made again.

    Raises:
        CourseError: a source cannot be read, or this system cannot fork.
    """
    source = read(project.solution_source(module))
    alternatives = answers.load(project, module)
    names = [name for name in names_of(source) if exercise in ("", name)]
    found = {name: proof for name, proof in (known or {}).items() if name in names}
    if store and not every_case:
        sealed = seals(project, source, alternatives)
        found |= cache.load(store, module, {name: sealed[name] for name in names if name not in found})
    unknown = tuple(name for name in names if name not in found)
    proved = _prove(project, module, source, alternatives, unknown, jobs, every_case, quick) if unknown else []
    if store and not every_case and not quick:
        cache.save(store, module, sealed, [proof for proof in proved if not proof.problems])
    found |= {proof.name: proof for proof in proved}
    proofs = [found[name] for name in names]
    if not exercise:
        proofs += _strangers(alternatives, names)
    return ModuleProof(module, proofs, whole=not exercise)


def _prove(
    project: Project,
    module: str,
    source: Source,
    alternatives: Answers,
    names: tuple[str, ...],
    jobs: int | None,
    every_case: bool,
    quick: bool,
) -> list[ExerciseProof]:
    mine = tuple(a for a in alternatives.answers if a.exercise in names and a.verdict != "cheating")
    wanted = trials.Wanted(names, mine, every_case, jobs or os.cpu_count() or 1)
    released = generate_release.generate(
        module, compile_notebook.dumps(compile_notebook.solution(source, project, module))
    )
    found = forks.in_fresh_process(trials.run, source.path, released, wanted)
    twice = {} if quick else in_two.run(project, module, source, found, names)
    tests = {cell.name: cell for cell in source.of_kind("tests")}
    proofs = []
    for name in names:
        proof = judge.exercise(tests[name], found.blank[f"{name}_tests"], found, _marks(alternatives, name))
        judge_variants.judge_in_two(proof, twice.get(name, []))
        cheating.judge(proof, source, alternatives.answers)
        proofs.append(proof)
    return proofs


def _marks(alternatives: Answers, name: str) -> list[answers.Mark]:
    return [mark for mark in alternatives.marks if mark.exercise == name]


def _strangers(alternatives: Answers, names: Sequence[str]) -> list[ExerciseProof]:
    """What the answers file says of exercises that the assignment does not have."""
    cells: list[Answer | answers.Mark] = [*alternatives.answers, *alternatives.marks]
    strangers = sorted({cell.exercise for cell in cells} - set(names))
    problem = "the assignment has no such exercise"
    return [ExerciseProof(", ".join(strangers), 0, problems=[problem])] if strangers else []
