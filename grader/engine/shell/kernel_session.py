"""What ipykernel's shell takes for its connection to the front end: the messages go to a sink instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jupyter_client.session import Session

from grader.engine.shell.sink import OutputSink


class SinkSession(Session):
    """A session without sockets."""

    def __init__(self, sink: OutputSink, flush: Callable[[], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sink, self._flush = sink, flush

    def msg(self, msg_type: str, content: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """A message, with no more in it than the shell's parts look at."""
        header = {"msg_type": msg_type, "msg_id": ""}
        return {"msg_type": msg_type, "header": header, "parent_header": {}, "content": content or {}, "metadata": {}}

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,
        buffers: Any = None,
        track: bool = False,
        header: Any = None,
        metadata: Any = None,
    ) -> dict[str, Any]:
        """Give one message to the sink, after the text that was printed before it."""
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self._flush()
        self._sink.emit(message["msg_type"], message["content"])
        return message
