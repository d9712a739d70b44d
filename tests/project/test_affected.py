"""`make check` chooses the tests of what changed, in a small repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.affected import OF_EVERY_MODULE, changed, notebooks, users_in_tests

FILES = {
    "course_lib/vis/__init__.py": "from course_lib.vis.strips import strips",
    "course_lib/vis/strips.py": "def strips(): ...",
    "course_lib/report.py": "from course_lib.vis import strips",
    "course_lib/page.py": "from course_lib.report import text",
    "course_lib/book.py": "import course_lib.page",
    "tests/conftest.py": "from course_lib import vis\nvis.strips()",
    "tests/support/drawn.py": "from course_lib import vis\nvis.strips()",
    "tests/vis/test_calls.py": "from course_lib import vis\ndef test(): vis.strips()",
    "tests/vis/test_imports.py": "from course_lib.vis.strips import strips",
    "tests/vis/test_other.py": "from course_lib import vis\ndef test(): vis.bars()",
    "tests/vis/test_says.py": "# of strips",
    "tests/vis/test_helped.py": "from support.drawn import picture",
    "tests/report/conftest.py": "import os",
    "tests/report/test_report.py": "from course_lib import report",
    "tests/report/test_page.py": "from course_lib import page",
    "tests/report/test_book.py": "import course_lib.book",
    "tests/report/helper.py": "",
    "tests/report/test_with_helper.py": "from helper import made",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        (
            "course_lib/vis/strips.py",
            {"vis/test_calls", "vis/test_imports", "vis/test_helped", "report/test_report"},
        ),
        ("course_lib/report.py", {"report/test_report", "report/test_page"}),
        ("course_lib/book.py", {"report/test_book"}),
        ("tests/support/drawn.py", {"vis/test_helped"}),
        ("tests/report/helper.py", {"report/test_with_helper"}),
        ("tests/report/conftest.py", {f"report/test_{name}" for name in ("report", "page", "book", "with_helper")}),
        ("tests/conftest.py", set()),
        ("tests/vis/test_says.py", {"vis/test_says"}),
        ("course_lib/data/picture.png", set()),
    ],
)
def test_the_tests_that_use_a_file(root: Path, name: str, chosen: set[str]) -> None:
    files = set(users_in_tests(root, [name])) - {OF_EVERY_MODULE}
    assert files == {f"tests/{stem}.py" for stem in chosen}


def test_what_is_said_of_every_module_of_the_library_is_looked_at(root: Path) -> None:
    assert OF_EVERY_MODULE in users_in_tests(root, ["course_lib/book.py"])
    assert OF_EVERY_MODULE not in users_in_tests(root, ["tests/vis/test_says.py"])


def test_the_notebook_of_a_source() -> None:
    names = ["lectures/01_a.md", "solutions/02_b.answers.md", "solutions/01_a.md", "docs/coverage.md", "README.md"]
    assert notebooks(names) == ["01_a", "02_b"]


def test_changed_is_what_differs_from_where_the_branch_left_main(root: Path) -> None:
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "all")
    assert changed(root) == []
    git(root, "checkout", "-b", "mine")
    for name in ("committed", "staged", "unstaged", "removed"):
        (root / f"{name}.py").write_text("1", "utf-8")
        git(root, "add", f"{name}.py")
        if name != "staged":
            git(root, "commit", "-m", name)
    (root / "unstaged.py").write_text("2", "utf-8")
    (root / "removed.py").unlink()
    (root / "not known.py").write_text("1", "utf-8")
    assert changed(root) == ["committed.py", "not known.py", "staged.py", "unstaged.py"]
    git(root, "checkout", "--detach")
    git(root, "branch", "-D", "main")
    assert changed(root) == ["not known.py", "unstaged.py"]
