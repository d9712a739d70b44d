"""What SymPy would run as code is not run, where it may be the submission's."""

from __future__ import annotations

import pytest
from support.small_notebooks import fails, passes

ATTACKS = """
import sympy as sp
x = sp.Symbol('x')
CODE = "__import__('builtins').print('it ran')"
def text(): return CODE
def looks(): return "().__class__.__base__"
def name(): return sp.Symbol(CODE)
def called(): return sp.Function('print')(sp.Function('chr')(x))
def parsed(): return "Function('print')(x)"
class Printed:
    def __str__(self): return CODE
    __repr__ = __str__
    def _lambdacode(self, *_): return CODE
    _numpycode = _pythoncode = _sympystr = _lambdacode
def printed(): return Printed()
class Sympy(Printed):
    __sympy__ = True
    def _sympy_(self): return CODE
def converted(): return Sympy()
class Called(sp.Function):
    def _numpycode(self, *_): return CODE
    _lambdacode = _numpycode
def own(): return Called(x)"""
USES = ("sympy.sympify({})", "sympy.simplify({})", "sympy.lambdify(sympy.Symbol('x'), {})(1)", "sympy.Eq({}, 1)")


@pytest.mark.parametrize("result", ["text", "looks", "name", "called", "parsed", "printed", "converted", "own"])
def test_a_result_is_not_run(result: str) -> None:
    attempt = "try:\n    print({})\nexcept Exception as error:\n    print(type(error))"
    uses = "\n".join(attempt.format(use.format(f"{result}()")) for use in USES)
    test = f"""
import io, sympy
from contextlib import redirect_stdout
told = io.StringIO()
with redirect_stdout(told):
    {uses.replace(chr(10), chr(10) + "    ")}
assert "it ran" not in told.getvalue().split(chr(10)), told.getvalue()"""
    passes(ATTACKS, test)


def test_the_error_says_what_is_wrong() -> None:
    for use in ("sympy.sympify(text())", "sympy.lambdify(sympy.Symbol('x'), text())"):
        assert fails(ATTACKS, f"import sympy\n{use}").startswith("CodeRefused")


def test_what_tests_do_with_text_of_their_own_works() -> None:
    passes(
        "import sympy as sp\nx = sp.Symbol('x')\ne = sp.sin(x)**2 + sp.pi",
        r"""
import sympy
from sympy import Symbol, lambdify, sympify
X, n, i = Symbol('x'), Symbol('n', integer=True), Symbol('i', integer=True)
assert sympify('x**2 + sin(x) + 2.5') == X**2 + sympy.sin(X) + 2.5 and sympify('f(x)') == sympy.Function('f')(X)
assert sympify('sqrt(x)/2 > 1') == (sympy.sqrt(X)/2 > 1) and sympy.solve('x**2 - 4') == [-2, 2]
assert abs(lambdify(x, e)(0) - np.pi) < 1e-9 and lambdify(n, sympy.Sum(i, (i, 1, n)))(3) == 6
assert lambdify(X, sympy.Matrix([[X, sympy.exp(X)]]))(0).tolist() == [[0, 1]]
assert lambdify(X, sympy.And(X > 1, X < 3))(2)
assert np.allclose(lambdify(X, sympy.Piecewise((X, X > 0), (0, True)))(np.array([1., -1.])), [1, 0])
a = Symbol(r'\alpha')
assert lambdify(a, sympy.Max(a, 2) + sympy.gamma(a))(3) == 5 and lambdify(X, X**2, modules='sympy')(X) == X**2""",
    )
