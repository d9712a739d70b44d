"""The constructs that two interpreters cannot honor: one small rule for each, with a sentence and a remedy.

A rule looks at code alone, so it names what is likely to differ. tests/audit shows for each that it passes in one
kernel and fails in two.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grader.audit.test_code import TestCode
from grader.engine.tester.no_history import HISTORY_MAGICS

IN_KERNEL = "Mark the cell `in_kernel`."

MANY_CALLS = 50_000
"""Calls of the student's code that take a test about ten seconds: each goes to the other process and back."""


@dataclass(frozen=True)
class Construct:
    """A construct.

    Attributes:
        name: what it is called in tests.
        sentence: what does not work, and why.
        remedy: how to write it, or that the cell must be marked.
        find: the lines of a test cell where it stands.
    """

    name: str
    sentence: str
    remedy: str
    find: Callable[[TestCode], Iterator[int]]


def _uses(*names: str) -> Callable[[TestCode], Iterator[int]]:
    return lambda code: code.uses(*names)


def _replaced_parts(code: TestCode) -> Iterator[int]:
    """`f.__code__ = ...`, `f.__globals__["g"] = ...` of a function that students write."""
    parts = {"__code__", "__globals__", "__closure__", "__defaults__", "__kwdefaults__"}
    for node, target in _assigned(code):
        part: ast.expr = target
        while isinstance(part, ast.Subscript) or (isinstance(part, ast.Attribute) and part.attr not in parts):
            part = part.value
        if isinstance(part, ast.Attribute) and code.is_students(part.value):
            yield node.lineno


def _assigned(code: TestCode) -> Iterator[tuple[ast.Assign, ast.expr]]:
    for node in code.nodes:
        if isinstance(node, ast.Assign):
            yield from ((node, target) for target in node.targets)


def _called(code: TestCode, *names: str) -> Iterator[ast.Call]:
    """Calls of these functions that are given something of the student's."""
    for node in code.nodes:
        if isinstance(node, ast.Call) and code.dotted(node.func) in names and any(map(code.is_students, node.args)):
            yield node


def _pickled(code: TestCode) -> Iterator[int]:
    yield from (call.lineno for call in _called(code, "pickle.dumps", "pickle.dump", "joblib.dump"))


def _bytecode(code: TestCode) -> Iterator[int]:
    yield from (call.lineno for call in _called(code, "dis.dis", "dis.get_instructions", "dis.Bytecode"))


def _settings(code: TestCode) -> Iterator[int]:
    yield from code.uses("os.chdir", "os.putenv", "sys.setrecursionlimit", "locale.setlocale")
    kept = ("os.environ", "sys.argv", "sys.path")
    for node, target in _assigned(code):
        if code.dotted(target.value if isinstance(target, ast.Subscript) else target) in kept:
            yield node.lineno


def _many_calls(code: TestCode) -> Iterator[int]:
    """A `for` over a long range that calls what students write."""
    for node in code.nodes:
        if isinstance(node, ast.For) and _length(node.iter) >= MANY_CALLS:
            calls = (part for statement in node.body for part in ast.walk(statement) if isinstance(part, ast.Call))
            if any(code.is_students(call.func) for call in calls):
                yield node.lineno


def _length(node: ast.expr) -> int:
    """How many numbers a `range` of constants has; 0 for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        numbers = [_constant(argument) for argument in node.args]
        if numbers and None not in numbers:
            return len(range(*numbers))  # type: ignore[arg-type]  # they are numbers
    return 0


def _constant(node: ast.expr) -> int | None:
    """The value of a number, or of 10**5 and 2 * 10**5."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.Mult):
        left, right = _constant(node.left), _constant(node.right)
        if left is not None and right is not None and not (isinstance(node.op, ast.Pow) and not 0 <= right < 19):
            return left**right if isinstance(node.op, ast.Pow) else left * right
    return None


def _notebook_file(code: TestCode) -> Iterator[int]:
    for node in code.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".ipynb"):
            yield node.lineno


def _hidden_names(code: TestCode) -> Iterator[int]:
    """A global that a function of the student's reads, bound anew in the hidden part."""
    for node, target in _assigned(code):
        if node.lineno > code.hidden_from and node in code.tree.body:
            names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
            if names & code.read:
                yield node.lineno


