"""What is expected is known before the student's call: a call can change its arguments in place, and they come back."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grader.authoring import code
from grader.authoring.rules.fixed import FACTS, elements, is_fixed
from grader.authoring.rules.syntax_trees import trees
from grader.authoring.source import Problem, Source

_VIEWS = {"T", "mT", "real", "imag", "data"}
_UNREAD = {*FACTS, "grad", "requires_grad"}
# Of these the first argument is what is judged; check.gradient judges its third.
_JUDGING = {"close": 0, "equal": 0, "shape": 0, "dtype": 0, "gradient": 2}


def computed_before(source: Source) -> Iterator[Problem]:
    """No test reads an argument again after an answer was called with it by name.

    Reading it is allowed in what is judged (the first argument of a check), in mistakes and hints, in the arguments of
    a further call of an answer, and inside `with check.unchanged(x=x):`, where a change loses the case. What given code
    makes for tests in the student's interpreter is there to be changed and looked at.
    """
    functions: set[str] = set()
    classes: set[str] = set()
    for _, tree in trees(source, "answer"):
        made = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        classes |= made
        functions |= code.top_level_names(tree) - made
    changeable = _changeable(source)
    makers = {name for cell, tree in trees(source, "given") if cell.is_for_tests for name in code.top_level_names(tree)}
    for cell, tree in trees(source, "tests"):
        walk = _Walk(functions | classes, classes, changeable | code.bound_names(tree), makers)
        walk.statements(tree.body)
        for (line, name), passed in walk.found.items():
            message = (
                f"{name} is read after {passed.by} was called with it on line {cell.line + passed.line - 1}, "
                f"which may have changed it in place: compute what is expected before that call, or pass {name}.copy()."
            )
            yield source.problem(cell, message, line - 1)


def _changeable(source: Source) -> set[str]:
    """Names of shared cells and of helpers of the tests that stand for something that a call can change."""
    found: set[str] = set()
    for _, tree in trees(source, "shared", "tests_only"):
        for node in tree.body:
            if isinstance(node, ast.Assign) and not is_fixed(node.value, ()):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


@dataclass(frozen=True)
class _Passed:
    """Where a name was passed, and to which answer."""

    by: str
    line: int


class _Walk:
    """Go through a cell in the order in which it runs, and note what was passed to an answer and what is read."""

    def __init__(self, answers: set[str], classes: set[str], changeable: set[str], makers: set[str]) -> None:
        self._answers, self._classes, self._makers = answers, classes, makers
        self._changeable = changeable  # names of which nothing else is known
        self._fixed: set[str] = set()  # names that hold what no call can change
        self._objects: set[str] = set()  # names that hold an instance of a class of the student's
        self._passed: dict[str, _Passed] = {}
        self._allowed = 0
        self._guarded: set[str] = set()
        self.found: dict[tuple[int, str], _Passed] = {}

    def statements(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self._visit(value)
                for target in targets:
                    self._bind(target, [value])
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._visit(value)
                self._bind(target, [value])
            case ast.AugAssign(target=target, value=value):
                self._visit(value)
                self._visit(target)
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
                self._visit(iterable)
                for _ in range(2):  # what the first round passes, the second one reads
                    self._bind(target, elements(iterable, self._known()))
                    self.statements(body)
                self.statements(orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                for _ in range(2):
                    self._visit(test)
                    self.statements(body)
                self.statements(orelse)
            case ast.With(items=items, body=body):
                self._with(items, body)
            case ast.FunctionDef(args=arguments, body=body, name=name):
                with self._scope({a.arg for a in ast.walk(arguments) if isinstance(a, ast.arg)}):
                    self.statements(body)
                self._fixed.add(name)
            case ast.ClassDef(body=body, name=name):
                self.statements(body)
                self._fixed.add(name)
            case _:
                self._children(node)

    def _children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self._statement(child)
            else:
                self._visit(child)

    def _with(self, items: list[ast.withitem], body: list[ast.stmt]) -> None:
        watched: set[str] = set()
        for item in items:
            call = item.context_expr
            if isinstance(call, ast.Call) and _check(call) == "unchanged":
                watched |= {name for keyword in call.keywords for name in _by_name(keyword.value)}
            else:
                self._visit(call)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, [call])
        before = self._guarded
        self._guarded = before | watched
        self.statements(body)
        self._guarded = before

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self._read(name, node.lineno)
            case ast.Attribute(value=ast.Name(), attr=attribute) if attribute in _UNREAD:
                pass
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name()]):
                pass
            case ast.Call():
                self._call(node)
            case ast.Lambda(args=arguments, body=body):
                with self._scope({a.arg for a in ast.walk(arguments) if isinstance(a, ast.arg)}):
                    self._visit(body)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehension(node)
            case _:
                self._children(node)

    def _call(self, call: ast.Call) -> None:
        student = self._student(call)
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        harmless = arguments if student else _decides_nothing(call)
        if not student:
            self._visit(call.func)
        # A bare name is handed over as it is: the call reads it after all arguments were computed.
        for late in (False, True):
            for argument in arguments:
                if isinstance(argument, ast.Name) is late:
                    allowed = argument in harmless
                    self._allowed += allowed
                    self._visit(argument)
                    self._allowed -= allowed
        if student:
            for argument in arguments[2:] if _check(call) == "raises" else arguments:
                for name in _by_name(argument):
                    if name not in self._known():
                        self._passed[name] = _Passed(student, call.lineno)

    def _student(self, call: ast.Call) -> str:
        """The answer that is called, also through check.raises; "" for none."""
        function: ast.expr = call.func
        if _check(call) == "raises" and len(call.args) > 1:
            function = call.args[1]
        root = function
        while not isinstance(root, ast.Name):
            match root:
                case ast.Attribute(value=inner) | ast.Subscript(value=inner):
                    root = inner
                case ast.Call(func=ast.Name(id=name) as inner) if name in self._classes:
                    root = inner
                case _:
                    return ""
        return ast.unparse(function) if root.id in self._answers | self._objects else ""

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        names = {n.id for part in node.generators for n in ast.walk(part.target) if isinstance(n, ast.Name)}
        self._visit(node.generators[0].iter)
        with self._scope(names):
            for number, part in enumerate(node.generators):
                if number:
                    self._visit(part.iter)
                self._bind(part.target, elements(part.iter, self._known()))
                for condition in part.ifs:
                    self._visit(condition)
            for _ in range(2):
                for child in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                    self._visit(child)

    def _read(self, name: str, line: int) -> None:
        if name in self._passed and not self._allowed and name not in self._guarded:
            self.found.setdefault((line, name), self._passed[name])

    def _bind(self, target: ast.expr, values: list[ast.expr]) -> None:
        """Give `target` one of `values`; none when nothing is known of them."""
        if isinstance(target, ast.Starred):
            target, values = target.value, []
        if isinstance(target, ast.Tuple | ast.List):
            for position, part in enumerate(target.elts):
                self._bind(part, self._parts(values, position, len(target.elts)))
        elif isinstance(target, ast.Name):
            name = target.id
            fixed = bool(values) and all(self._is_made(v) or is_fixed(v, self._known()) for v in values)
            makes = any(isinstance(v, ast.Call) and _name(v.func) in self._classes for v in values)
            self._passed.pop(name, None)
            for names, member in ((self._fixed, fixed), (self._objects, makes)):
                names.add(name) if member else names.discard(name)
        else:
            self._visit(target)

    def _parts(self, values: list[ast.expr], position: int, length: int) -> list[ast.expr]:
        found = []
        for value in values:
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == length:
                found.append(value.elts[position])
            elif self._is_made(value):
                found.append(value)
            elif part := elements(value, self._known()):
                found += part
            else:
                return []
        return found

    def _is_made(self, value: ast.expr) -> bool:
        """Whether it is made by given code in the student's interpreter, or taken out of what is."""
        match value:
            case ast.Subscript(value=inner):
                return self._is_made(inner)
            case ast.Tuple(elts=parts):
                return bool(parts) and all(map(self._is_made, parts))
            case ast.Call(func=ast.Name(id=name)):
                return name in self._makers
        return False

    def _known(self) -> set[str]:
        """Names of which a call cannot change the value: modules, functions and constants of elsewhere among them."""
        return _Known(self._fixed, self._changeable)

    @contextmanager
    def _scope(self, names: set[str]) -> Iterator[None]:
        """Names of an inner scope hide those outside."""
        before = {name: self._passed.pop(name) for name in names & self._passed.keys()}
        fixed = self._fixed & names
        self._fixed -= names
        yield
        self._fixed = (self._fixed - names) | fixed
        for name in names:
            self._passed.pop(name, None)
        self._passed |= before


