"""The grader's side of one student process: run a cell, collect what it shows, keep its time limit."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from nbformat import NotebookNode

from grader.engine.channel import Channel, ChannelClosed, ChannelTimeout, FrameLimits, OutOfStep
from grader.engine.encoding import RefusedValue
from grader.engine.pool_protocol import KILLED_FROM_OUTSIDE, WorkerLike
from grader.engine.shell.outputs import OutputCollector, error_output

GRACE_SECONDS = 2.0
_DEATH_SECONDS = 5.0
_LIMITS = FrameLimits(tree=32 << 20, buffers=0, count=0, lists=16)


class Outcome(Enum):
    """How a cell ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    DIED = "died"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class MadeNames:
    """Names that a test cell bound or deleted in the student's process, as nodes."""

    nodes: Any
    buffers: list[Any]


@dataclass(frozen=True)
class CellResult:
    """What running a cell gave.

    Attributes:
        outcome: how it ended.
        outputs: as the notebook stores them.
        alive: the process can go on.
        reason: for TIMEOUT and DIED: why, as a sentence.
        late: the turn of a message for which the process was ended, and which belongs to what ran before this cell.
        made: names of a test cell that a new process of the student's is told when the cells are replayed.
        disturbed: a process was killed from outside, which says nothing about the submission.
    """

    outcome: Outcome
    outputs: list[NotebookNode]
    alive: bool = True
    reason: str = ""
    late: int | None = None
    disturbed: bool = False
    made: MadeNames | None = None


class StudentSession:
    """One student process. `run` may be used while no tester is talking to it."""

    def __init__(self, worker: WorkerLike, collector: OutputCollector) -> None:
        self.worker = worker
        self._channel = Channel(worker.socket, _LIMITS)
        self._collector = collector
        self._counts: dict[int, int] = {}  # which cell had which turn
        self._lent = False

    def set_variables(self, variables: Mapping[str, str]) -> None:
        """Put these into the environment of the process."""
        with contextlib.suppress(ChannelClosed):  # the first cell will tell
            self._channel.send(["variables", [[name, value] for name, value in variables.items()]])

    def bind(self, names: MadeNames) -> None:
        """Bind names that a test cell made in an earlier process."""
        with contextlib.suppress(ChannelClosed):  # the next cell will tell
            self._channel.send(["names", names.nodes], names.buffers)

    def lend(self) -> None:
        """A tester talks to the process now, until the next cell."""
        self._lent = True

    def unasked(self) -> int | None:
        """The turn of a message that the process has sent since the end of its last cell or call; None if silent."""
        return self._channel.unasked()

    def cell_of(self, turn: int) -> int | None:
        """The number of the cell that had this turn when it ran in this process."""
        return self._counts.get(turn)

    def run(self, source: str, count: int, seconds: float) -> CellResult:
        """Run one cell for at most so many seconds; a cell that goes on is interrupted, then killed."""
        self._collector.restart()
        deadline = time.monotonic() + seconds
        lent, self._lent = self._lent, False
        self._channel.begin_turn()
        self._counts[self._channel.turn] = count
        try:
            self._channel.send(["run", source, count], (), deadline)
            try:
                return CellResult(self._finish(deadline), self._collector.outputs)
            except ChannelTimeout:
                return self._stop(seconds)
        except ChannelClosed:
            return self._dead()
        except ChannelTimeout:
            return self._hopeless(seconds)
        except RefusedValue as problem:
            self.worker.close()
            result = self._failed(Outcome.DIED, f"The process was ended: it sent {problem}.")
            if isinstance(problem, OutOfStep) and (lent or problem.turn in self._counts):
                return replace(result, late=problem.turn)
            return result

    def show_in(self, collector: OutputCollector) -> None:
        """Collect the outputs of further cells there."""
        self._collector = collector

    def close(self) -> None:
        """End the process."""
        self.worker.close()

    def _finish(self, deadline: float) -> Outcome:
        while True:
            node, _ = self._channel.receive(deadline)
            if type(node) is not list or len(node) != 3:
                raise RefusedValue("a malformed message")
            if node[0] == "output":
                self._collector.add_text(node[1], node[2])
            elif node[0] == "done" and node[1] in ("ok", "error"):
                return Outcome(node[1])
            else:
                raise RefusedValue("a malformed message")

    def _stop(self, seconds: float) -> CellResult:
        """Interrupt the cell. Only between two messages may the conversation go on afterwards."""
        self.worker.interrupt()
        try:
            self._finish(time.monotonic() + GRACE_SECONDS)
        except RefusedValue:  # the time was up in the middle of a message
            return self._hopeless(seconds)
        return self._failed(Outcome.TIMEOUT, stopped(seconds), alive=True)

    def _hopeless(self, seconds: float) -> CellResult:
        self.worker.close()
        return self._failed(Outcome.TIMEOUT, stopped(seconds), alive=False)

    def _dead(self) -> CellResult:
        reason = died(self.worker)
        disturbed = self.worker.death() == KILLED_FROM_OUTSIDE
        self.worker.close()
        return replace(self._failed(Outcome.DIED, reason), disturbed=disturbed)

    def _failed(self, outcome: Outcome, reason: str, *, alive: bool = False) -> CellResult:
        name = "CellTimeoutError" if outcome is Outcome.TIMEOUT else "DeadKernelError"
        # A result that was shown before must not count: nbgrader takes the first number it meets.
        outputs = [o for o in self._collector.outputs if o.output_type != "execute_result"]
        return CellResult(outcome, [*outputs, error_output(name, reason)], alive, reason)


def stopped(seconds: float) -> str:
    """The sentence for a cell that ran too long."""
    return f"This cell was stopped after {seconds:g} s: look for a loop that never ends."


def died(worker: WorkerLike, when: str = "in this cell") -> str:
    """The sentence for a process that ended, with the reason as far as it is known."""
    reason = worker.wait(_DEATH_SECONDS)  # its socket closes a moment before it has ended
    return f"The kernel died {when} ({reason or 'its connection closed'}); it was started anew for the cells below."
