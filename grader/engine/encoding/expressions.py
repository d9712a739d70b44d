"""Expressions of SymPy as nodes, and back: a tree of class names with their arguments.

Classes are those of a list, found in the receiver's own SymPy. Nothing is parsed or evaluated: an expression is built
as it was, and what would come out as another one is refused. SymPy's `lambdify` and its printers write the names of
symbols and of undefined functions into code, which the receiver may run: so only names that are no code are taken.
"""

from __future__ import annotations

import builtins
import functools
import re
import sys
from typing import Any

from grader.engine.encoding import tags
from grader.engine.encoding.pack import Pack, Packer, pack_int
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker

_MOST_PARTS = 20_000
_MOST_LEVELS = 100
_MOST_PRECISION = 100_000  # bits of a number with a point
_MOST_EXPONENT = 10_000_000
_MOST_LENGTH = 1 << 20  # rows or columns of a matrix

_SYMBOL = re.compile(r"[\w\\{}^, ]{1,100}|\+|-|\+-")  # the signs are the sides of a limit
_FUNCTION = re.compile(
    r"(?:[A-Za-zα-ωΑ-Ω]|alpha|beta|gamma|delta|epsilon|eta|theta|kappa|lambda|mu|nu|xi|rho|sigma|tau|phi|chi|psi|omega"
    r"|Gamma|Delta|Theta|Xi|Sigma|Phi|Psi|Omega)(?:_?\d{1,3})?"
)
_FACTS = frozenset(
    (
        *("algebraic", "antihermitian", "commutative", "complex", "composite", "even", "extended_negative", "finite"),
        *("extended_nonnegative", "extended_nonpositive", "extended_nonzero", "extended_positive", "extended_real"),
        *("hermitian", "imaginary", "infinite", "integer", "irrational", "negative", "noninteger", "nonnegative"),
        *("nonpositive", "nonzero", "odd", "polar", "positive", "prime", "rational", "real", "transcendental", "zero"),
    )
)

_CONSTANTS = (
    *("Infinity", "NegativeInfinity", "ComplexInfinity", "NaN", "Pi", "Exp1", "ImaginaryUnit", "GoldenRatio"),
    *("TribonacciConstant", "EulerGamma", "Catalan", "EmptySet", "UniversalSet", "Reals", "Integers", "Naturals"),
    *("Naturals0", "Rationals", "Complexes", "true", "false"),
)
_ARITHMETIC = ("Add", "Mul", "Pow")
_UNEVALUATED = (  # built with evaluate=False
    *("Mod", "Equality", "Unequality", "StrictLessThan", "LessThan", "StrictGreaterThan", "GreaterThan", "And", "Or"),
    *("Not", "Xor", "Nand", "Nor", "Implies", "Equivalent", "ITE", "FiniteSet", "Union", "Intersection", "Complement"),
    *("SymmetricDifference", "Contains"),
)
_INERT = (  # evaluate nothing
    *("Tuple", "Dict", "Interval", "ProductSet", "ConditionSet", "ImageSet", "Range", "Integral", "Sum", "Product"),
    *("Limit", "Lambda", "Subs", "Derivative"),
)
_MATRICES = ("ImmutableDenseMatrix", "ImmutableSparseMatrix", "MutableDenseMatrix", "MutableSparseMatrix")


def packer_for(kind: type) -> Pack | None:
    """The function that packs values of this type of SymPy, or None. SymPy is not imported for the question."""
    sympy = _imported()
    if sympy is None:
        return None
    bases = type.__dict__["__mro__"].__get__(kind)
    if sympy.MatrixBase in bases or sympy.Basic in bases or kind is sympy.core.function.UndefinedFunction:
        return _pack
    return None


def is_expression(value: Any) -> bool:
    """Is this an expression of SymPy, which cannot change?"""
    sympy = _imported()
    return sympy is not None and isinstance(value, sympy.Basic)


def is_mutable(value: Any) -> bool:
    """Is this a matrix of SymPy that can be changed in place?"""
    sympy = _imported()
    return sympy is not None and isinstance(value, sympy.MatrixBase) and not isinstance(value, sympy.Basic)


def snapshot(value: Any) -> tuple[Any, ...]:
    """What a matrix holds, to see later whether it has changed."""
    return (*value.shape, *value.flat())


def unpack(unpacker: Unpacker, node: list[Node]) -> Any:
    """The expression of an EXPRESSION node."""
    _, tree, mutable = unpacker.parts(node, 3)
    number = unpacker.reserve() if mutable is True else None
    try:
        made = _Builder(unpacker).build(tree)
    except RefusedValue:
        raise
    except ImportError:
        raise RefusedValue("an expression of SymPy, which is not installed here") from None
    except Exception as error:  # SymPy's classes have many ways to refuse their arguments
        raise RefusedValue(f"an expression is malformed: {type(error).__name__}") from None
    if is_mutable(made) != (number is not None):
        raise RefusedValue("an expression is malformed")
    return made if number is None else unpacker.keep(number, made)


