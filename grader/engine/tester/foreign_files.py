"""What a test may do with a file that comes from the submission: read it as data, and nothing that would run it.

In one kernel `import`, `%run`, `exec(open(...).read())`, `pickle.load` or `subprocess.run` of such a file run the
student's code where the student's code runs anyway. Here they would run it in the tester, which has the verdict and the
rights of the grader. Python tells of each of these beforehand by an audit event; the test is stopped there, and told
the way out.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from grader.engine import folder_changes
from grader.engine.tester.heard import Heard
from grader.engine.tester.working_folder import WorkingFolder

_IN_KERNEL = "or mark the cell `in_kernel`"
_STARTERS = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.spawn")
_WRAPPERS = frozenset(("subprocess", "os", "asyncio", "pty", "threading", "concurrent", "IPython", "ipykernel"))
_EVALUATORS = ("sympy.parsing.sympy_parser", "logging.config", "doctest", "matplotlib.rcsetup")
"""Modules that run text of a file as Python."""
_EVALUATORS_OF_TEXT = ("doctest", "timeit", "numexpr.necompiler")
"""Modules that run text which a test gives them as Python; SymPy has a watch of its own."""
_REACHES_OUT = re.compile(r"@|\.(?!\d)")
"""In an expression of pandas: a name of the test, or an attribute, which may be called."""
_DATA = frozenset(
    (
        *("numpy.ndarray", "numpy.dtype", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar"),
        *("numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy._core.numeric._frombuffer"),
        *("numpy.core.numeric._frombuffer", "collections.OrderedDict", "collections.deque", "collections.Counter"),
        *("builtins.set", "builtins.frozenset", "builtins.complex", "builtins.bytearray", "builtins.range"),
        *("builtins.slice", "datetime.date", "datetime.datetime", "datetime.timedelta", "datetime.time"),
        *("decimal.Decimal", "fractions.Fraction", "_codecs.encode"),
    )
)
"""What a pickle may name all the same: classes that do nothing but hold data."""


class NotRunHere(Exception):
    """A test would run a file of the submission in the tester, or compare with one that the submission has changed."""


class ForeignFiles:
    """Watches what the tester's process does with files. One in a process: an audit hook cannot be taken back.

    Args:
        folder: the working folder.
        modules: where the author's own modules lie; "" for none.
        heard: what the student's process has said.
    """

    def __init__(self, folder: WorkingFolder, modules: str, heard: Heard) -> None:
        self._folder, self._modules, self._heard_of = folder, modules, heard
        self._root = os.path.realpath(folder.root)
        self._was_read = False  # a file of the submission, by this process: its text may lie in any variable
        self._paused = False
        self._last_is_foreign = False  # of all files that this process has opened
        self._reading_authors: FrameType | None = None  # the call of the test that has opened a file of the author's
        self._source = ""
        self._handlers: dict[str, Callable[[str, tuple[Any, ...]], None]] = {
            "open": self._open,
            "compile": self._compile,
            "pickle.find_class": self._find_class,
            "marshal.loads": self._marshal,
            "ctypes.dlopen": self._load,
            "import": self._load,
            "sqlite3.connect": self._connect,
            "os.rename": self._rename,
            **dict.fromkeys(_STARTERS, self._start),
        }
        sys.addaudithook(self._heard)

    def begin_cell(self, source: str) -> None:
        """This cell runs now: what stands in it may be evaluated."""
        self._source = source
        self._reading_authors = None

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if self._folder.at_work:
            return
        if handler is not None and not self._paused:
            self._paused = True
            try:
                handler(event, args)
            finally:
                self._paused = False
        elif event in folder_changes.CHANGES:
            self._folder.touch()

    def _open(self, event: str, args: tuple[Any, ...]) -> None:
        path, _, flags = args
        if folder_changes.may_change_files(event, args):
            self._folder.touch()
        inside = self._inside(path)
        self._last_is_foreign = self._folder.is_foreign(inside)
        if not inside:
            return
        if isinstance(flags, int) and flags & (os.O_TRUNC | os.O_EXCL):
            self._folder.made_here(inside)
            return
        self._read(inside)

    def _connect(self, _: str, args: tuple[Any, ...]) -> None:
        self._folder.touch()
        if inside := self._inside(args[0]):
            self._read(inside)

    def _rename(self, _: str, args: tuple[Any, ...]) -> None:
        self._folder.touch()
        self._folder.made_elsewhere(self._inside(args[1]))

    def _read(self, inside: str) -> None:
        self._reading_authors = None
        if self._folder.is_foreign(inside):
            self._was_read = True
        elif inside in self._folder.changed_authors:
            raise NotRunHere(
                f"{inside} is the author's, and the submission has changed it on its side: a test that reads it could "
                "compare with what the submission wrote. Let the answer write a file of another name, or let the test "
                f"give it a copy (shutil.copy), {_IN_KERNEL}."
            )
        else:
            self._reading_authors = self._call_of_the_test()

    def _compile(self, _: str, args: tuple[Any, ...]) -> None:
        source, name = args[:2]
        if self._is_foreign(name):
            raise self._refused(self._inside(name), "run")
        self._check_expression(_expression_of_pandas())
        if self._was_read and self._asks(direct=True, also=_EVALUATORS):
            text = source.decode(errors="replace") if isinstance(source, bytes) else source
            if text not in self._texts():
                raise NotRunHere(
                    "A test that has read files of the submission evaluates text here only that stands in the cell "
                    f"itself, since any other may come from such a file. Use ast.literal_eval for data, {_IN_KERNEL}."
                )

        elif self._asks(direct=True, also=_EVALUATORS_OF_TEXT) and self._may_be_of_an_answer(source):
            raise NotRunHere(
                "A test evaluates no text here that the submission has said: it would run in the tester and decide "
                f"the verdict. Only data, and calls of classes with data, are evaluated: use ast.literal_eval, "
                f"{_IN_KERNEL}."
            )

    def _check_expression(self, expression: Any) -> None:
        """Refuse text of the submission in `df.query`, `df.eval` and `pd.eval` that asks for more than columns."""
        if expression is None or not self._may_be_of_an_answer(expression.expr):
            return
        if _REACHES_OUT.search(expression.expr) or not expression.env.has_resolvers:
            raise NotRunHere(
                "pandas evaluates no text here that the submission has said and that asks for more than columns: it "
                "would run in the tester and decide the verdict. Let the answer return the rows or values themselves, "
                f"{_IN_KERNEL}."
            )

    def _may_be_of_an_answer(self, source: Any) -> bool:
        text = source.decode(errors="replace") if isinstance(source, bytes) else source
        if not isinstance(text, str):
            return True  # a tree, of whatever text
        if text in self._texts():
            return False
        return self._heard_of.is_source_of(text, "\n".join(self._sources()))

    def _sources(self) -> list[str]:
        """The cell and the author's modules."""
        if not self._modules:
            return [self._source]
        return [self._source, *(path.read_text("utf-8", "replace") for path in Path(self._modules).rglob("*.py"))]

    def _texts(self) -> set[Any]:
        """The string literals of the cell and of the author's modules: what the author wrote to be evaluated."""
        found: set[Any] = set()
        for source in self._sources():
            lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
            with contextlib.suppress(SyntaxError, ValueError):
                nodes = ast.walk(ast.parse("\n".join(lines)))
                found |= {
                    node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
                }
        return found

    def _find_class(self, _: str, args: tuple[Any, ...]) -> None:
        name = f"{args[0]}.{args[1]}"
        if self._was_read and name not in _DATA and not self._reads_authors():
            raise NotRunHere(
                f"A pickle can run code when it is read, and this test has read files of the submission: {name} is not "
                f"looked up for it. Let the answer store data (np.save, JSON, CSV), {_IN_KERNEL}. A pickle of the "
                "author's can be read by its name (pd.read_pickle, np.load), or before files of the submission."
            )
        said = name not in _DATA and all(map(self._heard_of.says, map(str, args[:2])))
        if said and self._asks(direct=True, also=("pickle", "torch.serialization")) and not self._reads_authors():
            raise NotRunHere(
                f"A pickle can run code when it is read, and the submission has said {name}: it is not looked up. Let "
                f"the answer return data, {_IN_KERNEL}."
            )

    def _reads_authors(self) -> bool:
        """Does the call go on that has opened a file of the author's, and none of the submission's since?"""
        return self._reading_authors is not None and self._reading_authors is self._call_of_the_test()

    def _call_of_the_test(self) -> FrameType | None:
        """The function of a library that the code of a test is in; None where it has called none."""
        frame: FrameType | None = sys._getframe(1)
        called = None
        while frame is not None and not self._is_of_tests(frame.f_code.co_filename):
            called = frame if str(frame.f_globals.get("__name__", "")) != __name__ else None
            frame = frame.f_back
        return called if frame is not None else None

    def _marshal(self, _: str, args: tuple[Any, ...]) -> None:
        if self._last_is_foreign or (self._was_read and self._asks(direct=True)):
            raise NotRunHere(
                f"Code of a file of the submission is not loaded in a test: import nothing of it, {_IN_KERNEL}."
            )

    def _load(self, event: str, args: tuple[Any, ...]) -> None:
        """A library, or a module that is one."""
        name = args[0] if event == "ctypes.dlopen" else args[1]
        if self._is_foreign(name):
            raise self._refused(self._inside(name), "load")

    def _start(self, _: str, args: tuple[Any, ...]) -> None:
        self._folder.touch()
        if not self._asks(direct=False):
            return
        if self._commands_an_answer_gave(args[:2]):
            raise NotRunHere(
                "A test starts no program here with words of the submission: it would run with the grader's rights. "
                f"Use `!command` or `out = !command`, which run in the sandbox, {_IN_KERNEL}."
            )
        if self._folder.has_foreign():
            raise NotRunHere(
                "A program that a test starts would run with the grader's rights, beside files of the submission. "
                f"Use `!command` or `out = !command`, which run in the sandbox, {_IN_KERNEL}."
            )

    def _commands_an_answer_gave(self, args: tuple[Any, ...]) -> bool:
        """Does a part of what is to be started come from the submission, and not from the author?"""
        parts: list[Any] = []
        for value in args:
            parts += value if isinstance(value, list | tuple) else [value]
        texts = [os.fsdecode(part) for part in parts if isinstance(part, str | bytes | os.PathLike)]
        author = "\n".join([*self._sources(), sys.executable, "/bin/sh"])
        return any(len(text) > 3 and text not in author and self._heard_of.is_source_of(text, author) for text in texts)

    def _refused(self, path: str, what: str) -> NotRunHere:
        return NotRunHere(
            f"{path} comes from the submission, and a test does not {what} it: it would decide the verdict. Call a "
            f"function of the notebook in its place, run a program with `!python {path}`, {_IN_KERNEL}."
        )

    def _is_foreign(self, path: Any) -> bool:
        return self._folder.is_foreign(self._inside(path))

    def _inside(self, path: Any) -> str:
        """The relative path of a file in the working folder; "" for every other."""
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str | os.PathLike) or "\0" in os.fspath(path):
            return ""
        full = os.path.realpath(os.fsdecode(path))
        return full[len(self._root) + 1 :] if full.startswith(f"{self._root}{os.sep}") else ""

    def _asks(self, *, direct: bool, also: tuple[str, ...] = ()) -> bool:
        """Is it code of a cell, or of a module of the author's, that does this, by itself or through a wrapper?"""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            module = str(frame.f_globals.get("__name__", ""))
            if module != __name__:
                if module in also or self._is_of_tests(frame.f_code.co_filename):
                    return True
                if direct or module.partition(".")[0] not in _WRAPPERS:
                    return False
            frame = frame.f_back
        return not direct  # a thread that does nothing else

    def _is_of_tests(self, file: str) -> bool:
        return "ipykernel_" in file or bool(self._modules and file.startswith(self._modules)) or file == "<string>"


def _expression_of_pandas() -> Any:
    """The expression of pandas whose text is parsed now; None where it is anything else."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module not in (__name__, "ast", "pandas.core.computation.expr"):
            return None
        if module != __name__ and frame.f_code.co_name == "__init__":
            return frame.f_locals.get("self")
        frame = frame.f_back
    return None
