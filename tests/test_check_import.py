"""What importing the checks costs."""

import subprocess
import sys
import time

SCRIPT = """
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


def test_the_import_is_light():
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
    assert time.perf_counter() - started < 3  # 0.3 s on an idle machine; the bound leaves room for a busy one