def _imported() -> Any:
    sympy = sys.modules.get("sympy")
    return sympy if hasattr(sympy, "lambdify") else None  # one of the last names that its import defines


def _pack(packer: Packer, value: Any) -> Node:
    try:
        tree = _Describer().describe(value)
        again = _Builder(Unpacker()).build(tree)
    except Exception:  # of a kind that is not sent, or another one when it is built anew
        return packer.other(value)
    if type(again) is not type(value) or again != value:
        return packer.other(value)
    mutable = is_mutable(value)
    if mutable:
        packer.note_mutable(value)
    return [tags.EXPRESSION, tree, mutable]


@functools.cache
def _classes() -> dict[str, type]:
    """The classes that may occur, by name."""
    import sympy
    from sympy.functions.elementary.piecewise import ExprCondPair

    found = {name: getattr(sympy, name) for name in (*_ARITHMETIC, *_UNEVALUATED, *_INERT)}
    for name, value in vars(sympy.functions).items():
        if isinstance(value, type) and issubclass(value, sympy.core.function.Application) and value.__name__ == name:
            found[name] = value
    return {**found, "ExprCondPair": ExprCondPair}


@functools.cache
def _constants() -> dict[type, str]:
    """The types of SymPy's constants, each with the constant's name."""
    import sympy

    return {type(getattr(sympy.S, name)): name for name in _CONSTANTS}


def is_symbol_name(name: Any) -> bool:
    """May a symbol have this name? None that calls something where it is printed into code."""
    return type(name) is str and bool(_SYMBOL.fullmatch(name))


def is_function_name(name: Any) -> bool:
    """May an undefined function have this name? None that code could call."""
    import sympy

    taken = hasattr(builtins, str(name)) or hasattr(sympy, str(name))
    return type(name) is str and bool(_FUNCTION.fullmatch(name)) and not taken


def _is_facts(facts: Any) -> bool:
    """Are these assumptions of a symbol or function?"""
    if type(facts) is not list or len(facts) > 64:
        return False
    pairs = all(type(f) is list and len(f) == 2 and type(f[0]) is str and type(f[1]) is bool for f in facts)
    return pairs and {name for name, _ in facts} <= _FACTS


class _Describer:
    """Makes the tree of one expression. Raises EncodingError for what is not sent."""

    def __init__(self) -> None:
        self._parts = self._level = 0

    def describe(self, value: Any) -> Node:
        self._parts += 1
        if self._parts > _MOST_PARTS or self._level > _MOST_LEVELS:
            raise EncodingError("an expression of so many parts cannot be sent")
        self._level += 1
        try:
            return self._described(value)
        finally:
            self._level -= 1

    def _described(self, value: Any) -> Node:
        import sympy

        kind = type(value)
        if kind is sympy.Symbol or kind is sympy.Dummy:
            index = int(value.dummy_index) if kind is sympy.Dummy else None
            return ["symbol", value.name, _facts(_given(value)), None if index is None else pack_int(index)]
        if isinstance(value, sympy.Rational):
            return ["number", pack_int(int(value.p)), pack_int(int(value.q))]
        if kind is sympy.Float:
            sign, mantissa, exponent, bits = map(int, value._mpf_)
            return ["float", [sign, pack_int(mantissa), exponent, bits], int(value._prec)]
        if kind in _constants():
            return ["constant", _constants()[kind]]
        if kind is sympy.core.function.UndefinedFunction:
            return ["function", value.name, _facts(value._kwargs), None]
        if isinstance(kind, sympy.core.function.UndefinedFunction):
            return ["function", kind.name, _facts(kind._kwargs), self._all(value.args)]
        if kind.__name__ in _MATRICES and kind is getattr(sympy, kind.__name__):
            rows, columns = value.shape
            if rows * columns > _MOST_PARTS:
                raise EncodingError("a matrix of so many elements cannot be sent")
            return ["matrix", kind.__name__, rows, columns, self._all(value.flat())]
        if _classes().get(kind.__name__) is kind:
            return ["class", kind.__name__, self._all(value.args)]
        raise EncodingError(f"an expression of type {kind.__name__} cannot be sent")

    def _all(self, values: Any) -> list[Node]:
        return [self.describe(value) for value in values]


def _given(symbol: Any) -> dict[str, Any]:
    """The assumptions that a symbol was made with; where SymPy does not keep these, all that follow from them."""
    found: dict[str, Any] = getattr(symbol, "_assumptions_orig", symbol.assumptions0)
    return found


