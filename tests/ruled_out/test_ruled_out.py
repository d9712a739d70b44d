"""Who uses what an exercise rules out: cheating answers are found with name and line, honest ones are left alone."""

from __future__ import annotations

import pytest

from course_lib.ruled_out import CodeCell, Owner, Rules, evasions, uses
from course_lib.ruled_out.words import told

SHARED = """\
import numpy as np
import torch
import torch.nn.functional as F
from scipy import signal
from course_lib import check

BLUR = np.convolve([1.0, 2], [1.0, 1])"""
GIVEN = "def given_filter(x):\n    return np.convolve(x, BLUR)\nclass Module:\n    pass"
HELPERS = "from scipy import ndimage\ndef torch_layer(x, w):\n    return F.conv2d(x, w)"
TEST = (
    "rng = np.random.default_rng(1)\nx = rng.random(3)\nexpected = np.convolve(x, BLUR)\ncheck.close(conv(x), expected)"
)
RULES = Rules(
    {
        "conv": [
            "np.convolve",
            "np.linalg",
            "scipy",
            "F",
            "torch.nn.functional",
            "torch.optim.SGD",
            "torch.conv2d",
            "sum",
            ".softmax",
            ".backward",
            ".sorted",
        ]
    },
    frozenset({"torch_layer", "ndimage"}),
)


def cells(answer: str, *extra: str, other: str = "def other(x): return x", after: str = "") -> list[CodeCell]:
    """A notebook of two exercises: `conv`, which rules out, and `other`, which does not."""
    return [
        CodeCell(SHARED, Owner.GIVEN, "shared"),
        CodeCell(GIVEN, Owner.GIVEN, "given"),
        CodeCell(HELPERS, Owner.TESTS_ONLY, "helpers"),
        CodeCell(other, Owner.STUDENT, "other"),
        CodeCell("check.close(other(1), np.convolve([1], [1]))", Owner.TEST, "other_tests"),
        *(CodeCell(source, Owner.STUDENT) for source in extra),
        CodeCell(answer, Owner.STUDENT, "conv"),
        CodeCell(TEST, Owner.TEST, "conv_tests"),
        CodeCell(after, Owner.STUDENT),
    ]


def found(answer: str, *extra: str, **more: str) -> list[tuple[str, int]]:
    """The names that the answer uses although they are ruled out, with their lines."""
    return [(use.name, use.line) for use in uses(cells(answer, *extra, **more), RULES).get("conv", [])]


