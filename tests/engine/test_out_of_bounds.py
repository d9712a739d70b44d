"""Packages out of bounds: a submission can neither import nor read them, by whatever path; the tests of it can."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from support.sandbox_tools import PROGRAM, ROOT, SMALL, ask
from support.small_notebooks import answer, graded, notebook

from course_lib.errors import CourseError
from grader.engine.engine import Engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits, MiB
from grader.engine.pool import Pool
from grader.engine.sandbox import allowlist

FORBIDDEN = ("course_lib.autodiff", "course_lib.nn")
SENTENCE = "course_lib.nn is out of bounds in this assignment: you write it yourself here."
INSIDE = (
    "Max pooling; the stride is the kernel size when it is not given."  # stands in the source, and in its compiled form
)
assert any(INSIDE in path.read_text() for path in (ROOT / "course_lib" / "nn").glob("*.py"))

ROOMY = replace(SMALL, memory_bytes=1024 * MiB)  # the course's library maps NumPy and Matplotlib: 200 MiB

FIND = f"""
import gc, os, sys
INSIDE = {INSIDE!r}
def holds(path):
    try:
        with open(path, 'rb') as file:
            return INSIDE.encode() in file.read()
    except OSError:
        return False
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(replace(PROGRAM, out_of_bounds=FORBIDDEN)) as pool:
        yield pool


def said(pool: Pool, cell: str) -> str:
    with pool.start({}, ROOMY) as worker:
        ask(worker, FIND)
        return ask(worker, cell) or ""


IMPORTS = {
    "import": "import course_lib.nn",
    "from": "from course_lib.nn import dense",
    "submodule": "import course_lib.nn.dense",
    "import_module": "import importlib; importlib.import_module('course_lib.nn.pooling')",
    "reload": "import course_lib, importlib, sys, types; name = 'course_lib.nn'\n"
    "sys.modules[name] = types.ModuleType(name); importlib.reload(sys.modules[name])",
    "by path": "import importlib.util as u, sys\nimport course_lib\n"
    "s = u.spec_from_file_location('course_lib.nn', course_lib.__path__[0] + '/nn/__init__.py')\n"
    "s.loader.exec_module(u.module_from_spec(s))",
    "runpy": "import runpy; runpy.run_module('course_lib.nn.dense')",
    "without hooks": "import sys; from importlib.machinery import BuiltinImporter, PathFinder\n"
    "sys.meta_path[:] = [BuiltinImporter, PathFinder]; import course_lib.nn",
}


def test_what_the_parent_would_import_for_all_can_be_out_of_bounds_too() -> None:
    program = replace(PROGRAM, preload="grader.engine.student.imports:preload", out_of_bounds=("course_lib.vis",))
    with Pool(program) as pool:
        assert "course_lib.vis is out of bounds in this assignment" in said(pool, "from course_lib import vis")
        assert "check.equal" in said(pool, "from course_lib import check; print('check.' + check.equal.__name__)")


@pytest.mark.parametrize("cell", IMPORTS.values(), ids=IMPORTS)
def test_no_way_of_importing_finds_them(pool: Pool, cell: str) -> None:
    assert SENTENCE in said(pool, cell)


def test_the_parts_beside_them_can_be_imported(pool: Pool) -> None:
    cell = "from course_lib import check, claims, colab, data, vis; print('course_lib.nn' in sys.modules)"
    assert said(pool, cell) == "False\n"


READS = {
    "the import root": "walk('/opt')",
    "where it lies on this machine": f"walk({str(ROOT)!r})",
    "the packages": "walk(*{p for p in sys.path if 'packages' in p})",
    "a submodule by path": "[p for p in sys.path if holds(p + '/course_lib/nn/pooling.py')]",
    "memory": "[o for o in gc.get_objects() if getattr(type(o), '__module__', '').startswith('course_lib.nn')"
    " or isinstance(o, dict) and str(o.get('__name__', '')).startswith(('course_lib.nn.', 'course_lib.autodiff'))]",
    "loaded modules": "[m for m in sys.modules if m.startswith(('course_lib.nn', 'course_lib.autodiff'))]",
}


@pytest.mark.parametrize("cell", READS.values(), ids=READS)
def test_no_file_and_no_object_of_theirs_is_in_reach(pool: Pool, cell: str) -> None:
    walk = (
        "def walk(*roots):\n    return [f for r in roots for d, _, names in os.walk(r) for f in names"
        " if f.endswith(('.py', '.pyc', '.zip', '.whl')) and 'course_lib' in d and holds(d + '/' + f)]\n"
    )
    assert said(pool, f"{walk}import course_lib.check\nprint({cell})") == "[]\n"


def test_they_cannot_be_uncovered(pool: Pool) -> None:
    cell = (
        "import ctypes, course_lib; n = course_lib.__path__[0] + '/nn'\n"
        "print(ctypes.CDLL(None, use_errno=True).umount2(n.encode(), 2), os.listdir(n), os.access(n, os.W_OK))"
    )
    assert said(pool, cell) == "-1 ['__init__.py'] False\n"


def test_without_masks_the_same_look_finds_them() -> None:
    """Else the tests above would show nothing."""
    with Pool(PROGRAM) as pool:
        cell = "import course_lib.nn; print([p for p in sys.path if holds(p + '/course_lib/nn/pooling.py')])"
        assert said(pool, cell) == f"['{allowlist.COURSE}']\n"


def test_a_second_copy_of_the_library_is_masked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "site-packages"
    (installed / "course_lib" / "nn").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(installed)])
    entries = {tree.target: tree.source for tree in allowlist.trees(replace(PROGRAM, out_of_bounds=FORBIDDEN))}
    assert entries[f"{installed}/course_lib/nn"] == entries[f"{allowlist.COURSE}/course_lib/nn"] == str(allowlist.STUB)


@pytest.mark.parametrize("name", ["scipy", "course_lib.nowhere", "course_lib.claims", "course_lib"])
def test_what_cannot_be_masked_is_refused(name: str) -> None:
    with pytest.raises(CourseError, match="it is no package of the course's library"):
        allowlist.trees(replace(PROGRAM, out_of_bounds=(name,)))


@pytest.mark.parametrize("isolation", [Isolation.SANDBOX, Isolation.NONE])
def test_grading_takes_them_from_the_student_and_leaves_them_to_the_tests(isolation: Isolation) -> None:
    """The instructor's notebook decides, not the submission's metadata."""
    layers = "from course_lib import nn\nassert nn.Dense and f() == 1"
    made = notebook(answer("def f(): return 1", "f"), graded(layers), answer("import course_lib.nn", "g"))
    source = deepcopy(made)
    source.metadata["course"] = {"out_of_bounds": ["course_lib.nn"]}
    with Engine(isolation) as engine:
        engine.run(made, source, Limits())
    assert made.cells[1].outputs == []
    assert (made.cells[2].outputs[0].ename, made.cells[2].outputs[0].evalue) == ("ImportError", SENTENCE)
