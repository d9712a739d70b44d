"""What a hostile submission is: two exercises, the cells around them, and what it must come to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

MARK = f"mk-{uuid.uuid4().hex}"
"""Stands in the hidden tests, the gradebook and another submission; nothing that a submission writes may hold it."""

ESCAPED = f"escaped-{uuid.uuid4().hex}"
"""The name of files that must not come to be outside of the sandbox."""

TWICE = "def twice(x):\n    return 2 * x"
WRONG = "def twice(x):\n    return x"
TOTAL = """\
def total(values, f):
    if not values:
        raise ValueError("no values")
    return sum(f(v) for v in values)"""

# No pytest: importing it twice would take longer than all the rest of a submission.
SHARED = "import numpy as np\nfrom course_lib import check"

TWICE_TESTS = f"""\
import os
rng = np.random.default_rng(int.from_bytes(os.urandom(8), "big"))
secret = "{MARK}"
with check.case("a number", points=1):
    x = float(rng.normal())
    check.close(twice(x), 2 * x)
with check.case("an array", points=1):
    x = rng.normal(size=(3, 4))
    expected = 2 * x  # before the call, which may change x
    check.close(twice(x), expected)
with check.case("the same as NumPy says", points=1):
    x = rng.normal(size=6)
    expected = 2 * x
    np.testing.assert_allclose(twice(x), expected)
    assert isinstance(twice(x), np.ndarray)
check.score(out_of=3)"""

# A test in nbgrader's plain style: an error is zero points, no error is all of them.
TOTAL_TESTS = f"""\
secret, drawn = "{MARK}", [int(n) for n in np.random.default_rng().integers(1, 1000, size=5)]
def f(v):
    assert not (isinstance(v, str) and v == "no number"), secret
    return v + drawn[0]
assert total(drawn, f) == sum(drawn) + 5 * drawn[0]
assert abs(total([0.5], f) - 0.5 - drawn[0]) < 1e-9
np.testing.assert_allclose(total([np.array(drawn)], f), np.array(drawn) + drawn[0])
with np.testing.assert_raises(ValueError):
    total([], f)"""

# Tests in plain style that give the student's code a say: one calculates with a class that it names, the other enters
# a context of the student's.
OPERATOR_TESTS = f"""\
secret, start = "{MARK}", 2
v = Value(start) + 3
assert isinstance(v, Value)
check.close(v.data, 5)
assert abs(twice(3) - 6) < 1e-9
assert np.linalg.norm(twice(np.ones(4)) - 2) < 1e-9
assert twice(3) == 6 and not twice(3) != 6
assert sum((a - 2) ** 2 for a in twice(np.ones(4))) < 1e-9"""
MANAGER_TESTS = f"""\
secret = "{MARK}"
with opened() as values:
    assert twice(3) == 6, secret
with opened():
    np.testing.assert_allclose(twice(np.ones(3)), [2, 2, 2], err_msg=secret)
with opened(), check.case("a number", points=1):
    check.close(twice(1.5), 3)
assert check.score() == 1"""

# Tests that look at a result more than once, with other calls between.
LOOK_TESTS = f"""\
secret = "{MARK}"
got = twice([3, 1, 2])
assert set(got) == {{2, 4, 6}}, secret
twice([])
found = list(got)
assert all(found[k] < found[k + 1] for k in range(len(found) - 1)), secret"""

# Tests that go on with a generator which they gave away.
GENERATOR_TESTS = f"""\
import os
secret, rng = "{MARK}", np.random.default_rng(int.from_bytes(os.urandom(8), "big"))
dropped(np.ones(3), rng)
for _ in range(3):
    x = rng.standard_normal(5)
    expected = 2 * x
    check.close(twice(x), expected)"""

# Tests that read what the answer stored, and compare with a file that the author released.
STORED_TESTS = f"""\
import pickle
secret = "{MARK}"
with check.case("what it stored", points=3):
    with open("out.pkl", "rb") as file:
        check.close(pickle.load(file), [2, 4])
check.score(out_of=3)"""
RELEASED_TESTS = f"""\
secret = "{MARK}"
with check.case("as in the file", points=3), open("data.csv") as file:
    check.close(twice(3.0), 2 * float(file.read().split(",")[1]) + 2)
