"""Judge what the trials of one exercise brought: every surprise is a problem, in words that say what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from grader.authoring import forks
from grader.authoring.answers import Answer, Mark
from grader.authoring.mutation import Mutant
from grader.authoring.proof import judge_variants, three_secrets
from grader.authoring.proof.results import ExerciseProof, MutantResult, Repetition, WrongAnswer
from grader.authoring.proof.trials import Trials
from grader.authoring.session import Outcome, Verdict
from grader.authoring.source import Cell

MIN_RIGHT, MIN_WRONG = 2, 4


def exercise(test: Cell, blank: Verdict, trials: Trials, marks: list[Mark]) -> ExerciseProof:
    """The proof of one exercise.

    Args:
        test: its test cell.
        blank: what the test said of the blank release.
        trials: what was tried.
        marks: the mutants that the answers file declares to be equivalent, or tolerates.
    """
    points = float(test.options["points"])
    solution = trials.solution[test.name]
    proof = ExerciseProof(test.name, points, seconds=solution.seconds, cases=solution.cases)
    if solution.points(points) != points:
        proof.problems.append(f"the solution earns {solution.points(points):g} of {points:g}: {_why(solution)}")
    if blank.points(points) != 0:
        proof.problems.append(f"the blank release earns {blank.points(points):g} points")
    proof.problems += _other_secrets(proof, trials.drawn.get(test.name, {}))
    _judge_answers(proof, solution, trials)
    judge_variants.judge(proof, test, trials)
    _judge_mutants(proof, trials.mutants.get(test.name, []), marks)
    proof.repetition = trials.repetitions.get(test.name, Repetition(0))
    proof.problems += [f"with other seeds the solution loses points ({f})" for f in proof.repetition.failures[:3]]
    return proof


def _judge_answers(proof: ExerciseProof, solution: Verdict, trials: Trials) -> None:
    mine = [(answer, verdicts) for answer, verdicts in trials.answers if answer.exercise == proof.name]
    for answer, verdicts in mine:
        problems = _misjudged_anywhere(answer, verdicts, solution, proof.points)
        problems += [f"costs points in {loser}" for loser in trials.spilled.get(answer.line, [])]
        where = f"{answer.verdict} answer, line {answer.line} ({answer.label})"
        proof.problems += [f"{where}: {problem}" for problem in problems]
        if answer.verdict == "wrong":
            proof.mistakes.append(WrongAnswer(answer.label, answer.loses, answer.hint))
        if not problems and answer.verdict == "right":
            proof.right += 1
        elif not problems:
            proof.wrong += 1
    counts = Counter(answer.verdict for answer, _ in mine)
    if counts["right"] < MIN_RIGHT:
        proof.problems.append(f"only {counts['right']} right answers; {MIN_RIGHT} are asked for")
    if counts["wrong"] < MIN_WRONG:
        proof.problems.append(f"only {counts['wrong']} wrong answers; {MIN_WRONG} are asked for")


def _other_secrets(proof: ExerciseProof, drawn: dict[str, Outcome]) -> Iterator[str]:
    """What the solution loses with the other secrets, if it loses nothing with the first."""
    proof.secrets = max(1, len(drawn))
    lost = {secret: _why(outcome) for secret, outcome in drawn.items() if not _earns(outcome, proof.points)}
    if three_secrets.SECRETS[0] not in lost:
        for secret, why in lost.items():
            yield f"with the secret {secret!r} the solution loses points ({why}): that case holds by luck"


def _misjudged_anywhere(answer: Answer, verdicts: dict[str, Outcome], solution: Verdict, points: float) -> list[str]:
    """What the test said otherwise than it must, and with which secret, if not with all of them."""
    found = {secret: _misjudged(answer, outcome, solution, points) for secret, outcome in verdicts.items()}
    first, *others = found.values()
    if all(problems == first for problems in others):
        return first
    return [f"with the secret {secret!r}: {problem}" for secret, problems in found.items() for problem in problems]


def _earns(outcome: Outcome, points: float) -> bool:
    return not isinstance(outcome, forks.Lost) and outcome.points(points) == points


def _misjudged(answer: Answer, verdict: Outcome, solution: Verdict, points: float) -> list[str]:
    """What the exercise's own test said otherwise than it must."""
    if isinstance(verdict, forks.Lost):
        return [verdict.reason]
    lost = set(verdict.lost or (solution.cases if verdict.error else ()))
    if answer.verdict == "right":
        return [] if verdict.points(points) == points else [f"loses {sorted(lost)}: {_why(verdict)}"]
    problems = []
    if unknown := set(answer.loses) - set(solution.cases):
        problems.append(f"names cases that do not exist: {sorted(unknown)}")
    if missed := set(answer.loses) - lost - unknown:
        problems.append(f"passes {sorted(missed)}, which it should lose")
    if surplus := lost - set(answer.loses):
        problems.append(f"also loses {sorted(surplus)}")
    if answer.hint and answer.hint.lower() not in verdict.text.lower():
        problems.append(f"the student is not told {answer.hint!r}")
    return problems


def _judge_mutants(proof: ExerciseProof, found: list[tuple[Mutant, Outcome]], marks: list[Mark]) -> None:
    """A survivor is a problem, unless it is marked; a mark that meets no survivor is one too."""
    marked = {change: mark for mark in marks for change in mark.changes}
    unmet = dict(marked)
    for mutant, verdict in found:
        change = mutant.before, mutant.after
        if caught_by := _caught_by(verdict, proof.points):
            proof.mutants.append(MutantResult(mutant.operator, *change, "caught", caught_by))
            continue
        unmet.pop(change, None)
        fate = marked[change].fate if change in marked else "survived"
        proof.mutants.append(MutantResult(mutant.operator, *change, fate))
        if change not in marked:
            proof.problems.append(f"a mutant survives ({mutant.operator}): {_shown(change)}. Add a case, or mark it.")
    if found:
        proof.problems += [_unmet(mark, change) for change, mark in unmet.items()]


def _caught_by(verdict: Outcome, points: float) -> tuple[str, ...]:
    """What caught a mutant; empty if it earned everything."""
    if isinstance(verdict, forks.Lost):
        return (verdict.reason,)
    if verdict.points(points) == points:
        return ()
    return verdict.lost or (verdict.error or "the score",)


def _unmet(mark: Mark, change: tuple[str, str]) -> str:
    return f"line {mark.line} marks a mutant as {mark.fate} that does not survive: {_shown(change)}. Remove the mark."


def _shown(change: tuple[str, str]) -> str:
    before, after = (part.replace("\n", " / ") for part in change)
    return f"`{before}` made `{after}`"


def _why(verdict: Outcome) -> str:
    if isinstance(verdict, forks.Lost):
        return verdict.reason
    return verdict.error or ", ".join(verdict.lost) or "no reason given"
