"""The tester's end of the conversation: operations on the student's objects, answers checked before they are used."""

from __future__ import annotations

import collections
import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from grader.engine import capabilities, random_state, remote_gradients
from grader.engine.channel import Channel, ChannelClosed, ChannelTimeout, OutOfStep
from grader.engine.contents import apply_change
from grader.engine.encoding import EncodingError, Packer, RefusedValue, Unpacker
from grader.engine.encoding.tags import Node
from grader.engine.shared_table import MOST_BYTES, PARTS, SharedTable
from grader.engine.snapshots import has_changed
from grader.engine.tester import error_classes, proxies, taint
from grader.engine.tester.call_arguments import pack_object
from grader.engine.tester.checked_replies import answer_of, call_of
from grader.engine.tester.data_objects import is_data, is_data_class, remember
from grader.engine.tester.figures import Figures
from grader.engine.tester.looks import ABSENT, LOOKS, Looks
from grader.engine.tester.objects import Objects
from grader.engine.tester.plain_results import is_plain_result, plain_result
from grader.engine.tester.shared_parameters import SharedParameters
from grader.engine.tester.student_errors import (
    Loss,
    StudentDied,
    StudentLost,
    StudentOutOfStep,
    StudentRefused,
    StudentTimeout,
)
from grader.engine.tester.working_folder import WorkingFolder

_MOST_RECEIVED = 2 << 30  # bytes of one cell's answers together
_MOST_SHARED = 4 * MOST_BYTES  # the same values take other sizes in two processes, by how they came about
_MOST_STALE = 64
_MARGIN = 0.2
_ANSWERED = "it answered with something that is not allowed"


class StaleValue(RuntimeError):
    """The test changed its copy of something that is another by now: it cannot take effect."""


class Lifeline(Protocol):
    """Who keeps the student's processes."""

    def died(self, loss: Loss) -> str:
        """The process is of no use any more; returns a sentence that says why."""

    def revive(self) -> Channel:
        """A new process in the state that the good cells make. Raises StudentLost when there will be none."""


