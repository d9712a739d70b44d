"""What the parents import before they fork: no submission pays for it."""

from __future__ import annotations

from support.small_notebooks import cell, notebook, run


def test_a_traceback_imports_nothing() -> None:
    """A process imports a dozen packages for its first traceback, unless its parent has formatted one."""
    before = "import sys\nbefore = {*sys.modules, *sys.stdlib_module_names}"
    after = "print(*({*sys.modules} - before))"
    made = notebook(*(cell(source) for source in (before, "1 / 0", after)))
    run(made)
    assert [output.ename for output in made.cells[1].outputs] == ["ZeroDivisionError"]
    assert [output.text for output in made.cells[2].outputs] == ["\n"]
