"""Run one submission: given and answer cells in the student's process, test cells in the tester, shared ones in both.

A cell or a call that ends the student's process costs its own exercise only: a new process replays the good cells
before it, and the run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output

from course_lib.call_limit import CALL_SHARE, took_too_long
from course_lib.check.calls import BEGIN_HIDDEN
from course_lib.lost_cases import MOST_RESTARTS
from grader.engine.cell_plan import Place, Plan
from grader.engine.fork_server import ForkServer
from grader.engine.job import TooLarge
from grader.engine.limits import Limits
from grader.engine.pool_protocol import KILLED_FROM_OUTSIDE, PoolLike, WorkerLike
from grader.engine.shell.outputs import OutputCollector, error_output
from grader.engine.student_session import CellResult, MadeNames, Outcome, StudentSession, died
from grader.engine.submission_files import read_beside
from grader.engine.tester.student_errors import Loss
from grader.engine.tester_session import TestCell, TesterSession

NOT_PROOF = "tamper_proof"
AFTER_HIDDEN = "after_hidden"  # the submission had met hidden inputs when this cell ran
IN_KERNEL_NOTE = "[This test ran in the interpreter of the submission: its result is not proof against tampering.]\n"
TIME_UP = "The time for this submission was used up before this cell."


@dataclass
class CellReport:
    """How one code cell went.

    Attributes:
        index: position of the cell in the notebook.
        place: where it ran.
        outcome: how it ended.
        reason: a sentence for a cell that was stopped or killed its process.
        deaths: a sentence for each process that a call of this test cell ended.
        slow: for each call of this test cell that was stopped because it took too long, after how many seconds.
        limit: seconds that the cell was given.
        seconds: wall time.
    """

    index: int
    place: Place
    outcome: Outcome
    reason: str = ""
    deaths: list[str] = field(default_factory=list)
    slow: list[float] = field(default_factory=list)
    limit: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Step:
    """What a new process of the student's goes through again: a cell, or the names that a test cell made."""

    source: str
    count: int
    names: MadeNames | None = None


