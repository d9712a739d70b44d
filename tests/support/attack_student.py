"""A student's process for the sandbox's tests: runs the Python text that it is sent and answers with what it printed.

Frame in both directions: 4 bytes length, then UTF-8. It stands on the student's side, so it may not import the grader.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import socket
import struct
import traceback
from collections.abc import Sequence
from typing import Any


def preload(groups: Sequence[str]) -> None:
    """Stands for the real one, which imports far more."""
    importlib.import_module("json")


def student_main(sock: socket.socket, limits: dict[str, Any]) -> None:
    names: dict[str, Any] = {"__name__": "__main__", "sock": sock, "limits": limits}
    while True:
        head = sock.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            return
        source = sock.recv(struct.unpack("!I", head)[0], socket.MSG_WAITALL).decode()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                exec(source, names)
            except (Exception, KeyboardInterrupt):
                traceback.print_exc(file=out)
        answer = out.getvalue().encode()
        sock.sendall(struct.pack("!I", len(answer)) + answer)
