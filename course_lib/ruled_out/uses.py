"""Where an answer uses what its exercise rules out: followed from the test through the student's own code."""

from __future__ import annotations

import ast
import builtins
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from course_lib.ruled_out.cells import CodeCell, Owner
from course_lib.ruled_out.parts import Part, code_behind, part_of
from course_lib.ruled_out.rules import Rule, Rules
from course_lib.ruled_out.same import really
from course_lib.ruled_out.scopes import (
    Binding,
    Comprehension,
    Function,
    bindings,
    local_bindings,
    loop_bindings,
)
from course_lib.ruled_out.stars import brings
from course_lib.ruled_out.timeline import Definition, Timeline

_TESTS = "_tests"
_CALL = Part("()", item=False)  # what a call reads of a function: none of its attributes
_NAMING = (ast.Name, ast.Attribute, ast.Tuple, ast.BinOp, ast.BitOr, ast.Constant, ast.Load)  # torch.Tensor | None


@dataclass(frozen=True)
class Use:
    """A place where an answer uses what is ruled out.

    Attributes:
        name: what is used, in the words of the rule: `np.convolve`.
        cell: position of the cell among those that were given.
        line: of the cell, counted from 1.
        helper: whether it is a helper of the tests.
        imported: whether it is one that only the tests import, and that the answer may import for itself.
    """

    name: str
    cell: int
    line: int
    helper: bool = False
    imported: bool = False


def uses(cells: Sequence[CodeCell], rules: Rules) -> dict[str, list[Use]]:
    """What each exercise's answer uses although it is ruled out, the answer's own cell first; {} where all is well."""
    if not rules:
        return {}
    timeline = Timeline(cells)
    imports = {"np": "numpy"} | timeline.imports()
    exercises = [cell.name.removesuffix(_TESTS) for cell in cells if cell.owner is Owner.TEST]
    found = {}
    for exercise in dict.fromkeys([*exercises, *rules.ruled_out]):
        ruled = [Rule.of(text, imports) for text in rules.ruled_out.get(exercise, ())]
        if not ruled and not rules.tests_only:
            continue
        if own := _of_exercise(timeline, exercise, ruled, rules.tests_only):
            found[exercise] = own
    return found


def _of_exercise(timeline: Timeline, exercise: str, rules: list[Rule], tests_only: frozenset[str]) -> list[Use]:
    test = _position(timeline, f"{exercise}{_TESTS}", Owner.TEST)
    answer = _position(timeline, exercise, Owner.STUDENT)
    moment = timeline.end if test is None else timeline.begins[test]
    found: dict[tuple[str, int, int], Use] = {}
    passed: dict[tuple[int, str], list[tuple[ast.expr, _Env]]] = {}
    while True:  # until it is known what is passed to the student's own functions
        before = sum(map(len, passed.values()))
        walk = _Walk(timeline, rules, tests_only, moment, passed)
        with contextlib.suppress(RecursionError):  # of a chain that nobody writes by hand; what was found counts
            walk.run(_roots(timeline, test, answer, moment))
        found |= walk.found
        if sum(map(len, passed.values())) == before:
            return sorted(found.values(), key=lambda use: (use.cell != answer, use.cell, use.line))


def _position(timeline: Timeline, name: str, owner: Owner) -> int | None:
    return next((n for n, cell in enumerate(timeline.cells) if cell.name == name and cell.owner is owner), None)


def _roots(timeline: Timeline, test: int | None, answer: int | None, moment: int) -> list[str]:
    """The names of the student's that the test of the exercise calls, also through given code."""
    tree = timeline.cells[test].tree if test is not None else None
    if tree is None:
        return timeline.names_of(answer) if answer is not None else []
    names, waiting, found = set[str](), [*_free(tree)], list[str]()
    while waiting:
        if (name := waiting.pop()) in names:
            continue
        names.add(name)
        definitions, _ = timeline.at(name, moment)
        for definition in definitions:
            if timeline.cells[definition.cell].owner is Owner.GIVEN:
                waiting += [part for node in definition.binding.code for part in _free(node)]
            elif not _is_of_another(timeline, name, definition.cell, answer):
                found.append(name)
        if name in timeline.helpers:
            waiting += [part for node in timeline.helpers[name].code for part in _free(node)]
    return list(dict.fromkeys(found))


