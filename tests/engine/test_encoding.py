"""Data in, the same data out; of everything malformed a refusal, and never anything else."""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import math
import os
import socket
import struct
import threading
import time
from typing import Any

import hypothesis.extra.numpy as hnp
import msgpack
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.engine.channel import Channel, ChannelClosed, ChannelTimeout, FrameLimits, unpack_tree
from grader.engine.encoding import EncodingError, Packer, RefusedValue, Unpacker, tags
from grader.engine.encoding.unpack import BY_TAG

Point = collections.namedtuple("Point", "x y")


def there_and_back(value: Any) -> Any:
    packer = Packer()
    tree = msgpack.packb(packer.pack(value), use_bin_type=True, strict_types=True, unicode_errors="surrogatepass")
    return Unpacker([bytearray(b) for b in packer.buffers]).unpack(unpack_tree(tree))


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return bool(a == b) or a != a


PLAIN = [
    None, True, 3, -(2**63), 2**64, -(10**400), 1.5, -0.0, math.inf, "ä\ud800", b"\0\xff", 2 + 3j, ..., NotImplemented,
    [1, [2, []]], (1, (2,)), {1, 2}, frozenset({1}), {"a": [1], 2: None, (1, "x"): {}}, range(1, 9, 2), slice(None, 3),
    bytearray(b"x"), fractions.Fraction(2, 3), decimal.Decimal("1.10"), collections.OrderedDict(b=1, a=2),
    collections.Counter("aab"), collections.deque([1, 2]), datetime.datetime(2026, 1, 2, 3), datetime.date(2026, 1, 2),
    datetime.timedelta(days=1, microseconds=3), np.float32(1.5), np.float64(1.5), np.complex128(1j),
    np.int8(-3), np.bool_(True), np.str_("x"),
    np.datetime64("2026-01-02"), np.dtype("<f4"), np.arange(6.0).reshape(2, 3), np.zeros((0, 3)), np.array(5),
    np.arange(5000), np.array(["a", "bcd"]), np.array([1 + 2j]), np.array([True, False]), np.array([], dtype="<U0"),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda v: repr(v)[:40])
def test_plain_values_arrive_as_they_were(value: Any) -> None:
    assert same(there_and_back(value), value)


def test_named_tuples_keep_their_names() -> None:
    got = there_and_back(Point(1, [2]))
    assert got == (1, [2])
    assert got._fields == ("x", "y")
    assert type(got).__name__ == "Point"


def test_layout_and_writability_of_arrays() -> None:
    fortran = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    frozen = np.arange(3)
    frozen.flags.writeable = False
    got, got_frozen = there_and_back([fortran, frozen])
    assert got.flags.f_contiguous
    assert np.array_equal(got, fortran)
    assert not got_frozen.flags.writeable
    assert np.array_equal(there_and_back(np.arange(10)[::-2]), np.arange(10)[::-2])


def test_arrays_of_objects_hold_data_only() -> None:
    array = np.array([1, "a", None], dtype=object)
    assert there_and_back(array).tolist() == [1, "a", None]
    with pytest.raises(EncodingError):
        Packer().pack(np.array([object()], dtype=object))


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "int64", "bool", "complex64", "uint8", "float16"])
def test_tensors(dtype: str) -> None:
    tensor = torch.ones(2, 3).to(getattr(torch, dtype))
    got = there_and_back(tensor)
    assert got.dtype == tensor.dtype
    assert torch.equal(got, tensor)


def test_parameters_and_gradients() -> None:
    parameter = torch.nn.Parameter(torch.ones(3))
    (parameter * 2).sum().backward()
    got = there_and_back(parameter)
    assert isinstance(got, torch.nn.Parameter)
    assert got.requires_grad
    assert got.grad.tolist() == [2, 2, 2]
    assert not there_and_back(parameter * 2).requires_grad or there_and_back(parameter * 2).is_leaf


@pytest.mark.parametrize("name", tags.BIT_GENERATORS)
def test_random_generators_go_on_where_they_were(name: str) -> None:
    rng = np.random.Generator(getattr(np.random, name)(3))
    rng.random(5)
    assert np.array_equal(there_and_back(rng).random(4), rng.random(4))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(st.one_of(hnp.scalar_dtypes(), hnp.unicode_string_dtypes()), hnp.array_shapes(min_dims=0, min_side=0))
)
def test_any_array(array: Any) -> None:
    got = there_and_back(array)
    assert got.shape == array.shape
    assert got.dtype == array.dtype


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=20))
def test_any_tree(value: Any) -> None:
    assert same(there_and_back(value), value)


