"""What a test cannot ask of the student's objects: comparisons in which the submission would judge itself."""

from __future__ import annotations

from grader.engine import capabilities

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>")
_WORDS = {
    **dict(zip(capabilities.COMPARISONS, _COMPARISONS, strict=True)),
    **dict(zip(capabilities.BINARY, _OPERATORS, strict=True)),
    **dict(zip(capabilities.REFLECTED, _OPERATORS, strict=True)),
    **dict(zip(capabilities.IN_PLACE, [f"{symbol}=" for symbol in _OPERATORS], strict=True)),
    "__contains__": "in",
    "__hash__": "hash(), as sets and dicts do,",
}


class NotComparable(Exception):
    """A test compares an object of the submission, and only the submission's own code could say the result.

    Neither a TypeError nor an AssertionError: a test that expects one of these must not take this for it.

    Attributes:
        told_of_hidden: what a student is told where it happens in a hidden case.
    """

    told_of_hidden = "The test cannot compare an object of this class, which is a matter of the test."


def not_comparable(operation: str, name: str, other: str, *, of_notebook: bool) -> NotComparable:
    """The exception for an operation on an object of the student's class `name`, with something of type `other`.

    `of_notebook`: the class was made in the notebook, so a test can name it.
    """
    if operation == "__contains__":
        way = "ask list(x), or the method itself, which is the submission's judgment: x.__contains__(item)"
    elif of_notebook:
        way = f"compare its attributes, or make both sides in the test: {name}(...) == {name}(...)"
    else:
        way = "compare its values, for example x.to_numpy(), list(x), str(x) or an attribute"
    return NotComparable(
        f"The test asks for {_WORDS[operation]} of an object of class {name}{f' and {other}' if other else ''}. Only "
        "the submission's own code could answer that, so nothing was compared. This is a matter of the test, not of "
        f"the answer. Its author can {way}; or mark the cell `in_kernel`."
    )
