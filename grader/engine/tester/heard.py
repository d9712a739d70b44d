"""What the student's process has said, so that a test does not run as Python what came from there.

`eval(repr(v))`, `exec(inspect.getsource(f))` or `pickle.loads(f(x))` run the student's code where that runs anyway in
one kernel. Here they would run it in the tester, which has the verdict.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections import deque

_MOST_BYTES = 32 << 20
_WORD = re.compile(r"\w{2,}")
_CONSTRUCTORS = frozenset(("set", "frozenset", "list", "tuple", "dict", "complex", "range", "bytearray", "array"))
_OF_DATA = (
    *(ast.Expression, ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Load, ast.UnaryOp, ast.USub, ast.UAdd),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Call, ast.keyword),
)


class Heard:
    """The messages of the student's processes, as bytes: texts stand in them as they are."""

    def __init__(self) -> None:
        self._messages: deque[bytes | bytearray] = deque()
        self._size = 0
        self._forgot = False

    def note(self, message: bytes | bytearray) -> None:
        """This came."""
        self._messages.append(message)
        self._size += len(message)
        while self._size > _MOST_BYTES:
            self._size -= len(self._messages.popleft())
            self._forgot = True  # of what is forgotten everything may have been said

    def says(self, text: str) -> bool:
        """Did this stand in a message?"""
        data = text.encode("utf-8", "surrogatepass")
        return self._forgot or any(data in message for message in self._messages)

    def is_source_of(self, text: str, author: str) -> bool:
        """May this text, or a part of it, come from a message? `author`: the code that the author wrote."""
        if describes_data(text):
            return False
        if self.says(text.strip()):
            return True
        known = {*_WORD.findall(author), *keyword.kwlist}
        return any(self.says(word) for word in {*_WORD.findall(text)} - known)


def describes_data(text: str) -> bool:
    """Is this such a description as `repr` gives: data, and calls of classes with data?"""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return all(_is_of_data(node, called) for node in ast.walk(tree))


def _is_of_data(node: ast.AST, called: set[int]) -> bool:
    if isinstance(node, ast.Name):
        return id(node) in called and (node.id[:1].isupper() or node.id in _CONSTRUCTORS)
    return isinstance(node, _OF_DATA)
