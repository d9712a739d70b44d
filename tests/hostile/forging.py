"""Submissions that want points for a wrong answer: they change the tools that judge, or what is compared."""

from __future__ import annotations

from submission import (
    CLASS_TESTS,
    COMMAND_TESTS,
    DEADLY_TESTS,
    ESCAPED,
    EXPRESSION_TESTS,
    GENERATOR_TESTS,
    LOOK_TESTS,
    MANAGER_TESTS,
    OPERATOR_TESTS,
    RELEASED_TESTS,
    SERIES_TESTS,
    STAND_IN_TESTS,
    STORED_TESTS,
    TOTAL,
    TWICE,
    Hostile,
)

TRANSFORMERS = [
    Hostile(
        "an AST transformer that drops asserts",
        opening="""
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Drop())
assert False
print("no assert is left")""",
        says="no assert is left",
    ),
    Hostile(
        "an input transformer that empties cells with tests",
        opening="""
def drop(lines):
    return ["3.0\\n"] if any("check" in line or "assert" in line for line in lines) else lines
get_ipython().input_transformers_post.append(drop)
get_ipython().input_transformers_cleanup.append(drop)
print("transformed")""",
        says="transformed",
    ),
    Hostile(
        "run_cell replaced",
        opening="""
shell = get_ipython()
class Fine:
    result, error_before_exec, error_in_exec, success = 3.0, None, None, True
shell.run_cell = lambda *a, **k: Fine()
shell.run_cell_async = None
print("replaced")""",
        # Its own cells are not run any more either.
        scores=(0, 0),
        says="replaced",
    ),
    Hostile(
        "tracebacks that show nothing",
        opening="""
get_ipython().showtraceback = lambda *a, **k: None
get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)
sys.excepthook = lambda *a: None
print("silenced")""",
        says="silenced",
    ),
    Hostile(
        "events after each cell that show full points",
        opening="""
from IPython.display import display
class Full(float):
    def __repr__(self): return "3.0"
def after(*_):
    print("after a cell")
    get_ipython().displayhook(Full(3))
get_ipython().events.register("post_run_cell", after)
get_ipython().events.register("post_execute", after)""",
        says="after a cell",
    ),
]

