"""What is let into the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.sandbox_tools import PROGRAM, ROOT

from grader import import_graph
from grader.engine.sandbox import allowlist


def test_of_the_grader_only_what_the_students_process_imports() -> None:
    shown = {tree.target for tree in allowlist.trees(PROGRAM)}
    assert f"{allowlist.COURSE}/grader/engine/sandbox/zygote.py" in shown
    assert f"{allowlist.COURSE}/attack_student.py" in shown
    for name in ("authoring", "exchange", "cli.py", "engine/tester", "engine/pool.py", "engine/sandbox/bwrap.py"):
        assert not any(path.startswith(f"{allowlist.COURSE}/grader/{name}") for path in shown), name


def test_nothing_shown_leads_to_the_checkout() -> None:
    for tree in allowlist.trees(PROGRAM):
        if tree.source is not None:
            assert not ROOT.is_relative_to(tree.source) or _hidden(ROOT), tree
            assert Path(tree.source) not in (ROOT, ROOT / "solutions", ROOT / "grader")


def _hidden(path: Path) -> bool:
    return any(tree.source is None and path.is_relative_to(tree.target) for tree in allowlist.trees(PROGRAM))


def test_a_checkout_inside_of_the_prefix_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when everything lies in /usr/src, or a virtual environment was made around the checkout."""
    monkeypatch.setattr(allowlist, "interpreter_directories", lambda: [str(ROOT.parent), str(ROOT / "tests")])
    trees = {tree.target: tree for tree in allowlist.trees(PROGRAM)}
    order = list(trees)
    assert trees[str(ROOT)].source is None
    # An environment within the checkout is laid on top of the cover again.
    assert order.index(str(ROOT.parent)) < order.index(str(ROOT)) < order.index(str(ROOT / "tests"))


def test_imports_are_followed(tmp_path: Path) -> None:
    files = {
        "grader/__init__.py": "",
        "grader/a/__init__.py": "import os",
        "grader/a/start.py": "from grader.a import beside\nfrom grader.b.deep import name",
        "grader/a/beside.py": "def later():\n    import grader.c",
        "grader/b/__init__.py": "",
        "grader/b/deep.py": "name = 1",
        "grader/c.py": "",
        "grader/secret.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert import_graph.files(tmp_path, ["grader/a/start.py"], "grader") == files.keys() - {"grader/secret.py"}
