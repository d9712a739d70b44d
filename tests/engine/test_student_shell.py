"""The student's shell shows what a fresh ipykernel shows: the course's own notebooks, and a page of odd cells."""

from __future__ import annotations

import copy
from itertools import takewhile
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from support.fresh_kernel import Executed, fresh_kernel
from support.same_outputs import comparable
from support.small_notebooks import engine

from grader.engine.cell_plan import Place, Plan
from grader.engine.limits import Limits
from grader.engine.notebook_run import NotebookRun

ROOT = Path(__file__).parents[2]
_SOLUTIONS = sorted(ROOT.glob("solutions/*/*.ipynb"))
COURSE = [ROOT / "lectures" / "01_convolution.ipynb", _SOLUTIONS[0], _SOLUTIONS[-1]]
"""The oldest and the newest of what the engine runs, and one lecture, since it shows more: pages that move, marks,
folded cells. Every solution runs in the engine where its tests are proved, and in a fresh kernel in test_notebooks."""
_TRAINS = "## 9. Why it works, measured"
"""Here the lecture begins to train nets, half of its time, and shows nothing of another kind than before."""

ODD = [
    "import sys\nprint('out'); print('err', file=sys.stderr); print('out again')",
    "1 + 1",
    "'a'; None",
    "'quiet';",
    "'quiet'; # still",
    "'not quiet; not at all'",
    "x = [1, 2, 3]\nx",
    "import os",
    "!echo shell; echo problem >&2",
    "files = !printf 'a\\nb\\n'\nfiles",
    "%%bash\necho bash\necho error >&2",
    "%%capture captured\nprint('hidden')",
    "captured.stdout",
    "%who_ls",
    "%%writefile made.txt\nhello",
    "open('made.txt').read()",
    "%cat made.txt",
    "1/0",
    "def f(n):\n    return 1 / n\n\ndef g(n):\n    return f(n)\ng(0)",
    "x = (",
    "raise KeyError('missing')",
    "undefined_name",
    "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('chained') from e",
    "raise ExceptionGroup('many', [ValueError(1), TypeError(2)])",
    "import warnings\nwarnings.warn('careful')",
    "from IPython.display import HTML, Markdown, clear_output, display, update_display\n"
    "display(HTML('<b>bold</b>'))\ndisplay(Markdown('*m*'))",
    "display({'a': 1}, display_id='one')",
    "h = display('before', display_id='two')\nprint('between')\nh.update('after')",
    "update_display('changed from another cell', display_id='one')",
    "print('gone')\nclear_output()\nprint('stays')",
    "print('gone')\nclear_output(wait=True)\nprint('replaces')",
    "print('stays')\nclear_output(wait=True)",
    "class Rich:\n    def _repr_html_(self): return '<i>rich</i>'\n    def _repr_png_(self): return b'\\x89PNG\\r\\n'\n"
    "    def __repr__(self): return 'Rich()'\nRich()",
    "class Broken:\n    def _repr_html_(self): raise ValueError('broken repr')\nBroken()",
    "class Worse:\n    def __repr__(self): raise ValueError('broken repr')\nWorse()",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 4])\nplt.title('$x^2$')",
    "fig, ax = plt.subplots(figsize=(2, 1))\nax.plot([3, 1, 2])\nplt.show()\nprint('after the figure')",
    "fig, ax = plt.subplots(figsize=(2, 1))\nfig",
    "plt.figure(figsize=(1, 1)); plt.plot([1]);\nplt.figure(figsize=(1, 1)); plt.plot([2]);",
    "fig, ax = plt.subplots(figsize=(2, 1))\n1/0",
    "import asyncio\nawait asyncio.sleep(0.01)\nprint('awaited')",
    "async def a():\n    return 42\nawait a()",
    "later = a()\ntry:\n    asyncio.run(later)\nexcept RuntimeError as e:\n    print(e)\nawait later",
    "asyncio.get_event_loop().is_running()",
    "task = asyncio.create_task(a())\nawait task",
    "sys.exit(3)",
    "raise KeyboardInterrupt",
    "_",
    "Out[2]",
    "In[2]",
    "get_ipython().__class__.__name__",
    "len?",
    "print('no newline', end='')",
    "print('a\\rb')",
    "import numpy as np\nnp.arange(3)",
    "np.float64(3)",
    "import torch\ntorch.ones(2)",
    "print('x' * 10)\nprint('y', file=sys.stderr)\n3",
    "sys.stdout.isatty(), sys.stdout.encoding, sys.stdin is None, __name__",
    "import multiprocessing as mp\nc = mp.get_context('fork')\nq = c.SimpleQueue()\n"
    "p = c.Process(target=q.put, args=(1,)); p.start(); p.join(); q.get()",
    "import threading\nt = threading.Thread(target=lambda: print('from a thread')); t.start(); t.join()",
    "import logging\nlogging.warning('logged')",
    "%nosuchmagic",
    "%load_ext nosuch",
    "import json\njson.loads('{')",
    "np.ones((2, 3)) @ np.ones((2, 3))",
    "assert 1 == 2, 'why'",
    "os.environ.get('MPLBACKEND'), os.environ['TERM'], os.environ['PAGER']",
    "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nP(3)",
    "import pickle\npickle.loads(pickle.dumps(P(4)))",
    "{'b': {1, 2}, 'a': (1,)}",
    "lambda: 1",
    "print(*range(3), sep='\\n'); display(1); print('z')",
    "del x\nx",
    "display(1, 2, 3)",
    "class Loud:\n    def _ipython_display_(self): print('I show myself')\nLoud()",
    "%config InlineBackend.figure_format = 'svg'\nplt.rcParams['svg.hashsalt'] = 'x'",
    "import math\nmath.nan, {'n': float('inf')}",
    "display({'application/json': {'a': [1, None]}, 'text/plain': 'json'}, raw=True)",
]
"""Not on the page, since they differ on purpose or by nature: `exit()`, which ends a kernel; `input()`, whose traceback
shows a file of ipykernel; endless recursion, whose depth is counted from the bottom; output of a background task
between two cells; what is written to `sys.stdout.fileno()`, which ipykernel loses; what is written to file descriptors,
which a thread of ipykernel's shows when it comes to it, at times in the next cell; and the state of widgets."""