class Remote:
    """The student's objects, from the tester's side.

    Args:
        lifeline: gives a new process when the old one is gone.
        call_seconds: how long one operation may take.
        write: takes what the student prints: stream name and text.
        asking: called before each operation that goes to the student's process.
        in_hidden_part: has the running test cell come to its hidden part?

    Attributes:
        cell_seconds: how long the test cell that runs may take.
        before_operation: called before each operation; it may ask for more of them.
        attached: each is called when another process answers from now on.
        name_deleted: called when the test has deleted a name of the student's.
        deadline: when it has taken that long, as a reading of time.monotonic().
        out_of_time: it has.
    """

    def __init__(
        self,
        lifeline: Lifeline,
        call_seconds: float,
        write: Callable[[str, str], None],
        asking: Callable[[], None] = lambda: None,
        in_hidden_part: Callable[[], bool] = lambda: False,
    ) -> None:
        self.in_hidden_part = in_hidden_part
        self.call_seconds = call_seconds
        self.cell_seconds = self.deadline = float("inf")
        self.out_of_time = False
        self._lifeline = lifeline
        self._write, self._asking = write, asking
        self._channel: Channel | None = None
        self._epoch = 0
        self._received = 0
        self._objects = Objects(self, self._epoch)
        self._named: dict[int, proxies.Proxy] = {}  # classes, by number: held, since a number is theirs until released
        self._of_tests: set[int] = set()
        self._cell = 0  # counts cells, so that the student's process knows when one has ended
        self._was_asked = False  # in this cell
        self._figures = Figures(self.operate, lambda: self._was_asked)
        self._functions: dict[str, proxies.Proxy] = {}  # by name, for the cell that runs: a loop looks up but once
        self._looked_up: dict[str, proxies.Proxy] = {}  # objects by the names under which this cell found them
        self._student_random: dict[str, random_state.State] = {}
        self._parameters = SharedParameters()
        self._stale: collections.deque[tuple[Any, Any]] = collections.deque(maxlen=_MOST_STALE)
        self._shared, self._anew = SharedTable(), True
        self._looks = Looks()
        self._unpacking = False  # an answer is read, so nothing can be asked
        self._syncing = False
        self.before_operation: Callable[[], None] = lambda: None
        self.attached: list[Callable[[], None]] = []
        self.name_deleted: Callable[[str], None] = lambda name: None
        self._broken: AssertionError | None = None  # of a function of the test, which the student's code called
        self._folder: WorkingFolder | None = None

    def share_folder(self, folder: WorkingFolder) -> None:
        """Keep this folder the same as the one of the student's process."""
        self._folder = folder

    def attach(self, channel: Channel) -> None:
        """Talk to this process from now on; objects of an earlier one are lost."""
        self._channel = channel
        if self._folder is not None:
            self._folder.attach()
        self._epoch += 1
        self._objects = Objects(self, self._epoch)
        self._parameters = SharedParameters()
        self._begin_sharing()
        self._looks = Looks()
        self._named = {}
        self._of_tests = set()
        self._functions = {}
        self._looked_up = {}
        self._student_random = {}
        for tell in self.attached:
            tell()

    def begin_cell(self, seconds: float) -> None:
        """A test cell begins, which may take so long."""
        self.cell_seconds, self.deadline = seconds, time.monotonic() + seconds
        self.out_of_time = False
        self._received = 0
        self._cell, self._was_asked = self._cell + 1, False
        self._figures.begin_cell()
        self._figures.connect()
        self._broken = None
        self._student_random = {}
        self._begin_sharing()
        self._looks = Looks()
        self._named = {}
        self._functions = {}
        self._looked_up = {}

    def end_cell(self) -> None:
        """A test cell has ended: what it did to the student's own values takes effect there."""
        if self._channel is not None and self._shared.has_changes():
            with contextlib.suppress(StudentLost):  # the next cell will tell
                self.operate("_agree", (), {})

    def lookup(self, name: str) -> Any:
        """The value of a name in the student's notebook. Raises NameError when it has none."""
        function = self._functions.get(name)
        if function is not None:
            return function
        value = self.operate("name", (name,), {})
        if proxies.is_proxy(value):
            self._looked_up[name] = value
            if proxies.is_function(value):
                self._functions[name] = value
            elif name[:1].isupper():
                self._named[proxies.number_of(value)] = value
        return value

    def is_under(self, name: str, value: Any) -> bool:
        """Is this the object that the running test cell found under this name?"""
        return proxies.is_proxy(value) and self._looked_up.get(name) is value

    def delete_name(self, name: str) -> None:
        """Delete a name of the student's notebook."""
        self.operate("_unbind", ([name],), {})
        self._functions.pop(name, None)
        self.name_deleted(name)

    def is_packable(self, value: Any) -> bool:
        """Can this be sent to the student's process?"""
        try:
            Packer(lambda other, packer: self._pack_object(other, packer, []), number=True, objects=is_data_class).pack(
                value
            )
        except Exception:  # whatever a library says of its own objects
            return False
        return True

    @property
    def is_attached(self) -> bool:
        """Is there a process that can be asked?"""
        return self._channel is not None

    def import_from(self, module: str, name: str) -> Any:
        """What a module binds to a name in the student's process, which imports it; with no name, only that."""
        return self.operate("_import", (module, name), {})

    def is_named(self, class_number: int) -> bool:
        """Is this a class that the running test cell names itself?"""
        return class_number in self._named or class_number in self._of_tests

    def name_class(self, class_number: int) -> None:
        """The test has made this class, below one of the submission: it names it, in all its cells."""
        self._of_tests.add(class_number)

    def operate(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Carry out an operation in the student's process: its result, or the exception that it raised.

        What a test has seen before is not asked again (`looks.py`).

        Raises:
            StudentLost: the process died, took too long or answered with something that is no value.
        """
        __tracebackhide__ = True
        if self._unpacking:
            raise RefusedValue("a value that must be asked while it comes")
        if name not in LOOKS or kwargs:
            return self._asked(name, args, kwargs)
        named = bool(args) and proxies.is_proxy(args[0]) and self.is_named(proxies.class_number_of(args[0]))
        answer = self._looks.answer(name, tuple(args), named=named)
        if answer is not ABSENT and self._shared.has_changes():
            answer = ABSENT
        if answer is not ABSENT and self._parameters.numbers():
            self._sync(self._write_parameters)  # if the test has changed a weight, what was seen counts no more
            answer = self._looks.answer(name, tuple(args), named=named)
        if answer is ABSENT:
            answer = self._asked(name, args, kwargs)
            self._looks.note(name, tuple(args), answer, named=named)
        return answer

    def iterate(self, proxy: proxies.Proxy) -> Any:
        """`iter(proxy)`: an iterator goes on where it was, everything else begins anew with the items it has shown."""
        if proxies.is_iterator(proxy) or self.is_named(proxies.class_number_of(proxy)):
            return self._asked("__iter__", (proxy,), {})

        def begin() -> Callable[[], Any]:
            iterator = self._asked("__iter__", (proxy,), {})
            return lambda: self._pulled(iterator)

        return iter(self._looks.items(proxy, begin))

    def _pulled(self, iterator: Any) -> Any:
        if not proxies.is_proxy(iterator):
            return next(iterator)
        looks = self._looks
        try:
            return self._asked("__next__", (iterator,), {}, quiet=True)
        finally:
            looks.pulled()

    def _asked(self, name: str, args: Sequence[Any], kwargs: dict[str, Any], *, quiet: bool = False) -> Any:
        __tracebackhide__ = True
        functions = self._functions
        try:
            return self._operate(name, args, kwargs, quiet=quiet)
        except StudentOutOfStep:
            # The fault lies with what ran before, and a new process can answer, if it is asked for nothing lost.
            again = self._again(args, kwargs, functions)
            if again is None:
                raise
        return self._operate(name, again, kwargs, quiet=quiet)

    def _again(
        self, args: Sequence[Any], kwargs: dict[str, Any], functions: dict[str, proxies.Proxy]
    ) -> Sequence[Any] | None:
        """The same arguments in a new process; None where one of them was lost with the old one."""
        lost = [value for value in (*args, *kwargs.values()) if proxies.is_proxy(value)]
        if not lost:
            return args
        names = [name for name, function in functions.items() if function is args[0]]
        return (self.lookup(names[0]), *args[1:]) if names and len(lost) == 1 else None

    def _operate(self, name: str, args: Sequence[Any], kwargs: dict[str, Any], *, quiet: bool) -> Any:
        __tracebackhide__ = True
        self._asking()
        channel = self._channel or self._revived()
        early = channel.unasked()
        if early is not None:
            loss = Loss("it sent a message without being asked", turn=early)
            raise self._lose(channel, StudentOutOfStep, loss)
        if not self._syncing:
            self._sync(self._write_parameters)
            self._sync(self.before_operation)
            self._push_files((*args, *kwargs.values()))
            if self._folder is not None:
                args = [self._folder.as_there(value) for value in args]
                kwargs = {key: self._folder.as_there(value) for key, value in kwargs.items()}
        for value in args[:1]:
            if proxies.is_proxy(value) and proxies.epoch_of(value) != self._epoch:
                raise StudentDied("This object was lost when the student's process was started anew.")
        sent: list[int] = []
        shared = self._shared
        packer = Packer(
            lambda value, packer: self._pack_object(value, packer, sent),
            number=True,
            shared=shared.numbers,
            objects=is_data_class,
        )
        told = self._tell_changes(packer)
        arg_nodes = [packer.pack(value) for value in args]
        kwarg_nodes = [[key, packer.pack(value)] for key, value in kwargs.items()]
        states = random_state.capture(self._student_random)
        random_node = random_state.to_node(states, self._student_random)
        released = self._objects.take_released()
        began = time.monotonic()
        deadline = min(began + self.call_seconds, self.deadline)
        gradients = remote_gradients.are_wanted()
        # What the engine asks on its own draws no figure: "_bind" in place of "__add__".
        self._was_asked |= name not in LOOKS and (name[0] != "_" or name[1] == "_")
        self._figures.connect()
        met_data = taint.has_met_data(name, args)
        plain = plain_result(name, args) if met_data else ABSENT
        part = name in PARTS and not met_data
        request = ["operation", name, arg_nodes, kwarg_nodes, random_node, released, gradients, self._cell]
        request += [told, self._anew, part]
        self._anew = False
        outer_turn = channel.turn
        channel.begin_turn()
        looks = self._looks
        if told:
            looks.forget()
        if not quiet:
            looks.begin(name, sent)
        try:
            channel.send(request, packer.buffers, deadline)
            node, buffers = self._answer(channel, deadline)
            self._objects.came.clear()
            self._unpacking = True
            fixed = self._keeps_data(name, args)
            result, error = self._settle(
                node, buffers, packer.numbered, states, began, mark=met_data, part=part, fixed=fixed
            )
            self._unpacking = False
            looks.note_results(name, self._objects.came)
        except OverflowError as problem:
            raise EncodingError(str(problem)) from None
        except ChannelClosed:
            raise self._lose(channel, StudentDied, Loss()) from None
        except ChannelTimeout:
            raise self._lose(channel, StudentTimeout, self._too_long(deadline)) from None
        except OutOfStep as problem:
            loss = Loss(f"{_ANSWERED}: {problem}", turn=problem.turn)
            raise self._lose(channel, StudentOutOfStep, loss) from None
        except RefusedValue as problem:
            raise self._lose(channel, StudentRefused, Loss(f"{_ANSWERED}: {problem}")) from None
        except StudentTimeout:  # the bell, which rang for the cell
            self._lose(channel, StudentTimeout, self._too_long(self.deadline))
            raise
        except BaseException:
            self._lose(channel, StudentDied, Loss("the conversation with it was interrupted"))
            raise
        finally:
            self._unpacking = False
            channel.turn = outer_turn
            if not quiet:
                looks.end(name)
        if not self._syncing:
            self._sync(self._read_parameters)
            self.pull_files()
        if self._broken is not None:
            broken, self._broken = self._broken, None
            raise broken
        if isinstance(error, StopIteration | StopAsyncIteration) and name != "__next__":
            raise RuntimeError(f"the submission raised {type(error).__name__}") from error
        if error is not None:
            raise error
        if met_data and is_plain_result(result, plain):
            if is_data(result) and not proxies.is_marked(args[0]):
                proxies.mark(result, False)
        elif met_data:
            if is_data(result) and name != "getattr" and not any(result is value for value in args):
                result = self._objects.without_data(result)
            taint.check_answer(name, args, result)
        return result if self._folder is None else self._folder.as_here(result)

    def _begin_sharing(self) -> None:
        """Nothing is shared; the student's process is told so with the next operation."""
        self._shared, self._anew = SharedTable(), True
        self._stale.clear()

    def _end_sharing(self) -> None:
        """Student code has changed something that is shared: what the test holds stays as it is, and is a copy now."""
        self._stale.extend(self._shared.items())
        self._shared = SharedTable()

    def _table(self, ended: bool) -> list[Any]:
        if ended:
            self._end_sharing()
        return self._shared.values

    def _tell_changes(self, packer: Packer) -> list[Node]:
        """What the test has done to shared values since the last operation.

        Raises StaleValue where it has changed one that the student's process has changed before.
        """
        if any(has_changed(value, before) for value, before in self._stale):
            self._stale.clear()
            raise StaleValue(
                "The test changed a list, dict or array of the submission that student code had changed since the test "
                "read it. Read it again after the call, then change it."
            )
        changed = self._shared.changes() if self._shared else []
        contents = packer.with_references(self._shared.numbers) if changed else packer
        for number in changed:
            remember(self._shared.values[number])
        return [[number, contents.pack_contents(self._shared.values[number])] for number in changed]

    def _sync(self, work: Callable[[], None]) -> None:
        """Keep the parameters that the test holds the same as their originals."""
        self._syncing = True
        try:
            work()
        finally:
            self._syncing = False

    def pull_files(self) -> None:
        """Take over the files that the student's process has changed, if it says so.

        Raises:
            StudentLost: it gave something that is no list of files.
        """
        if self._folder is None or not self._folder.stale:
            return
        try:
            self._sync(self._folder.pull)
        except RefusedValue as problem:
            raise self._refused(problem) from None

    def push_files(self) -> None:
        """Give the student's process the files that the test has written in the open."""
        self._push_files(())

    def ask_quietly(self, name: str, args: Sequence[Any]) -> Any:
        """An operation that changes no object of the student's."""
        return self._asked(name, args, {}, quiet=True)

    def _push_files(self, args: Sequence[Any]) -> None:
        folder = self._folder
        if folder is not None:
            self._sync(lambda: folder.push(args))

    def _refused(self, problem: RefusedValue) -> StudentLost:
        assert self._channel is not None
        return self._lose(self._channel, StudentRefused, Loss(f"{_ANSWERED}: {problem}"))

    def _write_parameters(self) -> None:
        for number, tensor in self._parameters.changed_here():
            self.operate("_write", (self._objects.stand_in(number), tensor), {})

    def _read_parameters(self) -> None:
        numbers = self._parameters.numbers()
        if numbers:
            found = self.operate("_read", [self._objects.stand_in(number) for number in numbers], {})
            try:
                self._parameters.update(numbers, found)
            except RefusedValue as problem:
                raise self._refused(problem) from None

    def _answer(self, channel: Channel, deadline: float) -> tuple[Node, list[Any]]:
        """The answer to what was asked; until it comes, the student's code may call the tester's functions."""
        told_of_files = False
        while True:
            node, buffers = channel.receive(deadline)
            self._received += sum(map(len, buffers))
            if self._received > _MOST_RECEIVED:
                raise RefusedValue("more data than one cell may receive")
            if type(node) is not list or not node:
                raise RefusedValue("an answer is malformed")
            if node == ["files"] and self._folder is not None and not told_of_files:
                told_of_files = self._folder.stale = True
                continue
            if node[0] != "callback":
                return node, buffers
            if told_of_files:
                self.pull_files()
                told_of_files = False
            channel.send(*self._call_back(node, buffers), deadline)

    def _call_back(self, node: Node, buffers: list[Any]) -> tuple[Node, list[Any]]:
        unpacker = Unpacker(buffers, self._objects.unpack, bounded=True)
        self._unpacking = True
        try:
            function, args, kwargs = call_of(node, unpacker, self._objects.callbacks.function)
        finally:
            self._unpacking = False
        packer = Packer(lambda value, packer: self._pack_object(value, packer, []), objects=is_data_class)
        try:
            return ["returned", packer.pack(function(*args, **kwargs))], packer.buffers
        except StudentLost:
            raise
        except AssertionError as error:
            # The student's code may suppress it, and need not know what was expected.
            self._broken = self._broken or error
            return ["raised", "AssertionError", "", 0], []
        except Exception as error:
            original = error_classes.original_of(error)
            number = 0 if original is None else proxies.number_of(original)
            plain = type(error) is KeyError and len(error.args) == 1 and isinstance(error.args[0], str)
            text = error.args[0] if plain else str(error)  # that of a KeyError is quoted
            return ["raised", type(error).__name__, text[:1000], number], []

    def _settle(
        self,
        node: Node,
        buffers: list[Any],
        numbered: list[Any],
        states: dict[str, random_state.State],
        began: float,
        *,
        mark: bool,
        part: bool,
        fixed: bool,
    ) -> tuple[Any, Exception | None]:
        """Check an answer, then let it take effect: output, changed arguments, random state, result.

        `fixed`: what the test holds as data of a class of the submission stays as it is.
        """
        unpack_object = self._objects.unpack_marked if mark else self._objects.unpack
        unpacker = Unpacker(buffers, unpack_object, references=numbered, bounded=True)
        unpacker.link = lambda tensor, link: self._linked(tensor, link, numbered)
        unpack_error = functools.partial(self._objects.unpack_error, mark=mark)
        answer = answer_of(node, unpacker, unpack_error, self._table if part else None)
        if answer.ended and not answer.shared:
            self._end_sharing()
        if answer.shared and not self._shared.agree(_MOST_SHARED):
            raise RefusedValue("more shared values than are allowed")
        # One that was seeded over there counts as known there: it is left alone until the test draws or seeds.
        took = time.monotonic() - began
        self._student_random = random_state.apply_reachable(answer.random, states, took)
        undone = {id(target) for target, _ in answer.changes if fixed and is_data(target)}
        for target, value in answer.changes:
            if id(target) not in undone:
                apply_change(target, value, took)
        self._shared.note_values(target for target, _ in answer.changes)
        for value in numbered:
            remember(value, told=id(value) not in undone)
        if answer.out:
            self._write("stdout", answer.out)
        if answer.err:
            self._write("stderr", answer.err)
        return answer.result, answer.error

    def _keeps_data(self, name: str, args: Sequence[Any]) -> bool:
        """Is this a question, or an operator, which changes no data? In a class that the test names, a question may."""
        if name in capabilities.BINARY or name in capabilities.REFLECTED:
            return True
        if name not in LOOKS and name != "__iter__":
            return False
        return not (args and proxies.is_proxy(args[0]) and self.is_named(proxies.class_number_of(args[0])))

    def _linked(self, tensor: Any, link: Node, numbered: list[Any]) -> Any:
        """A tensor that the student's code computed, as part of the tester's own computation."""
        number, inputs = remote_gradients.checked(link, numbered)
        if remote_gradients.is_parameter(tensor):
            return self._parameters.add(tensor, number)
        if not remote_gradients.are_wanted():
            return tensor
        parts = [number, *(part for _, part in inputs)]
        objects = self._objects

        def backward(gradient: Any) -> list[Any]:
            stand_ins = [objects.stand_in(part) for part in parts]
            found = self.operate("_backward", (stand_ins[0], gradient, stand_ins[1:]), {})
            return remote_gradients.checked_results(found, [numbered[n] for n, _ in inputs])

        release: Callable[[], None] = lambda: objects.released.extend(parts)  # noqa: E731  # a finalizer
        return remote_gradients.linked(tensor, [numbered[n] for n, _ in inputs], backward, release)

    def _too_long(self, deadline: float) -> Loss:
        """The loss of a process whose call was stopped at this time: its own, or that of the whole cell."""
        self.out_of_time = deadline == self.deadline
        return Loss(seconds=self.cell_seconds if self.out_of_time else self.call_seconds, whole_cell=self.out_of_time)

    def _revived(self) -> Channel:
        if time.monotonic() > self.deadline - _MARGIN:
            self.out_of_time = True
            raise StudentTimeout("There was no time left for this cell.")
        self.attach(self._lifeline.revive())
        assert self._channel is not None
        return self._channel

    def _lose(self, channel: Channel, kind: type[StudentLost], loss: Loss) -> StudentLost:
        """Give up the process at the other end, if a function of the test that was called back has not done so yet."""
        if self._channel is not channel:
            return kind("The submission's process was lost during this call.")
        self._channel = None
        self._broken = None
        self._functions = {}
        return kind(self._lifeline.died(loss))

    def _pack_object(self, value: Any, packer: Packer, sent: list[int]) -> Node:
        if proxies.is_proxy(value):
            sent.append(proxies.number_of(value))
        return pack_object(value, packer, self._objects.callbacks, self._epoch)
