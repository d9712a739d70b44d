"""A verdict is the test's own: it goes through check, and about the names that the student defined."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring.rules.syntax_trees import names_of_answers, trees
from grader.authoring.source import Problem, Source

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def own_names(source: Source) -> Iterator[Problem]:
    """A test neither deletes nor binds the name of an answer: what it then calls would not be the student's."""
    answers = names_of_answers(source)
    for cell, tree in trees(source, "tests"):
        for node, name in _bound(tree):
            if name in answers:
                what = "deletes" if isinstance(getattr(node, "ctx", None), ast.Del) else "gives a new value to"
                message = f"the test {what} {name}, the name of an answer: take another name."
                yield source.problem(cell, message, getattr(node, "lineno", 1) - 1)


def plain_asserts(source: Source) -> Iterator[Problem]:
    """No plain assert: an object of the student's decides itself what == says, and whether it is true."""
    for cell, tree in trees(source, "tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert):
                message = (
                    "a plain assert: an object of the student's can make any comparison come out true, and the student "
                    "is not told what went wrong. Write check.close(got, expected), check.equal or check.that."
                )
                yield source.problem(cell, message, node.lineno - 1)


def _bound(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Each place that binds or deletes a name of the cell's own scope; functions and comprehensions have theirs."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Name(ctx=ast.Store() | ast.Del(), id=name):
                yield child, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield child, name
            case ast.alias(name=name, asname=other):
                yield child, (other or name).split(".")[0]
            case ast.ExceptHandler(name=str(name)):
                yield child, name
            case ast.Global(names=names):
                yield from ((child, name) for name in names)
        if not isinstance(child, _SCOPES):
            yield from _bound(child)
        else:
            yield from _walruses(child)


def _walruses(scope: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """A walrus in a comprehension binds outside of it; `global` in a function does too."""
    is_function = isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for node in ast.walk(scope):
        if isinstance(node, ast.NamedExpr) and not is_function:
            yield node.target, node.target.id
        elif isinstance(node, ast.Global):
            yield from ((node, name) for name in node.names)