DESCRIPTORS = {
    "import os\n_ = os.write(1, b'fd one\\n')": ("stdout", "fd one\n"),
    "_ = os.write(2, b'fd two\\n')": ("stderr", "fd two\n"),
    "import subprocess\n_ = subprocess.run('echo from a child', shell=True)": ("stdout", "from a child\n"),
    "_ = subprocess.run('echo to stderr >&2', shell=True)": ("stderr", "to stderr\n"),
}


def by_the_engine(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """All code cells in one student process."""
    places = tuple(Place.STUDENT if cell.cell_type == "code" else Place.NOWHERE for cell in notebook.cells)
    made = engine()
    pool = made.start()
    assert made._testers is not None
    with NotebookRun(notebook, Plan(places), pool, made._testers, Limits(), folder) as run:
        run.run()
    return notebook


def differences(ours: NotebookNode, theirs: NotebookNode) -> list[tuple[str, list[str], list[str]]]:
    found = []
    for mine, other in zip(ours.cells, theirs.cells, strict=True):
        if mine.cell_type == "code":
            compare = kinds if "timed" in mine.metadata.get("tags", []) else comparable
            pair = compare(mine.outputs), compare(other.outputs)
            if pair[0] != pair[1] or mine.execution_count != other.execution_count:
                found.append((mine.source, [p[:2000] for p in pair[0]], [p[:2000] for p in pair[1]]))
    return found


def kinds(outputs: list[NotebookNode]) -> list[str]:
    """What can be compared of a cell that measures time, and is tagged so: its numbers differ from run to run."""
    return [f"{output.output_type} {sorted(output.get('data', {}))}" for output in outputs]


def test_a_page_of_odd_cells(tmp_path: Path) -> None:
    page = new_notebook(cells=[new_code_cell(source) for source in ODD])
    theirs = fresh_kernel(copy.deepcopy(page), tmp_path)
    assert differences(by_the_engine(page, tmp_path), theirs) == []


def test_what_is_written_to_a_descriptor_stands_in_its_cell(tmp_path: Path) -> None:
    page = by_the_engine(new_notebook(cells=[new_code_cell(source) for source in DESCRIPTORS]), tmp_path)
    shown = [[(output.name, output.text) for output in cell.outputs] for cell in page.cells]
    assert shown == [[expected] for expected in DESCRIPTORS.values()]


@pytest.mark.parametrize("path", COURSE, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_the_courses_own_notebooks(path: Path, tmp_path: Path, executed: Executed) -> None:
    ours, theirs = nbformat.read(path, as_version=4), executed(path)
    for notebook in (ours, theirs):
        notebook.cells = list(takewhile(lambda cell: not cell.source.startswith(_TRAINS), notebook.cells))
    assert differences(by_the_engine(ours, tmp_path), theirs) == []