class NotebookRun:
    """The run of one notebook. Use once, as a context manager.

    Args:
        notebook: its code cells get outputs and execution counts.
        plan: where each cell runs.
        pool: starts student processes.
        testers: starts the tester.
        limits: time and output.
        folder: where the tester works.
        files: what the student's process finds in its working folder.
        variables: what both interpreters find in their environment, besides what their processes were started with.
        secret: what `check.rng` draws from in the tester.
        modules: the folder with the author's files, from which the tester imports; None where there are none.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        plan: Plan,
        pool: PoolLike,
        testers: ForkServer,
        limits: Limits,
        folder: Path,
        files: Mapping[str, bytes] | None = None,
        variables: Mapping[str, str] | None = None,
        secret: bytes | None = None,
        modules: Path | None = None,
    ) -> None:
        self._notebook, self._plan, self._limits = notebook, plan, limits
        self._pool, self._files = pool, dict(files or {})
        self._testers, self._folder = testers, folder
        self._variables, self._secret, self._modules = dict(variables or {}), secret, modules
        self._shown = OutputCollector(limits.output_bytes)
        self._hidden = OutputCollector(limits.output_bytes)  # of replays, whose output was shown before
        self._student: StudentSession | None = None
        self._command: StudentSession | None = None  # for one shell command of a test
        self._tester: TesterSession | None = None
        self._attached: StudentSession | None = None  # whom the tester talks to
        self._replay: list[Step] = []
        self._inputs: list[tuple[int, str]] = []  # cells of the student's process that the tester has not heard of
        self._shared: list[tuple[str, int]] = []
        self._restarts = 0
        self._deaths: list[str] = []
        self._slow: list[float] = []
        self._after_hidden = False  # a test cell with a hidden part has run
        self._disturbed = False  # the student's process was killed from outside while a test cell ran
        self._deadline = time.monotonic() + limits.submission_seconds

    def __enter__(self) -> NotebookRun:
        """The run itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End its processes."""
        self._end_processes()

    def run(self) -> list[CellReport]:
        """Run all cells in order."""
        reports = []
        count = 0
        for index, (cell, place) in enumerate(zip(self._notebook.cells, self._plan.places, strict=True)):
            if place is Place.NOWHERE:
                continue
            if not cell.source.strip():
                cell["outputs"], cell["execution_count"] = [], None
                continue
            count += 1
            reports.append(self._run_cell(index, cell, place, count))
        return reports

    def worker_died(self, loss: Loss) -> str:
        """The tester lost the student's process. Part of `Supplier`."""
        assert self._student is not None
        if loss.seconds is not None:
            sentence = took_too_long(loss.seconds, whole_cell=loss.whole_cell)
            self._slow += [] if loss.whole_cell else [loss.seconds]
        else:
            if loss.reason:
                sentence = f"The submission's process was stopped during this call: {loss.reason}."
            else:
                sentence = died(self._student.worker, "during this call")
                self._disturbed |= self._student.worker.death() == KILLED_FROM_OUTSIDE
            self._deaths.append(sentence)
        self._end_student(loss.turn)
        return sentence

    def next_worker(self) -> WorkerLike | str:
        """A new process for the tester. Part of `Supplier`."""
        if self._time_left() <= 0:
            return TIME_UP
        if self._restarts >= MOST_RESTARTS:
            return "The submission's process was lost too often in this test."
        self._restarts += 1
        self._attached = self._alive_student()
        return self._attached.worker

    def command_worker(self, left_out: Sequence[str]) -> WorkerLike | str:
        """A new process for one command of a test. Part of `Supplier`."""
        if self._time_left() <= 0:
            return TIME_UP
        self._end_command()
        try:
            files = read_beside(self._folder, self._limits.disk_bytes)
            kept = {path: content for path, content in files.items() if path not in left_out}
            self._command = StudentSession(self._pool.start(kept, self._limits), self._hidden)
        except TooLarge as problem:
            return str(problem)
        self._command.set_variables(self._variables)
        return self._command.worker

    def _end_command(self) -> None:
        if self._command is not None:
            self._command.close()
        self._command = None

    def _run_cell(self, index: int, cell: NotebookNode, place: Place, count: int) -> CellReport:
        began, limit = time.monotonic(), self._seconds()
        position = self._plan.position(index)
        result = self._result(cell.source, place, count, position)
        if result.disturbed:
            self._end_processes()
            result = self._result(cell.source, place, count, position)
        if place in (Place.STUDENT, Place.BOTH, Place.IN_KERNEL):
            self._inputs.append((count, cell.source))
        if place is Place.BOTH:
            self._share(cell.source, count)
        cell["outputs"], cell["execution_count"] = result.outputs, count
        if place is Place.IN_KERNEL:
            cell.metadata[NOT_PROOF] = False
            cell.outputs.insert(0, new_output("stream", name="stdout", text=IN_KERNEL_NOTE))
        elif place is Place.TESTER:
            cell.metadata[NOT_PROOF] = True
        cell.metadata.pop(AFTER_HIDDEN, None)  # whatever a submission says of itself
        if self._after_hidden and place is not Place.TESTER:
            cell.metadata[AFTER_HIDDEN] = True
        self._after_hidden |= place in (Place.TESTER, Place.IN_KERNEL) and BEGIN_HIDDEN in cell.source
        seconds = time.monotonic() - began
        return CellReport(index, place, result.outcome, result.reason, self._deaths, self._slow, limit, seconds)

    def _result(self, source: str, place: Place, count: int, position: int) -> CellResult:
        self._deaths, self._slow = [], []
        if self._time_left() <= 0:
            return CellResult(Outcome.SKIPPED, [error_output("CellTimeoutError", TIME_UP)], reason=TIME_UP)
        if place is Place.TESTER:
            return self._test(source, count, TestCell(position, self._inputs))
        if place is Place.TESTS_ONLY:
            return self._help_tests(source, count)
        return self._student_cell(source, count, replay=place is not Place.IN_KERNEL)

    def _student_cell(self, source: str, count: int, *, replay: bool) -> CellResult:
        self._end_if_out_of_step()
        result = self._alive_student().run(source, count, self._seconds())
        if result.late is not None:  # what ran before this cell is to blame, and not this cell
            self._end_student(result.late)
            result = self._alive_student().run(source, count, self._seconds())
        if result.outcome in (Outcome.OK, Outcome.ERROR) and replay:
            self._replay.append(Step(source, count))
        if not result.alive:
            self._student = None
        return result

    def _end_if_out_of_step(self) -> None:
        """End a process that sent something when it was not asked: its answers could be taken for others."""
        if self._student is not None and (turn := self._student.unasked()) is not None:
            self._end_student(turn)

    def _end_student(self, turn: int | None) -> None:
        """End the process; a cell that sent messages of its own, in this turn, is not replayed in the next one."""
        assert self._student is not None
        self._student.close()
        if turn is not None:
            self._forget(self._student, turn)
        self._student = None

    def _forget(self, session: StudentSession, turn: int) -> bool:
        """Replay no more the cell that had this turn; False if none had."""
        count = session.cell_of(turn)
        kept = [step for step in self._replay if step.count != count]
        found = len(kept) < len(self._replay)
        self._replay = kept
        return found

    def _test(self, source: str, count: int, test: TestCell | None = None) -> CellResult:
        """Run a test cell; once more where the tester itself died, which no submission shall pay for.

        Raises RuntimeError when that dies too: the submission is not graded then, and nobody gets zero.
        """
        self._restarts = 0
        for _ in range(2):
            result = self._test_once(source, count, test)
            if result.outcome is not Outcome.DIED:
                self._inputs = [] if test is not None else self._inputs
                if result.made is not None:
                    self._replay.append(Step("", count, result.made))
                return result
            self._deaths, self._slow = [], []
        raise RuntimeError("the grader's own process that runs the tests died twice; its error is above")

    def _test_once(self, source: str, count: int, test: TestCell | None) -> CellResult:
        self._end_if_out_of_step()
        self._disturbed = False
        tester = self._alive_tester()
        self._attach(tester)
        tester.expect_files(test=test is not None)
        result = tester.run(source, count, self._seconds(), self, after_hidden=self._after_hidden, test=test)
        self._end_command()
        if self._student is not None:
            self._student.lend()
        if not result.alive:
            self._end_processes()  # the student's too: it may still be at work on what was asked
        return replace(result, disturbed=result.disturbed or self._disturbed)

    def _help_tests(self, source: str, count: int) -> CellResult:
        """Run helpers of the tests in the tester alone; a tester that is started anew runs them like shared cells."""
        result = self._test(source, count)
        self._shared.append((source, count))
        return result

    def _share(self, source: str, count: int) -> None:
        """Run a shared cell in the tester too; what it shows there is what the student's showed."""
        self._shared.append((source, count))
        if self._tester is not None and not self._run_shared(self._tester, source, count).alive:
            self._tester = None  # a new one runs all shared cells again

    def _end_processes(self) -> None:
        """The next cell starts them anew."""
        self._end_command()
        if self._student is not None:
            self._student.close()
        if self._tester is not None:
            self._tester.close()
        self._student = self._tester = None

    def _alive_tester(self) -> TesterSession:
        if self._tester is None:
            self._tester = self._new_tester()
        return self._tester

    def _new_tester(self) -> TesterSession:
        """A tester that has run the shared cells, without those that it cannot bear, which a submission may cause.

        Raises RuntimeError when it dies there more than once.
        """
        call_seconds = self._limits.cell_seconds / CALL_SHARE
        deaths = 0
        while True:
            tester = TesterSession(
                self._testers,
                self._folder,
                self._limits,
                call_seconds,
                self._shown,
                self._variables,
                self._secret,
                self._modules,
            )
            self._attached = None
            if self._plan.names is not None:
                tester.know(self._plan.names)
            self._attach(tester)
            for cell in self._shared:
                ended = self._run_shared(tester, *cell)
                if ended.alive:
                    continue
                if ended.outcome is not Outcome.DIED:
                    self._shared.remove(cell)  # it is beyond the bounds, and will be so again
                else:  # one process may be killed by somebody
                    deaths += 1
                break
            else:
                return tester
            tester.close()
            if deaths > 1:
                raise RuntimeError(
                    f"the grader's own process that runs the tests died twice, in a shared cell: {ended.reason}"
                )

    def _attach(self, tester: TesterSession) -> None:
        student = self._alive_student()
        if self._attached is not student:
            tester.attach(student.worker)
            self._attached = student

    def _run_shared(self, tester: TesterSession, source: str, count: int) -> CellResult:
        return tester.run(source, count, self._seconds(), self)

    def _alive_student(self) -> StudentSession:
        """The student's process; a new one replays the cells that went well."""
        while self._student is None:
            session = StudentSession(self._pool.start(self._files, self._limits), self._hidden)
            session.set_variables(self._variables)
            if all(self._replayed(session, position) for position in range(len(self._replay))):
                session.show_in(self._shown)
                self._student = session
            else:
                session.close()
        return self._student

    def _replayed(self, session: StudentSession, position: int) -> bool:
        step = self._replay[position]
        if step.names is not None:
            session.bind(step.names)
            return True
        result = session.run(step.source, step.count, self._seconds())
        turn = session.unasked() if result.late is None else result.late
        if turn is not None and self._forget(session, turn):
            return False
        if turn is None and result.alive:
            return True
        if not (result.disturbed and self._time_left() > 0):
            del self._replay[position]  # it went well once, but cannot be relied on
        return False

    def _seconds(self) -> float:
        return max(0.1, min(self._limits.cell_seconds, self._time_left()))

    def _time_left(self) -> float:
        return self._deadline - time.monotonic()
