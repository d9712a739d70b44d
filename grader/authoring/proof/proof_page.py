"""docs/proofs.md: what the proofs found, and the catalog of common mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.authoring.proof.proof_table import summary
from grader.authoring.proof.results import ExerciseProof, ModuleProof

_HEAD = """# The tests are proved

Made by `course prove --page`; do not edit it. Each test cell of the course is tried on answers that are right in
different ways, on answers that are wrong as students are wrong, and on *mutants*: the solution with one small change,
made mechanically. A right answer earns everything. A wrong one loses exactly the cases that it names. At least 95 % of
the mutants of a module are caught; those that no test can catch, since they do the same as the solution, and the few
that are not worth a case are marked in the answers file, with the reason. Each test is repeated with other seeds and
other secrets, where it draws random numbers.

The numbers count, not their form: the solution returns its results also in *other forms* (float32, a list, a tuple,
a tensor, a read-only array and so on, where that keeps the numbers), and earns everything in each of them, but where
the exercise says in its text what it insists on. And an answer must answer: what is *vacuous* (nothing, an empty list,
zeros of the right shape, the argument itself and so on) earns nothing, but for what stands below the table, with the
reason. The solution earns everything although its arguments hold nonsense after each call: no test reads them then. The
solution, its forms and the right answers run in the two interpreters that grade, too, and earn the same.

How to read a survivor, and what to do about it: [CONTRIBUTING](../CONTRIBUTING.md#when-a-mutant-survives).
"""
_COLUMNS = (
    "| exercise | points | right | wrong | mutants | caught | same as the solution | tolerated | other forms | vacuous "
    "| repeats | test takes |"
)
_RULE = f"|---|{11 * '---:|'}"


def page(proofs: Sequence[ModuleProof]) -> str:
    """The whole page. Times are rounded to what does not change from run to run on one machine."""
    parts = [_HEAD, *(_module(proof) for proof in proofs), "# Common mistakes\n", _CATALOG]
    parts += [_mistakes(proof) for proof in proofs]
    return "\n".join(parts)


def without_times(text: str) -> str:
    """The page without what differs from machine to machine, repeats and times, for comparison."""
    return "\n".join(line.rsplit("|", 3)[0] if line.count("|") == 13 else line for line in text.split("\n"))


_CATALOG = """What goes wrong, exercise by exercise, with the cases that are lost and the words by which the test
names the mistake. Each line is run against the tests, so the list is as true as they are.
"""


def _module(proof: ModuleProof) -> str:
    rows = [_row(exercise) for exercise in proof.exercises]
    allowed = [line for exercise in proof.exercises for line in _allowed(exercise)]
    table = [_COLUMNS, _RULE, *rows, "", *allowed, ""] if allowed else [_COLUMNS, _RULE, *rows, ""]
    return "\n".join([f"## {proof.module}\n", summary(proof) + "\n", *table])


def _allowed(e: ExerciseProof) -> Iterator[str]:
    """What the exercise insists on, and what vacuous answers earn, with the reasons."""
    if forms := [result.form for result in e.forms if result.fate in ("insisted", "lesson")]:
        yield f"- {e.name} judges the form, too: {', '.join(forms)}."
    for why in dict.fromkeys(result.why for result in e.vacuous if result.why):
        mine = [result for result in e.vacuous if result.why == why]
        cases = dict.fromkeys(case for result in mine for case in result.cases)
        earned = max(result.points for result in mine)
        who = ", ".join(result.answer for result in mine)
        yield f"- {e.name}: {who} earn up to {earned:g}, by {'; '.join(cases)}: {why}."


def _row(e: ExerciseProof) -> str:
    fates = (e.count("caught"), e.count("equivalent"), e.count("tolerated"))
    earning = sum(result.points > 0 for result in e.vacuous)
    tried = (len(e.forms), f"{len(e.vacuous)}, {earning} earn" if earning else len(e.vacuous))
    counts = (e.right, e.wrong, len(e.mutants), *fates, *tried)
    cells = (e.name, f"{e.points:g}", *counts, e.repetition.times, _time(e.seconds))
    return f"| {' | '.join(map(str, cells))} |"


def _time(seconds: float) -> str:
    return next((f"< {bound:g} s" for bound in (0.1, 1, 5, 20) if seconds < bound), f"{seconds:.0f} s")


def _mistakes(proof: ModuleProof) -> str:
    return "\n".join([f"## {proof.module}: what goes wrong\n", *_lines(proof), ""])


def _lines(proof: ModuleProof) -> Iterator[str]:
    for exercise in proof.exercises:
        yield f"### {exercise.name}\n"
        yield "| mistake | loses | the student reads |"
        yield "|---|---|---|"
        for wrong in exercise.mistakes:
            cells = (wrong.mistake, "; ".join(wrong.loses), wrong.hint or "got and expected")
            yield f"| {' | '.join(map(_cell, cells))} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")
