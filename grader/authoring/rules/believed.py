"""A test does not believe what given code says that runs in the student's process: a submission can bind it anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.authoring import code
from grader.authoring.rules.syntax_trees import trees
from grader.authoring.source import Problem, Source

# What is judged, and what it is compared with: the positional arguments of these checks, and these keywords.
_JUDGED = {"close": 2, "equal": 2, "shape": 2, "dtype": 2, "that": 1}
_KEYWORDS = {"expected", "got", "condition"}
_PASSING_ON = {
    *("int", "float", "complex", "bool", "str", "round", "abs", "len", "sum", "min", "max", "any", "all", "next"),
    *("list", "tuple", "set", "dict", "sorted", "reversed", "enumerate", "zip", "iter", "getattr", "type"),
}


def given_code(source: Source) -> Iterator[Problem]:
    """No check judges, or compares with, what a `for_tests` function returned, or what its object says of itself.

    The test may pass it to an answer, and may compute with the data that it is: a network that the tester builds from
    bytes of a file is the tester's own.
    """
    makers = {name for cell, tree in trees(source, "given") if cell.is_for_tests for name in code.top_level_names(tree)}
    for cell, tree in trees(source, "tests"):
        taken = _Taken(makers)
        taken.follow(tree)
        for call in code.method_calls(tree, "check"):
            judged = [*call.node.args[: _JUDGED.get(call.name, 0)]]
            judged += [word.value for word in call.node.keywords if word.arg in _KEYWORDS and call.name in _JUDGED]
            maker = next(filter(None, map(taken.source, judged)), "")
            if maker:
                message = (
                    f"check.{call.name} believes what {maker} returned. That runs in the student's process, and a "
                    f"submission can bind {maker} anew, so it may say anything. Make the object in the test, whose "
                    "functions and methods the answer can call; or let the tester compute with the data that comes."
                )
                yield source.problem(cell, message, call.line)


class _Taken:
    """Which names of a test stand for something that came from given code, and from which function."""

    def __init__(self, makers: set[str]) -> None:
        self._functions = {name: name for name in makers}
        self._makers: dict[str, str] = {}

    def follow(self, tree: ast.Module) -> None:
        """Go through the cell until nothing more is found: a helper may be defined below what it uses."""
        before = -1
        while before != len(self._makers) + len(self._functions):
            before = len(self._makers) + len(self._functions)
            for node in ast.walk(tree):
                self._bind(node)

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._assign(target, value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._assign(target, value)
            case ast.FunctionDef(name=name):
                returned = [n.value for n in ast.walk(node) if isinstance(n, ast.Return) and n.value is not None]
                maker = next(filter(None, map(self.source, returned)), "")
                if maker:
                    self._functions.setdefault(name, maker)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if _parts_of_tuple(target) and len(_parts_of_tuple(target)) == len(_parts_of_tuple(value)):
            for one, part in zip(_parts_of_tuple(target), _parts_of_tuple(value), strict=True):
                self._assign(one, part)
            return
        if isinstance(value, ast.Lambda):
            if isinstance(target, ast.Name) and (maker := self.source(value.body)):
                self._functions.setdefault(target.id, maker)
            return
        if maker := self.source(value):
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    self._makers.setdefault(name.id, maker)

    def source(self, node: ast.AST) -> str:
        """The function of the given code that this comes from; '' for what is the test's or the answer's."""
        match node:
            case ast.Name(id=name):
                return self._makers.get(name, "")
            case ast.Call(func=ast.Name(id=name), args=args):
                if name in self._functions:
                    return self._functions[name]
                return self._first(args) if name in _PASSING_ON else ""
            case ast.Call(func=ast.Attribute(value=inner)):
                return self.source(inner)
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                return self.source(inner)
            case ast.ListComp(elt=one) | ast.SetComp(elt=one) | ast.GeneratorExp(elt=one):
                return self.source(one) or self._first([part.iter for part in node.generators])
            case ast.Lambda() | ast.Call() | ast.JoinedStr() | ast.Constant():
                return ""
        return self._first(list(ast.iter_child_nodes(node)))

    def _first(self, nodes: list[ast.AST] | list[ast.expr]) -> str:
        return next(filter(None, map(self.source, nodes)), "")


def _parts_of_tuple(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List) else []
