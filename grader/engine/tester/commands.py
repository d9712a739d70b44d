"""`!command` in a test cell: it runs in a process of the sandbox of its own, and never with the rights of the grader.

That process has the files of the working folder, and has run no cell of the submission: what `!wc data.csv` prints is
what it prints. Where the command runs a program of the submission, that program prints what it likes, as any would.
"""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError
from IPython.utils.text import LSString, SList

from grader.engine.channel import Channel
from grader.engine.encoding import RefusedValue
from grader.engine.tester.remote import Remote
from grader.engine.tester.student_errors import Loss, StudentDied, StudentRefused
from grader.engine.tester.working_folder import WorkingFolder

_SCRIPTS = ("bash", "sh")


class Commands:
    """Runs the commands of test cells.

    Args:
        remote: its time limits hold for commands too.
        folder: what they find, and what they change.
        start: a new process in the sandbox that has the files of the folder but these.
        asking: called before each command.
    """

    def __init__(
        self,
        remote: Remote,
        folder: WorkingFolder,
        start: Callable[[list[str]], Channel],
        asking: Callable[[], None],
    ) -> None:
        self._remote, self._folder, self._start, self._asking = remote, folder, start, asking

    def install(self, shell: Any) -> None:
        """Let a shell run its commands so: `!x`, `y = !x`, `%sx`, `%ls` and such, `%%bash`, `%%sh`."""

        def system(command: str) -> None:
            text, code = self.run(shell.var_expand(command, depth=1))
            print(text, end="")
            shell.user_ns["_exit_code"] = code

        def getoutput(command: str, split: bool = True, depth: int = 0) -> Any:
            text, _ = self.run(shell.var_expand(command, depth=depth + 1))
            return SList(text.splitlines()) if split else LSString(text)

        def script(program: str) -> Callable[[str, str], None]:
            def run(line: str, cell: str) -> None:
                if line.strip():
                    raise UsageError(f"%%{program} takes no arguments in a test cell here.")
                text, code = self.run(f"{program} -c {shlex.quote(cell)}")
                print(text, end="")
                if code:
                    raise RuntimeError(f"the script ended with code {code}")

            return run

        shell.system = shell.system_piped = shell.system_raw = system
        shell.getoutput = getoutput
        for program in _SCRIPTS:
            shell.register_magic_function(script(program), "cell", program)

    def run(self, command: str) -> tuple[str, int]:
        """What a command prints, and its exit code; the files that it changes are in the folder afterwards.

        Raises:
            StudentLost: it took too long, or ended its process.
        """
        self._asking()
        left_out = self._folder.withheld_from((command,))
        process = Remote(_OneProcess(), self._remote.call_seconds, lambda stream, text: None)
        process.attach(self._start(left_out))
        process.begin_cell(self._remote.deadline - time.monotonic())
        place = os.path.relpath(os.getcwd(), self._folder.root)
        text, code = process.operate("_shell", (command, place if not place.startswith("..") else "."), {})
        if type(text) is not str or type(code) is not int:
            raise StudentRefused("The process of the command answered with something that is no text.")
        try:
            self._folder.take_over(process.operate("_changed_files", [True], {}))
        except RefusedValue as problem:
            raise StudentRefused(f"The process of the command answered with something else: {problem}") from None
        return text, code


class _OneProcess:
    """The life of the process of one command. Part of `Lifeline`."""

    def died(self, loss: Loss) -> str:
        """Say what happened to it."""
        if loss.seconds is not None:
            return f"The command was stopped: it ran longer than {loss.seconds:.3g} s."
        return f"The process of the command was lost: {loss.reason or 'it ended'}."

    def revive(self) -> Channel:
        """There is one process for one command."""
        raise StudentDied("The process of the command was lost.")