HONEST = {
    "a loop": "def conv(x):\n    y = np.zeros(3)\n    for t in range(3): y[t] = np.dot(x, x)\n    return y",
    "a name in a comment, a text and a docstring": (
        'def conv(x):\n    """Without np.convolve or scipy."""\n    # np.convolve(x, x)\n    return "signal.convolve2d"'
    ),
    "a function of its own called like it": "def convolve(x, w): return x * w\ndef conv(x): return convolve(x, 1)",
    "a variable called like a module": "def conv(x):\n    signal = x * 2\n    return signal.sum() + signal.convolve",
    "an argument called like a module": "def conv(signal, F=1):\n    return signal.convolve2d(F)",
    "arguments of a lambda": "conv = lambda signal: signal.correlate(signal)",
    "variables of comprehensions": "def conv(x): return [signal.convolve for signal in x], {F.conv2d for F in x}",
    "a loop variable": "def conv(x):\n    for signal in x: signal.convolve()\n    return x",
    "a with variable": "def conv(x):\n    with open(x) as signal: return signal.read()",
    "an exception": "def conv(x):\n    try: return x\n    except ValueError as signal: return signal.args",
    "an unpacked name": "def conv(x):\n    signal, w = x\n    return signal.convolve(w)",
    "a walrus": "def conv(x):\n    if (signal := x): return signal.convolve\n",
    "a captured pattern": "def conv(x):\n    match x:\n        case [signal, *F]: return signal.convolve, F.conv2d\n",
    "another sum": "def conv(x): return np.sum(x) + x.sum() + torch.sum(x)",
    "its own sum": "def sum(x):\n    return 0\ndef conv(x): return sum(x)",
    "a sum as an argument": "def conv(x, sum=0):\n    sum += x\n    return sum",
    "a nested function": "def conv(x):\n    def convolve(signal): return signal.convolve\n    return convolve(x)",
    "names alike": "def conv(x): return np.convolve_all(x) + np.linalgebra.solve(x) + scipyx.signal(x)",
    "a comparison below the answer": "def conv(x): return x * 2\nprint(conv(3), np.convolve([3], [2]))",
    "a comparison kept in a variable": (
        "def conv(x): return x * 2\nexpected = np.convolve([3], [2])\nassert np.allclose(conv(3), expected)"
    ),
    "an older version": "def old(x): return np.convolve(x, x)\ndef conv(x): return x",
    "an older version of the same name": "def conv(x): return np.convolve(x, x)\ndef conv(x): return x",
    "an import that is not used": "import scipy.signal\nfrom numpy import convolve\ndef conv(x): return x",
    "given code that uses it": "def conv(x): return given_filter(x) * BLUR",
    "a method of its own class": (
        "class Layer(Module):\n    def backward(self, dy): return dy\n    def conv(self): return self.backward(1)\n"
        "def conv(x):\n    layer = Layer()\n    return layer.backward(x)"
    ),
    "a list of its own layers": (
        "class Layer:\n    def backward(self, dy): return dy\n"
        "def conv(x, layers):\n    for layer in reversed(layers): x = layer.backward(x)\n    return x"
    ),
    "a class attribute": "class conv:\n    signal = 1\n    def f(self): return self.signal, self.F, self.scipy.signal",
    "an annotation": "def conv(x: np.linalg.Any) -> np.linalg.Any:\n    y: scipy.sparse.spmatrix = x\n    return y",
    "a keyword": "def conv(x): return dict(signal=1, F=2, sum=3)",
    "a stub": 'def conv(x):\n    raise NotImplementedError("Exercise conv")',
    "no Python": "def conv(x:\n    np.convolve",
    "setting an attribute": "def conv(x):\n    x.backward = 1\n    return x",
    "a name that is deleted": "signal = 3\ndel signal\ndef conv(x): return x",
    "a global of its own": "def conv(x):\n    global signal\n    return x",
    "an own helper of that name": "def torch_layer(x, w): return x * w\ndef conv(x): return torch_layer(x, 1)",
    "a local name of a helper of the tests": "def conv(x):\n    torch_layer = x\n    return torch_layer * 2",
    "a name of the tests of its own, if": "if True:\n    torch_layer = abs\ndef conv(x): return torch_layer(x)",
    "a name of the tests of its own, else": (
        "if False:\n    pass\nelse:\n    def torch_layer(x): return x\ndef conv(x): return torch_layer(x)"
    ),
    "a name of the tests of its own, while": (
        "while True:\n    torch_layer = abs\n    break\ndef conv(x): return torch_layer(x)"
    ),
    "a name of the tests of its own, for": "for torch_layer in [abs]: pass\ndef conv(x): return torch_layer(x)",
    "a name of the tests of its own, try": (
        "try:\n    torch_layer = abs\nexcept ValueError:\n    pass\ndef conv(x): return torch_layer(x)"
    ),
    "a name of the tests of its own, except": (
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    torch_layer = abs\ndef conv(x): return torch_layer(x)"
    ),
    "a name of the tests of its own, else of try": (
        "try:\n    pass\nexcept ValueError:\n    pass\nelse:\n    torch_layer = abs\ndef conv(x): return torch_layer(x)"
    ),
    "a name of the tests of its own, finally": (
        "if True:\n    try:\n        pass\n    finally:\n        torch_layer = abs\ndef conv(x): return torch_layer(x)"
    ),
    "a name of the tests of its own, walrus": "print(torch_layer := abs)\ndef conv(x): return torch_layer(x)",
    "a name of the tests of its own, walrus in a lambda": "conv = lambda x: (torch_layer := x) + torch_layer",
    "a name of the tests of its own, match": (
        "match [abs]:\n    case [torch_layer]: pass\ndef conv(x): return torch_layer(x)"
    ),
    "a name of the tests of its own, global": (
        "def set_up():\n    global torch_layer\n    torch_layer = abs\nset_up()\ndef conv(x): return torch_layer(x)"
    ),
    "a class that is asked for": (
        "def conv(x):\n    if isinstance(x, (torch.optim.SGD, np.linalg.A | None)): return issubclass(x, F.T)\n"
    ),
    "an exception of a library": (
        "def conv(x):\n    try: return x\n    except (ValueError, np.linalg.LinAlgError): return None"
    ),
    "a class in a pattern": "def conv(x):\n    match x:\n        case torch.optim.SGD(lr=1): return x\n",
    "a name that no star brings": "from scipy.signal import *\nfrom numpy import *\ndef conv(x): return zeros(1)",
    "a builtin called like a method": "def conv(x): return sorted(x)",
    "a class that type finds": (
        "def conv(x):\n    if type(x) is F.T or type(x) in (F.T, np.linalg.A): return F.T != type(x)"
    ),
    "the length of a comparison": "k = len(np.convolve([1], [2]))\ndef conv(x): return x * k",
    "beside its function": "def conv(x): return x\nconv.reference = np.convolve\nconv.tried = conv(1)",
    "beside its function, and another thing of it read": (
        "def conv(x):\n    conv.calls += 1\n    return conv.calls\nconv.calls = 0\nconv.reference = signal.convolve2d"
    ),
    "another item of a dict": (
        "cache = {'w': 1}\ncache['ref'] = np.convolve([1], [2])\ndef conv(x): return x * cache['w']"
    ),
    "another item of a dict of its own": (
        "cache = dict(w=1)\ncache['ref'] = np.convolve([1], [2])\ndef conv(x): return x * cache['w']"
    ),
    "another way of a table": (
        "ways = {'mine': lambda x: x, 'numpy': np.convolve}\ndef conv(x): return ways['mine'](x)"
    ),
    "a part of another library called like one": "def conv(x): return torch.linalg.solve(x, x)",
    "a module called like a part of a library": "from course_lib import nn\ndef conv(x): return nn.functional.f(x)",
    "a function of its own file called like one": (
        "import mine\nfrom mine import convolve\nfrom tools import *\ndef conv(x): return mine.convolve(convolve(x))"
    ),
    "the version of a library": "def conv(x): return torch.__version__",
    "a timed cell": "%%time\ndef conv(x): return x",
    "magics": "%matplotlib inline\ndef conv(x): return x\n%timeit conv(1)\n!pip list",
}


