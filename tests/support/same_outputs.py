"""Outputs of two runs of one notebook, without what differs from run to run of the same kernel."""

from __future__ import annotations

import json
import re

from nbformat import NotebookNode

_VARYING = (
    (re.compile(r"/tmp/ipykernel_\d+/"), "/tmp/ipykernel/"),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x"),
    (re.compile(r"\b[0-9a-f]{16,32}\b"), "hash"),
    (re.compile(r"\b(slide|sliders|flip)-[0-9a-f]{8}"), "film"),
    (re.compile(r"is there, in [\w./-]+\."), "is there."),  # each run has a folder of its own
)


def comparable(outputs: list[NotebookNode]) -> list[str]:
    """One text for each output. ipykernel sends streams in parts and mixes stdout with stderr, as its clock has it."""
    merged: list[dict[str, object]] = []
    streams: dict[str, str] = {}
    for output in [*json.loads(json.dumps(outputs)), {"output_type": "end"}]:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + output["text"]
            continue
        merged += [{"output_type": "stream", "name": name, "text": streams[name]} for name in sorted(streams)]
        streams = {}
        merged.append(output)
    return [_constant(json.dumps(output, sort_keys=True)) for output in merged[:-1]]


def _constant(text: str) -> str:
    for pattern, constant in _VARYING:
        text = pattern.sub(constant, text)
    return text