def _is_of_another(timeline: Timeline, name: str, position: int, answer: int | None) -> bool:
    """Whether `name` is the answer to another exercise, whose own test calls it."""
    cell = timeline.cells[position]
    test = _position(timeline, f"{cell.name}{_TESTS}", Owner.TEST) if cell.name else None
    tree = timeline.cells[test].tree if test is not None and position != answer else None
    return tree is not None and name in _free(tree)


def _free(tree: ast.AST) -> set[str]:
    """Names that code reads and does not bind: what it binds is its own, whoever else uses the name."""
    nodes = list(ast.walk(tree))
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    bound |= {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return read - bound


@dataclass(frozen=True, eq=False)
class _Scope:
    """Names of a function, a class or a comprehension, in those around it."""

    bindings: Mapping[str, list[Binding]]
    outer: _Scope | None
    node: ast.AST


@dataclass(frozen=True)
class _Env:
    """Where code stands: its cell, the moment at which it runs, and its scopes."""

    cell: int
    moment: int
    scope: _Scope | None = None


class _Walk:
    """Go through all code of the student's that has a share in an answer, and note what it uses."""

    def __init__(
        self,
        timeline: Timeline,
        rules: list[Rule],
        tests_only: frozenset[str],
        moment: int,
        passed: dict[tuple[int, str], list[tuple[ast.expr, _Env]]],
    ) -> None:
        self._timeline, self._rules, self._tests_only, self._moment = timeline, rules, tests_only, moment
        self._methods = {name: rule for rule in rules if rule.method for name in rule.names}
        self._methods |= {rule.method: rule for rule in rules if rule.method}
        self._packages = frozenset(rule.path.partition(".")[0] for rule in rules) - {"", "builtins"}
        self._passed = passed  # arguments that bring modules, by function and parameter
        self._followed: set[int] = set()
        self._waiting: list[tuple[ast.AST, _Env]] = []
        self._evaluating: set[tuple[int, str]] = set()
        self.found: dict[tuple[str, int, int], Use] = {}

    def run(self, names: list[str]) -> None:
        """Go through all that these names stand for."""
        for name in names:
            self._follow(name, self._moment, _CALL)
        while self._waiting:
            node, env = self._waiting.pop()
            self._visit(node, env)

    def _follow(self, name: str, moment: int, part: Part | None) -> None:
        """Take the code of what a name at the top level stands for onto the list; of a dict only the item read."""
        definitions = self._timeline.at(name, moment)[0]
        bases = [definition.binding for definition in definitions if not definition.binding.changes]
        for definition in filter(self._is_own, definitions):
            for node in code_behind(definition.binding, part, bases):
                if id(node) not in self._followed:
                    self._followed.add(id(node))
                    self._waiting.append((node, _Env(definition.cell, definition.moment - 1)))

    def _is_own(self, definition: Definition) -> bool:
        return self._timeline.cells[definition.cell].owner is Owner.STUDENT

    def _visit(self, node: ast.AST, env: _Env) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._function(node, env)
            case ast.ClassDef():
                self._each([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)], env)
                inside = _Env(env.cell, env.moment, _Scope(_by_name(bindings(node.body)), env.scope, node))
                self._each(node.body, inside)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, env)
            case ast.Name(ctx=ast.Load()):
                self._name(node, env)
            case ast.Subscript(value=ast.Name() as owner, slice=ast.Constant()):
                self._name(owner, env, part_of(node))
            case ast.Attribute(value=ast.Name() as owner, ctx=ast.Store() | ast.Del()):
                self._name(owner, env, part_of(node))
            case ast.Compare(left=left, comparators=others) if any(self._finds_class(o, env) for o in (left, *others)):
                for operand in (left, *others):
                    (self._visit if self._finds_class(operand, env) else self._class)(operand, env)
            case ast.Attribute(ctx=ast.Load()):
                self._attribute(node, env)
            case ast.AnnAssign(target=target, value=value):
                self._each([target, *([value] if value else [])], env)
            case ast.ExceptHandler(type=ast.expr() as kind, body=body):
                self._class(kind, env)
                self._each(body, env)
            case ast.MatchClass(cls=kind, patterns=patterns, kwd_patterns=by_keyword):
                self._class(kind, env)
                self._each([*patterns, *by_keyword], env)
            case ast.Call():
                self._call(node, env)
            case _:
                self._each(ast.iter_child_nodes(node), env)

    def _each(self, nodes: Iterator[ast.AST] | Sequence[ast.AST], env: _Env) -> None:
        for node in nodes:
            self._visit(node, env)

    def _function(self, node: Function, env: _Env) -> None:
        arguments = node.args
        self._each([d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None], env)
        inside = self._inside(node, env)
        if isinstance(node, ast.Lambda):
            self._visit(node.body, inside)
        else:
            self._each(node.decorator_list, env)
            self._each(node.body, inside)

    def _inside(self, node: Function, env: _Env) -> _Env:
        """Where the body of a function stands: it runs when the test does."""
        return _Env(env.cell, self._moment, _Scope(_by_name(local_bindings(node)), env.scope, node))

    def _comprehension(self, node: Comprehension, env: _Env) -> None:
        self._visit(node.generators[0].iter, env)
        inside = _Env(env.cell, env.moment, _Scope(_by_name(loop_bindings(node)), env.scope, node))
        for number, part in enumerate(node.generators):
            self._each([*([part.iter] if number else []), *part.ifs], inside)
        self._each([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt], inside)

    def _name(self, node: ast.Name, env: _Env, part: Part | None = None) -> None:
        """A name is read, or only this part of what it stands for."""
        self._global(node, env, part)
        self._note(self._paths(node, env), node, env)

    def _global(self, node: ast.Name, env: _Env, part: Part | None = None) -> None:
        if _local(node.id, env.scope)[0] is None:
            self._follow(node.id, env.moment, part)
            self._helper(node, env)

    def _finds_class(self, node: ast.expr, env: _Env) -> bool:
        return isinstance(node, ast.Call) and len(node.args) == 1 and self._is(node.func, "builtins.type", env)

    def _helper(self, node: ast.Name, env: _Env) -> None:
        """Note a use of a helper of the tests; what the student binds, be it under a condition, is the student's."""
        mine = _local(node.id, env.scope)[0] or self._timeline.at(node.id, env.moment)[0]
        if node.id in self._tests_only and not mine:
            helper = self._timeline.helpers.get(node.id)
            path = helper.path if helper else ""
            imported = bool(path) and not self._ruled_out({path})
            self._add(node.id, node, env, helper=True, imported=imported)

    def _class(self, node: ast.expr, env: _Env) -> None:
        """A class that a value is compared with is named, not used: isinstance(x, torch.Tensor)."""
        parts = list(ast.walk(node))
        if not all(isinstance(part, _NAMING) for part in parts):
            self._visit(node, env)
        for part in parts:
            if isinstance(part, ast.Name):
                self._helper(part, env)

    def _attribute(self, node: ast.Attribute, env: _Env) -> None:
        noted = self._note(self._paths(node, env), node, env)
        self._method(node.value, node.attr, node, env)
        inner: ast.expr = node.value
        while noted and isinstance(inner, ast.Attribute):  # scipy.signal.convolve2d is one use of scipy
            inner = inner.value
        if not isinstance(inner, ast.Name):
            self._visit(inner, env)
        elif noted:
            self._global(inner, env)
        else:
            self._name(inner, env, part_of(node))

    def _call(self, node: ast.Call, env: _Env) -> None:
        self._note(self._paths(node, env), node, env)
        match node:
            case ast.Call(func=function, args=[owner, ast.Constant(value=str(name)), *_]) if self._is(
                function, "builtins.getattr", env
            ):
                self._method(owner, name, node, env)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if (
                self._is(function, "operator.methodcaller", env)
                or self._is(function, "operator.attrgetter", env)
                or (isinstance(function, ast.Attribute) and function.attr == "__getattribute__")
            ):
                self._method(None, name, node, env)
        self._pass_on(node, env)
        match node:
            case ast.Call(func=function, args=[value, kind]) if self._is(
                function, "builtins.isinstance", env
            ) or self._is(function, "builtins.issubclass", env):
                self._visit(value, env)
                self._class(kind, env)
            case ast.Call(func=function) if env.scope is None and self._is(function, "builtins.len", env):
                pass  # of a comparison in a cell beside the answer: nothing but its size is left
            case ast.Call(func=ast.Name() as function):
                self._name(function, env, _CALL)
                self._each([*node.args, *node.keywords], env)
            case _:
                self._each(ast.iter_child_nodes(node), env)

    def _pass_on(self, call: ast.Call, env: _Env) -> None:
        """Keep what a call hands to a function of the student's, where it is a module or something of one."""
        for function, _ in self._functions(call.func, env):
            positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
            given = [*zip(positional, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
            for name, argument in given:
                known = self._passed.setdefault((id(function), str(name)), [])
                if all(argument is not one for one, _ in known) and self._paths(argument, env):
                    known.append((argument, env))

    def _functions(self, node: ast.expr, env: _Env) -> list[tuple[Function, _Env]]:
        """The student's own functions that an expression may stand for, and where they are defined."""
        if isinstance(node, ast.Lambda):
            return [(node, env)]
        if not isinstance(node, ast.Name):
            return []
        found: list[tuple[Function, _Env]] = []
        for binding, where in self._held(node.id, env):
            held = binding.node or binding.value
            if isinstance(held, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                found.append((held, where))
        return found

    def _held(self, name: str, env: _Env) -> list[tuple[Binding, _Env]]:
        """What a name holds: bindings of the student's and imports, each with where it stands."""
        scope, held = _local(name, env.scope)
        if scope is not None:
            here = _Env(env.cell, env.moment, scope)
            passed = self._passed.get((id(scope.node), name), [])
            return [(b, here) for b in held] + [(Binding(name, value=value), where) for value, where in passed]
        definitions, _ = self._timeline.at(name, env.moment)
        return [
            (d.binding, _Env(d.cell, d.moment - 1)) for d in definitions if self._is_own(d) or d.binding.path
        ]  # of given code, only its imports are known: the student may use the rest

    def _paths(self, node: ast.expr, env: _Env) -> set[str]:
        """The whole names of what an expression may stand for, where that is of a module: numpy.convolve."""
        match node:
            case ast.Name(id=name):
                return self._paths_of_name(name, env)
            case ast.Attribute(value=value, attr=attribute):
                return {f"{path}.{attribute}" for path in self._paths(value, env)}
            case ast.IfExp(body=one, orelse=other):
                return self._paths(one, env) | self._paths(other, env)
            case ast.BoolOp(values=values) | ast.Subscript(value=ast.Tuple(elts=values) | ast.List(elts=values)):
                return {path for value in values for path in self._paths(value, env)}
            case ast.Subscript(value=ast.Dict(values=values)):
                return {path for value in values for path in self._paths(value, env)}
            case ast.NamedExpr(value=value):
                return self._paths(value, env)
            case ast.Call():
                return self._paths_of_call(node, env)
        return set()

    def _paths_of_name(self, name: str, env: _Env) -> set[str]:
        scope, _ = _local(name, env.scope)
        guard = (id(scope.node) if scope else 0, name)
        if guard in self._evaluating:
            return set()
        self._evaluating.add(guard)
        found: set[str] = set()
        for binding, where in self._held(name, env):
            if binding.path:
                found.add(binding.path)
            elif binding.value is not None:
                found |= self._paths(binding.value, where)
        self._evaluating.discard(guard)
        if scope is None and not self._timeline.at(name, env.moment)[1]:
            if hasattr(builtins, name):
                found.add(f"builtins.{name}")
            else:
                stars = self._timeline.stars(env.moment)
                found |= {f"{module}.{name}" for module in stars if self._may_bring(module, name)}
        return found

    def _may_bring(self, module: str, name: str) -> bool:
        """Whether all names of a module are among them `name`; a module that no rule knows is not run to find out."""
        package = module.partition(".")[0]
        known = any(rule.path.partition(".")[0] == package for rule in self._rules)
        return brings(module, name) if known else name not in self._methods

    def _paths_of_call(self, call: ast.Call, env: _Env) -> set[str]:
        """Of getattr(module, "name"), import_module("name") and the student's own functions that return a module."""
        match call.args:
            case [owner, ast.Constant(value=str(name)), *_] if self._is(call.func, "builtins.getattr", env):
                return {f"{path}.{name}" for path in self._paths(owner, env)}
            case [ast.Constant(value=str(name)), *_] if self._is(call.func, "importlib.import_module", env):
                return {name}
            case [ast.Constant(value=str(name)), *rest] if self._is(call.func, "builtins.__import__", env):
                whole = len(rest) > 2 or any(keyword.arg == "fromlist" for keyword in call.keywords)
                return {name if whole else name.split(".")[0]}
        match call:
            case ast.Call(func=ast.Call(func=getter, args=[ast.Constant(value=str(name))]), args=[owner]) if self._is(
                getter, "operator.attrgetter", env
            ):
                return {f"{path}.{name}" for path in self._paths(owner, env)}
        found: set[str] = set()
        for function, where in self._functions(call.func, env):
            if (guard := (id(function), "return")) in self._evaluating:
                continue
            self._evaluating.add(guard)
            inside = self._inside(function, where)
            for value in _returned(function):
                found |= self._paths(value, inside)
            self._evaluating.discard(guard)
        return found

    def _is(self, node: ast.expr, path: str, env: _Env) -> bool:
        """Whether an expression stands for the object of this whole name."""
        last = path.rpartition(".")[2]
        spelled = isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and node.attr == last)
        return spelled and path in self._paths(node, env)

    def _note(self, paths: set[str], node: ast.expr, env: _Env) -> bool:
        """Note a use of something that is ruled out, and say whether it is one."""
        found = self._ruled_out(paths)
        for name in found:
            self._add(name, node, env)
        return bool(found)

    def _ruled_out(self, paths: set[str]) -> list[str]:
        """What the rules call the objects of these whole names; where none names them, what they do the same as."""
        pairs = [(rule, really(path, self._packages)) for rule in self._rules for path in sorted(paths)]
        named = [pair for pair in pairs if pair[0].matches(pair[1]) or pair[0].is_called(pair[1])]
        alike = sorted((pair for pair in pairs if pair[0].is_like(pair[1])), key=lambda pair: not pair[0].names)
        return [rule.shown(path) for rule, path in named or alike[:1]]

    def _method(self, owner: ast.expr | None, name: str, node: ast.expr, env: _Env) -> None:
        """Note a use of a method or attribute that is ruled out, but not of one of the student's own classes."""
        rule = self._methods.get(name)
        if rule and not (owner is not None and self._may_be_own(owner, name, env)):
            self._add(rule.text if name == rule.method else f"{rule.text} as .{name}", node, env)

    def _may_be_own(self, owner: ast.expr, name: str, env: _Env) -> bool:
        """Whether `owner` may be of a class in this notebook that defines the method `name`."""
        return not self._is_foreign(owner, env) and any(
            isinstance(node, ast.ClassDef) and any(getattr(part, "name", "") == name for part in node.body)
            for cell in self._timeline.cells
            if cell.owner in (Owner.STUDENT, Owner.GIVEN) and cell.tree is not None
            for node in ast.walk(cell.tree)
        )

    def _is_foreign(self, node: ast.expr, env: _Env) -> bool:
        """Whether an expression is surely made by a library: a module of it, what a function of it returned."""
        match node:
            case ast.Call(func=ast.Attribute(value=inner) as function):
                return bool(self._paths(function, env)) or self._is_foreign(inner, env)
            case ast.Call(func=function):
                return any(not path.startswith("builtins.") for path in self._paths(function, env))
            case ast.BinOp(left=left, right=right):
                return self._is_foreign(left, env) or self._is_foreign(right, env)
            case ast.Subscript(value=inner):
                return self._is_foreign(inner, env)
            case ast.Name(id=name):
                if self._paths(node, env):
                    return True
                guard = (-1, name)
                if guard in self._evaluating:
                    return False
                self._evaluating.add(guard)
                held = self._held(name, env)
                foreign = any(b.value is not None and self._is_foreign(b.value, where) for b, where in held)
                self._evaluating.discard(guard)
                return foreign
        return bool(self._paths(node, env))

    def _add(self, name: str, node: ast.expr, env: _Env, *, helper: bool = False, imported: bool = False) -> None:
        # An attribute that is reached over several lines stands where it is named.
        line = node.end_lineno if isinstance(node, ast.Attribute) and node.end_lineno else node.lineno
        self.found.setdefault((name, env.cell, line), Use(name, env.cell, line, helper, imported))


def _local(name: str, scope: _Scope | None) -> tuple[_Scope | None, list[Binding]]:
    """The scope that binds a name, and how; the names of a class are seen in its own body alone."""
    innermost = True
    while scope is not None:
        if name in scope.bindings and (innermost or not isinstance(scope.node, ast.ClassDef)):
            return scope, scope.bindings[name]
        scope, innermost = scope.outer, False
    return None, []


def _by_name(found: Iterator[Binding]) -> dict[str, list[Binding]]:
    names: dict[str, list[Binding]] = {}
    for binding in found:
        if not binding.changes:
            names.setdefault(binding.name, []).append(binding)
    return names


def _returned(function: Function) -> list[ast.expr]:
    if isinstance(function, ast.Lambda):
        return [function.body]
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