PATCHES = [
    Hostile(
        "numpy.testing patched",
        opening="""
import numpy as np
for name in dir(np.testing):
    if name.startswith("assert"): setattr(np.testing, name, lambda *a, **k: None)
np.testing.assert_allclose(1, 2)
print("patched")""",
        says="patched",
    ),
    Hostile(
        "the code of the assertions swapped",
        opening="""
import numpy as np
def nothing(*a, **k): return None
np.testing.assert_allclose.__wrapped__.__code__ = nothing.__code__
import numpy.testing._private.utils as utils
utils.assert_array_compare.__code__ = nothing.__code__
print("swapped")""",
        says="swapped",
    ),
    Hostile(
        "check patched in place",
        opening="""
try:
    from course_lib import check
    for name in ("close", "equal", "score", "case", "that"):
        setattr(check, name, lambda *a, **k: 3.0)
    print("patched")
except ImportError:
    print("patched: there was nothing to patch")""",
        says="patched",
    ),
    Hostile(
        "a module of its own in place of check",
        opening="""
import types
fake = types.ModuleType("course_lib.check")
fake.score = lambda **k: 3.0
fake.close = lambda *a, **k: None
class case:
    def __init__(self, *a, **k): pass
    __enter__ = __exit__ = lambda *a: True
fake.case = case
sys.modules["course_lib.check"] = sys.modules["numpy.testing"] = fake
import course_lib
course_lib.check = fake
from course_lib import check
assert check is fake
print("replaced")""",
        says="replaced",
    ),
    Hostile(
        "builtins patched",
        opening="""
kept = abs
builtins.abs = lambda x: 0
builtins.round = lambda *a: 6
builtins.AssertionError = KeyError
print("patched", abs(-5))""",
        says="patched",
    ),
    Hostile(
        "NumPy's arithmetic patched",
        opening="""
import numpy as np
np.allclose = np.isclose = lambda *a, **k: True
np.random.default_rng = lambda *a: (_ for _ in ())
print("patched")""",
        says="patched",
    ),
    Hostile(
        "a module beside the notebook that shadows NumPy and check",
        opening="""
os.makedirs("numpy/testing", exist_ok=True)
for path in ("numpy/__init__.py", "pytest.py", "course_lib.py", "sitecustomize.py", "usercustomize.py"):
    open(path, "w").write("print('shadowed'); raise SystemExit")
print(sorted(os.listdir(".")))""",
        says="sitecustomize.py",
    ),
    Hostile(
        "names of the test bound to its own",
        opening="""
class Everything:
    def __getattr__(self, name): return lambda *a, **k: Everything()
    def __enter__(self): return self
    def __exit__(self, *a): return True
    def __float__(self): return 3.0
np = check = pytest = rng = secret = Everything()
print("bound")""",
        says="bound",
    ),
    Hostile(
        "assert_raises and pytest.raises that accept anything",
        opening="""
import contextlib, unittest
import numpy.testing
try:
    import pytest
    pytest.raises = lambda *a, **k: contextlib.nullcontext()
except ImportError:
    pass
numpy.testing.assert_raises = lambda *a, **k: None
print("patched")""",
        twice=TWICE,
        total="def total(values, f):\n    return sum(f(v) for v in values)",
        scores=(3, 0),
        says="patched",
    ),
    Hostile(
        "exceptions that a test cannot tell from success",
        opening="""
class Quiet(Exception):
    def _render_traceback_(self): return []
    def __str__(self): raise self
class Skip(unittest.SkipTest if "unittest" in sys.modules else Exception): pass
print("ready")""",
        twice="def twice(x):\n    raise Quiet()",
        says="ready",
    ),
    Hostile(
        "exits in place of answers",
        twice="def twice(x):\n    print('leaving')\n    raise SystemExit(0)",
        total="def total(values, f):\n    raise KeyboardInterrupt",
        scores=(0, 0),
        says="leaving",
    ),
]

