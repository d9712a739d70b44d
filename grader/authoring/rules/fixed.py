"""Which values a call cannot change: numbers, texts, tuples of these, functions and modules."""

from __future__ import annotations

import ast
from collections.abc import Collection

_SCALARS = {"int", "float", "complex", "bool", "str", "len", "range", "round", "ord", "hash", "slice"}
FACTS = {"shape", "dtype", "ndim", "size", "device"}  # of an array: no change of its numbers changes them
_NUMBERS = {"item", "numel", "dim"}  # methods that return one


def is_fixed(node: ast.expr, known: Collection[str]) -> bool:
    """Whether no call that is given the value of `node` can change it; `known` are the names of which that is known."""
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Lambda() | ast.Compare() | ast.GeneratorExp():
            return True
        case ast.Name(id=name):
            return name in known
        case ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            return all(is_fixed(part, known) for part in parts)
        case ast.BinOp(left=left, right=right):
            return is_fixed(left, known) and is_fixed(right, known)
        case ast.UnaryOp(operand=inner) | ast.Starred(value=inner):
            return is_fixed(inner, known)
        case ast.IfExp(body=one, orelse=other):
            return is_fixed(one, known) and is_fixed(other, known)
        case ast.Attribute(value=inner, attr=name):
            return name in FACTS or is_fixed(inner, known)
        case ast.Subscript(value=inner):
            return is_fixed(inner, known)
        case ast.Call(func=ast.Name(id=name)):
            return name in _SCALARS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _NUMBERS
    return False


def elements(iterable: ast.expr, known: Collection[str]) -> list[ast.expr]:
    """Expressions that stand for all elements of an iterable; none when they are not known."""
    match iterable:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return parts
        case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one) | ast.SetComp(elt=one):
            return [one]
        case ast.Call(func=ast.Name(id="range")):
            return [ast.Constant(0)]
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
            return [ast.Tuple([ast.Constant(0), one], ast.Load()) for one in elements(inner, known)]
        case ast.Call(func=ast.Name(id="zip"), args=[*several]):
            columns = [elements(part, known) for part in several]
            return [ast.Tuple(list(row), ast.Load()) for row in zip(*columns, strict=False)] if all(columns) else []
    return [ast.Constant(0)] if is_fixed(iterable, known) else []
