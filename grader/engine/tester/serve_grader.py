"""The tester's process: run shared and test cells for the grader, with the student's process at the other socket."""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from IPython.core.formatters import PlainTextFormatter
from stack_data.core import Source

from course_lib.check.rng import use_secret
from grader.engine import random_state
from grader.engine.channel import Channel, ChannelClosed, FrameLimits
from grader.engine.encoding import EncodingError
from grader.engine.encoding.tags import Node
from grader.engine.folder_changes import FOLDER, FolderChanges
from grader.engine.limits import NO_MEMORY_LEFT
from grader.engine.shell import CellRunner, OutputSink
from grader.engine.shell.sink import to_json
from grader.engine.tester import error_classes, inspected, proxies, raise_again, remote, sympy_code, tester_memory
from grader.engine.tester.commands import Commands
from grader.engine.tester.foreign_files import ForeignFiles
from grader.engine.tester.heard import Heard
from grader.engine.tester.namespace import TesterNamespace
from grader.engine.tester.no_history import refuse_history
from grader.engine.tester.one_kernel import OneKernel
from grader.engine.tester.remote import Remote
from grader.engine.tester.student_errors import Loss, StudentDied, StudentLost, StudentTimeout
from grader.engine.tester.submission_modules import SubmissionModules
from grader.engine.tester.withheld import Withheld
from grader.engine.tester.working_folder import WorkingFolder

_RING_LATER = 1.0  # calls of student code end by themselves when the time is up; the bell is for the test's own loops
_RING_AGAIN = 2.0
_LIMITS = FrameLimits(tree=16 << 20, buffers=256 << 20)  # what one answer of the student's may take of this process


def preload() -> None:
    """Take apart the files through which the tracebacks of failed tests lead, once, in the parent of all testers."""
    for module in (proxies, remote):
        file = str(module.__file__)
        source: Any = Source.for_filename(file)
        _ = source.pieces  # kept with the source
        inspect.modulesbyfile[file] = module.__name__  # else `inspect` looks through all modules


def tester_main(sock: socket.socket, settings: dict[str, Any]) -> None:
    """Serve the grader over this socket until it closes.

    Args:
        sock: a connected stream socket.
        settings: `output_bytes`: bytes of text a cell may print; `memory_bytes`: what tests may allocate;
            `call_seconds`: the limit of one call of student code; `variables`: for the environment; `secret`: what
            `check.rng` draws from, in hexadecimal digits, or None; `modules`: the folder of the author's own modules
            and data, or ""; `shares_files`: keep the working folder the same as the one of the student's process.
    """
    inspected.ask_about_proxies(proxies.is_proxy, proxies.ask)
    use_secret(None if settings["secret"] is None else bytes.fromhex(settings["secret"]))
    os.environ.update(settings["variables"])
    sys.path[:] = [folder for folder in sys.path if folder not in ("", ".")]  # nothing is imported from a submission
    modules = str(settings["modules"])
    if modules:
        sys.path.insert(0, modules)
    most = int(settings["memory_bytes"])
    service = TesterService(sock, int(settings["output_bytes"]), float(settings["call_seconds"]), most)
    if settings["shares_files"]:
        service.share_files(modules)
    tester_memory.bound_memory(most)
    try:
        service.serve()
    except MemoryError:
        os._exit(NO_MEMORY_LEFT)


