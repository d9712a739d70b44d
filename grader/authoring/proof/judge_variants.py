"""Judge what other forms of right results and nonsense in arguments lost, and what answers of nothing earned."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from grader.authoring import code, forks
from grader.authoring.allowances import Allowance, allowances, insistence
from grader.authoring.proof import in_two
from grader.authoring.proof.results import ExerciseProof, FormResult, VacuousResult
from grader.authoring.proof.trials import Trials
from grader.authoring.returned.vacuous import VACUOUS
from grader.authoring.session import Outcome
from grader.authoring.source import Cell

_MOST_TOLD = 160  # characters of what the student would read


def judge(proof: ExerciseProof, test: Cell, trials: Trials) -> None:
    """Add to the proof what became of forms, of nonsense in the arguments, and of vacuous answers."""
    forms, vacuous = trials.forms.get(test.name, {}), trials.vacuous.get(test.name, {})
    proof.problems += _judge_forms(proof, test, forms)
    if test.name in trials.scribbled:
        proof.problems += _judge_scribbled(test, trials.scribbled[test.name])
    allowed = allowances(test)
    proof.vacuous = [_vacuous(kind, outcome, proof.points, allowed) for kind, outcome in vacuous.items()]
    proof.problems += _without_reason(proof)
    proof.problems += _unmet(proof.vacuous, allowed)


def judge_in_two(proof: ExerciseProof, told: list[in_two.Told]) -> None:
    """Add to the proof what earned something else in two interpreters than in one."""
    proof.in_two = len(told)
    for one in told:
        if one.earned != one.expected:
            proof.problems.append(
                f"{one.answer}: {one.earned:g} of {proof.points:g} points in two interpreters, as in grading, and "
                f"{one.expected:g} in one (the student reads: {one.text})"
            )


def form_cases(test: Cell) -> set[str]:
    """The names of the cases whose lesson is the form: those that call `check.form`."""
    found = set()
    for node in ast.walk(code.parse(test.source)):
        if isinstance(node, ast.With):
            named = [call for item in node.items for call in code.method_calls(item, "check") if call.name == "case"]
            judges_form = any(call.name == "form" for part in node.body for call in code.method_calls(part, "check"))
            found |= {str(code.literal(call.node.args[0])) for call in named if judges_form and call.node.args}
    return found


def fate_of(test: Cell, form: str, lost: Iterable[str], earned_all: bool) -> FormResult:
    """What became of a form that lost these cases, or earned everything."""
    lost, insists = tuple(lost), insistence(test)
    if earned_all:
        return FormResult(form, "right")
    if insists and form in insists.forms:
        return FormResult(form, "insisted", lost)
    return FormResult(form, "lesson" if len(lost) == 1 and set(lost) <= form_cases(test) else "lost", lost)


def _judge_forms(proof: ExerciseProof, test: Cell, forms: dict[str, Outcome]) -> Iterator[str]:
    for form, outcome in forms.items():
        if isinstance(outcome, forks.Lost):
            result, told = FormResult(form, "lost", (outcome.reason,)), ""
        else:
            lost = (outcome.error,) if outcome.error else outcome.lost
            result = fate_of(test, form, lost, outcome.points(proof.points) == proof.points)
            told = _shown(next(iter(outcome.told), ""))
        proof.forms.append(result)
        if result.fate == "lost":
            yield (
                f"the solution's results as {form} lose {_listed(result.lost)}{told}. Judge their values whatever "
                f"their form; or say in the text what the exercise insists on, and with the test "
                f'`:insists_on: {{forms: [{form}], says: "words of that text"}}`.'
            )
    insists = insistence(test)
    taken = {result.form for result in proof.forms if result.fate == "insisted"}
    for form in insists.forms if insists and forms else ():
        if form not in taken:
            yield f"`:insists_on:` names {form}, by which nothing is lost: take it out."


def _judge_scribbled(test: Cell, outcome: Outcome) -> Iterator[str]:
    """What nonsense in the arguments costs was computed of them after the call."""
    if isinstance(outcome, forks.Lost) or outcome.error:
        reason = outcome.reason if isinstance(outcome, forks.Lost) else outcome.error
        yield f"with nonsense in the solution's arguments after each call, the test ends: {reason}"
        return
    for case, told in zip(outcome.lost, outcome.told, strict=True):
        yield (
            f"{case!r}, line {_line_of(test, case)}, reads an argument after a call, which may have changed it in "
            f"place: the solution loses it when its arguments hold nonsense then{_shown(told)}. Compute what is "
            "expected before the call, or call with a copy."
        )


def _line_of(test: Cell, case: str) -> int:
    """The line of the file that has the name of a case; that of the test where the name is put together."""
    tree = code.parse(test.source)
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == case)
    return test.line + next((text.lineno - 1 for text in texts), 0)


def _shown(told: str) -> str:
    """What the student would read, on one line."""
    line = " ".join(told.split())
    shown = line if len(line) <= _MOST_TOLD else f"{line[:_MOST_TOLD]}..."
    return f" (the student reads: {shown})" if line else ""


def _vacuous(kind: str, outcome: Outcome, points: float, allowed: list[Allowance]) -> VacuousResult:
    if isinstance(outcome, forks.Lost) or outcome.points(points) == 0:
        return VacuousResult(kind, 0.0)
    reasons = [one.why for one in allowed if kind in one.by and set(outcome.passed) & set(one.cases)]
    covered = {case for one in allowed if kind in one.by for case in one.cases}
    why = "; ".join(reasons) if outcome.passed and covered >= set(outcome.passed) else ""
    return VacuousResult(kind, outcome.points(points), outcome.passed, why)


def _without_reason(proof: ExerciseProof) -> Iterator[str]:
    """One problem for all kinds that earn the same cases."""
    by_cases: dict[tuple[str, ...], list[VacuousResult]] = {}
    for result in proof.vacuous:
        if result.points and not result.why:
            by_cases.setdefault(result.cases, []).append(result)
    for cases, results in by_cases.items():
        who = ", ".join(f"{result.answer} ({VACUOUS[result.answer]})" for result in results)
        kinds = ", ".join(result.answer for result in results)
        yield (
            f"what answers nothing earns {results[0].points:g} of {proof.points:g}, by {_listed(cases)}: {who}. "
            f"Let the case ask for more; or say with the test why it may: "
            f"`:may_earn: [{{by: [{kinds}], cases: [...], why: ...}}]`."
        )


def _unmet(results: list[VacuousResult], allowed: list[Allowance]) -> Iterator[str]:
    earned = {(result.answer, case) for result in results for case in result.cases}
    for allowance in allowed if results else ():
        unmet = [f"{kind} {case!r}" for kind in allowance.by for case in allowance.cases if (kind, case) not in earned]
        if unmet:
            yield f"`:may_earn:` allows what is not earned ({'; '.join(unmet)}): take it out."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "the whole score"