LIES = [
    Hostile(
        "an array that is equal to everything",
        opening="""
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *a, **k): return np.zeros(self.shape)
    def __array_function__(self, *a, **k): return True
    def __sub__(self, other): return np.zeros(self.shape)
    __rsub__ = __abs__ = __sub__""",
        twice="def twice(x):\n    print('lying')\n    return np.asarray(x, float).view(Liar)",
        says="lying",
    ),
    Hostile(
        "a series that is equal to everything",
        opening="""
import pandas as pd
class Liar(pd.Series):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    def __array__(self, *a, **k): return np.zeros(0)
    def equals(self, other): return True
    __rsub__ = __sub__""",
        twice="def twice(x):\n    print('lying')\n    return Liar([x])",
        tests=SERIES_TESTS,
        says="lying",
    ),
    Hostile(
        "expressions that are code, and text in place of them",
        opening="""
import sympy
CODE = "type('A', (), {'__eq__': lambda *_: True, '__sub__': lambda *_: 0})()"
class Coded(sympy.Function):
    def _numpycode(self, *_): return CODE
    _lambdacode = _pythoncode = _sympystr = _numpycode
results = [sympy.Symbol(CODE), Coded(sympy.Symbol("x")), CODE, sympy.Function("eval")(sympy.Symbol("x"))]""",
        twice="def twice(x):\n    print('lying', len(results))\n    return results.pop(0) if results else CODE",
        tests=EXPRESSION_TESTS,
        says="lying 1",
    ),
    Hostile(
        "an object that is equal to everything",
        opening="""
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    __lt__ = __le__ = __gt__ = __ge__ = __eq__""",
        twice="def twice(x):\n    print('lying')\n    return Liar()",
        total="def total(values, f):\n    return Liar()",
        scores=(0, 0),
        says="lying",
    ),
    Hostile(
        "an object that claims to be a float",
        opening="""
class Liar:
    __class__ = float
    def __float__(self): return 6.0
    def __index__(self): return 6
    def __sub__(self, other): return 0.0
    def __eq__(self, other): return True
    def __abs__(self): return 0.0
    def __array__(self, *a, **k): return None""",
        twice="def twice(x):\n    print('lying')\n    return Liar()",
        total="def total(values, f):\n    return Liar()",
        scores=(0, 0),
        says="lying",
    ),
    Hostile(
        "a float whose comparisons lie",
        opening="""
class Liar(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
    __hash__ = None""",
        twice="def twice(x):\n    print('lying')\n    return Liar(1e300)",
        total="def total(values, f):\n    return Liar(1e300)",
        scores=(0, 0),
        says="lying",
    ),
    Hostile(
        "a masked array, of which NumPy's assertions skip all",
        opening="import numpy as np",
        twice="def twice(x):\n    print('masked')\n    return np.ma.masked_all_like(np.ma.array(x))",
        total="def total(values, f):\n    return np.ma.masked",
        scores=(0, 0),
        says="masked",
    ),
    Hostile(
        "the class of masked arrays as the answer",
        opening="import numpy as np\nprint('a class')",
        twice="twice = np.ma.MaskedArray",
        total="total = np.ma.MaskedArray",
        scores=(0, 0),
        says="a class",
    ),
    Hostile(
        "NaN, infinity and empty arrays",
        opening="import numpy as np\nanswers = iter([float('nan'), float('inf'), np.array([])] * 9)",
        twice="def twice(x):\n    print('empty')\n    return next(answers)",
        total="def total(values, f):\n    return float('nan')",
        scores=(0, 0),
        says="empty",
    ),
    Hostile(
        "an array of objects that lie",
        opening="""
import numpy as np
class Liar:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
    def __float__(self): return 0.0
    def __abs__(self): return 0.0
    def __le__(self, other): return True""",
        twice="""
def twice(x):
    print('lying')
    made = np.empty(np.shape(x), object)
    made.fill(Liar())
    return made""",
        total="def total(values, f):\n    made = np.empty((), object)\n    made.fill(Liar())\n    return made",
        scores=(0, 0),
        says="lying",
    ),
    Hostile(
        "an answer that changes what it was given",
        opening="import numpy as np",
        twice="""
def twice(x):
    print("changing")
    if isinstance(x, np.ndarray):
        x /= 2
        return 2 * x
    return x""",
        says="changing",
    ),
    Hostile(
        "NumPy's random state set so that tests draw what it knows",
        opening="""
import random
import numpy as np
print("seeded")""",
        twice="""
def twice(x):
    np.random.seed(0)
    random.seed(0)
    return 2 * np.random.normal(size=np.shape(x))""",
        says="seeded",
    ),
    Hostile(
        "special cases for inputs seen before",
        opening="seen = {}",
        twice="""
def twice(x):
    key = repr(x)
    seen[key] = seen.get(key, 0) + 1
    print("seen", len(seen))
    return 2 * x if seen[key] > 3 else x""",
        says="seen",
    ),
    Hostile(
        "a property that shows another function to each look",
        opening="""
class Names(dict):
    def __getitem__(self, name):
        print("looked up", name)
        return super().__getitem__(name)
get_ipython().user_ns["twice"] = None
print("bound")""",
        twice="class twice:\n    def __new__(cls, x): return x\n    __call__ = lambda self, x: 2 * x",
        says="bound",
    ),
]

_VALUE = """
class Value:
    def __init__(self, data): self.data = data
    def __add__(self, o): return Value(self.data + getattr(o, "data", o))
    __radd__ = __add__
"""
_ZERO = """
class Zero(Value):
    real = imag = T = 0.0
    def __init__(self, *a): self.data = 5
    def __abs__(self): return 0.0
    def __float__(self): return 0.0
    def __bool__(self): return False
    def __len__(self): return 0
    def __iter__(self): return iter(())
    def sum(self, *a, **k): return 0.0
    sqrt = dot = conjugate = mean = max = item = sum
"""