@pytest.mark.parametrize("answer", HONEST.values(), ids=HONEST.keys())
def test_honest_answers_are_left_alone(answer: str) -> None:
    assert found(answer) == []


BESIDE = {
    "a debugging cell": ["expected = np.convolve([1, 2], [3])\nprint(signal.convolve2d, expected)"],
    "a plot": ["import matplotlib.pyplot as plt\nplt.plot(np.convolve([1, 2], [3]))"],
    "another function": ["def mine(x): return signal.convolve(x, x)\nmine(3)"],
    "a check of its own": [
        "check.close(np.convolve([1], [1]), [1])\nnp.testing.assert_allclose(np.convolve([1], [1]), 1)"
    ],
    "an import": ["from scipy import *\nimport scipy.signal as s"],
    "its own module name, used elsewhere": ["x = np.convolve([1], [2])\nw = signal.convolve(x, x)"],
}


@pytest.mark.parametrize("extra", BESIDE.values(), ids=BESIDE.keys())
def test_what_stands_in_other_cells_costs_nothing(extra: list[str]) -> None:
    answer = (
        "import matplotlib.pyplot as plt\ndef conv(x):\n    w, expected = x, 1\n    return plt, w, np.sum(x), expected"
    )
    assert found(answer, *extra) == []


def test_the_same_name_in_another_exercise_costs_nothing() -> None:
    other = "def other(x): return np.convolve(x, x) + torch.optim.SGD(x)"
    assert found("def conv(x): return x", other=other) == []
    assert uses(cells("def conv(x): return x", other=other), RULES) == {}


