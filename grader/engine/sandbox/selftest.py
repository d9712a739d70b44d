"""A student's process that looks around: `course doctor` runs it in the real sandbox, to see the pieces together."""

from __future__ import annotations

import json
import os
import socket
from typing import Any


def student_main(connection: socket.socket, limits: dict[str, Any]) -> None:
    """Send what is visible from in here as one JSON object, and end."""
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    seen = {
        "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdecimal()),
        "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
        "filtered": status["Seccomp"] == "2" and status["NoNewPrivs"] == "1",
        "writable": [path for path in ("/", "/dev", "/etc", "/usr", "/opt/course") if os.access(path, os.W_OK)],
        "shadow": os.path.exists("/etc/shadow"),
        "network": _network(),
        "files": sorted(os.listdir(".")),
    }
    connection.sendall(json.dumps(seen).encode())


EXPECTED = {
    "processes": [1, 2],
    "capabilities": 0,
    "filtered": True,
    "writable": [],
    "shadow": False,
    "network": False,
    "files": ["probe.txt"],
}


def _network() -> bool:
    """Whether an address outside has a route. A datagram socket asks for one without sending anything."""
    with socket.socket(type=socket.SOCK_DGRAM) as datagram:
        try:
            datagram.connect(("192.0.2.1", 9))  # reserved for documentation, RFC 5737
        except OSError:
            return False
    return True