class _Known(set[str]):
    """The fixed names, and all that are not known to be changeable."""

    def __init__(self, fixed: set[str], changeable: set[str]) -> None:
        super().__init__(fixed)
        self._changeable = changeable

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name not in self._changeable


def _by_name(node: ast.expr) -> Iterator[str]:
    """Names whose own value a call gets that has `node` as an argument: as it is, a view of it, or in a container."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Starred(value=inner):
            yield from _by_name(inner)
        case ast.Attribute(value=inner, attr=attribute) if attribute in _VIEWS:
            yield from _by_name(inner)
        case ast.Subscript(value=inner, slice=index) if _is_view(index):
            yield from _by_name(inner)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
            for part in parts:
                yield from _by_name(part)
        case ast.IfExp(body=one, orelse=other):
            yield from _by_name(one)
            yield from _by_name(other)


def _is_view(index: ast.expr) -> bool:
    """Whether an index of an array gives a part that shares its numbers, and surely no number."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(isinstance(part, ast.Slice) or ast.unparse(part) in ("None", "...") for part in parts)


def _check(call: ast.Call) -> str:
    """The name of the check that is called; "" when it is none."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="check"), attr=name):
            return name
    return ""


def _decides_nothing(call: ast.Call) -> list[ast.expr]:
    """Arguments of a check that cannot make a wrong answer pass: what is judged, and what explains a failure."""
    name = _check(call)
    judged = call.args[_JUDGING[name] :][:1] if name in _JUDGING else []
    return judged + [keyword.value for keyword in call.keywords if name and keyword.arg in ("mistakes", "hint")]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
