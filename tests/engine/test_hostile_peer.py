"""A student's process that answers with whatever it likes: every lie ends the conversation, none takes effect."""

from __future__ import annotations

import math
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.engine import capabilities
from grader.engine.channel import Channel, ChannelClosed
from grader.engine.encoding import tags
from grader.engine.tester.remote import Remote
from grader.engine.tester.student_errors import Loss, StudentDied, StudentLost, StudentRefused, StudentTimeout


class Lifeline:
    """Counts the processes that were given up, and has no other."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def died(self, loss: Loss) -> str:
        reason = f"longer than {loss.seconds:.3g} s" if loss.seconds else loss.reason
        self.reasons.append(reason)
        return reason or "it died"

    def revive(self) -> Channel:
        raise StudentDied("there is no other")


def remote_with(peer: Callable[[Channel], None], seconds: float = 5) -> tuple[Remote, Lifeline, list[str]]:
    ours, theirs = socket.socketpair()
    printed: list[str] = []
    lifeline = Lifeline()
    remote = Remote(lifeline, seconds, lambda stream, text: printed.append(text))
    remote.attach(Channel(ours))

    def serve() -> None:
        try:
            peer(Channel(theirs, follows=True))
        except (ChannelClosed, OSError):
            pass
        finally:
            theirs.close()

    threading.Thread(target=serve, daemon=True).start()
    return remote, lifeline, printed


def answering(node: Any, buffers: tuple[Any, ...] = ()) -> Callable[[Channel], None]:
    def peer(channel: Channel) -> None:
        channel.receive()
        channel.send(node, buffers)
        channel.receive()

    return peer


def raw(head: bytes, rest: bytes = b"") -> Callable[[Channel], None]:
    """Send these bytes, the right turn between them."""

    def peer(channel: Channel) -> None:
        channel.receive()
        channel.socket.sendall(head + channel.turn.to_bytes(8, "big") + rest)
        channel.receive()

    return peer


def returned(value: Any, changes: Any = (), random: Any = (), out: Any = "", err: Any = "") -> list[Any]:
    return [
        "returned",
        value,
        list(changes) if isinstance(changes, tuple) else changes,
        list(random),
        out,
        err,
        [False, False],
    ]


EQUAL = 1 << capabilities.METHODS.index("__eq__")


def an_object(**parts: Any) -> list[Any]:
    node = {
        "number": 1,
        "abilities": capabilities.to_bytes(0),
        "name": "A",
        "bases": ["__main__.A"],
        "own": [],
        "class_number": 0,
        **parts,
    }
    return [tags.OTHER, ["object", *node.values()]]


def a_class(names: Any = ("__main__.A", "builtins.object"), **parts: Any) -> list[Any]:
    node = {
        "number": 1,
        "abilities": capabilities.to_bytes(0),
        "of_class": capabilities.to_bytes(0),
        "meta": ["builtins.type"],
        "positions": [0, 1],
        **parts,
    }
    return [list(names) if isinstance(names, tuple) else names, [list(node.values())]]


def data_object(base: str = "list", contents: Any = (tags.LIST, "list", [1]), **parts: Any) -> list[Any]:
    names = ["__main__.A", f"builtins.{base}", "builtins.object"]
    node = {
        "number": 1,
        "abilities": capabilities.to_bytes(0),
        "name": "A",
        "bases": names,
        "testers": [],
        "its_class": a_class(names, positions=[0, 1, 2]),
        "own": [],
        "contents": list(contents) if isinstance(contents, tuple) else contents,
        **parts,
    }
    return [tags.OTHER, ["data", *node.values()]]


def class_object(node: Any) -> list[Any]:
    return [tags.OTHER, ["class", node]]


def an_error(**parts: Any) -> list[Any]:
    node = {
        "names": ["builtins.ValueError"],
        "message": "m",
        "args": None,
        "name": None,
        "notes": [],
        "lines": [],
        "parts": [],
        "object": None,
        **parts,
    }
    return ["raised", list(node.values()), [], [], "", "", [False, False]]


deep: Any = 1
for _ in range(80):
    deep = [tags.TUPLE, [deep]]

deep_data: Any = 1
for _ in range(80):
    deep_data = data_object(contents=[tags.LIST, "list", [deep_data]])

ASKED = ["__eq__", "__hash__", "__int__", "__str__", "__index__", "__len__", "__iter__"]

LIES: dict[str, Callable[[Channel], None]] = {
    "no list": answering("returned"),
    "an empty list": answering([]),
    "a status of its own": answering(["passed", 1, [], [], "", "", [False, False]]),
    "a result of a call that is shared": answering([*returned(1)[:-1], [False, True]]),
    "sharing without an end": answering([*returned(1)[:-1], [False]]),
    "sharing that is no yes or no": answering([*returned(1)[:-1], [1, 0]]),
    "a shared value that there is not": answering(returned([tags.SHARED, 0])),
    "too few parts": answering(["returned", 1]),
    "a message for the grader": answering(["done", "ok", 1]),
    "deep nesting": answering(returned(deep)),
    "a wrong shape": answering(returned([tags.ARRAY, "<f8", [1000, 1000], False, True, bytes(16)])),
    "a wrong dtype": answering(returned([tags.ARRAY, "|O8", [2], False, True, bytes(16)])),
    "a huge integer": answering(returned([tags.BIG_INT, bytes(1 << 17)])),
    "NaN as a key": answering(returned([tags.DICT, "dict", [math.nan, math.nan], [1, 2]])),
    "an object with a comparison of its own as a key": answering(
        returned([tags.DICT, "dict", [an_object(abilities=capabilities.to_bytes(EQUAL))], [1]])
    ),
    "a frame of 2**60 rows": answering(
        returned([tags.PANDAS, "frame", ["range", 0, 1 << 60, 1, None], ["range", 0, 0, 1, None], [], None])
    ),
    "an expression that is code": answering(returned([tags.EXPRESSION, ["function", "exec", [], []], False])),
    "a reference to an argument that was not sent": answering(returned([tags.REFERENCE, 7])),
    "a recursive structure": answering(
        returned([tags.LIST, "list", [[tags.REFERENCE, 0]]], [[0, [tags.REFERENCE, 5]]])
    ),
    "a change of an argument that was not sent": answering(returned(1, [[9, 1]])),
    "a change of the kind of an argument": answering(returned(1, [[0, 3]])),
    "a change of the size of an array": answering(returned(1, [[1, [tags.ARRAY, "<f8", [1], False, True, bytes(8)]]])),
    "a change of the dtype of an array": answering(
        returned(1, [[1, [tags.ARRAY, "<i8", [2], False, True, bytes(16)]]])
    ),
    "changes that are no list": answering(returned(1, "abc")),
    "an object without a number": answering(returned(an_object(number="1"))),
    "a negative number": answering(returned(an_object(number=-1))),
    "abilities that do not exist": answering(returned(an_object(abilities=b"\xff" * capabilities.SIZE))),
    "abilities as a number": answering(returned(an_object(abilities=1))),
    "bases that are no names": answering(returned(an_object(bases=[1]))),
    "a thousand bases": answering(returned(an_object(bases=["a.b"] * 1000))),
    "a class that is no list": answering(returned(class_object(3))),
    "an object of a class that is no list": answering(returned(an_object(class_number="A"))),
    "a class without names": answering(returned(class_object(a_class(names=[])))),
    "a class whose names are none": answering(returned(class_object(a_class(names=[1, 2])))),
    "a class with a name that Python refuses": answering(returned(class_object(a_class(names=["__main__.a\0b"] * 2)))),
    "a class without parts": answering(returned(class_object([["__main__.A"], []]))),
    "a class without a number": answering(returned(class_object(a_class(number=True)))),
    "a class with a negative number": answering(returned(class_object(a_class(number=-1)))),
    "a class with unknown abilities": answering(returned(class_object(a_class(abilities=b"\xff")))),
    "a class whose own class has no names": answering(returned(class_object(a_class(meta=[])))),
    "a class below what is not there": answering(returned(class_object(a_class(positions=[0, 7])))),
    "a class below nothing": answering(returned(class_object(a_class(positions=[])))),
    "a class with parts too many": answering(returned(class_object([["__main__.A"], a_class()[1] * 3]))),
    "an exception whose object is none": answering(an_error(object=3)),
    "an exception whose object has no class": answering(an_error(object=an_object()[1])),
    "a callback that was not passed": answering(returned([tags.OTHER, ["callback", 0]])),
    "a call of a function that was not passed": answering(["callback", 0, [], []]),
    "a call with malformed arguments": answering(["callback", 0, "abc", []]),
    "an exception without a class": answering(an_error(names=[])),
    "an exception with a huge message": answering(an_error(message="x" * 100_000)),
    "an exception whose message is no text": answering(an_error(message=1)),
    "an exception with objects": answering(an_error(args=[[tags.OTHER, ["object"]]])),
    "text that is no text": answering(returned(1, out=3)),
    "printed text without end": answering(returned(1, out="x" * (3 << 20))),
    "a random state of zeros": answering(returned(1, random=[["numpy", bytes(4 * 624), 1, "x"]])),
    "a random state of the wrong size": answering(returned(1, random=[["python", b"", 1, None]])),
    "a generator that does not exist": answering(returned(1, random=[["secrets", b"", 1, None]])),
    "a normal number out of proportion": answering(returned(1, random=[["numpy", bytes(4 * 624), 1, 1e300]])),
    "a computed tensor that depends on no tensor": answering(
        returned(
            [tags.TENSOR, "float64", True, 0, [tags.ARRAY, "<f8", [2], False, True, bytes(16)], None, [1, [[0, 2]]]]
        )
    ),
    "a computed tensor that depends on nothing that was sent": answering(
        returned(
            [tags.TENSOR, "float64", True, 0, [tags.ARRAY, "<f8", [2], False, True, bytes(16)], None, [1, [[9, 2]]]]
        )
    ),
    "data of another type than its class": answering(returned(data_object("int"))),
    "data that is no data": answering(returned(data_object(contents=an_object()))),
    "text whose data is such text": answering(
        returned(data_object("str", data_object("str", "a", own=ASKED, number=2)))
    ),
    "a number whose data is such a number": answering(
        returned(data_object("int", data_object("int", 3, own=ASKED, number=2)))
    ),
    "data of two classes under one number": answering(
        returned([tags.LIST, "list", [data_object(), data_object("int", 3)]])
    ),
    "data nested deeply": answering(returned(deep_data)),
    "data that refers to what was not sent": answering(
        returned(data_object(contents=[tags.LIST, "list", [[tags.REFERENCE, 5]]]))
    ),
    "data of no class": answering(returned(data_object(its_class=0))),
    "data without a number": answering(returned(data_object(number=True))),
    "data with names that are no text": answering(returned(data_object(own=[1]))),
    "data with too many names": answering(returned(data_object(own=["a"] * 3000))),
    "data that cannot be a key": answering(returned([tags.DICT, "dict", [data_object()], [1]])),
    "a key with a hash of its own": answering(
        returned(
            [
                tags.SET,
                [
                    data_object(
                        "str", "a", own=ASKED, abilities=capabilities.to_bytes((1 << len(capabilities.METHODS)) - 1)
                    )
                ],
            ]
        )
    ),
    "a callback with a key that must be asked": answering(
        ["callback", 0, [[tags.DICT, "dict", [data_object("str", "a", own=ASKED)], [1]]], []]
    ),
    "no message": raw(b"HTTP/1.1 200 OK\r\n\r\n" * 5),
    "a message of two gigabytes": raw(struct.pack("!4sII", b"CNN2", 1 << 31, 0)),
    "a buffer of a terabyte": raw(struct.pack("!4sII", b"CNN2", 1, 1), struct.pack("!Q", 1 << 40)),
    "pickled data": raw(struct.pack("!4sII", b"CNN2", 4, 0), b"\x80\x04N."),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_ends_the_conversation_and_changes_nothing(lie: str) -> None:
    remote, lifeline, printed = remote_with(LIES[lie])
    items, array = [1], np.ones(2)
    with pytest.raises(StudentRefused, match="not allowed"):
        remote.operate("call", ("f", items, array), {})
    assert len(lifeline.reasons) == 1
    assert items == [1]
    assert array.tolist() == [1, 1]
    assert printed == []
    with pytest.raises(StudentLost):
        remote.operate("call", ("f",), {})


def test_what_a_class_of_data_has_of_its_own_is_none_of_what_holds_it_together() -> None:
    own = ["__class__", "__new__", "__init__", "__dict__", "__getattribute__", "__mro__", "_seen", "_remote", "_number"]
    remote, lifeline, _ = remote_with(answering(returned(data_object(own=own))))
    found: Any = remote.operate("call", (), {})
    assert type(found) is found.__class__
    assert isinstance(found, list)
    assert found == [1]
    assert lifeline.reasons == []


def test_more_buffers_than_values_are_passed_over() -> None:
    remote, _, _ = remote_with(answering(returned(5), (bytes(8), bytes(8))))
    assert remote.operate("call", (), {}) == 5


@pytest.mark.parametrize("claim", ["builtins.int", "builtins.str", "numpy.ndarray", "torch.Tensor", "builtins.list"])
def test_an_object_cannot_claim_to_be_data(claim: str) -> None:
    remote, _, _ = remote_with(answering(returned(an_object(bases=[claim, "builtins.object"]))))
    kind: Any = remote.operate("call", (), {}).__class__
    assert not issubclass(kind, int | str | list | np.ndarray)


@pytest.mark.parametrize("claim", ["builtins.int", "numpy.ndarray", "torch.Tensor", "builtins.type", "datetime.date"])
def test_an_object_of_a_class_cannot_claim_to_be_data(claim: str) -> None:
    described = a_class(names=("__main__.A", claim, "builtins.object"), positions=[0, 1, 2])
    remote, _, _ = remote_with(answering(returned(an_object(class_number=described))))
    found: Any = remote.operate("call", (), {})
    assert not isinstance(found, int | np.ndarray | type)
    assert type(found) is not int


@pytest.mark.parametrize("claim", ["builtins.KeyboardInterrupt", "builtins.SystemExit", "unittest.case.SkipTest"])
@pytest.mark.parametrize("first", ["builtins.ValueError", ""])
def test_an_exception_of_a_class_is_none_that_ends_a_test(claim: str, first: str) -> None:
    import unittest

    names = [name for name in ("__main__.E", first, claim, "builtins.BaseException", "builtins.object") if name]
    described = a_class(names=names, positions=list(range(len(names))))
    made = an_object(bases=names, class_number=described)[1]
    remote, _, _ = remote_with(answering(an_error(names=names, object=made)))
    with pytest.raises(Exception, match="m") as caught:
        remote.operate("call", (), {})
    assert not isinstance(caught.value, KeyboardInterrupt | SystemExit | unittest.SkipTest)


@pytest.mark.parametrize(
    "own",
    [
        ["module", "os"],
        ["module", "subprocess"],
        ["module", "grader.engine.tester.remote"],
        ["module", "no_such_module"],
        ["class", "subprocess.Popen"],
        ["class", "builtins.type"],
        ["class", "numpy.memmap"],
        ["class", "grader.engine.tester.remote.Remote"],
    ],
)
def test_what_a_test_should_not_get_stays_a_proxy(own: list[str]) -> None:
    from grader.engine.tester.proxies import is_proxy

    remote, _, _ = remote_with(answering(returned(an_object(own=own))))
    assert is_proxy(remote.operate("call", (), {}))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["builtins.KeyboardInterrupt", "builtins.BaseException"], RuntimeError),
        (["builtins.SystemExit", "builtins.BaseException"], RuntimeError),
        (["builtins.GeneratorExit"], RuntimeError),
        (["course_lib.check.findings.AuthorError", "builtins.Exception"], Exception),
        (["grader.engine.tester.student_errors.StudentLost", "builtins.RuntimeError"], RuntimeError),
        (["builtins.eval"], RuntimeError),
        (["os.system"], RuntimeError),
        (["__main__.Mine", "builtins.KeyError", "builtins.LookupError"], KeyError),
        (["numpy.exceptions.AxisError", "builtins.ValueError"], np.exceptions.AxisError),
    ],
)
def test_an_exception_is_one_of_exceptions(names: list[str], expected: type[Exception]) -> None:
    remote, lifeline, _ = remote_with(answering(an_error(names=names)))
    with pytest.raises(expected) as caught:
        remote.operate("call", (), {})
    assert isinstance(caught.value, Exception)
    assert not type(caught.value).__module__.startswith(("course_lib", "grader"))
    assert lifeline.reasons == []


def silent(channel: Channel) -> None:
    channel.receive()
    channel.receive()


def test_silence_ends_at_the_deadline() -> None:
    remote, lifeline, _ = remote_with(silent, seconds=0.3)
    with pytest.raises(StudentTimeout, match=r"longer than 0\.3 s"):
        remote.operate("call", (), {})
    assert len(lifeline.reasons) == 1
    assert not remote.out_of_time


def test_silence_ends_at_the_deadline_of_the_cell() -> None:
    remote, _, _ = remote_with(silent)
    remote.begin_cell(0.2)
    with pytest.raises(StudentTimeout, match=r"0\.2 s"):
        remote.operate("call", (), {})
    assert remote.out_of_time


def test_hanging_up_is_a_death() -> None:
    def peer(channel: Channel) -> None:
        channel.receive()

    remote, _, _ = remote_with(peer)
    with pytest.raises(StudentDied):
        remote.operate("call", (), {})


def test_endless_callbacks_end_at_the_deadline() -> None:
    def peer(channel: Channel) -> None:
        channel.receive()
        while True:
            channel.send(["callback", 0, [], []])
            channel.receive()

    remote, _, _ = remote_with(peer, seconds=0.5)
    with pytest.raises(StudentTimeout):
        remote.operate("call", (lambda: 1,), {})


def test_a_late_message_ends_the_conversation() -> None:
    """Two answers to one question: the second one is not taken for the answer to the next."""
    said_all = threading.Event()

    def peer(channel: Channel) -> None:
        channel.receive()
        channel.send(returned(1))
        channel.send(returned(2))
        said_all.set()
        channel.receive()

    remote, lifeline, _ = remote_with(peer)
    assert remote.operate("call", (lambda: 1,), {}) == 1
    assert said_all.wait(5)
    with pytest.raises(StudentDied, match="no other"):
        remote.operate("call", (), {})
    assert lifeline.reasons == ["it sent a message without being asked"]


def test_an_answer_under_another_turn_is_refused() -> None:
    def peer(channel: Channel) -> None:
        channel.receive()
        channel.turn += 1
        channel.send(returned(1))
        channel.receive()

    remote, lifeline, _ = remote_with(peer)
    with pytest.raises(StudentDied, match="no other"):  # it would be asked again in a new process
        remote.operate("call", (), {})
    assert lifeline.reasons == [
        "it answered with something that is not allowed: a message that is no answer to what was asked"
    ]


def test_an_assertion_in_a_function_of_the_test_cannot_be_suppressed() -> None:
    """The student's code may catch what the function raises; it learns no more than that it failed."""
    told = []

    def peer(channel: Channel) -> None:
        channel.receive()
        channel.send(["callback", 0, [], []])
        told.append(channel.receive()[0])
        channel.send(returned(1))
        channel.receive()

    def function() -> None:
        raise AssertionError("expected 71")

    remote, _, _ = remote_with(peer)
    with pytest.raises(AssertionError, match="expected 71"):
        remote.operate("call", (function,), {})
    assert told == [["raised", "AssertionError", "", 0]]
