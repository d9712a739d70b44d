"""Which part of an object is read: what was put under another key of a dict, or beside a function, has no share."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from course_lib.ruled_out.scopes import Binding


@dataclass(frozen=True)
class Part:
    """A part of an object, of which code says which: `table["c"]`, `f.reference`.

    Attributes:
        key: of an item its key, of an attribute its name.
        item: whether it is an item.
    """

    key: Hashable
    item: bool


def part_of(node: ast.expr | None) -> Part | None:
    """The part of an object with a name that this expression stands for; None for anything else."""
    match node:
        case ast.Attribute(value=ast.Name(), attr=name):
            return Part(name, item=False)
        case ast.Subscript(value=ast.Name(), slice=ast.Constant(value=key)):
            return Part(key, item=True)
    return None


def code_behind(binding: Binding, part: Part | None, bases: Sequence[Binding]) -> tuple[ast.AST, ...]:
    """The code that has a share in a part of what a name holds; in all of it where `part` is None.

    `bases` are the bindings that gave the name its object, which `binding` may be, or may have changed.
    """
    changed = part_of(binding.changed)
    if part is None or (changed is not None and changed.item != part.item):
        return binding.code
    if changed is not None:
        apart = changed != part and all(map(_is_dict if part.item else _is_function, bases))
        return () if apart else binding.code
    if part.item and isinstance(binding.value, ast.Dict) and _is_dict(binding):
        pairs = zip(binding.value.keys, binding.value.values, strict=True)
        return tuple(value for key, value in pairs if isinstance(key, ast.Constant) and key.value == part.key)
    return binding.code


def _is_dict(binding: Binding) -> bool:
    """Whether it is a dict that is written out, with keys that all can be read."""
    match binding.value:
        case ast.Dict(keys=keys):
            return all(isinstance(key, ast.Constant) for key in keys)
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return all(keyword.arg for keyword in keywords)
    return False


def _is_function(binding: Binding) -> bool:
    function = binding.node or binding.value
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return not function.decorator_list
    return isinstance(function, ast.Lambda)
