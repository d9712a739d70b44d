"""CHANGELOG.md: an entry for the version of the package, and in each entry first what changes points."""

from __future__ import annotations

import re
import tomllib

from packaging.version import Version
from support.tiny_project import ROOT

PAGE = (ROOT / "CHANGELOG.md").read_text("utf-8")
PARTS = ["What changes points", "What instructors notice", "What students notice"]


def test_the_first_entry_is_of_the_present_version_and_the_newest() -> None:
    present = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    versions = re.findall(r"^## (\S+)$", PAGE, re.MULTILINE)
    assert versions[0] == present
    assert versions == sorted(set(versions), key=Version, reverse=True)


def test_each_entry_says_first_what_changes_points_and_whether_to_grade_again() -> None:
    for entry in re.split(r"^## \S+$", PAGE, flags=re.MULTILINE)[1:]:
        assert re.findall(r"^### (.*)$", entry, re.MULTILINE) == PARTS
        assert "| since | change | regrade |" in entry.split("### What instructors notice")[0]
