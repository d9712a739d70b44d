"""Names that a test binds or deletes: the student's code sees them, as it does in one kernel.

Only those that the author's own cells refer to, and modules, so that no submission reads `expected`. Only from the
public part of a cell: nothing goes once its hidden part has begun, nor what a hidden part has bound.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from grader.engine.encoding import EncodingError, Packer, generators
from grader.engine.encoding.tags import Node
from grader.engine.tester import mocks, proxies
from grader.engine.tester.call_arguments import library_name
from grader.engine.tester.meanings import ABSENT

_WORD = re.compile(r"\w+")
_MOST_KEPT = 64 << 20  # bytes of one cell's names that are kept for a process which is started anew


class NamesMade:
    """What the running test cell has bound.

    Args:
        own: the tester's names.
        operate: carries out an operation in the student's process.
        packable: can this be sent?
        is_under: is this the student's own object of this name?
        free: names that functions of the author's cells refer to.
        loaded: names that the author's cells load when they run.

    Attributes:
        kept: what another process is to be told before it goes on with later cells; None for nothing.
    """

    def __init__(
        self,
        own: dict[str, Any],
        operate: Callable[..., Any],
        packable: Callable[[Any], bool],
        is_under: Callable[[str, Any], bool],
        free: Iterable[str] = (),
        loaded: Iterable[str] = (),
    ) -> None:
        self._own, self._operate, self._packable, self._is_under = own, operate, packable, is_under
        self._free = frozenset(free)
        self._used = self._free.union(loaded)
        self.kept: tuple[Node, list[Any]] | None = None
        self._watched_now: frozenset[str] = frozenset()  # before each operation; the others, when the public part ends
        self._known: dict[str, Any] = {}
        self._watched: frozenset[str] = frozenset()
        self._modules: frozenset[str] = frozenset()
        self._over = False
        self._sent: dict[str, Any] = {}
        self._deleted: set[str] = set()  # by a hidden part

    def begin_cell(self, source: str, imported: Iterable[str]) -> None:
        """A cell begins, which imports these names. Names that do not stand in it are not looked at."""
        self._modules = frozenset(imported) - self._used
        mentioned = self._used if "import *" in source else self._used.intersection(_WORD.findall(source))
        self._watched = mentioned | self._modules
        self._watched_now = (mentioned & self._free) | self._modules
        self.kept = None
        self._known = {name: dict.get(self._own, name, ABSENT) for name in self._watched}
        self._sent = {}
        self._over = False
        self._deleted = set()

    def end_public_part(self) -> None:
        """Tell of everything, also what only later cells can see; what is bound from here on does not go."""
        if not self._over:
            self._tell(self._watched)
            self.kept = self._to_keep()
            self._over = True

    def stop(self) -> None:
        """A hidden part has begun: nothing goes any more."""
        self._over = True

    def attached(self) -> None:
        """Another process answers, which knows nothing of this cell's names."""
        self._known.update(dict.fromkeys(self._sent.keys() & self._known.keys(), ABSENT))

    def note(self, name: str, value: Any) -> None:
        """The student's process has this value, or none, under this name by now."""
        if name in self._known:
            self._known[name] = dict.get(self._own, name, ABSENT)
        self._sent[name] = value
        if self._over and value is ABSENT:
            self._deleted.add(name)

    def tell(self) -> None:
        """Bind in the student's process what the test has bound since the last time."""
        if not self._over:
            self._tell(self._watched_now)
        elif self._deleted:
            self.put_back()

    def put_back(self) -> None:
        """Give names that a hidden part deleted, and bound to an object of the student's again, back to the student."""
        for name in sorted(self._deleted):
            value = dict.get(self._own, name, ABSENT)
            if proxies.is_proxy(value):
                self._deleted.discard(name)
                dict.pop(self._own, name)
                self._operate("_bind", ([name], [value]), {})

    def _tell(self, watched: Iterable[str]) -> None:
        own, known = self._own, self._known
        changed = [name for name in watched if dict.get(own, name, ABSENT) is not known[name]]
        if not changed:
            return
        values = {name: dict.get(own, name, ABSENT) for name in changed}
        known.update(values)
        back = [name for name, value in values.items() if value is not ABSENT and self._is_under(name, value)]
        for name in back:  # from here on the name is the student's again
            dict.pop(own, name, None)
            known[name] = ABSENT
            self._sent.pop(name, None)
            del values[name]
        going = {name: value for name, value in values.items() if value is not ABSENT and self._goes(name, value)}
        gone = [name for name, value in values.items() if value is ABSENT and name in self._sent]
        self._sent.update(going | dict.fromkeys(gone, ABSENT))
        if going:
            self._operate("_bind", (list(going), list(going.values())), {})
        if gone:
            self._operate("_unbind", (gone,), {})
        if back:
            self._operate("_put_back", (back,), {})

    def _to_keep(self) -> tuple[Node, list[Any]] | None:
        """Data, modules and deletions: as they are now, since a hidden part may change them later."""
        packer = Packer(_module_node)
        nodes: list[Node] = []
        for name, value in self._sent.items():
            try:
                nodes.append([name, None] if value is ABSENT else [name, [packer.pack(value)]])
            except EncodingError:  # a function of the test, or an object of the process that is gone by then
                continue
        if not nodes or sum(map(len, packer.buffers)) > _MOST_KEPT:
            return None
        return nodes, [bytes(buffer) for buffer in packer.buffers]

    def _goes(self, name: str, value: Any) -> bool:
        if name in self._modules and not isinstance(value, types.ModuleType):
            return False
        if isinstance(value, Iterator) and not mocks.is_mock(value) and not proxies.is_proxy(value):
            return False  # it would be used up
        if generators.kind_of(value):  # who has it knows what the test draws next, in its hidden part too
            return False
        if issubclass(type(value), type) and not library_name(value):
            return False
        return self._packable(value)


def _module_node(value: Any, _: Packer) -> Node:
    name = "" if proxies.is_proxy(value) else library_name(value)
    if not name:
        raise EncodingError("no data, and no part of a library")
    return ["library", name]
