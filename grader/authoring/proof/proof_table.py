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
    for heading in ("points", "right", "wrong", "mutants", "forms", "empty", "runs"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for e in proof.exercises:
        verdict = "[red]✗[/red]" if e.problems else "[green]✓[/green]"
        lost = sum(result.fate == "lost" for result in e.forms)
        earning = sum(bool(result.points and not result.why) for result in e.vacuous)
        variants = (_of(len(e.forms), lost), _of(len(e.vacuous), earning))
        counts = (e.right, e.wrong, len(e.mutants), *variants, e.repetition.times)
        table.add_row(e.name, f"{e.points:g}", *map(str, counts), verdict)
    console.print(table)
    for problem in proof.problems:
        console.print(f"✗ {problem}", style="red", markup=False, highlight=False)
    console.print(f"{summary(proof)} Problems: {len(proof.problems)}.", highlight=False)


def _of(tried: int, wrong: int) -> str:
    """How many were tried, and how many of them did not come out as they must."""
    return f"{tried}, {wrong}✗" if wrong else f"{tried}"


def summary(proof: ModuleProof) -> str:
    """One sentence on a module."""
    right, wrong = (sum(getattr(e, kind) for e in proof.exercises) for kind in ("right", "wrong"))
    caught, same, tolerated = (proof.count(fate) for fate in ("caught", "equivalent", "tolerated"))
    mutants = sum(len(e.mutants) for e in proof.exercises)
    return (
        f"{right} right answers pass, {wrong} wrong answers are caught. Of {mutants} mutants {caught} are caught, "
        f"{same} do the same as the solution, {tolerated} are tolerated, {proof.count('survived')} survive "
        f"({100 * proof.caught_share:.1f} % of those that differ are caught)."
    )


def show_redundant(proof: ModuleProof, console: Console) -> None:
    """Print the cases that no proof would miss, each with its reason."""
    for exercise in proof.exercises:
        for case in redundant_cases(exercise):
            console.print(f"{exercise.name}: {case.name!r} {case.reason}", markup=False, highlight=False)