check.score(out_of=3)"""
COMMAND_TESTS = f"""\
secret = "{MARK}"
lines = !printf '%s' 6
with check.case("as a command says", points=3):
    check.close(twice(3.0), float(lines[0]))
check.score(out_of=3)"""

# A test that goes on however often a call ends the process.
DEADLY_TESTS = f"""\
secret = "{MARK}"
for n in range(12):
    with check.case(f"number {{n}}", points=0.25):
        check.close(twice(float(n)), 2.0 * n)
check.score(out_of=3)"""

# What attacks have at hand. `hunt` prints each hidden mark that it finds: that is what must never be seen.
TOOLS = r"""
import builtins, ctypes, gc, inspect, json, os, re, signal, socket, struct, subprocess, sys, threading, time

def hunt(data):
    if not isinstance(data, (bytes, bytearray)):
        data = str(data).encode("utf-8", "replace")
    for found in set(re.findall(rb"mk-[0-9a-f]{32}", data)):
        print("LEAKED", found.decode())

def attempt(action, *arguments):
    try:
        return "DONE", action(*arguments)
    except BaseException as error:
        return "REFUSED", type(error).__name__

def channel():
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + name).startswith("socket:"):
                found.append(socket.socket(fileno=os.dup(int(name))))
        except OSError:
            continue
    best = max(found, key=lambda s: s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
    best.settimeout(None)
    return best

def head(tree, count, *sizes):
    turn = service()._channel.turn
    return struct.pack("!4sIIQ%dQ" % len(sizes), b"CNN2", tree, count, turn, *sizes)

def frame(node, buffers=()):
    import msgpack
    tree = node if isinstance(node, bytes) else msgpack.packb(node, unicode_errors="surrogatepass")
    return head(len(tree), len(buffers), *map(len, buffers)) + tree + b"".join(buffers)

def show(kind, content):
    return frame(["output", kind, content if isinstance(content, str) else json.dumps(content)])

def service():
    return next(o for o in gc.get_objects() if type(o).__name__ == "Service")
"""


@dataclass(frozen=True)
class Hostile:
    """One submission.

    Attributes:
        name: what it tries.
        opening: a cell above the exercises; TOOLS ran before it.
        twice: the answer of the first exercise, for 3 points; wrong unless said otherwise.
        total: the answer of the second exercise, for 2 points; right unless said otherwise.
        closing: a cell below the tests.
        tests: the test of the first exercise.
        scores: what the honest part earns.
        says: must be in what is shown: the attack took place.
        seconds: limit of a cell.
    """

    name: str
    opening: str = ""
    twice: str = WRONG
    total: str = TOTAL
    closing: str = ""
    tests: str = TWICE_TESTS
    scores: tuple[float, float] = (0, 2)
    says: str = ""
    seconds: float = 20.0


def cell(source: str, name: str = "", *, tags: tuple[str, ...] = (), **flags: object) -> NotebookNode:
    """A code cell; with a name, one that nbgrader knows."""
    part = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, "grade_id": name}
    metadata = {"nbgrader": {**part, **flags}} if name else {}
    return new_code_cell(source, metadata={**metadata, **({"tags": list(tags)} if tags else {})})


def instructors() -> NotebookNode:
    """The instructor's notebook."""
    return new_notebook(
        cells=[
            cell(SHARED, "shared", tags=("shared",), locked=True),
            cell(TWICE, "twice", solution=True),
            cell(TWICE_TESTS, "twice_tests", grade=True, locked=True, points=3),
            cell(TOTAL, "total", solution=True),
            cell(TOTAL_TESTS, "total_tests", grade=True, locked=True, points=2),
        ]
    )


def notebook_of(hostile: Hostile, course: str) -> NotebookNode:
    """The submission as it is graded: its locked cells and tests are the instructor's."""
    made = instructors()
    made.cells[1].source, made.cells[3].source = hostile.twice, hostile.total
    made.cells[2].source = hostile.tests
    opening = TOOLS + f"COURSE, ESCAPED = {course!r}, {ESCAPED!r}\n"
    made.cells[1:1] = [cell(opening), cell(hostile.opening)]
    made.cells.append(cell(hostile.closing))
    return made
