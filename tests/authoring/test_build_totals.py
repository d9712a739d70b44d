"""The totals of the classic nets on the claims page."""

from __future__ import annotations

from pathlib import Path

from support.tiny_project import ROOT

from grader.authoring import totals
from grader.authoring.project import Project


def test_every_line_of_the_test_is_a_line_of_the_page():
    lines = totals.section(Project(ROOT)).splitlines()
    assert "| `lenet5` | 61,706 | 416,520 | 15,626 |" in lines
    table = (ROOT / totals.TEST).read_text("utf-8").split("TOTALS = {")[1].split("}")[0]
    assert sum(line.startswith("| `") for line in lines) == table.count(": (")
    assert totals.section(Project(ROOT)) in (ROOT / "docs" / "claims.md").read_text("utf-8")


def test_a_project_without_nets_has_no_table(tmp_path: Path):
    assert totals.section(Project(tmp_path)) == ""
