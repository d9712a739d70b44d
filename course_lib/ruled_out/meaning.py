"""What an expression may stand for: functions of the student's, and parts of libraries by their whole names."""

from __future__ import annotations

import ast
import builtins
import contextlib
from collections.abc import Iterable, Iterator

from course_lib.ruled_out.code_places import Place
from course_lib.ruled_out.rules import RuledOut
from course_lib.ruled_out.scopes import Binding, Function, local_bindings
from course_lib.ruled_out.timeline import Timeline


class Meaning:
    """What expressions stand for when the test of an exercise runs.

    Args:
        timeline: the definitions of the notebook.
        ruled_out: says which modules matter.
        moment: when the test runs, and with it all functions.
    """

    def __init__(self, timeline: Timeline, ruled_out: RuledOut, moment: int) -> None:
        self._timeline, self._ruled_out, self._moment = timeline, ruled_out, moment
        self._passed: dict[tuple[int, str], list[tuple[ast.expr, Place]]] = {}
        self._open: set[tuple[int, str]] = set()

    @property
    def arguments(self) -> int:
        """How many arguments that bring modules are known."""
        return sum(map(len, self._passed.values()))

    def pass_on(self, call: ast.Call, place: Place) -> None:
        """Keep what a call hands to a function of the student's, where it is a module or something of one."""
        for function, _ in self._functions(call.func, place):
            positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
            given = [*zip(positional, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
            for name, argument in given:
                known = self._passed.setdefault((id(function), str(name)), [])
                if all(argument is not one for one, _ in known) and self.paths(argument, place):
                    known.append((argument, place))

    def inside(self, function: Function, place: Place) -> Place:
        """Where the body of a function stands: it runs when the test does."""
        return place.inside(function, local_bindings(function), self._moment)

    def is_one_of(self, node: ast.expr, place: Place, *paths: str) -> bool:
        """Whether an expression stands for one of the objects of these whole names, and is spelled so."""
        match node:
            case ast.Attribute(attr=name):
                paths = tuple(path for path in paths if path.endswith(f".{name}"))
            case ast.Name():
                pass
            case _:
                return False
        return bool(paths) and not self.paths(node, place).isdisjoint(paths)

    def paths(self, node: ast.expr, place: Place) -> set[str]:
        """The whole names of what an expression may stand for, where that is of a module: numpy.convolve."""
        match node:
            case ast.Name(id=name):
                return self._of_name(name, place)
            case ast.Attribute(value=value, attr=attribute):
                return {f"{path}.{attribute}" for path in self.paths(value, place)}
            case ast.IfExp(body=one, orelse=other):
                return self._of_any((one, other), place)
            case (
                ast.BoolOp(values=values)
                | ast.Subscript(value=ast.Tuple(elts=values) | ast.List(elts=values) | ast.Dict(values=values))
            ):
                return self._of_any(values, place)
            case ast.NamedExpr(value=value):
                return self.paths(value, place)
            case ast.Call():
                return self._of_call(node, place)
        return set()

    def is_foreign(self, node: ast.expr, place: Place) -> bool:
        """Whether an expression is surely made by a library: a module of it, what a function of it returned."""
        match node:
            case ast.Call(func=ast.Attribute(value=inner) as function):
                return bool(self.paths(function, place)) or self.is_foreign(inner, place)
            case ast.Call(func=function):
                return any(not path.startswith("builtins.") for path in self.paths(function, place))
            case ast.BinOp(left=left, right=right):
                return self.is_foreign(left, place) or self.is_foreign(right, place)
            case ast.Subscript(value=inner):
                return self.is_foreign(inner, place)
            case ast.Name(id=name) if not self.paths(node, place):
                with self._once((-1, name)) as first:
                    held = self._held(name, place) if first else []
                    return any(b.value is not None and self.is_foreign(b.value, where) for b, where in held)
        return bool(self.paths(node, place))

    def _functions(self, node: ast.expr, place: Place) -> Iterator[tuple[Function, Place]]:
        """The student's own functions that an expression may stand for, and where they are defined."""
        if isinstance(node, ast.Lambda):
            yield node, place
        elif isinstance(node, ast.Name):
            for binding, where in self._held(node.id, place):
                held = binding.node or binding.value
                if isinstance(held, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                    yield held, where

    def _held(self, name: str, place: Place) -> list[tuple[Binding, Place]]:
        """What a name holds: bindings of the student's and imports, each with where it stands."""
        scope, held = place.local(name)
        if scope is not None:
            here = Place(place.cell, place.moment, scope)
            passed = self._passed.get((id(scope.node), name), [])
            return [(b, here) for b in held] + [(Binding(name, value=value), where) for value, where in passed]
        timeline = self._timeline
        definitions, _ = timeline.at(name, place.moment)
        # Of given code, only its imports are known: the student may use the rest.
        return [(d.binding, Place(d.cell, d.moment - 1)) for d in definitions if timeline.is_own(d) or d.binding.path]

    def _of_any(self, nodes: Iterable[ast.expr], place: Place) -> set[str]:
        return {path for node in nodes for path in self.paths(node, place)}

    def _of_name(self, name: str, place: Place) -> set[str]:
        scope, _ = place.local(name)
        found: set[str] = set()
        with self._once((id(scope.node) if scope else 0, name)) as first:
            if not first:
                return found
            for binding, where in self._held(name, place):
                if binding.path:
                    found.add(binding.path)
                elif binding.value is not None:
                    found |= self.paths(binding.value, where)
        if scope is None and not self._timeline.at(name, place.moment)[1]:
            if hasattr(builtins, name):
                found.add(f"builtins.{name}")
            else:
                stars = self._timeline.stars(place.moment)
                found |= {f"{module}.{name}" for module in stars if self._ruled_out.may_come_by_star(module, name)}
        return found

    def _of_call(self, call: ast.Call, place: Place) -> set[str]:
        """Of getattr(module, "name"), import_module("name") and the like, and own functions that return a module."""
        match call:
            case ast.Call(func=function, args=[owner, ast.Constant(value=str(name)), *_]) if self.is_one_of(
                function, place, "builtins.getattr"
            ):
                return {f"{path}.{name}" for path in self.paths(owner, place)}
            case ast.Call(func=ast.Call(func=function, args=[ast.Constant(value=str(name))]), args=[owner]) if (
                self.is_one_of(function, place, "operator.attrgetter")
            ):
                return {f"{path}.{name}" for path in self.paths(owner, place)}
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if self.is_one_of(
                function, place, "importlib.import_module"
            ):
                return {name}
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if self.is_one_of(
                function, place, "pkgutil.resolve_name", "pydoc.locate"
            ):
                return {name.replace(":", ".")}
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *rest]) if self.is_one_of(
                function, place, "builtins.__import__"
            ):
                whole = len(rest) > 2 or any(keyword.arg == "fromlist" for keyword in call.keywords)
                return {name if whole else name.split(".")[0]}
        found: set[str] = set()
        for own, where in self._functions(call.func, place):
            with self._once((id(own), "return")) as first:
                if first:
                    found |= self._of_any(_returned(own), self.inside(own, where))
        return found

    @contextlib.contextmanager
    def _once(self, question: tuple[int, str]) -> Iterator[bool]:
        """Whether this question is not being answered already, as it is in `f = g` with `g = f`."""
        first = question not in self._open
        self._open.add(question)
        try:
            yield first
        finally:
            if first:
                self._open.discard(question)


def _returned(function: Function) -> list[ast.expr]:
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