def _operators(name: str, code: str, twice: str, says: str = "judging") -> Hostile:
    """A class that the test names judges the answer of another exercise."""
    return Hostile(name, opening=_VALUE + code, twice=twice, tests=OPERATOR_TESTS, says=says)


JUDGES = [
    Hostile("a class for the test, and an answer that is right", _VALUE, TWICE, tests=OPERATOR_TESTS, scores=(3, 2)),
    _operators(
        "an answer of the class, which agrees with everything",
        """
class Value(Value):
    def __eq__(self, o): return True
    def __ne__(self, o): return False
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __sub__(self, o): return 0.0
    def __abs__(self): return 0.0""",
        "def twice(x):\n    print('judging')\n    return Value(x)",
    ),
    _operators(
        "a number of a class of its own, whose differences are nothing",
        """
class Value(float):
    data = property(float)
    def __add__(self, o): return Value(float(self) + float(o))
    def __sub__(self, o): return Value(0)
    __rsub__ = __abs__ = __pow__ = lambda *a: Value(0)
    def __eq__(self, o): return True
    def __ne__(self, o): return False""",
        "def twice(x):\n    print('judging')\n    return Value(np.sum(x))",
    ),
    _operators(
        "differences that are nothing, however they are asked",
        _ZERO + "Value.__sub__ = Value.__rsub__ = Value.__pow__ = lambda *a: Zero()",
        "def twice(x):\n    print('judging')\n    return Value(x)",
    ),
    _operators(
        "an answer that takes over what it is compared with",
        """
class Value(Value):
    def __sub__(self, o):
        self.data = o
        return self
    __rsub__ = __eq__ = __ne__ = __sub__
    def __abs__(self): return 0.0
    def __iter__(self): return iter([self.data] * 4)
    def __bool__(self): return True""",
        "def twice(x):\n    print('judging')\n    return Value(x)",
    ),
    _operators(
        "methods in place of operators",
        _ZERO + "class Meta(type): __instancecheck__ = lambda *a: True\n"
        "class Value(Value, metaclass=Meta):\n    def __getattr__(self, name): return lambda *a, **k: 0.0\n"
        "    def __sub__(self, o): return Zero()",
        "def twice(x):\n    print('judging')\n    return Value(x)",
    ),
]


def _manager(name: str, code: str) -> Hostile:
    return Hostile(name, opening=code + "\nprint('opened')", tests=MANAGER_TESTS, says="opened")


MANAGERS = [
    Hostile(
        "a context manager for the test, and an answer that is right",
        "import contextlib\nopened = contextlib.nullcontext",
        TWICE,
        tests=MANAGER_TESTS,
        scores=(3, 2),
    ),
    _manager(
        "a context manager that swallows everything",
        "class opened:\n    def __enter__(self): return []\n    def __exit__(self, *a):\n"
        "        hunt(a)\n        return True",
    ),
    _manager(
        "a generator that swallows everything",
        "import contextlib\n@contextlib.contextmanager\ndef opened():\n    try:\n        yield\n"
        "    except BaseException as error:\n        hunt(error)",
    ),
    _manager(
        "a library's own way to suppress errors",
        "import contextlib\ndef opened(): return contextlib.suppress(BaseException)",
    ),
    _manager(
        "a context manager that raises something else",
        "class opened:\n    def __enter__(self): return []\n    def __exit__(self, *a): raise SystemExit(0)",
    ),
    _manager(
        "a context manager that ends the process in time",
        "class opened:\n    def __enter__(self): return []\n    def __exit__(self, *a): os._exit(0)",
    ),
    Hostile(
        "an error of its own, which the context manager swallows before the test compares",
        "import contextlib\ndef opened(): return contextlib.suppress(BaseException)",
        "def twice(x):\n    print('failing')\n    raise RuntimeError",
        tests=MANAGER_TESTS,
        says="failing",
    ),
    Hostile(
        "an assertion of the test's own function, which the answer swallows",
        twice=TWICE,
        total="""
def total(values, f):
    print("swallowing")
    try: f("no number")
    except BaseException as error: hunt(error)
    if not values: raise ValueError
    return sum(f(v) for v in values)""",
        scores=(3, 0),
        says="swallowing",
    ),
]

