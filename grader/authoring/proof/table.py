"""The result of `course prove` for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from grader.authoring.proof.redundant import redundant_cases
from grader.authoring.proof.results import ModuleProof


def show(proof: ModuleProof, console: Console) -> None:
    """Print one row per exercise, then every problem in full."""
    table = Table(title=f"{proof.module}: the proof of its tests", title_justify="left", padding=(0, 0, 0, 1))
    table.add_column("exercise", no_wrap=True)
    for heading in ("points", "right", "wrong", "mutants", "marked", "repeats", "ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for e in proof.exercises:
        verdict = "[red]✗[/red]" if e.problems else "[green]✓[/green]"
        marked = e.count("equivalent") + e.count("tolerated")
        counts = (e.right, e.wrong, len(e.mutants), marked, e.repetition.times, round(1000 * e.seconds))
        table.add_row(e.name, f"{e.points:g}", *map(str, counts), verdict)
    console.print(table)
    for problem in proof.problems:
        console.print(f"✗ {problem}", style="red", markup=False, highlight=False)
    console.print(summary(proof), highlight=False)


def summary(proof: ModuleProof) -> str:
    """One sentence on a module."""
    right, wrong = (sum(getattr(e, kind) for e in proof.exercises) for kind in ("right", "wrong"))
    caught, same, tolerated = (proof.count(fate) for fate in ("caught", "equivalent", "tolerated"))
    mutants = sum(len(e.mutants) for e in proof.exercises)
    return (
        f"{right} right answers pass, {wrong} wrong answers are caught. Of {mutants} mutants {caught} are caught, "
        f"{same} do the same as the solution, {tolerated} are tolerated, {proof.count('survived')} survive "
        f"({100 * proof.caught_share:.1f} % of those that differ are caught). Problems: {len(proof.problems)}."
    )


def show_redundant(proof: ModuleProof, console: Console) -> None:
    """Print the cases that no proof would miss, each with its reason."""
    for exercise in proof.exercises:
        for case in redundant_cases(exercise):
            console.print(f"{exercise.name}: {case.name!r} {case.reason}", markup=False, highlight=False)
