"""What importing the checks, and the last cell of an assignment in grading, cost: none of the slow modules."""

import subprocess
import sys

import pytest

CHECKS = """
import sys
import course_lib
from course_lib import check, claims
heavy = {"torch", "matplotlib", "IPython", "executing", "pandas", "scipy"} & set(sys.modules)
assert not heavy, heavy
check.close(1.0, 1.0)
try:
    check.close(None, 1.0)
except AssertionError as error:
    assert "did you forget `return`?" in str(error)
heavy = {"torch", "matplotlib", "IPython", "pandas", "scipy"} & set(sys.modules)
assert not heavy, heavy
"""
LAST_CELL = """
import sys
from course_lib import summary
summary.show("01_convolution")  # no test ran here, as in the process of a submission
heavy = {"nbformat", "jsonschema", "nbclient", "torch"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize("script", [CHECKS, LAST_CELL])
def test_the_import_is_light(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