def _facts(facts: dict[str, Any]) -> list[Node]:
    return [[name, fact] for name, fact in facts.items() if fact is not None]


class _Builder:
    """Builds one expression. Raises RefusedValue, or an error of SymPy, for a malformed one."""

    def __init__(self, unpacker: Unpacker) -> None:
        self._unpacker = unpacker
        self._parts = self._level = 0

    def build(self, node: Node) -> Any:
        self._parts += 1
        if self._parts > _MOST_PARTS or self._level > _MOST_LEVELS:
            raise RefusedValue("an expression of too many parts")
        if type(node) is not list or not node or type(node[0]) is not str or node[0] not in _PARTS:
            raise RefusedValue("an expression is malformed")
        if len(node) != _PARTS[node[0]] + 1:
            raise RefusedValue("an expression is malformed")
        self._level += 1
        try:
            return getattr(self, f"_{node[0]}")(*node[1:])
        finally:
            self._level -= 1

    def _all(self, nodes: Node) -> list[Any]:
        if type(nodes) is not list:
            raise RefusedValue("an expression is malformed")
        return [self.build(node) for node in nodes]

    def _int(self, node: Node) -> int:
        number = self._unpacker.unpack(node)
        if type(number) is not int:
            raise RefusedValue("a number of an expression is malformed")
        return number

    def _symbol(self, name: Node, facts: Node, index: Node) -> Any:
        import sympy

        if not is_symbol_name(name) or not _is_facts(facts):
            raise RefusedValue("a symbol is malformed")
        made = sympy.Symbol if index is None else functools.partial(sympy.Dummy, dummy_index=self._int(index))
        return _kept(made(name, **dict(facts)), lambda symbol: _facts(_given(symbol)) == facts)

    def _number(self, numerator: Node, denominator: Node) -> Any:
        import sympy

        parts = self._int(numerator), self._int(denominator)
        if parts[1] < 1:
            raise RefusedValue("a number of an expression is malformed")
        return _kept(sympy.Rational(*parts), lambda number: (number.p, number.q) == parts)

    def _float(self, number: Node, precision: Node) -> Any:
        import sympy

        if type(number) is not list or len(number) != 4 or type(precision) is not int:
            raise RefusedValue("a number of an expression is malformed")
        parts = tuple(map(self._int, number))
        if not 1 <= precision <= _MOST_PRECISION or abs(parts[2]) > _MOST_EXPONENT or parts[1] >> (precision + 1):
            raise RefusedValue("a number of an expression is malformed")
        made = sympy.Float(parts if parts[1] else "0.0", precision=precision)
        return _kept(made, lambda value: type(value) is sympy.Float and tuple(map(int, value._mpf_)) == parts)

    def _constant(self, name: Node) -> Any:
        import sympy

        if name not in _CONSTANTS:
            raise RefusedValue("a constant that is not allowed")
        return getattr(sympy.S, name)

    def _function(self, name: Node, facts: Node, args: Node) -> Any:
        import sympy

        if not is_function_name(name) or not _is_facts(facts):
            raise RefusedValue("a function is malformed")
        function = _kept(sympy.Function(name, **dict(facts)), lambda made: _facts(made._kwargs) == facts)
        if args is None:
            return function
        values = self._all(args)
        return _kept(function(*values, evaluate=False), lambda made: made.args == tuple(values))

    def _matrix(self, name: Node, rows: Node, columns: Node, elements: Node) -> Any:
        import sympy

        if name not in _MATRICES or not all(type(n) is int and 0 <= n <= _MOST_LENGTH for n in (rows, columns)):
            raise RefusedValue("a matrix is malformed")
        values = self._all(elements)
        if len(values) != rows * columns:
            raise RefusedValue("a matrix of another number of elements than it says")
        return _kept(getattr(sympy, name)(rows, columns, values), lambda made: made.flat() == values)

    def _class(self, name: Node, nodes: Node) -> Any:
        import sympy

        kind: Any = _classes().get(name) if type(name) is str else None
        if kind is None:
            raise RefusedValue("an expression of a class that is not allowed")
        args = self._all(nodes)
        if name in _ARITHMETIC and not all(isinstance(arg, sympy.Expr) for arg in args):
            raise RefusedValue("arithmetic with something else than expressions")
        made = kind(*args) if name in _INERT or name == "ExprCondPair" else kind(*args, evaluate=False)
        return _kept(made, lambda value: type(value) is kind and value.args == tuple(args))


_PARTS = {"symbol": 3, "number": 2, "float": 2, "constant": 1, "function": 3, "matrix": 4, "class": 2}
"""The kinds of nodes, and how many parts each has."""


def _kept(made: Any, is_same: Any) -> Any:
    if not is_same(made):
        raise RefusedValue("an expression that would be another one")
    return made
