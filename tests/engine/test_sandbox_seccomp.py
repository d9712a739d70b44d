"""The filter means what it says, on both kinds of machine: it is run here by an interpreter of its few instructions."""

from __future__ import annotations

import errno
import socket
import struct

import pytest

from grader.engine.sandbox import seccomp, syscalls

ALLOWED, KILLED = "allowed", "killed"
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def verdict(program: bytes, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> str:
    """What the kernel would answer: classic BPF on struct seccomp_data."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    position = accumulator = 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("HBBI", program, 8 * position)
        position += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            if value == 0x7FFF0000:
                return ALLOWED
            return KILLED if value == 0x80000000 else errno.errorcode[value & 0xFFFF]
        else:
            test = {0x15: accumulator == value, 0x25: accumulator > value, 0x45: bool(accumulator & value)}[code]
            position += if_true if test else if_false


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_each_call_of_the_tables_is_refused(machine: str) -> None:
    program, (column, architecture) = seccomp.program(machine), MACHINES[machine]
    for table, answer in ((syscalls.FORBIDDEN, "EPERM"), (syscalls.ABSENT, "ENOSYS")):
        for name, numbers in table.items():
            if numbers[column] is not None:
                assert verdict(program, architecture, numbers[column]) == answer, name


def test_all_others_are_allowed_up_to_the_last_that_is_known(machine: str) -> None:
    program, (column, architecture) = seccomp.program(machine), MACHINES[machine]
    tables = (syscalls.FORBIDDEN, syscalls.ABSENT)
    listed = {numbers[column] for table in tables for numbers in table.values()}
    listed |= {call[column] for call in (syscalls.SOCKET, syscalls.SOCKETPAIR)}
    for number in range(syscalls.LAST_KNOWN + 1):
        if number not in listed:
            assert verdict(program, architecture, number) == ALLOWED, number
    assert verdict(program, architecture, syscalls.LAST_KNOWN + 1) == "ENOSYS"
    assert verdict(program, architecture, 0x40000000 | 39) == "ENOSYS"  # x32


def test_calls_of_another_architecture_end_the_process(machine: str) -> None:
    i386 = 0x40000003
    assert verdict(seccomp.program(machine), i386, 20) == KILLED


@pytest.mark.parametrize(
    ("call", "arguments", "answer"),
    [
        (syscalls.CLONE, (17,), ALLOWED),
        (syscalls.CLONE, (0x3D0F00,), ALLOWED),  # a thread
        (syscalls.CLONE, (0x3D0B00,), "EPERM"),  # a thread with descriptors of its own
        (syscalls.CLONE, (0x4111,), ALLOWED),  # vfork
        (syscalls.CLOSE_RANGE, (3, 0xFFFFFFFF, 0), ALLOWED),
        (syscalls.CLOSE_RANGE, (3, 0xFFFFFFFF, 4), ALLOWED),  # close on exec
        *[(syscalls.CLOSE_RANGE, (3, 0xFFFFFFFF, flags), "EPERM") for flags in (2, 6)],
        *[(syscalls.CLONE, (flag | 17,), "EPERM") for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000)],
        *[(syscalls.CLONE, (flag | 17,), "EPERM") for flag in (0x10000000, 0x20000000, 0x40000000)],
        *[(syscalls.SOCKET, (family,), ALLOWED) for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)],
        *[(syscalls.SOCKET, (family,), "EAFNOSUPPORT") for family in (0, 3, 16, 17, 31, 38, 40, 44)],
        (syscalls.SOCKETPAIR, (socket.AF_UNIX,), ALLOWED),
        (syscalls.SOCKETPAIR, (40,), "EAFNOSUPPORT"),
        (syscalls.IOCTL, (1, 0x5401), ALLOWED),
        (syscalls.IOCTL, (1, 0x5412), "EPERM"),
        (syscalls.IOCTL, (1, 0x5412 | 1 << 32), "EPERM"),  # the kernel looks at the low half only
        (syscalls.IOCTL, (1, 0x541C), "EPERM"),
        (syscalls.SETSOCKOPT, (3, 1, 7), "EPERM"),
        (syscalls.SETSOCKOPT, (3, 1, 8), "EPERM"),
        (syscalls.SETSOCKOPT, (3, 1, 2), ALLOWED),
        (syscalls.SETSOCKOPT, (3, 6, 7), ALLOWED),
    ],
)
def test_arguments_decide(machine: str, call: tuple[int, int], arguments: tuple[int, ...], answer: str) -> None:
    column, architecture = MACHINES[machine]
    assert verdict(seccomp.program(machine), architecture, call[column], arguments) == answer


def test_a_machine_that_is_not_known_is_refused() -> None:
    with pytest.raises(OSError, match="no system call filter for riscv64"):
        seccomp.program("riscv64")