class LyingInt(int):
    def __add__(self, other: object) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class LyingList(list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return iter(["lie"])

    def __len__(self) -> int:
        return 1


class LyingDict(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        return [("lie", 1)]


class LyingString(str):
    def __getitem__(self, index: object) -> str:
        return "lie"

    def __str__(self) -> str:
        return "lie"


class LyingArray(np.ndarray):  # type: ignore[type-arg]
    def __eq__(self, other: object) -> Any:
        return True

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:
        return 0


@pytest.mark.parametrize(
    ("lie", "truth"),
    [
        (LyingInt(3), 3),
        (LyingList([1, 2]), [1, 2]),
        (LyingDict(a=1), {"a": 1}),
        (LyingString("true"), "true"),
        (np.arange(3.0).view(LyingArray), np.arange(3.0)),
        (True, True),
    ],
)
def test_a_subclass_arrives_as_its_base(lie: Any, truth: Any) -> None:
    assert same(there_and_back(lie), truth)


def test_what_is_no_data_cannot_be_packed() -> None:
    for value in (object(), print, lambda: 1, os, type, iter([])):
        with pytest.raises(EncodingError):
            Packer().pack(value)


def test_recursion_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    ring: dict[str, Any] = {}
    ring["ring"] = [ring]
    for value in (endless, ring):
        for number in (False, True):
            with pytest.raises(EncodingError, match="contains itself"):
                Packer(number=number).pack(value)
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(EncodingError, match="levels deep"):
        Packer().pack(deep)


ARRAY = [tags.ARRAY, "<f8", [2], False, True, bytes(16)]
WHOLE = [tags.ARRAY, "<i8", [0], False, True, b""]
SHORT = [tags.ARRAY, "<f8", [1], False, True, bytes(8)]
MALFORMED = {
    "an unknown tag": [99, 1],
    "no tag": [],
    "a bool as a tag": [True, [], "list"],
    "a text as a tag": ["list", []],
    "a negative tag": [-1],
    "too many parts": [tags.COMPLEX, 1.0, 2.0, 3.0],
    "an integer as a part of a complex number": [tags.COMPLEX, 1, 2.0],
    "a list of a kind that is not allowed": [tags.LIST, "UserList", []],
    "items that are no list": [tags.TUPLE, "abc"],
    "a dict of a kind that is not allowed": [tags.DICT, "UserDict", [], []],
    "more keys than values": [tags.DICT, "dict", ["a"], []],
    "a key twice": [tags.DICT, "dict", ["a", "a"], [1, 2]],
    "keys that are equal": [tags.DICT, "dict", [1, 1.0], [1, 2]],
    "NaN as a key": [tags.DICT, "dict", [math.nan], [1]],
    "NaN inside a key": [tags.DICT, "dict", [[tags.TUPLE, [math.nan]]], [1]],
    "a list as a key": [tags.DICT, "dict", [[tags.LIST, "list", []]], [1]],
    "an array as a key": [tags.DICT, "dict", [ARRAY], [1]],
    "an item of a set twice": [tags.SET, [1, 1]],
    "a list in a set": [tags.SET, [[tags.LIST, "list", []]]],
    "NaN in a set": [tags.FROZENSET, [math.nan]],
    "a field that is no name": [tags.NAMED_TUPLE, "P", ["x y"], [1]],
    "a field with an underscore": [tags.NAMED_TUPLE, "P", ["_make"], [1]],
    "a field that is a keyword": [tags.NAMED_TUPLE, "P", ["class"], [1]],
    "a field twice": [tags.NAMED_TUPLE, "P", ["x", "x"], [1, 2]],
    "a class name with code": [tags.NAMED_TUPLE, "P');print('", ["x"], [1]],
    "a huge integer": [tags.BIG_INT, bytes((1 << 16) + 1)],
    "a range without a step": [tags.RANGE, 0, 1, 0],
    "a range of texts": [tags.RANGE, "a", "b", 1],
    "a constant that is not allowed": [tags.SINGLETON, "quit"],
    "a fraction by zero": [tags.RATIONAL, 1, 0],
    "a decimal of letters": [tags.DECIMAL, "one"],
    "a date that does not exist": [tags.MOMENT, "date", "2026-02-30"],
    "an attribute of datetime": [tags.MOMENT, "sys", "2026-02-28"],
    "a dtype of objects": [tags.ARRAY, "|O", [1], False, True, bytes(8)],
    "a dtype of fields": [tags.ARRAY, "f8,f8", [1], False, True, bytes(16)],
    "a void dtype": [tags.ARRAY, "|V8", [1], False, True, bytes(8)],
    "a dtype that is a name": [tags.ARRAY, "float64", [2], False, True, bytes(16)],
    "a shape that promises too much": [tags.ARRAY, "<f8", [1 << 40], False, True, bytes(16)],
    "a shape that promises too little": [tags.ARRAY, "<f8", [1], False, True, bytes(16)],
    "a negative length": [tags.ARRAY, "<f8", [-2], False, True, bytes(16)],
    "a product that overflows": [tags.ARRAY, "<f8", [1 << 47, 1 << 47], False, True, bytes(0)],
    "a length that is a float": [tags.ARRAY, "<f8", [2.0], False, True, bytes(16)],
    "too many dimensions": [tags.ARRAY, "<f8", [1] * 65, False, True, bytes(8)],
    "a buffer that does not exist": [tags.ARRAY, "<f8", [2], False, True, 0],
    "text beyond Unicode": [tags.ARRAY, "<U1", [1], False, True, b"\xff\xff\xff\x7f"],
    "an array of objects that is too short": [tags.OBJECT_ARRAY, [3], [1]],
    "a NumPy number of the wrong size": [tags.NUMPY_SCALAR, "<f8", b"1234"],
    "a tensor of another dtype": [tags.TENSOR, "float32", False, 0, ARRAY, None, None],
    "a tensor of a dtype of no tensor": [tags.TENSOR, "qint8", False, 0, ARRAY, None, None],
    "a tensor without an array": [tags.TENSOR, "float64", False, 0, None, None, None],
    "a gradient of another shape": [tags.TENSOR, "float64", True, 0, ARRAY, SHORT, None],
    "whole numbers with a gradient": [tags.TENSOR, "int64", True, 0, WHOLE, None, None],
    "an attribute of torch": [tags.TORCH_CONSTANT, "load"],
    "a generator of a kind that is not allowed": [tags.GENERATOR, "BitGenerator", None],
    "a generator without a state": [tags.GENERATOR, "PCG64", 3],
    "a reference to nothing": [tags.REFERENCE, 0],
    "a reference before the first": [tags.REFERENCE, -1],
    "an object where only data is allowed": [tags.OTHER, ["object"]],
}  # fmt: skip


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_nodes_are_refused(what: str) -> None:
    for node in (MALFORMED[what], [tags.LIST, "list", [1, MALFORMED[what]]]):
        with pytest.raises(RefusedValue):
            Unpacker().unpack(node)


def test_depth_is_bounded() -> None:
    node: Any = 1
    for _ in range(200):
        node = [tags.TUPLE, [node]]
    with pytest.raises(RefusedValue, match="deep"):
        Unpacker().unpack(node)


def test_the_state_of_a_generator_is_nested_no_deeper() -> None:
    node: Any = 3
    for _ in range(500):
        node = [tags.GENERATOR, "PCG64", node]
    with pytest.raises(RefusedValue, match="deep"):
        Unpacker().unpack(node)


def test_every_tag_can_be_unpacked_and_no_other() -> None:
    assert set(BY_TAG) == set(range(tags.BIG_INT, tags.SHARED + 1))


def test_a_buffer_is_used_once_and_fits() -> None:
    node = [tags.ARRAY, "<f8", [2], False, True, 0]
    with pytest.raises(RefusedValue, match="wrong size"):
        Unpacker([bytearray(15)]).unpack(node)
    with pytest.raises(RefusedValue, match="does not exist"):
        Unpacker([bytearray(16)]).unpack([tags.TUPLE, [node, node]])
    with pytest.raises(RefusedValue, match="does not exist"):
        Unpacker([bytearray(16)]).unpack([tags.TUPLE, [node, [tags.GENERATOR, "PCG64", node]]])


def test_bools_are_bools() -> None:
    got = Unpacker().unpack([tags.ARRAY, "|b1", [2], False, True, b"\x02\x00"])
    assert got.tobytes() == b"\x01\x00"


NODES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 30) | st.floats() | st.text(max_size=3) | st.binary(max_size=9)
    | st.sampled_from(["list", "dict", "<f8", "|b1", "PCG64", "float32", "P"]),
    lambda nodes: st.lists(nodes, max_size=6),
    max_leaves=30,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(NODES)
def test_any_nonsense_is_either_data_or_refused(node: Any) -> None:
    try:
        Unpacker([bytearray(16)]).unpack(node)
    except RefusedValue:
        return


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_tree_or_refused(data: bytes) -> None:
    try:
        unpack_tree(data)
    except RefusedValue:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"\x91" * 5000,  # a list in a list in a list
        b"\xdd\xff\xff\xff\xff",  # a list of four billion
        b"\xdb\xff\xff\xff\xff",  # a text of four billion
        b"\x81\x01\x02",  # a map
        b"\xd4\x05\x00",  # an extension type
        b"\xd6\xff\x00\x00\x00\x00",  # a time stamp
        b"\x01\x02",  # more than one value
        b"\xa1\xff",  # no UTF-8
        b"",
    ],
)
def test_malformed_trees_are_refused(data: bytes) -> None:
    with pytest.raises(RefusedValue):
        unpack_tree(data)


