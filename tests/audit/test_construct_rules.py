"""Each construct that is named beforehand passes in one kernel and fails in two; its neighbors are not named."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_notebooks import answer, graded, notebook

from grader.audit.construct_rules import CONSTRUCTS
from grader.audit.constructs import constructs
from grader.audit.two_ways import compare
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits

ANSWER = """\
import asyncio, logging, os, threading, warnings
import numpy as np

class Point:
    def __init__(self, x):
        self.x = x

def one():
    return 1

def f(x=1):
    '''Add one.

    >>> f(2)
    3
    '''
    return one() + x

async def later():
    return 7

def times(x):
    return scale * x

def scaled(x):
    return times(x)

def warn():
    warnings.warn("careful")

def log():
    logging.getLogger("answers").warning("hi")

def folder():
    return os.getcwd()

def thread():
    return threading.get_ident()

array = np.arange(6)
view = array[1:4]
point = Point(3)"""

DIFFERS = {
    "trace": "import sys\nseen = []\nsys.setprofile(lambda frame, *_: seen.append(frame.f_code.co_name))\nf()\n"
    "sys.setprofile(None)\nassert 'one' in seen",
    "gc": "import gc\nassert any(type(found).__name__ == 'Point' for found in gc.get_objects())",
    "pickle": "import pickle\nassert pickle.loads(pickle.dumps(point)).x == 3",
    "function parts": "def other(x=1):\n    return 42\nold = f.__code__\nf.__code__ = other.__code__\n"
    "assert f() == 42\nf.__code__ = old",
    "processes": "from multiprocessing import Pool\nwith Pool(1) as pool:\n    assert pool.map(f, [1]) == [2]",
    "warnings": "import warnings as w\nwith w.catch_warnings(record=True) as given:\n    w.simplefilter('always')\n"
    "    warn()\nassert given",
    "logging": "from logging import Handler, getLogger\nkept = []\nclass Keep(Handler):\n    emit = kept.append\n"
    "getLogger('answers').addHandler(Keep())\nlog()\nassert kept",
    "settings of the process": "import os\nbefore = os.getcwd()\nos.chdir('/')\ntry:\n    assert folder() == '/'\n"
    "finally:\n    os.chdir(before)",
    "thread": "import threading\nassert thread() == threading.get_ident()",
    "many calls": "for i in range(10**6):\n    assert f(i) == i + 1",
    "history": "assert 'class Point' in get_ipython().history_manager.input_hist_raw[1]",
    "hidden names": "scale = 2\nassert 1 == 1\n### BEGIN HIDDEN TESTS\nscale = 3\nassert scaled(2) == 6\n"
    "### END HIDDEN TESTS",
    "bytecode": "import dis\nassert any(step.argval == 'one' for step in dis.get_instructions(f))",
    "shared memory": "assert np.shares_memory(array, view)",
}

FAILS_IN_BOTH = {"notebook file": "assert open('answers.ipynb').read()"}
"""nbgrader's own grading leaves the notebook in the folder; ours gives no notebook to any process."""

SAME = [
    "def twice(self):\n    return 2 * self.x\nPoint.twice = twice\nassert Point(2).twice() == 4",
    "from unittest.mock import patch\nwith patch.object(Point, '__init__', lambda self: None):\n    Point()",
    "Point.twice = lambda self: 2 * self.x\nassert Point(2).twice() == 4",
    "assert 'class Point' in In[1] and In[-1].startswith('assert')",
    "assert f(1) == 2",
    "import pickle\nassert pickle.loads(pickle.dumps([1, 2])) == [1, 2]",
    "g = lambda: 1\ng.__name__ = 'own'\nassert g() == 1",
    "assert f.__code__.co_argcount == 1 and f.__globals__",
    "import asyncio\nasync def own():\n    return 3\nassert await own() == 3",
    "for i in range(100):\n    assert f(i) == i + 1",
    "total = 0\nfor i in range(10**6):\n    total += i\nassert total == f(total) - 1",
    "import os\nassert os.path.exists('.')",
    "Point.unit = 5\nassert Point(1).unit == 5",
    "### BEGIN HIDDEN TESTS\nx = 3\nassert f(x) == 4\n### END HIDDEN TESTS",
    "### BEGIN HIDDEN TESTS\nscale = 3\nassert f(scale) == 4\n### END HIDDEN TESTS",
    "import threading\nout = []\nt = threading.Thread(target=lambda: out.append(f(1)))\nt.start()\nt.join()\n"
    "assert out == [2]",
]


