"""Mutations by the operators of cosmic-ray, an established mutation-testing library.

Of its 213 operators these make mistakes that people make. Those that replace `<` by `is`, or a name by a random other
one, would only make more mutants, all of them caught for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

_SIGNS = {
    "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**", "BitAnd": "&",
    "BitOr": "|", "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Is": "is",
    "IsNot": "is not",
}  # fmt: skip
_BINARY = {
    "Add": ["Sub", "Mul"],
    "Sub": ["Add"],
    "Mul": ["Add", "Div"],
    "Div": ["Mul", "FloorDiv"],
    "FloorDiv": ["Div", "Mul"],
    "Mod": ["FloorDiv"],
    "Pow": ["Mul"],
    "BitAnd": ["BitOr"],
    "BitOr": ["BitAnd"],
}
_COMPARISONS = {
    "Eq": ["NotEq"],
    "NotEq": ["Eq"],
    "Lt": ["LtE", "GtE"],
    "LtE": ["Lt", "Gt"],
    "Gt": ["GtE", "LtE"],
    "GtE": ["Gt", "Lt"],
    "Is": ["IsNot"],
    "IsNot": ["Is"],
}
_OTHERS = {
    "ReplaceUnaryOperator_USub_UAdd": "minus dropped",
    "ReplaceUnaryOperator_Delete_Not": "not dropped",
    "ReplaceUnaryOperator_Delete_Invert": "~ dropped",
    "AddNot": "condition negated",
    "ReplaceTrueWithFalse": "True made False",
    "ReplaceFalseWithTrue": "False made True",
    "ReplaceAndWithOr": "and made or",
    "ReplaceOrWithAnd": "or made and",
    "ReplaceBreakWithContinue": "break made continue",
    "ReplaceContinueWithBreak": "continue made break",
    "NumberReplacer": "number off by one",
    "ZeroIterationForLoop": "loop left out",
}


def _operators() -> dict[str, str]:
    """Name in cosmic-ray, and what it does in words."""
    named = dict(_OTHERS)
    for kind, table in (("Binary", _BINARY), ("Comparison", _COMPARISONS)):
        for old, news in table.items():
            named |= {f"Replace{kind}Operator_{old}_{new}": f"{_SIGNS[old]} made {_SIGNS[new]}" for new in news}
    return named


def mutations(cell: str, region: range) -> Iterator[tuple[str, str]]:
    """Operator and mutated cell, for each mutation that begins on one of the lines `region`, counted from 0."""
    nodes = list(ast_nodes(get_ast(cell)))
    provider = OperatorProvider()
    for name, words in _operators().items():
        operator = provider[name]()
        starts = [start for node in nodes for (start, _) in operator.mutation_positions(node)]
        for occurrence, (line, _) in enumerate(starts):
            if line - 1 in region and (mutated := mutate_code(cell, operator, occurrence)) is not None:
                yield words, mutated
