"""The system call filter of a student's process, assembled by hand.

libseccomp would bring a compiled binding, or a shared library that is not on every machine. The filter is a list of
comparisons, and the kernel's own format for it (classic BPF, eight bytes an instruction) is as short as any wrapper.
"""

from __future__ import annotations

import errno
import platform
import socket
import struct

from grader.engine.sandbox import linux_calls, syscalls

_LOAD, _AND, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000

_MACHINES = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}  # column in the table, AUDIT_ARCH value

_NEW_NAMESPACES = (
    linux_calls.CLONE_NEWNS | linux_calls.CLONE_NEWCGROUP | linux_calls.CLONE_NEWUTS | linux_calls.CLONE_NEWIPC
    | linux_calls.CLONE_NEWUSER | linux_calls.CLONE_NEWPID | linux_calls.CLONE_NEWNET
)  # fmt: skip
# vsock, for one, reaches the host of a virtual machine whatever the network namespace.
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
_SOCKET_KIND = 0xF  # the other bits are flags
_CLONE_FILES, _CLONE_THREAD, _CLOSE_RANGE_UNSHARE = 0x400, 0x1_0000, 2
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C


def program(machine: str = platform.machine(), *, own_network: bool = True) -> bytes:
    """The filter for `machine`. Raises OSError when its system calls are not known here.

    Args:
        own_network: the process is in a network namespace of its own. Otherwise it gets connected pairs of sockets
            alone, and cannot hide from those who measure it.
    """
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no system call filter for {machine}: known are {', '.join(_MACHINES)}")
    column, architecture = _MACHINES[machine]
    refuse, absent = _return_error(errno.EPERM), _return_error(errno.ENOSYS)
    out = [_load(_ARCHITECTURE), _jump(_EQUAL, architecture, 1, 0), _end(_KILL_PROCESS), _load(_NUMBER)]
    out += [_jump(_GREATER, syscalls.LAST_KNOWN, 0, 1), absent]
    for table, answer in ((syscalls.FORBIDDEN, refuse), (syscalls.ABSENT, absent)):
        for numbers in table.values():
            number = numbers[column]
            if number is not None:
                out += [_jump(_EQUAL, number, 0, 1), answer]
    namespaces = [_jump(_ANY_BIT, _NEW_NAMESPACES, 0, 1), refuse]
    # Threads of one process with descriptors of their own could hold more than is shown for the process.
    thread = [_jump(_ANY_BIT, _CLONE_THREAD, 0, 2), _jump(_ANY_BIT, _CLONE_FILES, 1, 0), refuse, _end(_ALLOW)]
    out += _on_call(syscalls.CLONE[column], 0, namespaces + thread)
    own_descriptors = [_jump(_ANY_BIT, _CLOSE_RANGE_UNSHARE, 0, 1), refuse, _end(_ALLOW)]
    out += _on_call(syscalls.CLOSE_RANGE[column], 2, own_descriptors)
    out += _families(column) if own_network else _pairs_alone(column)
    tty = [_jump(_EQUAL, _TIOCSTI, 1, 0), _jump(_EQUAL, _TIOCLINUX, 0, 1), refuse, _end(_ALLOW)]
    out += _on_call(syscalls.IOCTL[column], 1, tty)
    # Larger buffers would hold more memory in the kernel, where no figure of a process shows it.
    level = [_jump(_EQUAL, socket.SOL_SOCKET, 1, 0), _end(_ALLOW), _load(_ARGUMENTS + 8 * 2)]
    size = [_jump(_EQUAL, socket.SO_SNDBUF, 1, 0), _jump(_EQUAL, socket.SO_RCVBUF, 0, 1), refuse, _end(_ALLOW)]
    out += _on_call(syscalls.SETSOCKOPT[column], 1, level + size)
    out.append(_end(_ALLOW))
    return b"".join(out)


def _families(column: int) -> list[bytes]:
    known = [_jump(_EQUAL, family, len(_FAMILIES) - i, 0) for i, family in enumerate(_FAMILIES)]
    body = [*known, _return_error(errno.EAFNOSUPPORT), _end(_ALLOW)]
    return [part for call in (syscalls.SOCKET, syscalls.SOCKETPAIR) for part in _on_call(call[column], 0, body)]


def _pairs_alone(column: int) -> list[bytes]:
    """No socket that could be given an address: a pair of datagram sockets could, even after it is connected."""
    out = _on_call(syscalls.SOCKET[column], 0, [_return_error(errno.EAFNOSUPPORT)])
    for numbers in syscalls.ADDRESSES.values():
        out += _on_call(numbers[column], 0, [_return_error(errno.EPERM)])
    unsupported = _return_error(errno.EAFNOSUPPORT)
    family = [_jump(_EQUAL, socket.AF_UNIX, 1, 0), unsupported, _load(_ARGUMENTS + 8), _and(_SOCKET_KIND)]
    kind = [_jump(_EQUAL, socket.SOCK_STREAM, 2, 0), _jump(_EQUAL, socket.SOCK_SEQPACKET, 1, 0), unsupported]
    out += _on_call(syscalls.SOCKETPAIR[column], 0, [*family, *kind, _end(_ALLOW)])
    hide = [_jump(_EQUAL, linux_calls.PR_SET_DUMPABLE, 0, 1), _return_error(errno.EPERM), _end(_ALLOW)]
    return out + _on_call(syscalls.PRCTL[column], 0, hide)


def _on_call(number: int, argument: int, body: list[bytes]) -> list[bytes]:
    """`body` for one call only, with the low half of an argument loaded in place of the number; it must return."""
    return [_jump(_EQUAL, number, 0, len(body) + 1), _load(_ARGUMENTS + 8 * argument), *body]


def _load(offset: int) -> bytes:
    return struct.pack("HBBI", _LOAD, 0, 0, offset)


def _and(mask: int) -> bytes:
    return struct.pack("HBBI", _AND, 0, 0, mask)


def _jump(test: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("HBBI", test, if_true, if_false, value)


def _end(verdict: int) -> bytes:
    return struct.pack("HBBI", _RETURN, 0, 0, verdict)


def _return_error(number: int) -> bytes:
    return _end(_ERRNO | number)
