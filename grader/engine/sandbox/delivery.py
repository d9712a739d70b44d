"""Sends the submission's files into the private working directory, over the worker's own socket.

Format: 8 bytes with the length of a JSON list of [name, size], that list, then the contents in the same order. The
worker answers with one byte when it has them all.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Mapping

_LENGTH = struct.Struct("!Q")
_LARGEST_LIST = 1 << 20
_RECEIVED = b"+"

TOO_MUCH = "the submission's files need more than"
"""How the reason of a worker begins that cannot store its files."""


def deliver(connection: socket.socket, files: Mapping[str, bytes]) -> None:
    """Send all files, the first bytes on the socket, and wait until the worker has them.

    Raises OSError when it dies meanwhile.
    """
    listing = json.dumps([[name, len(content)] for name, content in files.items()]).encode()
    connection.sendall(_LENGTH.pack(len(listing)) + listing)
    for content in files.values():
        connection.sendall(content)
    if connection.recv(1) != _RECEIVED:
        raise ConnectionError("the worker died before it had its files")


def accept(connection: socket.socket, directory: str) -> None:
    """Write the files that `deliver` sends into an empty directory. Raises OSError when the disk quota is too small."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if length > _LARGEST_LIST:
        raise ValueError("the submission has too many files")
    for name, size in json.loads(_exactly(connection, length)):
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            while size:
                block = connection.recv(min(size, 1 << 20))
                if not block:
                    raise ConnectionError("the files of the submission stopped half way")
                file.write(block)
                size -= len(block)
    connection.sendall(_RECEIVED)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        block = connection.recv(count - len(data))
        if not block:
            raise ConnectionError("the list of the submission's files stopped half way")
        data += block
    return bytes(data)