CLASSES = [
    Hostile(
        "a metaclass that agrees to everything",
        twice="""
class Yes(type):
    def __instancecheck__(cls, x): return True
    def __subclasscheck__(cls, x): return True
    def __eq__(cls, o): return True
    def __ne__(cls, o): return False
    def __hash__(cls): return hash(int)
    def mro(cls): return [cls, object]
    __name__ = property(lambda cls: "int")
class Box(metaclass=Yes):
    __class__ = property(lambda self: int)
    def __init__(self, value=0): print("made a box")
    def get(self): return Box()
    def __eq__(self, o): return True
    def __index__(self): return 6
    __int__ = __len__ = __index__
class Wrong(ValueError, metaclass=Yes): pass
def twice(x):
    if x is None: raise Wrong
    return Box()""",
        tests=CLASS_TESTS,
        says="made a box",
    ),
    Hostile(
        "an exception that skips the test",
        opening="import unittest",
        twice="""
print("to be skipped")
class Box:
    def __init__(self, value): pass
class Wrong(unittest.SkipTest, ValueError): pass
def twice(x): raise Wrong("skip me")""",
        tests="""\
import unittest
class Cases(unittest.TestCase):
    def test_twice(self):
        self.assertEqual(twice(2), 4)
run = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Cases))
assert run.wasSuccessful()""",
        says="to be skipped",
    ),
    Hostile(
        "a class that takes apart what a test derives from it",
        twice="""
class Box:
    def __init_subclass__(cls, **more):
        for name, value in vars(cls).items():
            hunt(repr(value))
            hunt(getattr(value, "__closure__", None) and [c.cell_contents for c in value.__closure__])
            for part in gc.get_referents(value): hunt(repr(part))
        print("took apart", cls.__name__)
    def __init__(self, value): self.value = value
    def get(self):
        for kind in type(self).__mro__: hunt(vars(kind))
        return self.value
class Wrong(ValueError): pass
def twice(x):
    if x is None: raise Wrong
    return Box(2 * x.value)""",
        tests=CLASS_TESTS,
        scores=(3, 2),
        says="took apart Louder",
    ),
]

LOOKS = [
    Hostile(
        "a result with the right set at the first look, and nothing out of order at the second",
        twice="""
class Found:
    def __init__(self, items): self.items, self.looks = items, 0
    def __iter__(self):
        self.looks += 1
        print("looked")
        return iter(self.items if self.looks == 1 else [])
    def __len__(self): return 0
def twice(x): return Found([2 * v for v in x])""",
        tests=LOOK_TESTS,
        says="looked",
    ),
    Hostile(
        "a list with the right set, whose length puts right what the order shows",
        twice="""
class Found(list):
    def __len__(self):
        print("looked")
        self[:] = []
        return 3
def twice(x): return Found([2 * v for v in x])""",
        tests=LOOK_TESTS.replace("twice([])", "assert len(got) == 3"),
        says="looked",
    ),
    Hostile(
        "the same with an iterator that remembers who looked",
        opening="seen = []",
        twice="""
class Found:
    def __init__(self, items): self.items = items
    def __iter__(self):
        print("looked")
        while self.items and self not in seen:
            for item in self.items: yield item
            seen.append(self)
def twice(x): return Found([2 * v for v in x])""",
        tests=LOOK_TESTS,
        says="looked",
    ),
]

