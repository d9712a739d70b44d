"""Serve one tester: run cells, carry out operations on objects, and call the tester's functions back."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from grader.engine import random_state
from grader.engine.channel import Channel, ChannelClosed
from grader.engine.contents import apply_change
from grader.engine.deep_contents import deep_contents
from grader.engine.encoding import Packer, RefusedValue, Unpacker
from grader.engine.encoding.tags import Node
from grader.engine.limits import NO_MEMORY_LEFT
from grader.engine.remote_gradients import gradient_mode, is_parameter
from grader.engine.shared_table import SharedTable
from grader.engine.shell import CellRunner, OutputSink
from grader.engine.shell.sink import to_json
from grader.engine.snapshots import has_changed, snapshot
from grader.engine.student import open_figures
from grader.engine.student.data_objects import is_data_class, taken_over
from grader.engine.student.exception_data import failure
from grader.engine.student.folder_watch import WorkingFolder
from grader.engine.student.free_memory import FreeMemory
from grader.engine.student.handles import (
    Borrowed,
    BorrowedCallable,
    CallableMockOfTest,
    Callback,
    FunctionCallback,
    Handles,
    MockOfTest,
)
from grader.engine.student.library_parts import part_of_library
from grader.engine.student.names import Names
from grader.engine.student.operations import OPERATIONS
from grader.engine.student.put_in_place import StandIns
from grader.engine.student.shell_command import run_command


class Service:
    """The student's end of the conversation.

    Args:
        sock: connected to the tester.
        output: bytes of text that one cell may print.
        memory: bytes that this process may use; 0 where nobody keeps it to that.
    """

    def __init__(self, sock: socket.socket, output: int, memory: int = 0) -> None:
        self._channel = Channel(sock, follows=True)
        self._handles = Handles()
        self._lent: dict[tuple[Any, ...], Borrowed] = {}  # by the tester, for as long as it lives
        self._sink = OutputSink(output)
        self._thread = threading.get_ident()
        self._cell = 0
        self._in_cell = False
        self._busy = False
        signal.signal(signal.SIGINT, self._interrupted)
        self._runner = CellRunner(self._sink, self._send_output)
        names, self._stand_ins = Names(self._runner.shell), StandIns()
        self._names = names
        self._of_notebook: dict[str, Callable[..., Any]] = {
            "name": names.value,
            "names": names.all,
            "_bound_to": names.bound_to,
            "_bind": names.bind,
            "_unbind": names.unbind,
            "_put_back": names.put_back,
            "_stand_in": self._stand_ins.replace,
        }
        random_state.reseed()
        self._free_memory = FreeMemory(memory)
        self._states: dict[str, random_state.State] = {}
        self._shared = SharedTable()
        self._folder = WorkingFolder()
        self._file_operations: dict[str, Callable[..., Any]] = {
            "_changed_files": self._folder.changes,
            "_take_files": self._folder.take,
            "_shell": run_command,
        }

    def serve(self) -> None:
        """Answer until the tester hangs up."""
        try:
            while True:
                node, buffers = self._channel.receive()
                self._answer(node, buffers)
        except ChannelClosed:
            return

    def call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the tester; while it runs, the tester may ask for things here."""
        if threading.get_ident() != self._thread:
            raise RuntimeError("a function of the test can only be called in the thread that was called")
        if self._in_cell:
            raise RuntimeError("a function of the test can only be called while a test runs")
        turn = self._channel.turn
        packer = Packer(self._handles.node, objects=is_data_class, bounded=True)
        positional = [packer.pack(value) for value in args]
        self._tell_of_files()
        self._channel.send(["callback", number, positional, _pack_names(packer, kwargs)], packer.buffers)
        while True:
            node, buffers = self._channel.receive()
            if node[0] == "returned":
                return Unpacker(buffers, self._unpack_other).unpack(node[1])
            if node[0] == "raised":
                raise self._handles.object(node[3]) if node[3] else _error_of(node[1], node[2])
            self._answer(node, buffers)
            self._channel.turn = turn  # what the tester asked for meanwhile had one of its own

    def _answer(self, node: Node, buffers: Sequence[Any]) -> None:
        if node[0] == "run":
            self._run_cell(node[1], node[2])
        elif node[0] == "operation":
            self._operate(node, buffers)
        elif node[0] == "variables":
            os.environ.update(node[1])
        elif node[0] == "names":
            self._bind_again(node[1], buffers)
        else:
            raise RefusedValue(f"an unknown request: {node[0]}")

    def _run_cell(self, source: str, count: int) -> None:
        self._begin_cell(0)
        self._runner.shell.execution_count = count
        self._names.begin_cell()
        self._in_cell = self._busy = True
        try:
            _, error = self._runner.run(source)
            outcome = "ok" if error is None else "error"
        except KeyboardInterrupt:
            outcome = "error"
        except SystemExit:
            outcome = "ok"
        finally:
            self._busy = False
        self._runner.streams.flush()
        self._send_output()
        self._end_if_full()
        self._in_cell = False
        self._channel.send(["done", outcome, self._runner.execution_count])

    def _operate(self, node: Node, buffers: Sequence[Any]) -> None:
        _, name, arg_nodes, kwarg_nodes, random_node, released, gradients, cell, told, anew, part = node
        self._begin_cell(cell)
        self._handles.release(released)
        random_state.apply(random_node)
        before_random = {**self._states, **{part[0]: tuple(part[1:]) for part in random_node}}
        if anew:
            self._shared = SharedTable()
        unpacker = Unpacker(buffers, self._unpack_other, number=True, shared=self._shared.values)
        self._take_changes(told, unpacker)
        args = [unpacker.unpack(part) for part in arg_nodes]
        kwargs = {key: unpacker.unpack(part) for key, part in kwarg_nodes}
        numbered = unpacker.numbered
        before = [snapshot(value) for value in numbered]
        deep = [deep_contents(value) if is_data_class(type(value)) else None for value in numbered]
        error: BaseException | None = None
        result: Any = None
        self._sink.restart()
        self._busy = True
        try:
            with gradient_mode(gradients):
                result = self._do(name, args, kwargs)
        except BaseException as caught:
            error = caught
        finally:
            self._busy = False
        self._end_if_full()
        out, err = self._printed()
        packer = Packer(
            self._handles.node,
            objects=is_data_class,
            references={id(value): n for n, value in enumerate(numbered)},
            bounded=True,
        )
        packer.link = lambda tensor: self._link(tensor, numbered)
        try:
            changes = self._changes(packer, numbered, before, deep)
            ended = self._is_changed(numbered)
            if part and error is None:
                answer, shared = self._part(packer, result)
            else:
                answer, shared = self._outcome(packer, result, error), False
        except Exception as problem:  # whatever cannot be sent, and for whatever reason, is an error of this call
            self._shared = SharedTable()
            packer = Packer(self._handles.node, objects=is_data_class, bounded=True)
            answer, changes, ended, shared = ["raised", failure(problem)], [], True, False
        self._states = random_state.capture(before_random)
        random_node = random_state.to_node(self._states, before_random)
        if name not in self._file_operations:
            self._tell_of_files()
        try:
            self._channel.send([*answer, changes, random_node, out, err, [ended, shared]], packer.buffers)
        except OverflowError as problem:
            self._shared = SharedTable()
            self._channel.send(["raised", failure(problem), [], random_node, out, err, [True, False]])

    def _begin_cell(self, number: int) -> None:
        """A cell begins, if it is another one: a test's has this number, one that runs here 0."""
        if number != self._cell:
            self._cell = number
            open_figures.close_all()

    def _do(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if name in self._of_notebook:
            return self._of_notebook[name](*args, **kwargs)
        if name in self._file_operations:
            return self._file_operations[name](*args)
        with self._stand_ins.in_place():
            return OPERATIONS[name](*args, **kwargs)

    def _bind_again(self, nodes: list[Node], buffers: Sequence[Any]) -> None:
        """Names that a test bound or deleted in the process before this one."""
        unpacker = Unpacker(buffers, self._unpack_other)
        for name, node in nodes:
            if node is None:
                self._names.unbind([name])
            else:
                self._names.bind([name], [unpacker.unpack(node[0])])

    def _tell_of_files(self) -> None:
        """Tell the tester that it should ask for files that have changed, before it goes on."""
        if self._folder.has_news():
            self._channel.send(["files"])

    def _outcome(self, packer: Packer, result: Any, error: BaseException | None) -> Node:
        if error is None:
            return ["returned", packer.pack(result)]
        return ["raised", failure(error, lambda raised: self._handles.node(raised, packer))]

    def _part(self, packer: Packer, part: Any) -> tuple[Node, bool]:
        """A part of what is here, shared from now on if it is not too large."""
        shared, buffers = self._shared, len(packer.buffers)
        node = packer.for_table(shared.values, shared.numbers).pack(part)
        if shared.agree():
            return ["returned", node], True
        del packer.buffers[buffers:]
        return ["returned", packer.pack(part)], False

    def _take_changes(self, told: list[Node], unpacker: Unpacker) -> None:
        """Do what the test has done to what it shares."""
        contents = unpacker.with_references(self._shared.values)
        for number, node in told:
            apply_change(self._shared.values[number], contents.unpack(node), 0.0)
        self._shared.note([number for number, _ in told])

    def _is_changed(self, numbered: list[Any]) -> bool:
        """Has student code changed a shared value, other than an argument? Then nothing is shared any more."""
        shared = self._shared
        if not shared:
            return False
        shared.note_values(numbered)
        if not shared.has_changes():
            return False
        self._shared = SharedTable()
        return True

    def _link(self, tensor: Any, numbered: list[Any]) -> Node:
        """The number of a computed tensor, and of those arguments through which its gradient flows back."""
        inputs = [n for n, value in enumerate(numbered) if getattr(value, "requires_grad", False)]
        # A parameter is one and the same each time; what was computed is released each time that it was sent.
        number = self._handles.number if is_parameter(tensor) else self._handles.new_number
        return [number(tensor), [[n, self._handles.new_number(numbered[n])] for n in inputs]]

    def _changes(self, packer: Packer, numbered: list[Any], before: list[Any], deep: list[Any]) -> list[Node]:
        changed = [
            n
            for n, value in enumerate(numbered)
            if has_changed(value, before[n]) or (is_data_class(type(value)) and deep_contents(value) != deep[n])
        ]
        return [[number, packer.pack_contents(numbered[number])] for number in changed]

    def _printed(self) -> tuple[str, str]:
        """What was printed since the cell or call began; of other displays their plain text."""
        self._runner.streams.flush()
        out: list[str] = []
        err: list[str] = []
        for kind, content in self._sink.take():
            if kind == "stream":
                (out if content["name"] == "stdout" else err).append(content["text"])
            elif kind in ("display_data", "execute_result"):
                out.append(f"{content['data'].get('text/plain', '')}\n")
        return "".join(out), "".join(err)

    def _unpack_other(self, node: Node, unpacker: Unpacker) -> Any:
        if node[0] == "handle":
            return self._handles.object(node[1])
        if node[0] == "data":
            return taken_over(self._handles.object(node[1]), node[2], unpacker)
        if node[0] == "callback":
            return (FunctionCallback if node[3] else Callback)(node[1], node[2], self.call_back)
        if node[0] == "object of the test":
            return self._borrowed(*node[1:])
        if node[0] == "mock":
            return self._mock(*node[1:])
        if node[0] in ("iterator", "iterable"):
            items = unpacker.unpack(node[1])
            return iter(items) if node[0] == "iterator" else items
        if node[0] == "library":
            return part_of_library(node[1])
        raise RefusedValue(f"an unknown kind of object: {node[0]}")

    def _borrowed(self, number: int, name: str, methods: list[tuple[str, int]], callable_itself: bool) -> Borrowed:
        """The stand-in for an object of the tester; the same one each time."""
        key = (number, name, tuple(map(tuple, methods)), callable_itself)
        if key not in self._lent:
            parts = {method: Callback(called, method, self.call_back) for method, called in methods}
            if callable_itself:
                made: Borrowed = BorrowedCallable(number, name, parts, Callback(number, name, self.call_back))
            else:
                made = Borrowed(number, name, parts)
            self._lent[key] = made
        return self._lent[key]

    def _mock(self, number: int, attribute: int, callable_itself: bool) -> Borrowed:
        """The stand-in for a mock of the tester; the same one each time."""
        key = (number, attribute, callable_itself)
        if key not in self._lent:
            asked = Callback(attribute, "attribute", self.call_back)
            if callable_itself:
                call = Callback(number, "mock", self.call_back)
                self._lent[key] = CallableMockOfTest(number, asked, call)
            else:
                self._lent[key] = MockOfTest(number, asked)
        return self._lent[key]

    def _send_output(self) -> None:
        """Send what cells have shown so far; only while a cell runs, and only from the thread that serves."""
        if self._in_cell and threading.get_ident() == self._thread:
            for kind, content in self._sink.take():
                self._channel.send(["output", kind, to_json(content)])

    def _end_if_full(self) -> None:
        """End here if the cell or call that is just over left too little memory: it is to blame, not the next one."""
        if self._free_memory.is_short():
            os._exit(NO_MEMORY_LEFT)

    def _interrupted(self, *_: Any) -> None:
        if self._busy:
            raise KeyboardInterrupt


def _pack_names(packer: Packer, kwargs: dict[str, Any]) -> list[Node]:
    return [[key, packer.pack(value)] for key, value in kwargs.items()]


def _error_of(name: str, message: str) -> Exception:
    """What a function of the tester raised: a built-in exception as itself, others as RuntimeError."""
    import builtins

    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, Exception):
        return known(message)
    return RuntimeError(f"{name}: {message}")
