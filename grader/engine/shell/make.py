"""Make the IPython shell itself: ipykernel's class and compiler, no history on disk, no profile folder."""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ipykernel.compiler import XCachingCompiler, get_tmp_directory
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.profiledir import ProfileDir
from traitlets import observe
from traitlets.config import Config

from grader.engine.shell.kernel_session import SinkSession


class _NoProfile(ProfileDir):
    """A profile that makes no folders."""

    @observe("location")
    def _location_changed(self, change: Any) -> None:
        """Leave the disk alone."""


class _Transformers(TransformerManager):
    """IPython's, which need not transform a known cell again."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # IPython's
        self.known: dict[str, str] = {}

    def transform_cell(self, cell: str) -> str:
        """Magics and such as Python."""
        return self.known[cell] if cell in self.known else super().transform_cell(cell)


class _Compiler(XCachingCompiler):
    """ipykernel's, with files of cells that `inspect` knows: for others it goes through all modules, at each frame."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]  # ipykernel's
        self.known: dict[str, int] = {}

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The file name of a cell; its number takes longer than to run many a cell."""
        if raw_code in self.known:
            return f"{get_tmp_directory()}{os.sep}{self.known[raw_code]}.py"  # type: ignore[no-untyped-call]  # IPython
        name: str = super().get_code_name(raw_code, transformed_code, number)  # type: ignore[no-untyped-call]  # IPython
        return name

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """The file name of a cell, whose lines are kept."""
        name: str = super().cache(transformed_code, number, raw_code)
        inspect.modulesbyfile[name] = "__main__"
        return name


def prepare() -> None:
    """Make the shell before this process is forked, and format an error: that takes longer than many a submission.

    What an error needs are packages, colors, and the files of all modules; so everything else is imported before.
    """
    shell = _shell()
    try:
        raise NotImplementedError
    except NotImplementedError as error:
        shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__, tb_offset=0)


def make_shell(session: SinkSession, namespace: dict[str, Any] | None = None) -> ZMQInteractiveShell:
    """The one shell of this process, showing what it shows through `session`.

    Args:
        namespace: the dict in which cells run; a new one if left out.
    """
    shell = _shell()
    if namespace is not None:
        shell.init_create_namespaces(None, namespace)
        shell.init_sys_modules()
        shell.init_user_ns()
    shell.starting_dir = os.getcwd()
    shell.history_manager.dir_hist[:] = [Path.cwd()]
    shell.displayhook.session = session
    shell.displayhook.pub_socket = session
    shell.display_pub.session = session
    shell.display_pub.pub_socket = session
    made: ZMQInteractiveShell = shell
    return made


def know(shell: Any, source: str, known: list[Any]) -> None:
    """Tell the shell what `known_cell` found."""
    shell.input_transformer_manager.known[source], shell.compile.known[source] = known


def _shell() -> Any:
    """The shell, which may have been made in the process that this one was forked from."""
    if ZMQInteractiveShell.initialized():
        return ZMQInteractiveShell.instance()
    settings = Config({"HistoryManager": {"enabled": False}})
    shell: Any = ZMQInteractiveShell.instance(
        config=settings,
        profile_dir=_NoProfile(location="none"),
        ipython_dir=tempfile.gettempdir(),  # a folder that exists; nothing is written there
        compiler_class=_Compiler,
    )
    shell.input_transformer_manager = _Transformers()
    shell.displayhook.topic = b"execute_result"
    shell.displayhook.quiet = partial(_ends_in_semicolon, shell, shell.displayhook.quiet)
    shell.enable_gui = _no_windows  # the class's own looks for a kernel
    shell._format_exception_for_storage = _not_stored
    if "matplotlib.pyplot" in sys.modules:
        _connect_figures()
    return shell


def _ends_in_semicolon(shell: Any, look: Callable[[], bool]) -> bool:
    """Whether the cell's last value is not to be shown; IPython's own look takes the whole cell apart each time."""
    cells = shell.history_manager.input_hist_parsed  # as `In` within a submission's reach
    return bool(cells) and ";" in cells[-1] and look()


def _not_stored(*_: Any) -> dict[str, Any]:
    """What the history would keep of an error: the traceback, formatted a second time. There is no history here."""
    return {}


def _no_windows(gui: str | None = None) -> None:
    if gui not in (None, "inline"):
        raise UsageError(f"There are no windows here, so that {gui!r} cannot be used.")


def _connect_figures() -> None:
    """What importing the inline backend does in a fresh kernel; here it was imported before there was a shell."""
    from matplotlib_inline import backend_inline

    enable: Any = backend_inline._enable_matplotlib_integration
    enable()