def notebook_of(sources):
    return notebook(answer(ANSWER), *(graded(source, name) for name, source in sources.items()))


@pytest.fixture(scope="module")
def compared():
    """All of them in one notebook, each in a cell of its own."""
    same = {f"same {place}": source for place, source in enumerate(SAME)}
    made = notebook_of(DIFFERS | FAILS_IN_BOTH | same)
    return {cell.name: cell for cell in compare(made, {}, Limits(cell_seconds=5), isolation=Isolation.NONE)}


@pytest.mark.parametrize("name", DIFFERS)
def test_it_passes_in_one_kernel_and_fails_in_two(compared, name):
    cell = compared[name]
    assert (cell.one.share, cell.two.share) == (1, 0), (cell.one.error, cell.two.error)


def test_no_notebook_lies_beside_an_answer(compared):
    cell = compared["notebook file"]
    assert cell.one.error.startswith("FileNotFoundError")
    assert cell.two.error.startswith("FileNotFoundError")


@pytest.mark.parametrize("place", range(len(SAME)))
def test_its_neighbors_pass_in_both(compared, place):
    cell = compared[f"same {place}"]
    assert (cell.one.share, cell.two.share) == (1, 1), (cell.one.error, cell.two.error)


@pytest.mark.parametrize("name", [construct.name for construct in CONSTRUCTS])
def test_it_is_named_with_its_remedy(name):
    (found,) = constructs(notebook_of({"cell": (DIFFERS | FAILS_IN_BOTH)[name]}))
    (construct,) = (one for one in CONSTRUCTS if one.name == name)
    assert (found.cell, found.sentence, found.remedy) == ("cell", construct.sentence, construct.remedy)
    assert found.code in (DIFFERS | FAILS_IN_BOTH)[name].split("\n")[found.line - 1]


@pytest.mark.parametrize("source", SAME)
def test_what_works_is_not_named(source):
    assert constructs(notebook_of({"cell": source})) == []


def test_a_cell_that_asks_for_the_kernel_is_left_out():
    marked = notebook(answer(ANSWER), graded(DIFFERS["gc"], "cell", in_kernel=True))
    assert constructs(marked) == []
    everywhere = notebook_of({"cell": DIFFERS["gc"]})
    everywhere.metadata["in_kernel"] = True
    assert constructs(everywhere) == []


def test_imports_count_magics_are_read_and_damaged_answers_stop_nothing():
    made = notebook(answer("from sys import settrace"), graded("%%time\nsettrace(None)", "cell"))
    assert [found.line for found in constructs(made)] == [2]
    made = notebook(answer("def f():\n    nonlocal x\n    x = 1"), answer("def", "other"), graded("%rerun", "cell"))
    assert [found.code for found in constructs(made)] == ["%rerun"]
    made = notebook(graded("\n\n%matplotlib inline\nimport sys\nsys.settrace(None)", "cell"))
    assert [(found.line, found.code) for found in constructs(made)] == [(5, "sys.settrace(None)")]


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda construct: construct.name)
def test_it_stands_in_the_documentation(construct):
    rows = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8").splitlines()
    (row,) = (row for row in rows if row.startswith(f"| {construct.name} | "))
    assert row.endswith(f" | {construct.sentence} | {construct.remedy} |")