def pair(limits: FrameLimits | None = None) -> tuple[Channel, socket.socket]:
    ours, theirs = socket.socketpair()
    return Channel(ours, limits), theirs


def test_messages_arrive_in_order_with_their_buffers() -> None:
    ours, sock = pair()
    theirs = Channel(sock)
    large = np.arange(2_000_000, dtype=np.uint8)
    thread = threading.Thread(target=lambda: [ours.send(["a", 1], [large, b""]), ours.send(["b"])])
    thread.start()
    node, buffers = theirs.receive()
    assert node == ["a", 1]
    assert bytes(buffers[0]) == large.tobytes()
    assert len(buffers[1]) == 0
    assert theirs.receive()[0] == ["b"]
    thread.join()


HEADS = {
    "another protocol": b"GET / HTTP/1.1\r\nHost: a\r\n",
    "a tree that is too large": struct.pack("!4sIIQ", b"CNN2", 1 << 31, 0, 0),
    "too many buffers": struct.pack("!4sIIQ", b"CNN2", 1, 1 << 20, 0),
    "a buffer that is too large": struct.pack("!4sIIQQ", b"CNN2", 1, 1, 0, 1 << 50),
    "buffers that are too large together": struct.pack("!4sIIQ2Q", b"CNN2", 1, 2, 0, 1 << 63, 1 << 63),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_frame_beyond_the_limits_is_refused_before_it_is_read(what: str) -> None:
    ours, theirs = pair()
    theirs.sendall(HEADS[what])
    with pytest.raises(RefusedValue):
        ours.receive(time.monotonic() + 5)


def test_deadlines_hold_also_for_one_that_trickles() -> None:
    ours, theirs = pair()
    theirs.sendall(struct.pack("!4sIIQ", b"CNN2", 1000, 0, 0))
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(0.01):
            theirs.send(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    with pytest.raises(ChannelTimeout):  # before the thousand bytes are there, after ten seconds and more
        ours.receive(time.monotonic() + 0.3)
    stop.set()
    thread.join()


def test_a_receiver_that_does_not_read_ends_at_the_deadline() -> None:
    ours, _theirs = pair()
    with pytest.raises(ChannelTimeout):
        ours.send(["x"], [bytes(64 << 20)], time.monotonic() + 0.3)


def test_the_end_is_told() -> None:
    ours, theirs = pair()
    theirs.sendall(struct.pack("!4sIIQ", b"CNN2", 10, 0, 0) + b"1234")
    theirs.close()
    with pytest.raises(ChannelClosed):
        ours.receive()


def test_what_is_too_large_is_not_begun() -> None:
    ours, theirs = pair(FrameLimits(tree=100, buffers=100))
    with pytest.raises(OverflowError):
        ours.send(["x" * 200])
    with pytest.raises(OverflowError):
        ours.send(["x"], [bytes(200)])
    ours.send(["y"])
    assert Channel(theirs).receive()[0] == ["y"]