GENERATORS = [
    Hostile(
        "a generator that comes back stuck, so that the test draws zeros",
        opening="""
def dropped(x, rng):
    state = rng.bit_generator.state
    state["state"] = {"state": 0, "inc": 0}
    rng.bit_generator.state = state
    print("stuck", rng.standard_normal(3))
    return x""",
        twice="def twice(x):\n    return 0 * x",
        tests=GENERATOR_TESTS,
        says="stuck [0. 0. 0.]",
    ),
    Hostile(
        "a generator set to a seed that the answer knows",
        opening="""
import numpy as np
def dropped(x, rng):
    rng.bit_generator.state = np.random.default_rng(3).bit_generator.state
    known.extend(list(np.random.default_rng(3).standard_normal((3, 5))))
    print("seeded")
    return x
known = []""",
        twice="def twice(x):\n    return 2 * known.pop(0)",
        tests=GENERATOR_TESTS,
        says="seeded",
    ),
]

ERRORS = [
    Hostile(
        "exceptions and values that cannot be sent, and cost their own exercise only",
        opening="import torch, urllib.error\ntaken = iter(range(99))",
        twice="""
class Deaf(Exception):
    def __str__(self): raise SystemExit
    @property
    def __notes__(self): raise SystemExit
def twice(x):
    n = next(taken)
    print("odd", n)
    if n == 0: raise ExceptionGroup("many", [ValueError(1), Deaf()])
    if n == 1: raise urllib.error.HTTPError("http://a", 404, "gone", {}, None)
    if n == 2: raise Deaf
    return torch.empty(3, device="meta")""",
        says="odd 2",
    ),
    Hostile(
        "more deaths than there may be, in one exercise",
        twice="def twice(x):\n    os._exit(3)",
        tests=DEADLY_TESTS,
        says="lost too often",
    ),
]

PROMISES = [
    Hostile("a wrong answer beside a right one", says=""),
    Hostile(
        "full points printed and displayed",
        opening="""
from IPython.display import display
print("3.0")
class Score(float):
    def __repr__(self): return "3.0"
    def _repr_html_(self): return "3 of 3 points"
display(Score(3), display_id="score")
Score(3)""",
        twice="""
def twice(x):
    from IPython.display import display, clear_output
    print(3.0)
    display(3.0)
    clear_output()
    return x""",
        closing="display(Score(3), display_id='score')\nprint('changed')\nScore(3)",
        says="changed",
    ),
    Hostile(
        "answers bound after the tests",
        closing="def twice(x): return 2 * x\ntwice_tests = 3.0\nprint('too late')",
        says="too late",
    ),
]

_STORING = """
import pickle
class Passes:
    def __init__(self, function, *args): self.parts = function, args
    def __reduce__(self): return self.parts
def store(value):
    with open("out.pkl", "wb") as file: pickle.dump(value, file)
"""

