"""Text of a submission that pandas or the operating system would run is not run in the tester."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, engine, error, graded, notebook

from grader.engine.limits import Limits

WAYS = {
    "query": ("'x > @np.zeros(1)[0]'", "assert len(frame.query(f())) == 3"),
    "an attribute": ("'x.gt(0)'", "assert frame.eval(f()).all()"),
    "eval": ("'@expected'", "assert frame.eval(f()) == expected"),
    "a name of the test": ("'expected'", "assert pd.eval(f()) == expected"),
    "a command": ("'true && true'", "import os\nassert os.system(f()) == 0"),
    "a program": ("'/bin/true'", "import subprocess\nassert subprocess.run([f()]).returncode == 0"),
}
MADE = "import pandas as pd\nframe, expected = pd.DataFrame({'x': [1, 2, 3]}), 7\n"


def errors(student: str, *tests: str) -> list[str]:
    cells = [graded(MADE + test, f"t{number}") for number, test in enumerate(tests)]
    made = notebook(answer(f"import numpy as np\ndef f(): return {student}"), *cells)
    engine().run(made, made, Limits(cell_seconds=20))
    return [error(cell) for cell in made.cells[1:]]


@pytest.mark.parametrize("way", WAYS)
def test_text_of_the_submission_is_not_run(way: str) -> None:
    text, test = WAYS[way]
    (said,) = errors(text, test)
    assert said.startswith("NotRunHere"), said
    assert "in_kernel" in said


def test_columns_and_text_of_the_test_are() -> None:
    tests = (
        "assert len(frame.query(f())) == 2",
        "least = 1\nassert len(frame.query('x > @least')) == 2 and frame.eval('x.sum()') == 6 and f() == 'x > 1'",
        "import os, subprocess, sys\nassert f() == 'x > 1' and os.system('true') == 0\n"
        "assert subprocess.run([sys.executable, '-c', '1']).returncode == 0",
    )
    assert errors("'x > 1'", *tests) == [""] * 3
