"""The student's copy of the working folder: what its code changed there goes to the tester, and back."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from grader.engine import folder_changes
from grader.engine.folder_changes import FolderChanges


class WorkingFolder:
    """The folder in which this process was started.

    Nothing here needs to be believed: the tester checks all that it is told.
    """

    def __init__(self) -> None:
        self._folder = FolderChanges(os.getcwd())
        self._initial = dict(self._folder.known)
        folder_changes.on_change(self._folder.touch)

    def has_news(self) -> bool:
        """Has anything changed since the tester was told?"""
        return self._folder.have_changed()

    def changes(self, since_start: bool) -> list[Any]:
        """What has changed, as `bundle` has it; whether that is all; the folder.

        Args:
            since_start: since this process was started, and not since the tester was told.
        """
        changed = self._folder.look()
        now = self._folder.known
        if since_start:
            changed = [path for path in {**self._initial, **now} if self._initial.get(path) != now.get(path)]
        return [*folder_changes.bundle(self._folder.root, changed, now), not self._folder.cut_off, self._folder.root]

    def take(self, files: list[Any], folders: list[str], removed: list[str]) -> None:
        """Take over what the test wrote."""
        contents = [(path, content.tobytes()) for path, content in files]
        with contextlib.suppress(OSError):  # what the student's code has made unwritable, or the quota is used up
            folder_changes.write(self._folder.root, contents, folders, removed)
        self._folder.wrote([*removed, *folders, *(path for path, _ in contents)])
