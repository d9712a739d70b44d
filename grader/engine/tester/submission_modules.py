"""Modules that students write as files: a test that imports one has stand-ins for what is in it, as for the notebook's.

The file itself is imported where the answers run.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from typing import Any

from grader.engine.tester import trusted_names
from grader.engine.tester.remote import Remote
from grader.engine.tester.working_folder import WorkingFolder


class SubmissionModules:
    """Finds, after everything else, the modules whose files come from the submission."""

    def __init__(self, remote: Remote, folder: WorkingFolder) -> None:
        self._remote, self._folder = remote, folder

    def install(self) -> None:
        """Let import statements of this process come here last."""
        sys.meta_path.append(self)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Where a file of the submission has this name, the spec of its stand-in."""
        if name.partition(".")[0] in (*trusted_names.ALLOWED, *trusted_names.ALLOWED_EXACT):
            return None
        file = name.replace(".", "/")
        is_package = self._folder.is_foreign(f"{file}/__init__.py")
        if not is_package and not self._folder.is_foreign(f"{file}.py"):
            return None
        return ModuleSpec(name, self, is_package=is_package)  # type: ignore[arg-type]  # the same

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """The stand-in."""
        return _StandIn(spec.name, self._remote)

    def exec_module(self, module: types.ModuleType) -> None:
        """Import the file where the answers run. Raises what it raises."""
        self._remote.import_from(module.__name__, "")


class _StandIn(types.ModuleType):
    """A module whose names are looked up in the student's process."""

    def __init__(self, name: str, remote: Remote) -> None:
        super().__init__(name)
        self._remote = remote

    def __getattr__(self, name: str) -> Any:
        """What the submission's module binds to this name."""
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name)
        return self._remote.import_from(self.__name__, name)