def test_what_comes_after_the_test_costs_nothing() -> None:
    assert found("def conv(x): return x", after="conv = np.convolve") == []


CHEATING = {
    "plain": ("def conv(x):\n    return np.convolve(x, x)", [("np.convolve", 2)]),
    "the full name": ("import numpy\ndef conv(x): return numpy.convolve(x, x)", [("np.convolve", 2)]),
    "another alias": ("import numpy as xp\ndef conv(x): return xp.convolve(x, x)", [("np.convolve", 2)]),
    "from import": ("from numpy import convolve\ndef conv(x): return convolve(x)", [("np.convolve", 2)]),
    "from import as": ("from numpy import convolve as c\ndef conv(x): return c(x)", [("np.convolve", 2)]),
    "a shared alias": (
        "def conv(x): return F.max_pool2d(x, 2)",
        [("F.max_pool2d", 1), ("torch.nn.functional.max_pool2d", 1)],
    ),
    "something of a module": ("def conv(x): return np.linalg.solve(x, x)", [("np.linalg.solve", 1)]),
    "a module by its parts": ("def conv(x): return signal.convolve2d(x, x)", [("scipy.signal.convolve2d", 1)]),
    "import as": ("import scipy.signal as s\ndef conv(x): return s.convolve2d(x)", [("scipy.signal.convolve2d", 2)]),
    "import of a part": ("import scipy.signal\ndef conv(x): return scipy.signal.f(x)", [("scipy.signal.f", 2)]),
    "import within": ("def conv(x):\n    from scipy.signal import f as g\n    return g(x)", [("scipy.signal.f", 3)]),
    "a class": ("def conv(x): return torch.optim.SGD(x, lr=1)", [("torch.optim.SGD", 1)]),
    "a class by from": ("from torch import optim\ndef conv(x): return optim.SGD(x)", [("torch.optim.SGD", 2)]),
    "a subclass": ("class conv(torch.optim.SGD):\n    pass", [("torch.optim.SGD", 1)]),
    "an alias": ("c = np.convolve\ndef conv(x): return c(x)", [("np.convolve", 1), ("np.convolve", 2)]),
    "a local alias": ("def conv(x):\n    c = np.convolve\n    return c(x)", [("np.convolve", 2), ("np.convolve", 3)]),
    "an alias of a module": ("m = np\ndef conv(x): return m.convolve(x)", [("np.convolve", 2)]),
    "a local alias of a module": ("def conv(x):\n    a, m = 1, np\n    return m.convolve(x)", [("np.convolve", 3)]),
    "two aliases": ("a = np\nb = a\ndef conv(x): return b.convolve(x)", [("np.convolve", 3)]),
    "the answer is it": ("conv = np.convolve", [("np.convolve", 1)]),
    "a partial of it": ("from functools import partial\nconv = partial(np.convolve, [1])", [("np.convolve", 2)]),
    "a lambda": ("conv = lambda x: np.convolve(x, x)", [("np.convolve", 1)]),
    "a comprehension": ("def conv(x): return [np.convolve(r, r) for r in x]", [("np.convolve", 1)]),
    "an argument of map": ("def conv(x): return list(map(np.convolve, x, x))", [("np.convolve", 1)]),
    "a default": ("def conv(x, f=np.convolve): return f(x, x)", [("np.convolve", 1), ("np.convolve", 1)]),
    "a module as a default": ("def conv(x, m=np): return m.convolve(x, x)", [("np.convolve", 1)]),
    "a decorator": (
        "def use(f): return lambda g: f\n@use(np.convolve)\ndef conv(x): pass",
        [("np.convolve", 1), ("np.convolve", 2)],
    ),
    "a method": ("class conv:\n    def f(self, x): return np.convolve(x, x)", [("np.convolve", 2)]),
    "a class attribute": ("class conv:\n    f = np.convolve", [("np.convolve", 2)]),
    "put into a class": ("class conv:\n    pass\nconv.f = lambda self, x: np.convolve(x, x)", [("np.convolve", 3)]),
    "set in a class": ("class conv:\n    pass\nsetattr(conv, 'f', np.convolve)", [("np.convolve", 3)]),
    "a nested function": ("def conv(x):\n    def f(): return np.convolve(x, x)\n    return f()", [("np.convolve", 2)]),
    "a helper": ("def help(x): return np.convolve(x, x)\ndef conv(x): return help(x)", [("np.convolve", 1)]),
    "a helper of a helper": (
        "def conv(x): return one(x)\ndef one(x): return two(x)\ndef two(x):\n    return np.convolve(x)",
        [("np.convolve", 4)],
    ),
    "a helper that gets the module": (
        "def conv(x): return help(x, np)\ndef help(x, m):\n    return m.convolve(x)",
        [("np.convolve", 3)],
    ),
    "a helper that returns the module": (
        "def lib(): return np\ndef conv(x):\n    return lib().convolve(x)",
        [("np.convolve", 3)],
    ),
    "a table": ("table = {'c': np.convolve}\ndef conv(x): return table['c'](x)", [("np.convolve", 1)]),
    "put into a table": (
        "table = {}\ntable['c'] = np.convolve\ndef conv(x): return table['c'](x)",
        [("np.convolve", 2)],
    ),
    "appended to a list": ("fs = []\nfs.append(np.convolve)\ndef conv(x): return fs[0](x)", [("np.convolve", 2)]),
    "a module out of a list": ("def conv(x): return [np, torch][0].convolve(x)", [("np.convolve", 1)]),
    "a loop over modules": (
        "def conv(x):\n    for m in (np, torch):\n        return m.convolve(x)",
        [("np.convolve", 3)],
    ),
    "a choice": ("def conv(x): return (np if x else torch).convolve(x)", [("np.convolve", 1)]),
    "a condition": ("if True:\n    def conv(x): return np.convolve(x)\nelse:\n    conv = 1", [("np.convolve", 2)]),
    "a try": ("try:\n    conv = np.convolve\nexcept ImportError:\n    pass", [("np.convolve", 2)]),
    "a walrus": ("def conv(x): return (f := np.convolve)(x)", [("np.convolve", 1)]),
    "getattr": ('def conv(x): return getattr(np, "convolve")(x)', [("np.convolve", 1)]),
    "getattr of getattr": (
        'import scipy\nconv = getattr(getattr(scipy, "signal"), "f")',
        [("scipy.signal.f", 2), ("scipy.signal", 2), ("scipy", 2)],
    ),
    "import_module": (
        'import importlib\ndef conv(x): return importlib.import_module("scipy.signal").f(x)',
        [("scipy.signal.f", 2), ("scipy.signal", 2)],
    ),
    "import_module into a name": (
        'from importlib import import_module\nm = import_module("numpy")\ndef conv(x): return m.convolve(x)',
        [("np.convolve", 3)],
    ),
    "resolve_name": (
        'import pkgutil\nconv = pkgutil.resolve_name("numpy:convolve")',
        [("np.convolve", 2)],
    ),
    "locate": ('from pydoc import locate\nconv = locate("numpy.convolve")', [("np.convolve", 2)]),
    "__import__": ('def conv(x): return __import__("numpy").convolve(x)', [("np.convolve", 1)]),
    "attrgetter": ('from operator import attrgetter\nconv = attrgetter("convolve")(np)', [("np.convolve", 2)]),
    "a star import": ("from numpy import *\ndef conv(x): return convolve(x, x)", [("np.convolve", 2)]),
    "a builtin": ("def conv(x): return sum(x)", [("sum", 1)]),
    "a builtin by its module": ("import builtins\ndef conv(x): return builtins.sum(x)", [("sum", 2)]),
    "a builtin as an argument": ("def conv(x): return list(map(sum, x))", [("sum", 1)]),
    "a method of whatever object": (
        "def conv(x):\n    y = x * 2\n    y.backward()\n    return x.grad",
        [(".backward", 3)],
    ),
    "a method over several lines": ("def conv(x):\n    (x * 2\n     ).backward()", [(".backward", 3)]),
    "a method by getattr": ('def conv(x): getattr(x, "backward")()', [(".backward", 1)]),
    "a method by methodcaller": (
        'import operator\ndef conv(x): operator.methodcaller("backward")(x)',
        [(".backward", 2)],
    ),
    "a method of a library's result beside its own": (
        "class Layer:\n    def backward(self): pass\ndef conv(x):\n    y = torch.exp(x)\n    y.sum().backward()",
        [(".backward", 5)],
    ),
    "a function called like a method": (
        "from torch.autograd import backward\ndef conv(x): backward(x)",
        [(".backward", 2)],
    ),
    "a function of a module called like a method": ("def conv(x): torch.autograd.backward(x)", [(".backward", 1)]),
    "a star import of a part": (
        "from numpy import *\nfrom scipy.signal import *\ndef conv(x): return zeros(convolve2d(x))",
        [("scipy.signal.convolve2d", 3)],
    ),
    "what finds out a class": ("def conv(x): return isinstance(x, type(np.convolve(x, x)))", [("np.convolve", 1)]),
    "in a timed cell": ("%%time\ndef conv(x):\n    return np.convolve(x, x)", [("np.convolve", 3)]),
    "below empty lines": ("\n\ndef conv(x):\n    return np.convolve(x, x)", [("np.convolve", 4)]),
    "on a timed line": ("%time conv = np.convolve", [("np.convolve", 1)]),
    "a global of a function": (
        "def conv(x): return f(x)\ndef set_up():\n    global f\n    f = np.convolve\nset_up()",
        [("np.convolve", 1), ("np.convolve", 4)],
    ),
    "by way of a table": (
        "ways = {'a': abs, 'c': np.convolve}\ndef conv(x): return ways['c'](x)",
        [("np.convolve", 1)],
    ),
    "by way of a whole table": (
        "ways = {'a': abs, 'c': np.convolve}\ndef conv(x): return [f(x) for f in ways.values()]",
        [("np.convolve", 1)],
    ),
    "by a computed key": (
        "ways = {'a': abs}\nways['c'] = np.convolve\ndef conv(x, k): return ways[k](x)",
        [("np.convolve", 2)],
    ),
    "an item that is put in elsewhere": (
        "ways = {'a': abs}\nways['c'] = np.convolve\ndef conv(x): return ways['c'](x)",
        [("np.convolve", 2)],
    ),
    "an attribute of its function": (
        "def conv(x): return conv.reference(x)\nconv.reference = np.convolve",
        [("np.convolve", 2)],
    ),
    "an attribute by another name": (
        "def conv(x):\n    f = conv\n    return f.reference(x)\nconv.reference = np.convolve",
        [("np.convolve", 4)],
    ),
    "an attribute of a class": (
        "class conv:\n    def g(self): return self.f\nconv.f = np.convolve\ndef h(): return conv.g",
        [("np.convolve", 3)],
    ),
    "an attribute of what a decorator makes": (
        "def made(f): return type('K', (), {'__call__': lambda s, x: s.f(x)})\n@made\ndef conv(x): pass\n"
        "conv.f = np.convolve",
        [("np.convolve", 4)],
    ),
    "the length inside of an answer": ("def conv(x): return len(np.convolve(x, x))", [("np.convolve", 1)]),
    "what type is called with": ("def conv(x): return type(np.convolve(x, x)) is list", [("np.convolve", 1)]),
    "of another library": ("def conv(x): return np.ma.convolve(x)", [("np.convolve as numpy.ma.convolve", 1)]),
    "a product of polynomials": (
        "from numpy import polymul\ndef conv(x): return polymul(x, x)",
        [("np.convolve as numpy.polymul", 2)],
    ),
    "a class of polynomials": (
        "from numpy.polynomial import Polynomial as P\ndef conv(x): return (P(x) * P(x)).coef",
        [("np.convolve as numpy.polynomial.Polynomial", 2)],
    ),
    "an operator by its raw name": (
        "def conv(x): return torch.ops.aten.conv2d.default(x)",
        [("torch.conv2d as torch.ops.aten.conv2d.default", 1)],
    ),
    "an operator that torch keeps to itself": (
        "def conv(x): return torch._convolution(x)",
        [("torch.conv2d as torch._convolution", 1)],
    ),
    "an operator in place of a module": (
        "def conv(x): return torch.ops.aten.gelu(x)",
        [("F as torch.ops.aten.gelu", 1)],
    ),
    "a method by one step more": ("def conv(x): return x.log_softmax(0).exp()", [(".softmax as .log_softmax", 1)]),
    "a method in place": ("def conv(x): return x.softmax_(0)", [(".softmax as .softmax_", 1)]),
    "a method's function in another library": (
        "from scipy.special import log_softmax\ndef conv(x): return np.exp(log_softmax(x))",
        [("scipy.special.log_softmax", 2)],
    ),
    "a module by way of another": (
        "import sklearn.utils.fixes as fx\ndef conv(x): return fx.scipy.signal.f(x)",
        [("scipy.signal.f", 2)],
    ),
    "a module by way of the course's": ("def conv(x): return check.arrays.np.convolve(x)", [("np.convolve", 1)]),
    "a helper of the tests": ("def conv(x):\n    return torch_layer(x, 1)", [("torch_layer", 2)]),
    "an alias of a helper of the tests": ("f = torch_layer\ndef conv(x): return f(x, 1)", [("torch_layer", 1)]),
    "a module of the tests": ("def conv(x): return ndimage.correlate(x, 1)", [("ndimage", 1)]),
}


