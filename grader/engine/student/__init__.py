"""What runs in the student's process: an IPython shell, the objects that the tester holds on to, and calls to them."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from typing import Any

from course_lib import out_of_bounds

OUTPUT_BYTES = 1 << 20


def student_main(sock: socket.socket, limits: Mapping[str, Any]) -> None:
    """Serve the tester over this socket until it closes.

    Args:
        sock: a connected stream socket.
        limits: `output_bytes`: bytes of text that one cell may print. `memory_bytes`: what it may use.
            `out_of_bounds`: packages that cannot be imported; the sandbox needs none of it, since it takes the files
            away.
    """
    from grader.engine.student.serve_tester import Service

    if forbidden := limits.get("out_of_bounds"):
        out_of_bounds.refuse_imports(forbidden)
    if sys.path[:1] != [""]:
        sys.path.insert(0, "")  # the working folder, as in a kernel; what is imported already stays what it is
    Service(sock, int(limits.get("output_bytes", OUTPUT_BYTES)), int(limits.get("memory_bytes", 0))).serve()