FILES = [
    Hostile(
        "an honest file, to show that the test can be passed",
        _STORING + "store([2, 4])",
        tests=STORED_TESTS,
        scores=(3, 2),
    ),
    Hostile(
        "a pickle that computes what is wanted",
        _STORING + "store(Passes(eval, '[2, 4]'))",
        tests=STORED_TESTS,
        says="A pickle can run code",
    ),
    Hostile(
        "a pickle that ends the case",
        _STORING + "store(Passes(exec, 'import os; os._exit(0)'))",
        tests=STORED_TESTS,
        says="A pickle can run code",
    ),
    Hostile(
        "a file that is swapped whenever it is looked at",
        _STORING
        + """
import threading
store([2, 5])
def swap():
    while True:
        for made in (lambda: os.symlink("/etc/passwd", "new"), lambda: os.mkfifo("new"), lambda: os.mkdir("new")):
            attempt(made)
            attempt(os.rename, "new", "out.pkl")
            attempt(os.rmdir, "out.pkl")
threading.Thread(target=swap, daemon=True).start()""",
        tests=STORED_TESTS,
    ),
    Hostile(
        "the author's data changed",
        "open('data.csv', 'w').write('1,0.5')",
        tests=RELEASED_TESTS,
        says="data.csv is the author's",
    ),
    Hostile(
        "the author's data removed and replaced by a folder",
        "os.remove('data.csv'); os.mkdir('data.csv'); open('data.csv/x', 'w').close()",
        tests=RELEASED_TESTS,
        says="data.csv is the author's",
    ),
    Hostile(
        "modules of the tester's names",
        """
for name in ("numpy", "pickle", "course_lib", "check", "json", "glob", "sitecustomize", "usercustomize"):
    open(name + ".py", "w").write("import os; os._exit(0)")
os.makedirs("course_lib/check"); open("course_lib/check/__init__.py", "w").write("close = score = print")
print("written")""",
        says="written",
    ),
    Hostile(
        "a command of its own in place of the test's",
        """
os.makedirs("bin")
for name in ("printf", "sh"):
    open("bin/" + name, "w").write("#!/bin/sh\\necho 3"); os.chmod("bin/" + name, 0o755)
os.environ["PATH"] = os.path.abspath("bin") + ":" + os.environ["PATH"]
print("written")""",
        tests=COMMAND_TESTS,
        says="written",
    ),
    Hostile(
        "a list of files that leaves the folder",
        """
import numpy as np
service()._file_operations["_changed_files"] = lambda since: [
    [["../../../../tmp/NAME", np.zeros(1, np.uint8)], ["/tmp/NAME", np.zeros(1, np.uint8)]], [], [], [], True, "/"]
""".replace("NAME", ESCAPED),
        scores=(0, 0),  # its opening is run again for each process
        says="not allowed",
    ),
    Hostile(
        "a million files",
        """
names = ["f%d" % n for n in range(1_000_000)]
service()._file_operations["_changed_files"] = lambda since: [[], names, [], [], True, "/"]
""",
        scores=(0, 0),  # its opening is run again for each process
        says="not allowed",
    ),
]


def _stand_in(name: str, twice: str, scores: tuple[float, float] = (0, 2)) -> Hostile:
    """An answer that meets what the test put in the place of `math.fsum`."""
    return Hostile(name, "import math, random", twice, tests=STAND_IN_TESTS, scores=scores, says="met")


STAND_INS = [
    _stand_in("an answer that uses nothing forbidden", "def twice(x):\n    print('met')\n    return 2 * x", (3, 2)),
    _stand_in(
        "what was forbidden is used, and the count set back",
        """
def twice(x):
    math.fsum([x, x])
    for name in ("reset_mock", "configure_mock", "_mock_call_count", "__class__", "mock_calls"):
        print("met", name, attempt(getattr, math.fsum, name))
    print(attempt(lambda: math.fsum.reset_mock()), attempt(setattr, math.fsum, "called", False))
    return 2 * x""",
    ),
    _stand_in(
        "the stand-in taken apart for what it knows",
        """
def twice(x):
    print("met")
    for thing in (math.fsum, random.randint):
        hunt(attempt(vars, thing))
        for name in ("__globals__", "__closure__", "__wrapped__", "side_effect", "secret", "_call", "_attribute"):
            hunt(attempt(lambda: repr(getattr(thing, name))))
        hunt(attempt(lambda: thing.side_effect.__globals__))
    hunt(list(globals().items()))
    return attempt(random.randint, 0, 0)[1]""",
    ),
    _stand_in(
        "stand-ins kept for later, and an answer that agrees with everything",
        """
kept = []
class Equal:
    def __eq__(self, other): return True
def twice(x):
    print("met", len(kept))
    kept.append(math.fsum)
    math.fsum = random.randint = lambda *a: Equal()
    return Equal()""",
    ),
]

FORGING = {
    "transformers": TRANSFORMERS,
    "patches": PATCHES,
    "lies": LIES,
    "judges": JUDGES,
    "managers": MANAGERS,
    "looks": LOOKS,
    "classes": CLASSES,
    "generators": GENERATORS,
    "errors": ERRORS,
    "files": FILES,
    "promises": PROMISES,
    "stand-ins": STAND_INS,
}

__all__ = ["FORGING", "TOTAL"]
