"""A course of nbgrader's with one assignment of one short notebook, which needs NumPy alone."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

ANSWER = "def mean(x):\n    ### BEGIN SOLUTION\n    return np.mean(x)\n    ### END SOLUTION"
TESTS = """\
rng = np.random.default_rng(0)
x = rng.standard_normal((3, 4))
np.testing.assert_allclose(mean(x), x.mean())
### BEGIN HIDDEN TESTS
assert mean(np.arange(5)) == 2
### END HIDDEN TESTS"""


def write_course(folder: Path, *lines: str) -> Path:
    """Write the course, with these lines in its `nbgrader_config.py`."""
    part = {"schema_version": 3, "locked": False, "grade": False, "solution": False}
    cells = [new_code_cell("import numpy as np"), new_code_cell(ANSWER), new_code_cell(TESTS)]
    cells[1].metadata["nbgrader"] = part | {"grade_id": "mean", "solution": True}
    cells[2].metadata["nbgrader"] = part | {"grade_id": "mean_tests", "grade": True, "locked": True, "points": 2}
    source = folder / "source" / "ps1" / "problem.ipynb"
    source.parent.mkdir(parents=True)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), source)
    (folder / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines, ""]), "utf-8")
    return folder
