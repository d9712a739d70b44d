"""The distribution that is installed here as a wheel, made of its files as they are, edited ones of a checkout too."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import course_lib
import grader
from course_lib.distribution import NAME

_WORK = "var"  # in `grader/` of a checkout: gradebook, submissions, the secret
_SAME_TIME = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip


def own_wheel() -> tuple[str, bytes]:
    """The name of the wheel and its content."""
    installed = distribution(NAME)
    stem = f"{NAME.replace('-', '_')}-{installed.version}"
    about = f"{stem}.dist-info"
    files = dict(_package_files())
    files[f"{about}/METADATA"] = str(installed.read_text("METADATA")).encode()
    files[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: course\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{about}/entry_points.txt"] = str(installed.read_text("entry_points.txt") or "").encode()
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{about}/RECORD"] = "\n".join([*record, f"{about}/RECORD,,", ""]).encode()
    return f"{stem}-py3-none-any.whl", zipped({name: (content, 0o644) for name, content in files.items()})


def zipped(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A zip of files, each with its mode."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name, _SAME_TIME)
            entry.external_attr = (0o100000 | mode) << 16  # a plain file
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()


def _package_files() -> Iterator[tuple[str, bytes]]:
    for package in (course_lib, grader):
        top = Path(str(package.__file__)).parent
        for path in sorted(top.rglob("*")):
            inside = path.relative_to(top.parent)
            is_ours = path.suffix != ".pyc" and not any(part.startswith(".") for part in inside.parts)
            if path.is_file() and is_ours and inside.parts[:2] != ("grader", _WORK):
                yield inside.as_posix(), path.read_bytes()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
