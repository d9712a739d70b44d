"""Things that a folder of submissions may hold beside, or in place of, what belongs there."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

Make = Callable[[Path], None]


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(4 << 30)


def _deep(path: Path) -> None:
    """Deeper than a path may be long."""
    here = os.getcwd()
    try:
        for _ in range(30):
            path.mkdir()
            os.chdir(path)
            path = Path("d" * 200)
    finally:
        os.chdir(here)


def _full_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside.txt").write_text("inside")


def _to_somebody_else(path: Path) -> None:
    """What another student has in this place."""
    path.symlink_to(path.parents[2] / "honest" / path.parent.name / path.name)


# What may stand in the place of a file.
INSTEAD_OF_A_FILE: dict[str, Make] = {
    "folder": _full_folder,
    "pipe": os.mkfifo,
    "socket": _socket,
    "broken link": lambda path: path.symlink_to("nowhere"),
    "loop of links": lambda path: path.symlink_to(path.name),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "link to another's": _to_somebody_else,
}
AS_CONTENT: dict[str, bytes] = {
    "empty": b"",
    "nothing but spaces": b" \n",
    "half a notebook": b'{"cells": [',
    "not UTF-8": b"\xff\xfe\x00\x00\xd8",
    "UTF-16 without a mark": '{"cells": []}'.encode("utf-16-le"),
    "zeros": bytes(1000),
    "deeply nested": b"[" * 200_000,
    "half a character": b'{"cells": [], "metadata": {"x": "\\ud800"}, "nbformat": 4, "nbformat_minor": 5}',
}
# What may stand beside the notebook, by name; the last three are for those who write names in bytes.
BESIDE: dict[bytes, Make] = {
    **{name.encode(): make for name, make in INSTEAD_OF_A_FILE.items() if name != "link to another's"},
    b"huge": _sparse,
    b"up": lambda path: path.symlink_to("..", target_is_directory=True),
    b"a\nname": lambda path: path.write_text("x") and None,
    b"a \x1b[31mname": lambda path: path.write_text("x") and None,
    b"\xff\xfe.csv": lambda path: path.write_text("x") and None,
}
TOO_DEEP: Make = _deep
FOLDER_NAMES = (b"a\x1b[31mred", b"a\nb", b"\xff", b"x" * 200)
STAMPS: dict[str, bytes] = {
    "no date": b"yesterday",
    "no such date": b"9999-99-99 99:99",
    "a day of this month": b"12",
    "before all calendars": b"0001-01-01 00:00:00 +86400",
    "binary": b"\xff\xfe\x00",
    "zeros": bytes(40),
    "long": b"2026-11-20 " + b"1" * 100_000,
}
