"""The result of `course prove` as a table for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from grader.authoring.prove import ModuleProof


def show(proof: ModuleProof, console: Console) -> None:
    """Print one row per exercise, then every problem in full."""
    table = Table(title=f"{proof.module}: the proof of its tests", title_justify="left")
    table.add_column("exercise", no_wrap=True)
    for heading in ("points", "right", "wrong", "test"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for e in proof.exercises:
        verdict = "[red]✗ not proved[/red]" if e.problems else "[green]✓ proved[/green]"
        table.add_row(e.name, f"{e.points:g}", str(e.right), str(e.wrong), f"{1000 * e.seconds:.0f} ms", verdict)
    console.print(table)
    for problem in proof.problems:
        console.print(f"✗ {problem}", style="red", markup=False, highlight=False)
    right, wrong = (sum(getattr(e, kind) for e in proof.exercises) for kind in ("right", "wrong"))
    console.print(f"{right} right answers pass, {wrong} wrong answers are caught, problems: {len(proof.problems)}.")
