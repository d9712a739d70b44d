"""A test cell in a real Jupyter kernel, and the points that nbgrader reads from its output."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

SHARED = "import sys\nimport numpy as np\nfrom course_lib import check"
ANSWER = "def scale(x, k):\n    print('to stderr', file=sys.stderr)\n    return x * min(k, 3)"
TEST = """
with check.case("three times", points=1.5):
    check.close(scale(np.ones(2), 3), [3, 3])
### BEGIN HIDDEN TESTS
with check.case("four times"):
    check.close(scale(np.ones(2), 4), [4, 4])
### END HIDDEN TESTS
check.score(out_of=2.5)
"""


@pytest.fixture(scope="module")
def outputs():
    cells = [nbformat.v4.new_code_cell(source) for source in (SHARED, ANSWER, TEST)]
    NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=60, kernel_name="python3").execute()
    return cells[2].outputs


def test_nbgrader_reads_the_points(outputs):
    meta = {"nbgrader": {"grade": True, "solution": False, "points": 2.5, "grade_id": "scale", "schema_version": 3}}
    cell = nbformat.v4.new_code_cell(TEST, outputs=outputs, metadata=meta)
    assert determine_grade(cell) == (1.5, 2.5)


def test_the_table_stands_above_the_score(outputs):
    table, score = outputs[-2:]
    assert table.output_type == "display_data"
    assert "four times" in table.data["text/plain"]
    assert "(hidden)" in table.data["text/plain"]
    assert "scale(np.ones(2), 4)" not in str(table.data)
    assert score.output_type == "execute_result"
    assert score.data["text/plain"] == "1.5"
    assert score.data["text/html"] == "1.5 of 2.5 points"
