"""From the bytes that were handed in to the data of a notebook: encodings, conflict marks, old formats."""

from __future__ import annotations

import codecs
import json
from typing import Any

from course_lib.repair import conflicts
from course_lib.repair.damage import CONFLICT, ENCODING, Damaged, Repairs

MOST_BYTES = 128 * 2**20

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte-order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_OTHER_FILES = (
    (b"PK\x03\x04", "a zip file"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)
NOT_JSON = "the file is not a notebook (not JSON)"


def read(data: bytes, repairs: Repairs) -> dict[str, Any]:
    """The notebook in a file, whatever its version; what had to be mended is noted.

    Raises:
        Damaged: it is empty, too large, no notebook, or in conflict about an answer.
    """
    if len(data) > MOST_BYTES:
        raise Damaged(f"the file is larger than {MOST_BYTES // 2**20} MB")
    for begin, what in _OTHER_FILES:
        if data[:64].lstrip().lower().startswith(begin.lower()):
            raise Damaged(f"the file is not a notebook but {what}")
    text = _decoded_by_mark(data, repairs)
    if not text.strip():
        raise Damaged("the file is empty")
    found = _load(text)
    if found is None and conflicts.has_marks(text):
        found = conflicts.resolve(text, _load)
        repairs.note(CONFLICT, "")
    if found is None:
        whole = '"cells"' in text or '"nbformat"' in text
        raise Damaged("the file is a notebook that is cut off or damaged (not JSON)" if whole else NOT_JSON)
    return found


def _decoded_by_mark(data: bytes, repairs: Repairs) -> str:
    for mark, encoding, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            repairs.note(ENCODING, name)
            return _decoded(data, encoding)
    return _decoded(data, "utf-8")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Damaged(NOT_JSON) from error


def _load(text: str) -> dict[str, Any] | None:
    """The object in the text; None where it is no JSON. Raises Damaged where it is something else than an object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        raise Damaged("the file is not a notebook: it has no cells")
    return found
