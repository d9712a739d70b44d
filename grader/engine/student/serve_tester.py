"""Serve one tester: run cells, carry out operations on objects, and call the tester's functions back."""

from __future__ import annotations

import importlib
import operator
import os
import signal
import socket
import threading
from collections.abc import Sequence
from typing import Any

from grader.engine import random_state
from grader.engine.channel import Channel, ChannelClosed
from grader.engine.encoding import Packer, RefusedValue, Unpacker
from grader.engine.encoding.tags import Node
from grader.engine.limits import NO_MEMORY_LEFT
from grader.engine.remote_gradients import gradient_mode, is_parameter
from grader.engine.shell import CellRunner, OutputSink
from grader.engine.shell.sink import to_json
from grader.engine.student.exception_data import failure
from grader.engine.student.free_memory import FreeMemory
from grader.engine.student.handles import Borrowed, BorrowedCallable, Callback, Handles
from grader.engine.student.operations import OPERATIONS
from grader.engine.student.snapshots import has_changed, snapshot


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
        self._in_cell = False
        self._busy = False
        signal.signal(signal.SIGINT, self._interrupted)
        self._runner = CellRunner(self._sink, self._send_output)
        random_state.reseed()
        self._free_memory = FreeMemory(memory)
        self._states: dict[str, random_state.State] = {}

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
        turn = self._channel.turn
        packer = Packer(self._handles.node, bounded=True)
        positional = [packer.pack(value) for value in args]
        self._channel.send(["callback", number, positional, _pack_names(packer, kwargs)], packer.buffers)
        while True:
            node, buffers = self._channel.receive()
            if node[0] == "returned":
                return Unpacker(buffers, self._unpack_other).unpack(node[1])
            if node[0] == "raised":
                raise _error_of(node[1], node[2])
            self._answer(node, buffers)
            self._channel.turn = turn  # what the tester asked for meanwhile had one of its own

    def _answer(self, node: Node, buffers: Sequence[Any]) -> None:
        if node[0] == "run":
            self._run_cell(node[1], node[2])
        elif node[0] == "operation":
            self._operate(node, buffers)
        elif node[0] == "variables":
            os.environ.update(node[1])
        else:
            raise RefusedValue(f"an unknown request: {node[0]}")

    def _run_cell(self, source: str, count: int) -> None:
        self._runner.shell.execution_count = count
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
        _, name, arg_nodes, kwarg_nodes, random_node, released, gradients = node
        self._handles.release(released)
        random_state.apply(random_node)
        before_random = {**self._states, **{part[0]: tuple(part[1:]) for part in random_node}}
        unpacker = Unpacker(buffers, self._unpack_other, number=True)
        args = [unpacker.unpack(part) for part in arg_nodes]
        kwargs = {key: unpacker.unpack(part) for key, part in kwarg_nodes}
        numbered = unpacker.numbered
        before = [snapshot(value) for value in numbered]
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
        packer = Packer(self._handles.node, references={id(value): n for n, value in enumerate(numbered)}, bounded=True)
        packer.link = lambda tensor: self._link(tensor, numbered)
        try:
            answer = self._outcome(packer, result, error)
            changes = self._changes(packer, numbered, before)
        except Exception as problem:  # whatever cannot be sent, and for whatever reason, is an error of this call
            packer = Packer(self._handles.node, bounded=True)
            answer, changes = ["raised", failure(problem)], []
        self._states = random_state.capture(before_random)
        random_node = random_state.to_node(self._states, before_random)
        try:
            self._channel.send([*answer, changes, random_node, out, err], packer.buffers)
        except OverflowError as problem:
            self._channel.send(["raised", failure(problem), [], random_node, out, err])

    def _do(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        if name == "name":
            namespace = self._runner.shell.user_ns
            if args[0] not in namespace:
                raise NameError(f"name {args[0]!r} is not defined", name=args[0])
            return namespace[args[0]]
        if name == "names":
            return [key for key in self._runner.shell.user_ns if isinstance(key, str)]
        return OPERATIONS[name](*args, **kwargs)

    def _outcome(self, packer: Packer, result: Any, error: BaseException | None) -> Node:
        return ["returned", packer.pack(result)] if error is None else ["raised", failure(error)]

    def _link(self, tensor: Any, numbered: list[Any]) -> Node:
        """The number of a computed tensor, and of those arguments through which its gradient flows back."""
        inputs = [n for n, value in enumerate(numbered) if getattr(value, "requires_grad", False)]
        # A parameter is one and the same each time; what was computed is released each time that it was sent.
        number = self._handles.number if is_parameter(tensor) else self._handles.new_number
        return [number(tensor), [[n, self._handles.new_number(numbered[n])] for n in inputs]]

    def _changes(self, packer: Packer, numbered: list[Any], before: list[Any]) -> list[Node]:
        changed = [n for n, value in enumerate(numbered) if has_changed(value, before[n])]
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
        if node[0] == "callback":
            return Callback(node[1], node[2], self.call_back)
        if node[0] == "object of the test":
            return self._borrowed(*node[1:])
        if node[0] in ("iterator", "iterable"):
            items = unpacker.unpack(node[1])
            return iter(items) if node[0] == "iterator" else items
        if node[0] == "library":
            module, _, path = node[1].partition(":")
            found = importlib.import_module(module)
            return operator.attrgetter(path)(found) if path else found
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
