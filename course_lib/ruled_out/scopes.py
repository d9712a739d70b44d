"""What the statements of a scope bind: imports, definitions and assignments, each with what it holds."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class Binding:
    """One way in which a name gets what it holds.

    Attributes:
        name: the name.
        path: the whole name of what an import binds; "" for others.
        value: the expression that it holds, where that is one.
        node: the function or class that it holds, where it is one.
        parts: what has a share in it besides: the list that is looped over, what was put into it.
        sure: it surely happens, and what the name held before is gone.
        changes: the object is changed, not the name bound anew: `table[0] = x`, `table.append(x)`.
        changed: where a part is changed, what is assigned to: `table[0]`.
        gone: the name is deleted.
    """

    name: str
    path: str = ""
    value: ast.expr | None = None
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None = None
    parts: tuple[ast.expr, ...] = ()
    sure: bool = True
    changes: bool = False
    changed: ast.expr | None = None
    gone: bool = False

    @property
    def code(self) -> tuple[ast.AST, ...]:
        """All code that has a share in what the name holds."""
        return tuple(part for part in (self.node, self.value) if part is not None) + self.parts


def bindings(body: Iterable[ast.stmt], *, sure: bool = True) -> Iterator[Binding]:
    """What statements bind in their own scope, in order; `sure` when they surely run."""
    for statement in body:
        yield from _statement(statement, sure)
        yield from _walruses(statement)


def star_imports(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Modules from which the statements import all names."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and node.module and node.names[0].name == "*":
                yield node.module


def parameters(function: Function) -> Iterator[Binding]:
    """The arguments of a function, with their defaults."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    yield from (Binding(argument.arg, value=default) for argument, default in pairs)
    yield from (Binding(argument.arg) for argument in (arguments.vararg, arguments.kwarg) if argument)


def local_bindings(function: Function) -> Iterator[Binding]:
    """What a function binds for itself: arguments and what its body binds, but for names that lie outside."""
    if isinstance(function, ast.Lambda):
        yield from parameters(function)
        yield from _walruses(ast.Expr(function.body))
        return
    outside = declared(function, ast.Global) | declared(function, ast.Nonlocal)
    yield from parameters(function)
    yield from (found for found in bindings(function.body) if found.name not in outside)


def loop_bindings(comprehension: Comprehension) -> Iterator[Binding]:
    """What a comprehension binds for itself."""
    for part in comprehension.generators:
        yield from _elements(part.target, part.iter)


def declared(function: Function, kind: type[ast.Global] | type[ast.Nonlocal]) -> set[str]:
    """Names that a function declares as `global` or `nonlocal`."""
    return {name for node in _inside(function) if isinstance(node, kind) for name in node.names}


def global_bindings(function: Function) -> Iterator[Binding]:
    """What a function binds outside, by `global`, when it is called."""
    names = declared(function, ast.Global)
    if names and not isinstance(function, ast.Lambda):
        yield from (found for found in bindings(function.body, sure=False) if found.name in names)


def _statement(node: ast.stmt, sure: bool) -> Iterator[Binding]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                yield Binding(alias.asname or whole, path=whole, sure=sure)
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                if alias.name != "*":
                    path = f"{module}.{alias.name}" if module and not level else ""
                    yield Binding(alias.asname or alias.name, path=path, sure=sure)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield Binding(name, node=node, sure=sure)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _target(target, value, sure)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _target(target, value, sure)
        case ast.AugAssign(target=target, value=value):
            yield from _target(target, value, sure=False)
        case ast.Delete(targets=targets):
            yield from (Binding(t.id, sure=sure, gone=True) for t in targets if isinstance(t, ast.Name))
        case ast.Expr(value=ast.Call() as call):
            yield from _change(call)
        case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
            yield from _elements(target, iterable)
            yield from bindings([*node.body, *node.orelse], sure=False)
        case ast.While() | ast.If():
            yield from bindings([*node.body, *node.orelse], sure=False)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            for item in items:
                if item.optional_vars is not None:
                    yield from _unknown(item.optional_vars, item.context_expr)
            yield from bindings(body, sure=sure)
        case ast.Try() | ast.TryStar():
            yield from bindings(node.body, sure=False)
            for handler in node.handlers:
                if handler.name:
                    yield Binding(handler.name, sure=False)
                yield from bindings(handler.body, sure=False)
            yield from bindings(node.orelse, sure=False)
            yield from bindings(node.finalbody, sure=sure)
        case ast.Match(subject=subject, cases=cases):
            for case in cases:
                for part in ast.walk(case.pattern):
                    captured = getattr(part, "name", None) or getattr(part, "rest", None)
                    if isinstance(captured, str):
                        yield Binding(captured, parts=(subject,), sure=False)
                yield from bindings(case.body, sure=False)


def _target(target: ast.expr, value: ast.expr, sure: bool) -> Iterator[Binding]:
    """What an assignment to `target` binds or changes."""
    match target:
        case ast.Name(id=name):
            yield Binding(name, value=value, sure=sure)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            if len(values) == len(targets) and not any(isinstance(e, ast.Starred) for e in [*targets, *values]):
                for one, part in zip(targets, values, strict=True):
                    yield from _target(one, part, sure)
            else:
                yield from _unknown(target, value)
        case ast.Attribute() | ast.Subscript():
            if name := root(target):
                parts = (value, *_indices(target))
                yield Binding(name, parts=parts, sure=False, changes=True, changed=target)
        case ast.Starred(value=inner):
            yield from _unknown(inner, value)


def _unknown(target: ast.expr, *parts: ast.expr) -> Iterator[Binding]:
    """Names that get something made of `parts`."""
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Binding(node.id, parts=parts)


def _elements(target: ast.expr, iterable: ast.expr) -> Iterator[Binding]:
    """Names that get the elements of `iterable`, one after the other."""
    if isinstance(iterable, ast.Tuple | ast.List | ast.Set):
        for element in iterable.elts:
            yield from _target(target, element, sure=False)
    else:
        yield from _unknown(target, iterable)


def _change(call: ast.Call) -> Iterator[Binding]:
    """What a call on its own may put into an object: `table.append(f)`, `setattr(Layer, "forward", f)`."""
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    match call.func:
        case ast.Name(id="setattr") if call.args and (name := root(call.args[0])):
            yield Binding(name, parts=tuple(arguments[1:]), sure=False, changes=True)
        case ast.Attribute() as function if name := root(function):
            yield Binding(name, parts=tuple(arguments), sure=False, changes=True)


def _walruses(statement: ast.stmt) -> Iterator[Binding]:
    """Names that expressions of a statement bind by `:=`; its own statements have theirs."""
    waiting: list[ast.AST] = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, ast.stmt)]
    if isinstance(statement, _OWN_SCOPE):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.NamedExpr):
            yield Binding(node.target.id, value=node.value, sure=False)
        if not isinstance(node, _OWN_SCOPE):
            waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]


def root(node: ast.expr) -> str:
    """The name that a chain of attributes, items and calls begins with; "" for none."""
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                node = inner
            case _:
                return ""
    return node.id


def _indices(node: ast.expr) -> Iterator[ast.expr]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Subscript):
            yield node.slice
        node = node.value


def _inside(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of functions and classes in it."""
    waiting: list[ast.AST] = list(function.body) if isinstance(function.body, list) else [function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _OWN_SCOPE):
            waiting += ast.iter_child_nodes(node)
