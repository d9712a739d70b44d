"""Mutations of array code: mistakes that students make with NumPy and that general libraries do not know.

Each operator takes a node of the syntax tree and yields what may stand in its place, as code.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator

from grader.authoring import code

Operator = Callable[[ast.AST], Iterator[ast.AST | str]]

_EXCHANGED = (
    ("sum", "mean"), ("max", "min"), ("amax", "amin"), ("argmax", "argmin"), ("maximum", "minimum"), ("any", "all"),
    ("zeros", "ones"), ("zeros_like", "ones_like"), ("floor", "ceil"), ("std", "var"), ("hstack", "vstack"),
    ("exp", "log"), ("tanh", "sinh"),
)  # fmt: skip
_PARTNERS = (
    ("stride", "padding"), ("fan_in", "fan_out"), ("kH", "kW"), ("H", "W"), ("h", "w"), ("rows", "columns"),
    ("i", "j"), ("N", "C"), ("n", "c"), ("height", "width"), ("out_h", "out_w"), ("H_out", "W_out"), ("kh", "kw"),
)  # fmt: skip
_ELEMENTWISE = {"clip", "rint", "round", "abs", "sqrt", "maximum", "minimum", "square", "log", "exp"}
_MADE_OF_FLOATS = {"zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like"}
_AXES = {"axis", "dim", "axes"}


def mutations(cell: str, region: range) -> Iterator[tuple[str, str]]:
    """Operator and mutated cell, for each mutation that begins on one of the lines `region`, counted from 0."""
    tree = code.parse(cell)
    bound = code.bound_names(tree)
    operators = {**_OPERATORS, "names exchanged": _names_exchanged(bound)}
    for words, operator in operators.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.expr | ast.stmt) and node.lineno - 1 in region:
                for new in operator(node):
                    yield words, _replaced(cell, node, new)


def _replaced(cell: str, node: ast.expr | ast.stmt, new: ast.AST | str) -> str:
    text = new if isinstance(new, str) else ast.unparse(new)
    if isinstance(node, ast.expr) and isinstance(new, ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp):
        text = f"({text})"
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    lines = [line.encode() for line in cell.split("\n")]  # columns of the tree count bytes
    head = b"\n".join([*lines[: node.lineno - 1], lines[node.lineno - 1][: node.col_offset]])
    tail = b"\n".join([lines[node.end_lineno - 1][node.end_col_offset :], *lines[node.end_lineno :]])
    return (head + text.encode() + tail).decode()


def _called(node: ast.AST) -> str:
    """`sum` of `x.sum(...)` and of `np.sum(...)`; '' for everything else."""
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def _is_method(node: ast.Call) -> bool:
    """Is it called on an array, not on a module such as `np`?"""
    assert isinstance(node.func, ast.Attribute)
    owner = node.func.value
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return not (isinstance(owner, ast.Name) and owner.id in ("np", "numpy", "torch", "F", "math"))


def _subject(node: ast.Call) -> Iterator[ast.AST]:
    """The array that a function or method is applied to."""
    if _is_method(node):
        assert isinstance(node.func, ast.Attribute)
        yield node.func.value
    elif node.args:
        yield node.args[0]


def _with_keywords(node: ast.Call, change: Callable[[ast.keyword], ast.keyword | None]) -> ast.Call:
    new = copy.deepcopy(node)
    new.keywords = [kept for keyword in new.keywords if (kept := change(keyword)) is not None]
    return new


def _without(node: ast.AST, names: set[str]) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        for name in sorted(names & {keyword.arg for keyword in node.keywords if keyword.arg}):
            yield _with_keywords(node, lambda k, name=name: None if k.arg == name else k)  # type: ignore[misc]  # of k


def _added(node: ast.Call, name: str, value: str) -> ast.Call:
    new = copy.deepcopy(node)
    new.keywords.append(ast.keyword(name, ast.parse(value, mode="eval").body))
    return new


def _transpose_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield node.value
    if isinstance(node, ast.Call) and _called(node) in ("transpose", "swapaxes", "moveaxis", "permute"):
        yield from _subject(node)


def _flip_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and _called(node) in ("flip", "fliplr", "flipud", "rot90"):
        yield from _subject(node)
    if isinstance(node, ast.Subscript):
        for part in ast.walk(node.slice):
            if isinstance(part, ast.Slice) and part.step is not None and ast.unparse(part.step) == "-1":
                new = copy.deepcopy(node)
                for twin in ast.walk(new.slice):
                    if isinstance(twin, ast.Slice) and (twin.lineno, twin.col_offset) == (part.lineno, part.col_offset):
                        twin.step = None
                yield new


def _axis_dropped(node: ast.AST) -> Iterator[ast.AST]:
    yield from _without(node, _AXES)


def _keepdims_dropped(node: ast.AST) -> Iterator[ast.AST]:
    yield from _without(node, {"keepdims", "keepdim"})


def _exchanged(node: ast.AST) -> Iterator[ast.AST]:
    name = _called(node)
    for pair in _EXCHANGED:
        if name in pair:
            new = copy.deepcopy(node)
            assert isinstance(new, ast.Call)
            assert isinstance(new.func, ast.Attribute)
            new.func.attr = pair[1 - pair.index(name)]
            yield new


def _copy_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        if _called(node) in ("copy", "clone"):
            yield from _subject(node)
        elif _called(node) == "array" and not _is_method(node) and len(node.args) == 1:
            new = copy.deepcopy(node)
            assert isinstance(new.func, ast.Attribute)
            new.func.attr = "asarray"
            yield new


def _in_place(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.value, ast.BinOp):
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and ast.unparse(value.left) == target.id:
            yield ast.AugAssign(target, value.op, value.right)
    if isinstance(node, ast.Call) and _called(node) in _ELEMENTWISE and not _is_method(node):
        arrays = [part for part in node.args if isinstance(part, ast.Name)]
        if arrays and not any(keyword.arg == "out" for keyword in node.keywords):
            yield _added(node, "out", arrays[0].id)


def _accumulation_dropped(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AugAssign):
        yield ast.fix_missing_locations(ast.Assign([node.target], node.value, lineno=node.lineno))


def _made_integers(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Call):
        return
    if _called(node) in _MADE_OF_FLOATS and not any(k.arg == "dtype" for k in node.keywords) and len(node.args) == 1:
        yield _added(node, "dtype", "int")
    if _called(node) == "astype" and node.args and ast.unparse(node.args[0]) in ("float", "np.float64"):
        new = copy.deepcopy(node)
        new.args[0] = ast.Name("int")
        yield new


def _ddof_changed(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and _called(node) in ("std", "var"):
        given = any(keyword.arg == "ddof" for keyword in node.keywords)
        yield from _without(node, {"ddof"}) if given else [_added(node, "ddof", "1")]


def _branches_exchanged(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and _called(node) == "where" and len(node.args) == 3:
        new = copy.deepcopy(node)
        new.args = [new.args[0], new.args[2], new.args[1]]
        yield new
    if isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)


def _seed_fixed(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "rng":
        new = copy.deepcopy(node)
        assert isinstance(new.func, ast.Attribute)
        new.func.value = ast.parse("np.random.default_rng(0)", mode="eval").body
        yield ast.unparse(new)


def _factors_exchanged(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield ast.BinOp(node.right, node.op, node.left)


def _results_exchanged(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        first, second, *rest = node.value.elts
        yield ast.Return(ast.Tuple([second, first, *rest], ast.Load()))


def _step_left_out(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and _called(node) in _ELEMENTWISE:
        yield from _subject(node)


def _range_too_short(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        new = copy.deepcopy(node)
        place = 0 if len(node.args) == 1 else 1
        new.args[place] = ast.BinOp(new.args[place], ast.Sub(), ast.Constant(1))
        yield new


def _statement_deleted(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)):
        yield "pass"
    if isinstance(node, ast.Assign):
        targets = {ast.unparse(target) for target in node.targets}
        again = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)} & targets
        if again or any(isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets):
            yield "pass"


def _names_exchanged(bound: set[str]) -> Operator:
    """An operator that takes one name for its partner (`stride` for `padding`), where both are in use."""
    partner = {a: b for pair in _PARTNERS for a, b in (pair, pair[::-1]) if {a, b} <= bound}

    def operator(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in partner:
            yield partner[node.id]

    return operator


_OPERATORS: dict[str, Operator] = {
    "transpose dropped": _transpose_dropped,
    "flip dropped": _flip_dropped,
    "axis dropped": _axis_dropped,
    "keepdims dropped": _keepdims_dropped,
    "function exchanged": _exchanged,
    "copy replaced by a view": _copy_dropped,
    "in place instead of new": _in_place,
    "+= made =": _accumulation_dropped,
    "floats made integers": _made_integers,
    "ddof changed": _ddof_changed,
    "branches exchanged": _branches_exchanged,
    "random seed fixed": _seed_fixed,
    "factors exchanged": _factors_exchanged,
    "results exchanged": _results_exchanged,
    "step left out": _step_left_out,
    "range too short": _range_too_short,
    "statement deleted": _statement_deleted,
}
