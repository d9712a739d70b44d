"""Messages of a shell into the outputs of a notebook's cells. What an untrusted shell sends is checked first."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode, ValidationError, from_dict
from nbformat.v4 import new_output

from grader.engine.encoding import RefusedValue
from grader.engine.shell.sink import OutputBudget

_STREAMS = ("stdout", "stderr")
_MOST_OVER = 64 << 20  # bytes sent beyond the limit before the sender counts as hostile
_MOST_PARTS = 200_000  # of one message: nbformat looks at each, and each takes far more memory than its text
_MOST_OUTPUTS = 5_000  # of one cell, results and errors apart, on which the score depends
_TEXT_IN_JSON = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class OutputCollector:
    """The outputs of one notebook, cell by cell.

    Args:
        most: bytes of text that one cell may print.
    """

    def __init__(self, most: int) -> None:
        self._budget = OutputBudget(most)
        self._displays: dict[str, list[NotebookNode]] = {}
        self._total = 0
        self.restart()

    def restart(self) -> None:
        """Begin a new cell."""
        self.outputs: list[NotebookNode] = []
        self._clear_first = False
        self._budget.restart()
        self._total = 0

    def add_text(self, kind: Any, text: Any) -> None:
        """Add a message whose content comes as JSON. Raises RefusedValue when it is malformed."""
        if type(kind) is not str or type(text) is not str:
            raise RefusedValue("a message about output is malformed")
        self._total += len(text)
        if self._total > _MOST_OVER:
            raise RefusedValue("far more output than a cell may make")
        if _parts(text) > _MOST_PARTS:
            raise RefusedValue("an output of too many parts")
        try:
            content = _storable(json.loads(text, parse_constant=_no_constant))
        except (ValueError, RecursionError):
            raise RefusedValue("a message about output is no JSON") from None
        if type(content) is not dict:
            raise RefusedValue("a message about output is malformed")
        self.add(kind, content)

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Add a message. Kinds that notebooks do not store are passed over; malformed content raises RefusedValue."""
        check = _CHECKS.get(kind)
        if check is None:
            return
        if not check(content):
            raise RefusedValue(f"a message of kind {kind} is malformed")
        if len(self.outputs) >= _MOST_OUTPUTS and kind in ("stream", "display_data"):
            return
        try:
            for admitted_kind, admitted in self._budget.admit(kind, content):
                self._apply(admitted_kind, admitted)
        except (ValidationError, RecursionError):
            raise RefusedValue(f"a message of kind {kind} is none that a notebook can hold") from None

    def _apply(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "clear_output":
            if content.get("wait"):
                self._clear_first = True
            else:
                self.outputs.clear()
            return
        display_id = (content.get("transient") or {}).get("display_id")
        if kind == "update_display_data":
            for shown in self._displays.get(display_id, []) if isinstance(display_id, str) else []:
                shown["data"], shown["metadata"] = from_dict(content["data"]), from_dict(content.get("metadata") or {})
            return
        if self._clear_first:
            self.outputs.clear()
            self._clear_first = False
        if kind == "stream":
            self._add_stream(content["name"], content["text"])
            return
        output = _OUTPUTS[kind](content)
        self.outputs.append(output)
        if isinstance(display_id, str):
            self._add_display(display_id, output, content)

    def _add_display(self, display_id: str, output: NotebookNode, content: dict[str, Any]) -> None:
        for shown in self._displays.get(display_id, []):  # showing it again updates the earlier ones
            shown["data"], shown["metadata"] = from_dict(content["data"]), from_dict(content.get("metadata") or {})
        self._displays.setdefault(display_id, []).append(output)

    def _add_stream(self, name: str, text: str) -> None:
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last["text"] += text
        else:
            self.outputs.append(new_output("stream", name=name, text=text))


def error_output(ename: str, evalue: str, traceback: list[str] | None = None) -> NotebookNode:
    """An error as a cell's output."""
    lines = traceback or [f"{ename}: {evalue}"]
    output: NotebookNode = new_output("error", ename=ename, evalue=evalue, traceback=lines)
    return output


def _parts(text: str) -> int:
    """How many values and containers this JSON has at most, without reading it."""
    if len(text) <= _MOST_PARTS:
        return 0
    bare = _TEXT_IN_JSON.sub("", text)
    return bare.count("[") + bare.count("{") + bare.count(",")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not allowed")


def _storable(value: Any) -> Any:
    """The same without what no file can hold: half characters, infinite numbers."""
    if type(value) is str:
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if type(value) is list:
        return [_storable(part) for part in value]
    if type(value) is dict:
        return {_storable(key): _storable(part) for key, part in value.items()}
    if type(value) is float and not math.isfinite(value):
        return None
    return value


def _is_bundle(content: dict[str, Any]) -> bool:
    data, metadata = content.get("data"), content.get("metadata")
    transient = content.get("transient")
    if type(data) is not dict or not (metadata is None or type(metadata) is dict):
        return False
    if not (transient is None or type(transient) is dict):
        return False
    return all(
        type(kind) is str and ("json" in kind or type(value) is str or _is_text(value)) for kind, value in data.items()
    )


def _is_text(value: Any) -> bool:
    return type(value) is list and all(type(line) is str for line in value)


def _is_error(content: dict[str, Any]) -> bool:
    texts = content.get("ename"), content.get("evalue")
    return all(type(text) is str for text in texts) and _is_text(content.get("traceback"))


_CHECKS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "stream": lambda c: c.get("name") in _STREAMS and type(c.get("text")) is str,
    "display_data": _is_bundle,
    "update_display_data": _is_bundle,
    "execute_result": lambda c: _is_bundle(c) and type(c.get("execution_count")) is int,
    "error": _is_error,
    "clear_output": lambda c: type(c.get("wait", False)) is bool,
}

_OUTPUTS: dict[str, Callable[[dict[str, Any]], NotebookNode]] = {
    "display_data": lambda c: new_output("display_data", c["data"], metadata=from_dict(c.get("metadata") or {})),
    "execute_result": lambda c: new_output(
        "execute_result", c["data"], metadata=from_dict(c.get("metadata") or {}), execution_count=c["execution_count"]
    ),
    "error": lambda c: new_output("error", ename=c["ename"], evalue=c["evalue"], traceback=c["traceback"]),
}
