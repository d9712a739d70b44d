"""Short messages between our own processes: one JSON object a packet, with file descriptors beside it."""

from __future__ import annotations

import json
import socket
from typing import Any

_LARGEST = 65536


def send(connection: socket.socket, content: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    """Send one packet over a SOCK_SEQPACKET socket. Raises OSError when the other side is gone."""
    socket.send_fds(connection, [json.dumps(content).encode()[:_LARGEST]], list(fds), socket.MSG_NOSIGNAL)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next packet and its descriptors (close-on-exec), or None when the other side is gone."""
    try:
        data, fds, _flags, _address = socket.recv_fds(connection, _LARGEST, 4, socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return None
    if not data:
        return None
    content: dict[str, Any] = json.loads(data)
    return content, list(fds)


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends for such packets."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