@pytest.mark.parametrize(("answer", "names"), CHEATING.values(), ids=CHEATING.keys())
def test_cheating_answers_are_found_with_name_and_line(answer: str, names: list[tuple[str, int]]) -> None:
    assert sorted(set(found(answer))) == sorted(set(names))


ELSEWHERE = {
    "a helper in a cell above": (["def help(x):\n    return np.convolve(x, x)"], ("np.convolve", 2)),
    "an alias in a cell above": (["c = np\n"], ("np.convolve", 2)),
    "bound anew between": (["def help(x): return x", "help = np.convolve"], ("np.convolve", 1)),
}


@pytest.mark.parametrize(("extra", "use"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_helpers_in_other_cells_are_followed(extra: list[str], use: tuple[str, int]) -> None:
    answer = "def conv(x):\n    return c.convolve(x)" if "c =" in extra[0] else "def conv(x): return help(x)"
    assert use in found(answer, *extra)


def test_the_answer_to_another_exercise_is_followed() -> None:
    other = "def other(x):\n    return np.convolve(x, x)"
    (use,) = uses(cells("def conv(x): return other(x)", other=other), RULES)["conv"]
    assert (use.name, use.cell, use.line) == ("np.convolve", 3, 2)


def test_an_answer_that_stands_in_another_cell_is_found() -> None:
    assert found("pass", "def conv(x): return np.convolve(x, x)") == [("np.convolve", 1)]


def test_the_last_definition_counts() -> None:
    assert found("conv = np.convolve\ndef conv(x): return x") == []
    assert found("def conv(x): return x\nconv = np.convolve") == [("np.convolve", 2)]


def test_the_sentence_names_the_place() -> None:
    book = cells("def conv(x): return help(x)", "# mine\ndef help(x):\n    return np.convolve(x) + torch_layer(x)")
    assert told(uses(book, RULES)["conv"], book, "conv") == (
        'This answer uses np.convolve (line 3 of the cell that begins with "def help(x):"), which this exercise rules '
        'out. This answer uses torch_layer (line 3 of the cell that begins with "def help(x):"), a helper of the tests '
        "that an answer may not use."
    )


TOLD = {
    "what the tests alone import": (
        "other",
        "def other(x):\n    return ndimage.correlate(x)",
        "This answer uses ndimage (line 2 of the answer cell), which is imported for the tests alone: "
        "import it yourself.",
    ),
    "a class of what the tests alone import": (
        "other",
        "def other(x): return isinstance(x, ndimage.Kind)",
        "This answer uses ndimage (line 1 of the answer cell), which is imported for the tests alone: "
        "import it yourself.",
    ),
    "what the tests alone import and the exercise rules out": (
        "conv",
        "def conv(x): return ndimage.correlate(x)",
        "This answer uses ndimage (line 1 of the answer cell), a helper of the tests that an answer may not use.",
    ),
}


@pytest.mark.parametrize(("exercise", "answer", "sentence"), TOLD.values(), ids=TOLD.keys())
def test_the_sentence_says_what_the_tests_alone_import(exercise: str, answer: str, sentence: str) -> None:
    book = cells(answer) if exercise == "conv" else cells("def conv(x): return x", other=answer)
    assert told(uses(book, RULES)[exercise], book, exercise) == sentence


EVASIVE = {
    "exec": ("exec('c = 1')", "calls exec"),
    "eval": ("def f(): return eval('np')", "calls eval"),
    "compile": ("compile('1', '', 'eval')", "calls compile"),
    "a computed name": ("def f(n): return getattr(np, 'con' + n)", "calls getattr with a name that is computed"),
    "__dict__": ("np.__dict__['convolve']", "uses __dict__"),
    "vars": ("vars(np)['convolve']", "calls vars"),
    "globals": ("globals()['np']", "uses globals"),
    "sys.modules": ("import sys\nsys.modules['numpy']", "uses sys.modules"),
    "a caller's variables": ("def f(frame): return frame.f_locals['expected']", "uses f_locals"),
    "the frame of a caller": ("def f(frame): return frame.f_back", "uses f_back"),
    "the running frame": ("import inspect\ninspect.currentframe()", "uses currentframe"),
    "the running frame, by its name": ("from inspect import currentframe\ncurrentframe()", "uses currentframe"),
    "a frame of sys": ("import sys\nsys._getframe(1)", "uses _getframe"),
    "a computed import": (
        "import importlib\nimportlib.import_module('nu' + 'mpy')",
        "imports a module by a name that is computed",
    ),
    "__import__ computed": ("__import__('nu' + 'mpy')", "imports a module by a name that is computed"),
    "resolve_name computed": (
        "import pkgutil\npkgutil.resolve_name('numpy' + ':convolve')",
        "imports a module by a name that is computed",
    ),
    "pickle": (
        "import pickle\npickle.loads(b'cnumpy\\nconvolve\\n.')",
        "unpickles, which can fetch any function",
    ),
    "put into a module": ("np.other = np.convolve", "puts something into a module (np.other)"),
    "a file that is run": ("%run other.py", "uses the magic run"),
    "a file that is written": ("%%writefile other.py\nx = 1", "uses the magic writefile"),
    "too deep": ("x = " + "+".join("1" * 500), "is nested too deeply to be read"),
}


@pytest.mark.parametrize(("source", "what"), EVASIVE.values(), ids=EVASIVE.keys())
def test_what_looks_evasive_is_listed(source: str, what: str) -> None:
    assert what in [one.what for one in evasions(cells("def conv(x): return x", source))]
    assert found("def conv(x): return x", source) == []


def test_honest_code_does_not_look_evasive() -> None:
    plain = "class A:\n    def f(self, n): return getattr(self, n), vars(self), self.__dict__, getattr(n, 'x', 1)\n"
    plain += (
        "model = A()\nmodel.eval()\nnp.random.seed(1)\ntorch.backends.cudnn.deterministic = True\n%matplotlib inline"
    )
    assert evasions(cells(plain, HELPERS)) == []
    assert evasions([CodeCell("exec('1')", Owner.GIVEN)]) == []