class TesterService:
    """The trusted interpreter's end of the conversation with the grader."""

    def __init__(self, sock: socket.socket, output: int, call_seconds: float, memory: int) -> None:
        self._control = Channel(sock, follows=True)
        self._heard = Heard()
        self._asking = False
        self._rang = False
        self._sink = OutputSink(output)
        self._withheld = Withheld(self._sink)
        shown = self._withheld
        self._remote = Remote(self, call_seconds, shown.write, shown.look, shown.in_hidden_part)
        namespace = TesterNamespace(self._remote)
        self._runner = CellRunner(self._sink, namespace=namespace)
        self._one_kernel = OneKernel(namespace, self._remote, shown)
        self._one_kernel.watch(self._runner)
        # A cell that ends in an object of the student's must not show a number of the student's choice as its result.
        formatter = self._runner.shell.display_formatter.formatters["text/plain"]
        self._runner.shell.display_formatter.formatters["text/plain"] = _PlainText(parent=formatter.parent)
        refuse_history(self._runner.shell)
        raise_again.tell_lines_when_shown(self._runner.shell)
        tester_memory.tell_in_short(self._runner.shell, self._sink.emit, memory)
        signal.signal(signal.SIGALRM, self._ring)
        self._withheld.watch(self._runner)
        random_state.reseed()
        sympy_code.install()
        self._is_test = False
        self._folder: WorkingFolder | None = None
        self._foreign_files: ForeignFiles | None = None

    def share_files(self, modules: str) -> None:
        """Keep the working folder the same as the student's; `modules`: the folder of the author's files, or ""."""
        known = FolderChanges(modules).known if modules else {}
        authors = [path for path, signature in known.items() if signature != FOLDER]
        self._folder = WorkingFolder(self._remote.ask_quietly, os.getcwd(), authors, self._is_withheld)
        self._foreign_files = ForeignFiles(self._folder, modules, self._heard)
        self._remote.share_folder(self._folder)
        SubmissionModules(self._remote, self._folder).install()
        Commands(self._remote, self._folder, self.start_command, self._withheld.look).install(self._runner.shell)

    def serve(self) -> None:
        """Answer until the grader hangs up."""
        try:
            while True:
                node, _ = self._control.receive()
                if node[0] == "attach":
                    self._remote.attach(self._received_channel())
                elif node[0] == "names":
                    self._one_kernel.know(*node[1:])
                elif node[0] == "files":
                    self._is_test = bool(node[1])
                    if self._folder is not None:
                        self._folder.stale = True
                else:
                    self._run_cell(*node[1:])
        except ChannelClosed:
            return

    def died(self, loss: Loss) -> str:
        """Tell the grader that the student's process is of no use; it knows why."""
        with self._undisturbed():
            self._control.send(["died", loss.reason, loss.seconds, loss.whole_cell, loss.turn])
            node, _ = self._control.receive()
            return str(node[1])

    def revive(self) -> Channel:
        """Ask the grader for a new process."""
        return self._asked_for(["revive"])

    def start_command(self, left_out: list[str]) -> Channel:
        """Ask the grader for a process that has the files of the working folder but these, and nothing else."""
        return self._asked_for(["command", left_out])

    def _asked_for(self, request: Node) -> Channel:
        with self._undisturbed():
            self._control.send(request)
            node, _ = self._control.receive()
            if node[0] != "attach":
                raise StudentDied(str(node[1]))
            return self._received_channel()

    def _run_cell(self, source: str, count: int, seconds: float, after_hidden: bool, known: Any, test: Any) -> None:
        if known is not None:
            self._runner.know(source, known)
        self._runner.shell.execution_count = count
        self._rang = False
        self._remote.begin_cell(seconds)
        self._withheld.begin_cell(source, after_hidden=after_hidden)
        position, code, inputs = test or (0, None, [])
        self._one_kernel.begin_cell(source, position, code)
        self._runner.show_inputs(inputs)
        if self._foreign_files is not None:
            self._foreign_files.begin_cell(source)
        signal.setitimer(signal.ITIMER_REAL, seconds + _RING_LATER, _RING_AGAIN)
        outcome, full = "error", False
        try:
            if self._is_test:
                with contextlib.suppress(StudentLost):  # what the test asks first gets a new process
                    self._remote.pull_files()
            _, error = self._runner.run(source)
            outcome = "ok" if error is None else "error"
            full = tester_memory.is_of_the_test(error)
        except (StudentLost, KeyboardInterrupt, SystemExit) as stopped:
            message = {"ename": type(stopped).__name__, "evalue": str(stopped), "traceback": [str(stopped)]}
            self._sink.emit("error", message)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        made = self._one_kernel.end_cell()
        if made is not None:
            self._control.send(["made", made[0]], made[1])
        self._end_files(public=self._is_test and not self._withheld.has_hidden_part)
        self._remote.end_cell()
        for kind, content in self._withheld.messages():
            self._control.send(["output", kind, to_json(content)])
        self._control.send(["done", outcome, self._rang or self._remote.out_of_time, full])

    def _end_files(self, *, public: bool) -> None:
        """The cells below find what this one wrote in the open."""
        self._is_test = False
        if self._folder is None:
            return
        self._folder.end_cell(public=public)
        if public:
            with contextlib.suppress(StudentLost, EncodingError):  # the next cell has a new process, or all but them
                self._remote.push_files()

    def _is_withheld(self) -> bool:
        """Is the tester at something that students never see?"""
        return not self._is_test or self._withheld.is_hidden

    def _received_channel(self) -> Channel:
        _, descriptors, _, _ = socket.recv_fds(self._control.socket, 1, 1)
        channel = Channel(socket.socket(fileno=descriptors[0]), _LIMITS)
        channel.listener = self._heard.note
        return channel

    @contextlib.contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """While the grader is asked, the bell waits for its next time."""
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

    def _ring(self, _: int, frame: FrameType | None) -> None:
        """Stop the test's own code; it rings again.

        Anywhere else, where the shell tells of an error or the cell is over, what is raised would end this process.
        """
        if self._asking or not _runs_a_cell(frame):
            return
        self._rang = True
        raise StudentTimeout(f"The test itself took too long: its time of {self._remote.cell_seconds:g} s was up.")


def _runs_a_cell(frame: FrameType | None) -> bool:
    """Is code of a cell at work in this frame, or does it wait for it?"""
    while frame is not None:
        if "ipykernel_" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


class _PlainText(PlainTextFormatter):
    """Text of results; of an object of the submission never that alone which it says, whatever its class is below."""

    def __call__(self, obj: Any) -> Any:
        """The text."""
        if proxies.is_proxy(obj) or error_classes.original_of(obj) is not None:
            return f"<{type(obj).__name__} of the submission: {obj!r}>"
        return super().__call__(obj)
