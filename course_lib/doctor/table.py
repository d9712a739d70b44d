"""The findings as a table, and below it what to do."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from course_lib.doctor.probes import Finding, State

_STYLES = {State.GOOD: "green", State.NOTE: "yellow", State.BROKEN: "bold red"}


def show(findings: Sequence[Finding], console: Console | None = None) -> int:
    """Print the findings; return the exit code: 0 when nothing that a student needs is broken, else 1."""
    console = console or Console()
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("What", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Found", overflow="fold")
    for finding in findings:
        table.add_row(finding.subject, Text(finding.state.value, style=_STYLES[finding.state]), Text(finding.found))
    console.print(table)
    for heading, state in (("To mend", State.BROKEN), ("If you need it", State.NOTE)):
        steps = dict.fromkeys((finding.subject, finding.mend) for finding in findings if finding.state is state)
        lines = [f"    {subject}: {mend}" for subject, mend in steps if mend]
        if lines:
            console.print(Text(heading, style="bold"))
            console.print(Text("\n".join([*lines, ""])), soft_wrap=True)  # a command must not be broken in two
    broken = list(dict.fromkeys(finding.subject for finding in findings if finding.state is State.BROKEN))
    if broken:
        console.print(Text(f"Not ready: {', '.join(broken)}."))
        return 1
    console.print(Text("Ready: everything that a student needs works."))
    return 0
