"""What the student's process answers, checked as a whole before any of it takes effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.engine.encoding import RefusedValue, Unpacker
from grader.engine.encoding.tags import Node
from grader.engine.tester.raise_again import exception_of

_MOST_TEXT = 2 << 20


@dataclass(frozen=True)
class Answer:
    """The end of an operation.

    Attributes:
        result: what came back, if it did not fail.
        error: what was raised, if it failed.
        changes: arguments that were changed in place, each with what it is now.
        random: the random state that it left behind, not checked yet.
        out, err: what was printed.
        ended: what was shared before is not any more.
        shared: the result is shared from now on.
    """

    result: Any
    error: Exception | None
    changes: list[tuple[Any, Any]]
    random: Node
    out: str
    err: str
    ended: bool
    shared: bool


def answer_of(node: Node, unpacker: Unpacker, table: Callable[[bool], list[Any]] | None) -> Answer:
    """The answer in a message. Raises RefusedValue if it is none.

    Args:
        node: the message.
        unpacker: of its values.
        table: gives the shared values, by number, to which new ones are appended; True: what was shared is not any
            more. None: this answer holds no part.
    """
    if len(node) != 7 or node[0] not in ("returned", "raised") or type(node[2]) is not list:
        raise RefusedValue("an answer is malformed")
    status, payload, change_nodes, random, out, err, sharing = node
    if type(sharing) is not list or len(sharing) != 2 or any(type(part) is not bool for part in sharing):
        raise RefusedValue("an answer is malformed")
    ended, shared = sharing
    if shared and table is None:
        raise RefusedValue("a result is said to be shared")
    error = exception_of(payload) if status == "raised" else None
    of_result = unpacker.for_table(table(ended)) if shared and table is not None else unpacker
    result = of_result.unpack(payload) if status == "returned" else None
    changes = []
    for part in change_nodes:
        if type(part) is not list or len(part) != 2:
            raise RefusedValue("a changed argument is malformed")
        changes.append((unpacker.reference(part[0]), unpacker.unpack(part[1])))
    for text in (out, err):
        if type(text) is not str or len(text) > _MOST_TEXT:
            raise RefusedValue("the printed text of a call is malformed")
    return Answer(result, error, changes, random, out, err, ended, shared)


def call_of(
    node: Node, unpacker: Unpacker, function: Callable[[Node], Callable[..., Any]]
) -> tuple[Callable[..., Any], list[Any], dict[str, Any]]:
    """A call of a function of the test: the one that `function` knows by this number, and its arguments.

    Raises RefusedValue if the message is no such call.
    """
    if len(node) != 4 or type(node[2]) is not list or type(node[3]) is not list:
        raise RefusedValue("a call of a function of the test is malformed")
    called = function(node[1])
    args = [unpacker.unpack(part) for part in node[2]]
    kwargs: dict[str, Any] = {}
    for pair in node[3]:
        if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
            raise RefusedValue("a call of a function of the test is malformed")
        kwargs[pair[0]] = unpacker.unpack(pair[1])
    return called, args, kwargs
