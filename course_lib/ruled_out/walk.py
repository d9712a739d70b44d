"""The way through all code of the student's that has a share in an answer, and what it uses there."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from course_lib.ruled_out.code_places import Place
from course_lib.ruled_out.meaning import Meaning
from course_lib.ruled_out.read_parts import Part, code_behind, part_of
from course_lib.ruled_out.rules import RuledOut
from course_lib.ruled_out.scopes import Comprehension, Function, bindings, loop_bindings
from course_lib.ruled_out.timeline import Timeline

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


class Walk:
    """Go through the code behind an answer, and note what it uses.

    Args:
        timeline: the definitions of the notebook.
        meaning: what expressions stand for.
        ruled_out: what the exercise rules out.
        tests_only: names that the tests alone may use.

    Attributes:
        found: the uses, by name, cell and line.
    """

    def __init__(self, timeline: Timeline, meaning: Meaning, ruled_out: RuledOut, tests_only: frozenset[str]) -> None:
        self._timeline, self._meaning = timeline, meaning
        self._ruled_out, self._tests_only = ruled_out, tests_only
        self._followed: set[int] = set()
        self._waiting: list[tuple[ast.AST, Place]] = []
        self.found: dict[tuple[str, int, int], Use] = {}

    def run(self, names: Iterable[str], moment: int) -> None:
        """Go through all that these names of the student's stand for at this moment."""
        for name in names:
            self._follow(name, moment, _CALL)
        while self._waiting:
            self._visit(*self._waiting.pop())

    def _follow(self, name: str, moment: int, part: Part | None) -> None:
        """Take the code of what a name at the top level stands for onto the list; of a dict only the item read."""
        definitions = self._timeline.at(name, moment)[0]
        bases = [definition.binding for definition in definitions if not definition.binding.changes]
        for definition in filter(self._timeline.is_own, definitions):
            for node in code_behind(definition.binding, part, bases):
                if id(node) not in self._followed:
                    self._followed.add(id(node))
                    self._waiting.append((node, Place(definition.cell, definition.moment - 1)))

    def _visit(self, node: ast.AST, place: Place) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._function(node, place)
            case ast.ClassDef():
                self._each([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)], place)
                self._each(node.body, place.inside(node, bindings(node.body)))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node, place)
            case ast.Name(ctx=ast.Load()):
                self._name(node, place)
            case ast.Attribute(ctx=ast.Load()):
                self._attribute(node, place)
            case ast.Subscript(value=ast.Name() as owner, slice=ast.Constant()):
                self._name(owner, place, part_of(node))
            case ast.Attribute(value=ast.Name() as owner):  # which is set or deleted
                self._name(owner, place, part_of(node))
            case ast.Call():
                self._call(node, place)
            case ast.Compare(left=left, comparators=others):
                self._comparison([left, *others], place)
            case ast.AnnAssign(target=target, value=value):
                self._each([target, *([value] if value else [])], place)
            case ast.ExceptHandler(type=ast.expr() as kind, body=body):
                self._class(kind, place)
                self._each(body, place)
            case ast.MatchClass(cls=kind, patterns=patterns, kwd_patterns=by_keyword):
                self._class(kind, place)
                self._each([*patterns, *by_keyword], place)
            case _:
                self._each(ast.iter_child_nodes(node), place)

    def _each(self, nodes: Iterable[ast.AST], place: Place) -> None:
        for node in nodes:
            self._visit(node, place)

    def _function(self, node: Function, place: Place) -> None:
        self._each([d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None], place)
        inside = self._meaning.inside(node, place)
        if isinstance(node, ast.Lambda):
            self._visit(node.body, inside)
        else:
            self._each(node.decorator_list, place)
            self._each(node.body, inside)

    def _comprehension(self, node: Comprehension, place: Place) -> None:
        self._visit(node.generators[0].iter, place)
        inside = place.inside(node, loop_bindings(node))
        for number, part in enumerate(node.generators):
            self._each([*([part.iter] if number else []), *part.ifs], inside)
        self._each([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt], inside)

    def _name(self, node: ast.Name, place: Place, part: Part | None = None) -> None:
        """A name is read, or only this part of what it stands for."""
        self._behind(node, place, part)
        self._note(node, place)

    def _behind(self, node: ast.Name, place: Place, part: Part | None = None) -> None:
        """Follow a name to what it stands for at the top level, and see whether that is a helper of the tests."""
        if place.local(node.id)[0] is None:
            self._follow(node.id, place.moment, part)
            self._helper(node, place)

    def _attribute(self, node: ast.Attribute, place: Place) -> None:
        noted = self._note(node, place)
        self._method(node.value, node.attr, node, place)
        inner: ast.expr = node.value
        while noted and isinstance(inner, ast.Attribute):  # scipy.signal.convolve2d is one use of scipy
            inner = inner.value
        if not isinstance(inner, ast.Name):
            self._visit(inner, place)
        elif noted:
            self._behind(inner, place)
        else:
            self._name(inner, place, part_of(node))

    def _call(self, node: ast.Call, place: Place) -> None:
        self._note(node, place)
        self._meaning.pass_on(node, place)
        match node:
            case ast.Call(func=function, args=[owner, ast.Constant(value=str(name)), *_]) if self._is(
                function, place, "builtins.getattr"
            ):
                self._method(owner, name, node, place)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if self._is(
                function, place, "operator.methodcaller", "operator.attrgetter"
            ) or (isinstance(function, ast.Attribute) and function.attr == "__getattribute__"):
                self._method(None, name, node, place)
        match node:
            case ast.Call(func=function, args=[value, kind]) if self._is(
                function, place, "builtins.isinstance", "builtins.issubclass"
            ):
                self._visit(value, place)
                self._class(kind, place)
            case ast.Call(func=function) if place.scope is None and self._is(function, place, "builtins.len"):
                pass  # of a comparison in a cell beside the answer: nothing but its size is left
            case ast.Call(func=ast.Name() as function):
                self._name(function, place, _CALL)
                self._each([*node.args, *node.keywords], place)
            case _:
                self._each(ast.iter_child_nodes(node), place)

    def _comparison(self, operands: list[ast.expr], place: Place) -> None:
        """A comparison; where it asks for a type, the others are classes: type(x) is torch.Tensor."""
        asks = [
            isinstance(one, ast.Call) and len(one.args) == 1 and self._is(one.func, place, "builtins.type")
            for one in operands
        ]
        for operand, asked in zip(operands, asks, strict=True):
            if any(asks) and not asked:
                self._class(operand, place)
            else:
                self._visit(operand, place)

    def _class(self, node: ast.expr, place: Place) -> None:
        """A class that a value is compared with is named, not used: isinstance(x, torch.Tensor)."""
        parts = list(ast.walk(node))
        if not all(isinstance(part, _NAMING) for part in parts):
            self._visit(node, place)
        for part in parts:
            if isinstance(part, ast.Name):
                self._helper(part, place)

    def _helper(self, node: ast.Name, place: Place) -> None:
        """Note a use of a helper of the tests; what the student binds, be it under a condition, is the student's."""
        mine = place.local(node.id)[0] or self._timeline.at(node.id, place.moment)[0]
        if node.id in self._tests_only and not mine:
            helper = self._timeline.helpers.get(node.id)
            path = helper.path if helper else ""
            imported = bool(path) and not self._ruled_out.objects([path])
            self._add(node.id, node, place, helper=True, imported=imported)

    def _note(self, node: ast.expr, place: Place) -> bool:
        """Note a use of something that is ruled out, and say whether it is one."""
        names = self._ruled_out.objects(self._meaning.paths(node, place))
        for name in names:
            self._add(name, node, place)
        return bool(names)

    def _method(self, owner: ast.expr | None, name: str, node: ast.expr, place: Place) -> None:
        """Note a use of a method or attribute that is ruled out, but not of one of the student's own classes."""
        told = self._ruled_out.method(name)
        if told and (owner is None or self._meaning.is_foreign(owner, place) or not self._timeline.has_method(name)):
            self._add(told, node, place)

    def _is(self, node: ast.expr, place: Place, *paths: str) -> bool:
        return self._meaning.is_one_of(node, place, *paths)

    def _add(self, name: str, node: ast.expr, place: Place, *, helper: bool = False, imported: bool = False) -> None:
        # An attribute that is reached over several lines stands where it is named.
        line = node.end_lineno if isinstance(node, ast.Attribute) and node.end_lineno else node.lineno
        self.found.setdefault((name, place.cell, line), Use(name, place.cell, line, helper, imported))
