"""Run cells as ipykernel does: inside a running event loop, without a keyboard to ask."""

from __future__ import annotations

import asyncio
import builtins
import getpass
import sys
from collections.abc import Callable
from typing import Any

from IPython.core.error import StdinNotImplementedError

from grader.engine.shell.kernel_session import SinkSession
from grader.engine.shell.make import know, make_shell
from grader.engine.shell.sink import OutputSink
from grader.engine.shell.streams import Streams


class CellRunner:
    """A shell, its streams and its event loop. One in a process.

    Args:
        sink: takes what cells show.
        ready: called now and then while a cell runs, when there is something in the sink.
        namespace: the dict in which cells run.
        descriptors: capture file descriptors 1 and 2 as well.
    """

    def __init__(
        self,
        sink: OutputSink,
        ready: Callable[[], None] = lambda: None,
        namespace: dict[str, Any] | None = None,
        *,
        descriptors: bool = True,
    ) -> None:
        self.sink = sink
        self.streams = Streams(sink.emit, ready, descriptors=descriptors)
        self.shell: Any = make_shell(SinkSession(sink, self._flush_text), namespace)
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        builtins.input = raw_input
        getpass.getpass = no_getpass

    def run(self, source: str) -> tuple[Any, BaseException | None]:
        """Run one cell: what its last line evaluates to, and the exception that ended it, if one did.

        An interrupt becomes a traceback in the shell itself; only one that hits the event loop is raised.
        """
        self.sink.restart()
        try:
            result = self._loop.run_until_complete(self._execute(source))
        finally:
            self.streams.flush()
        return result.result, result.error_before_exec or result.error_in_exec

    def know(self, source: str, known: list[Any]) -> None:
        """Run a cell with what `known_cell` found."""
        know(self.shell, source, known)

    def show_inputs(self, inputs: list[list[Any]]) -> None:
        """Let `In` hold cells that ran elsewhere: the number and the source of each."""
        seen = self.shell.history_manager.input_hist_parsed
        for number, source in inputs:
            seen += [""] * (number + 1 - len(seen))
            seen[number] = source

    @property
    def execution_count(self) -> int:
        """The number of the last cell that ran."""
        return int(self.shell.execution_count) - 1

    async def _execute(self, source: str) -> Any:
        shell = self.shell
        problem = None
        try:
            transformed = shell.transform_cell(source)
        except Exception:
            transformed, problem = source, sys.exc_info()
        # Not `run_cell` for cells that await nothing: it takes them apart a second time, and then does the same.
        result = None
        try:
            result = await shell.run_cell_async(
                source, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=problem
            )
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        return result

    def _flush_text(self) -> None:
        self.streams.out.flush()
        self.streams.err.flush()


def raw_input(prompt: object = "", /) -> str:
    """In place of `input`: there is nobody to ask."""
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def no_getpass(prompt: str = "", stream: Any = None) -> str:
    """In place of `getpass.getpass`."""
    raise StdinNotImplementedError("getpass was called, but this frontend does not support input requests.")
