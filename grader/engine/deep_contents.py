"""What a container holds, down to the last item: whether a list inside of it has changed cannot be seen by identity."""

from __future__ import annotations

from typing import Any

from grader.engine.encoding import EncodingError, Packer
from grader.engine.encoding.tags import Node

_UNCHANGING = frozenset((int, float, str, bool, bytes, complex, type(None)))


def deep_contents(value: Any) -> tuple[Node, list[bytes]] | None:
    """Enough to compare such a value with itself later; None where a snapshot of its own items says it all."""
    parts = dict.values(value) if isinstance(value, dict) else list.__iter__(value) if isinstance(value, list) else ()
    if all(type(part) in _UNCHANGING for part in parts):
        return None
    try:
        return packed(value)
    except EncodingError:
        return None


def packed(value: Any) -> tuple[Node, list[bytes]]:
    """The same of any value, whatever classes of its own say. Raises EncodingError where it cannot be packed."""
    packer = Packer(lambda other, _: ["object", id(other)])
    return packer.plain(value), [bytes(buffer) for buffer in packer.buffers]
