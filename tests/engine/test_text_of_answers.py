"""What a call of student code returns is not run as Python in the tester, however a test comes to it."""

from __future__ import annotations

import pytest
from support.small_notebooks import fails, passes

CODE = "(globals().update(expected=4), 3)[1]"
VALUE = f"class V:\n    def __repr__(self): return {CODE!r}\nexpected = 0\ndef f(): return {CODE!r}"
PICKLE = "import pickle\nclass R:\n    def __reduce__(self): return eval, ('3',)\ndef f(): return pickle.dumps(R())"
REFUSED = {
    "eval": (VALUE, "assert eval(f()) == 3"),
    "eval of a repr": (VALUE, "assert eval(repr(V())) == 3"),
    "eval of a part": (VALUE, "assert eval(f'[{f()}]') == [3]"),
    "a name of the test": ("def f(): return 'expected'", "expected = 3\nassert eval(f()) == expected"),
    "exec of a source": (f"def f(x={CODE}): return x", "import inspect\nexec(inspect.getsource(f))\nassert f() == 3"),
    "a tree": (VALUE, "import ast\nassert eval(compile(ast.parse(f(), mode='eval'), 'mine', 'eval')) == 3"),
    "timeit": (VALUE, "import timeit\ntimeit.timeit(f(), number=1)"),
    "pickle": (PICKLE, "import pickle\nassert pickle.loads(f()) == 3"),
}
RUN = {
    "a repr of data": (
        "class V:\n    def __init__(self, x): self.x = x\n    def __repr__(self): return f'V({self.x!r})'",
        "assert eval(repr(V([1, 2.5, -3]))).x == [1, 2.5, -3]",
    ),
    "text of the test": (
        "def f(x): return x + 1",
        "for i in range(2): exec(f'y_{i} = f({i})')\n"
        "assert y_1 == 2\nassert eval('y_0') == 1\nassert eval(str(f(2)) + '+ 1') == 4",
    ),
    "a source is read": (
        "def f(x):\n    return x + 1",
        "import ast, inspect\ntree = ast.parse(inspect.getsource(f))\n"
        "assert not any(isinstance(n, ast.For) for n in ast.walk(tree))",
    ),
    "timeit": (
        "def f(x):\n    return x",
        "import timeit\nassert timeit.timeit('f(1)', globals=globals(), number=2) > 0",
    ),
    "a pickle of the test's": (
        "def f(x): return x",
        "import pickle\nfrom pathlib import PurePosixPath as P\n"
        "f(1)\nassert pickle.loads(pickle.dumps(P('a'))) == P('a')",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    assert "NotRunHere" in fails(*REFUSED[name])


@pytest.mark.parametrize("name", RUN)
def test_still_run(name: str) -> None:
    passes(*RUN[name])
