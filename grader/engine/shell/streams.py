"""stdout and stderr of a shell: what Python prints, and what is written to the file descriptors behind its back."""

from __future__ import annotations

import array
import contextlib
import fcntl
import io
import os
import select
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any

Emit = Callable[[str, dict[str, Any]], None]
FLUSH_SECONDS = 0.2  # as ipykernel does
_MOST_WAITING = 1 << 16  # characters that wait for the next flush
_READ = 1 << 16


class CellStream(io.TextIOBase):
    """In place of sys.stdout or sys.stderr."""

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, name: str, fd: int, emit: Emit, ready: Callable[[], None]) -> None:
        super().__init__()
        self.name = name
        self._fd, self._emit, self._ready = fd, emit, ready
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._parts: list[str] = []
        self._waiting = 0
        self._flushed = time.monotonic()

    def write(self, text: str) -> int:
        """Keep the text until the next flush; a process that the cell started writes through."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._pid:
            os.write(self._fd, text.encode(errors="surrogateescape"))
            return len(text)
        with self._lock:
            self._parts.append(text)
            self._waiting += len(text)
        if self._waiting > _MOST_WAITING or time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()
            self._ready()
        return len(text)

    def flush(self) -> None:
        """Give the text to the sink."""
        if not self._parts:
            return
        with self._lock:
            text = "".join(self._parts)
            self._parts.clear()
            self._waiting = 0
        self._flushed = time.monotonic()
        if text:
            self._emit("stream", {"name": self.name, "text": text})

    def fileno(self) -> int:
        """The descriptor behind it, which is captured too."""
        return self._fd

    def isatty(self) -> bool:
        """No terminal."""
        return False

    def writable(self) -> bool:
        """It is there to be written to."""
        return True


class DescriptorCapture:
    """Reads what is written to descriptors 1 and 2, by subprocesses or C code, into the two streams."""

    def __init__(self, streams: dict[int, CellStream]) -> None:
        self._lock = threading.Lock()
        self._pipes: dict[int, CellStream] = {}
        for fd, stream in streams.items():
            reading, writing = os.pipe()
            os.set_blocking(reading, False)
            os.dup2(writing, fd, inheritable=True)
            os.close(writing)
            self._pipes[reading] = stream
        threading.Thread(target=self._watch, name="output", daemon=True).start()

    def drain(self) -> None:
        """Everything written so far is in the streams when this returns."""
        with self._lock:
            for pipe, stream in self._pipes.items():
                while _waiting(pipe) and self._read_pipe(pipe, stream):
                    pass

    def _watch(self) -> None:
        poll = select.poll()
        for pipe in self._pipes:
            poll.register(pipe, select.POLLIN)
        while True:
            for pipe, _ in poll.poll():
                with self._lock:
                    if not self._read_pipe(pipe, self._pipes[pipe]):
                        with contextlib.suppress(KeyError):
                            poll.unregister(pipe)

    def _read_pipe(self, pipe: int, stream: CellStream) -> bool:
        """Read once; False at the end of the file."""
        try:
            data = os.read(pipe, _READ)
        except BlockingIOError:
            return True
        if data:
            stream.write(data.decode(errors="replace"))
        return bool(data)


def _waiting(pipe: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


class Streams:
    """Both streams, put in place of sys.stdout and sys.stderr.

    Args:
        emit: takes their text.
        ready: called now and then when there is text to be taken.
        descriptors: capture file descriptors 1 and 2 as well.
    """

    def __init__(self, emit: Emit, ready: Callable[[], None], *, descriptors: bool) -> None:
        self.out = CellStream("stdout", 1, emit, ready)
        self.err = CellStream("stderr", 2, emit, ready)
        self._capture = DescriptorCapture({1: self.out, 2: self.err}) if descriptors else None
        sys.stdout, sys.stderr = self.out, self.err

    def flush(self) -> None:
        """All output so far is with the sink when this returns."""
        if self._capture is not None:
            self._capture.drain()
        self.out.flush()
        self.err.flush()