def _history(code: TestCode) -> Iterator[int]:
    for node in code.nodes:
        if isinstance(node, ast.Name) and re.fullmatch(r"Out|_oh|_[0-9]+", node.id):
            yield node.lineno
        if isinstance(node, ast.Attribute) and node.attr == "history_manager":
            yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run_line_magic":
            magic = node.args[0]
            if isinstance(magic, ast.Constant) and magic.value in HISTORY_MAGICS:
                yield node.lineno


CONSTRUCTS = (
    Construct(
        "trace",
        "It watches calls in the test's own process; the student's code runs in another one, unseen.",
        IN_KERNEL,
        _uses("sys.settrace", "sys.setprofile", "threading.settrace", "cProfile.", "profile.", "trace.Trace"),
    ),
    Construct(
        "gc",
        "It looks through the objects of the test's own process; those of the student live in another one.",
        IN_KERNEL,
        _uses("gc.get_objects", "gc.get_referrers", "gc.get_referents", "weakref.ref", "weakref.finalize"),
    ),
    Construct(
        "pickle",
        "An object of a class that the student wrote cannot be pickled here: it lives in another process.",
        "Compare its attributes, or mark the cell `in_kernel`.",
        _pickled,
    ),
    Construct(
        "function parts",
        "The parts of a function of the student's can be read, not replaced.",
        "Bind the name anew (`g = fake`), or mark the cell `in_kernel`.",
        _replaced_parts,
    ),
    Construct(
        "processes",
        "A function of the student's cannot be sent to processes that the test starts.",
        IN_KERNEL,
        _uses("multiprocessing.Pool", "multiprocessing.pool.Pool", "concurrent.futures.ProcessPoolExecutor"),
    ),
    Construct(
        "warnings",
        "A warning that the student's code gives stays in its own process; the test sees none.",
        IN_KERNEL,
        _uses("pytest.warns", "pytest.deprecated_call", "warnings.catch_warnings", "numpy.testing.assert_warns"),
    ),
    Construct(
        "logging",
        "What the student's code logs stays in its own process; a handler of the test sees none of it.",
        IN_KERNEL,
        _uses("logging.Handler", "logging.StreamHandler", "logging.handlers."),
    ),
    Construct(
        "settings of the process",
        "It changes the test's own process; the student's code runs in another one and does not notice.",
        "Pass the value as an argument, or mark the cell `in_kernel`.",
        _settings,
    ),
    Construct(
        "thread",
        "Processes and threads differ: the student's code does not run in the test's own.",
        IN_KERNEL,
        _uses("os.getpid", "threading.get_ident", "threading.current_thread"),
    ),
    Construct(
        "many calls",
        f"More than {MANY_CALLS:,} calls of the student's code, 0.2 ms each, since they go to another process.",
        "Try fewer values, pass them all at once, or mark the cell `in_kernel`.",
        _many_calls,
    ),
    Construct(
        "notebook file",
        "No notebook lies in the folder where an answer is graded: it could hold hidden tests.",
        "Ask for the answer itself (`inspect.getsource(f)`).",
        _notebook_file,
    ),
    Construct(
        "history",
        "Results and commands of earlier cells are the test's own; those of the student are in another process.",
        "Ask for the answer itself (`inspect.getsource(f)`), or mark the cell `in_kernel`.",
        _history,
    ),
    Construct(
        "hidden names",
        "A function of the solution reads this name as a global; what a hidden part binds never reaches the student.",
        "Give the function the value as an argument, or bind the name in the public part.",
        _hidden_names,
    ),
    Construct(
        "bytecode",
        "The bytecode of the student's function lies in another process.",
        "Ask for its text (`inspect.getsource(f)`) or its names (`f.__code__.co_names`), or mark the cell `in_kernel`.",
        _bytecode,
    ),
    Construct(
        "shared memory",
        "An array of the student's is a copy here: it shares no memory with another one.",
        IN_KERNEL,
        _uses("numpy.shares_memory", "numpy.may_share_memory"),
    ),
)
