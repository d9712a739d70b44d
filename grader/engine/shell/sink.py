"""Where a shell's output goes: messages as ipykernel sends them, bounded at the source."""

from __future__ import annotations

import json
import threading
from typing import Any

from jupyter_client.jsonutil import json_default

Message = tuple[str, dict[str, Any]]

RICH_FACTOR = 16  # pictures are larger than text: so many times the limit on text
_LEAST = 1000  # what an output costs however little it shows: a million empty ones are a flood too
_SMALL_RESULT = 100_000
_RESULTS = 10  # of this size, which find room whatever was shown before: on the result the score depends


def to_json(content: dict[str, Any]) -> str:
    """The content of a message as text; pictures in bytes become base64, what has no JSON form its description."""
    try:
        return json.dumps(content, default=json_default, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        data = {kind: value for kind, value in content.get("data", {}).items() if isinstance(value, str)}
        return json.dumps({**content, "data": data, "metadata": {}, "transient": {}}, default=repr)


def truncated(what: str, most: int) -> str:
    """The sentence that stands in place of output beyond the limit."""
    return f"\n[The {what} of this cell was cut off here: it is more than {most / 1e6:g} MB.]\n"


class OutputBudget:
    """How much more output one cell may make: so many bytes of text, and more of pictures and other displays."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.restart()

    def restart(self) -> None:
        """Begin a new cell."""
        self._text_left = self.most
        self._rich_left = self.most * RICH_FACTOR
        self._results_left = _RESULTS
        self._said: set[str] = set()

    def admit(self, kind: str, content: dict[str, Any]) -> list[Message]:
        """The message as far as there is room for it, with a sentence where it was cut off."""
        if kind == "stream":
            return self._stream(content)
        if kind == "clear_output":
            return [(kind, content)]
        if kind == "error":
            return [(kind, _shorter_error(content, self.most))]
        data = content.get("data", {}).values()
        size = _LEAST + sum(len(value) if isinstance(value, str) else _LEAST for value in data)
        if kind == "execute_result" and size <= _SMALL_RESULT and self._results_left:
            self._results_left -= 1
            return [(kind, content)]
        if size <= self._rich_left:
            self._rich_left -= size
            return [(kind, content)]
        self._rich_left = 0
        return self._say("displays", self.most * RICH_FACTOR)

    def _stream(self, content: dict[str, Any]) -> list[Message]:
        text = content["text"]
        kept = text[: self._text_left]
        self._text_left -= len(kept)
        messages: list[Message] = [("stream", {"name": content["name"], "text": kept})] if kept else []
        return messages if len(kept) == len(text) else messages + self._say("output", self.most)

    def _say(self, what: str, most: int) -> list[Message]:
        if what in self._said:
            return []
        self._said.add(what)
        return [("stream", {"name": "stderr", "text": truncated(what, most)})]


def _shorter_error(content: dict[str, Any], most: int) -> dict[str, Any]:
    """An error message whose texts together are no longer than about `most`."""
    lines: list[str] = []
    left = most
    for line in content["traceback"]:
        lines.append(line[:left])
        left -= len(line)
        if left <= 0:
            lines.append(truncated("traceback", most))
            break
    return {**content, "ename": content["ename"][:1000], "evalue": content["evalue"][:most], "traceback": lines}


class OutputSink:
    """Collects messages from any thread until they are taken."""

    def __init__(self, most: int) -> None:
        self._budget = OutputBudget(most)
        self._lock = threading.Lock()
        self._pending: list[Message] = []

    def restart(self) -> None:
        """Begin a new cell: the full budget."""
        with self._lock:
            self._budget.restart()

    def emit(self, kind: str, content: dict[str, Any]) -> None:
        """Add one message."""
        with self._lock:
            self._pending += self._budget.admit(kind, content)

    def take(self) -> list[Message]:
        """The messages since the last time."""
        if not self._pending:
            return []
        with self._lock:
            pending, self._pending = self._pending, []
        return pending
