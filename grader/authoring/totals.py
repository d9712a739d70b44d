"""The totals of the classic nets: the claims page shows what a test asserts."""

from __future__ import annotations

import ast

from grader.authoring.project import Project

TEST = "tests/models/test_totals.py"
_HEAD = """
## Totals of the classic nets

What `models.account` counts in each net of `models.NETS`, for one picture. A multiply-add is two floating-point
operations. [{name}](../{test}#L{line}) asserts each number.

| net | parameters | multiply-adds | activations |
|---|---:|---:|---:|
"""


def section(project: Project) -> str:
    """The table `TOTALS` of the test, without running it; '' in a project without the test."""
    path = project.root / TEST
    if not path.exists():
        return ""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TOTALS":
            rows = [f"| `{net}` | {' | '.join(f'{n:,}' for n in counts)} |\n" for net, counts in _table(node).items()]
            return _HEAD.format(name=path.name, test=TEST, line=node.lineno) + "".join(rows)
    return ""


def _table(node: ast.Assign) -> dict[str, tuple[int, ...]]:
    table: dict[str, tuple[int, ...]] = ast.literal_eval(node.value)
    return table
