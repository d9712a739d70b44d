"""The tester's copy of the working folder: what the submission writes is here when a test reads it, and back.

What comes is data, checked and bounded. The author's files stay what they are: a submission that has changed one of
them would change what the test compares with, so a test that opens it then is stopped. What the hidden part of a cell
writes stays here, but for a file that it names to the student's code.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from grader.engine import folder_changes
from grader.engine.encoding import RefusedValue
from grader.engine.encoding.tags import Node
from grader.engine.folder_changes import FOLDER, MOST_ENTRIES, FolderChanges, is_inside, parents_of

_MOST_BYTES = 512 << 20  # of all files of the submission that lie here at a time

Ask = Callable[[str, Sequence[Any]], Any]


class WorkingFolder:
    """The folder in which test cells run.

    Args:
        ask: carries out an operation in the student's process.
        root: the folder.
        authors: files in it that are the author's, by relative path.
        hidden: is the part of the cell that runs one that students never see?

    Attributes:
        stale: the student's process says that files have changed there.
        changed_authors: files of the author's that the submission has changed on its side.
        at_work: files are read and written for the folder's own sake, and not for a test.
    """

    def __init__(self, ask: Ask, root: str, authors: Collection[str], hidden: Callable[[], bool]) -> None:
        self.stale = self.at_work = False
        self.changed_authors: set[str] = set()
        self._ask, self._hidden, self._authors = ask, hidden, frozenset(authors)
        self._above_authors = {parent for path in authors for parent in parents_of(path)}
        self._folder = FolderChanges(root)
        files = {path for path, signature in self._folder.known.items() if signature != FOLDER}
        self._initial = files - self._authors
        self._has_foreign = bool(self._initial) or self._folder.cut_off
        self._ours: set[str] = set()  # made by tests
        self._sizes: dict[str, int] = {}  # of what has come
        self._before: dict[str, bytes | None] = {}  # what was there in place of what has come
        self._new_process = True
        self._pending: set[str] = set()  # written by public parts, to be sent
        self._sent: set[str] = set()
        self._withheld: set[str] = set()  # written by hidden parts
        self._said = False
        self._root_there = ""

    @property
    def root(self) -> str:
        """The folder itself."""
        return self._folder.root

    def touch(self) -> None:
        """The test may have written a file."""
        self._folder.touch()

    def is_foreign(self, path: str) -> bool:
        """Is there a file of this relative path that comes from the submission? What nobody else has made does."""
        made_by_others = not path or path in self._authors or path in self._ours
        return not made_by_others and os.path.isfile(os.path.join(self.root, path))

    def has_foreign(self) -> bool:
        """Does any file come from the submission?"""
        return self._has_foreign

    def made_here(self, path: str) -> None:
        """The test has made this file anew."""
        self._ours.add(path)

    def made_elsewhere(self, path: str) -> None:
        """Another file has taken the place of this one."""
        self._ours.discard(path)

    def attach(self) -> None:
        """Another process of the student's: it has the files that it made, and none that the last one made."""
        self._new_process = self.stale = True
        self._pending |= self._sent

    def pull(self) -> None:
        """Take over what the submission has written. Raises RefusedValue for an answer that is no list of files."""
        self.stale = False
        since_start, self._new_process = self._new_process, False
        self._sort_changes()
        self._take_news(self._ask("_changed_files", [since_start]), since_start=since_start)

    def withheld_from(self, args: Sequence[Any]) -> list[str]:
        """Files that hidden parts have written, and that these arguments do not name."""
        self._sort_changes()
        return sorted(path for path in self._withheld if not _is_named(path, self.root, args))

    def take_over(self, news: Any) -> None:
        """Take over what a command of a test has changed, in the folder and, if the test is public, on the other side.

        Raises RefusedValue for what is no list of files.
        """
        changed = self._take_news(news, since_start=False)
        if not self._hidden():
            self._pending |= changed

    def _take_news(self, news: Any, *, since_start: bool) -> set[str]:
        files, folders, removed, left_out, complete, self._root_there = _checked(news)
        with self._working():
            self._take(files, folders, removed, since_start=since_start)
        if (left_out or not complete) and not self._said:
            self._said = True
            what = repr(left_out[0]) if left_out else f"all that comes after {MOST_ENTRIES} files"
            print(f"[Some files of the submission are too large or too many to be here: {what}]")
        return {*(path for path, _ in files), *folders, *removed}

    def _take(self, files: list[Any], folders: list[str], removed: list[str], *, since_start: bool) -> None:
        if since_start:
            self._restore()
        self._keep_authors(files, folders, removed)
        self._count(files, folders, removed)
        for path, _ in [*files, *((path, None) for path in removed)]:
            if path not in self._before:
                is_initial = path in self._initial
                self._before[path] = folder_changes.read(self.root, path, _MOST_BYTES) if is_initial else None
        folder_changes.write(self.root, files, folders, removed)
        self._has_foreign |= bool(files)
        self._ours.difference_update(path for path, _ in files)
        self._folder.wrote([*removed, *folders, *(path for path, _ in files)])

    def push(self, args: Iterable[Any] = ()) -> None:
        """Give the student's process what public parts have written, and what the arguments of a call name."""
        self._sort_changes()
        if self._withheld:
            self._pending |= {path for path in self._withheld if _is_named(path, self.root, args)}
        if not self._pending:
            return
        sent, self._pending = self._pending, set()
        self._withheld -= sent
        self._sent |= sent
        with self._working():
            files, folders, removed, _ = folder_changes.bundle(self.root, sent, self._folder.known)
        self._ask("_take_files", [files, folders, removed])

    def as_there(self, value: Any) -> Any:
        """An argument of a call: a path in this folder as one in the student's."""
        return _moved(value, self.root, self._root_there)

    def as_here(self, value: Any) -> Any:
        """What came from the student's process: a path in its folder as one in this folder."""
        return _moved(value, self._root_there, self.root)

    def end_cell(self, *, public: bool) -> None:
        """A cell is over; what it wrote since the last operation is hidden, unless all of it is public."""
        self._sort_changes(hidden=not public)

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        self.at_work = True
        try:
            yield
        finally:
            self.at_work = False

    def _sort_changes(self, *, hidden: bool | None = None) -> None:
        """What the tests have written since the last look: is it for the student's process?"""
        if not self._folder.may_have_changed():
            return
        changed = set(self._folder.look())
        if not changed:
            return
        if self._hidden() if hidden is None else hidden:
            self._withheld |= changed
        else:
            self._pending |= changed
            self._withheld -= changed

    def _keep_authors(self, files: list[Any], folders: list[str], removed: list[str]) -> None:
        """Leave out what would change a file of the author's, and remember that it would."""
        for path, content in list(files):
            if path in self._authors and folder_changes.read(self.root, path, len(content)) == content:
                self.changed_authors.discard(path)
                files.remove((path, content))
            elif hit := self._touched_authors(path):
                self.changed_authors |= hit
                files.remove((path, content))
        for paths in (folders, removed):
            for path in list(paths):
                if path in self._above_authors or self._touched_authors(path):
                    self.changed_authors |= self._touched_authors(path) if paths is removed else set()
                    paths.remove(path)

    def _touched_authors(self, path: str) -> set[str]:
        if path in self._above_authors:
            return {other for other in self._authors if other.startswith(f"{path}/")}
        return {other for other in (path, *parents_of(path)) if other in self._authors}

    def _count(self, files: list[Any], folders: list[str], removed: list[str]) -> None:
        self._sizes |= {path: len(content) for path, content in files} | dict.fromkeys(folders, 0)
        for path in removed:
            self._sizes.pop(path, None)
        if sum(self._sizes.values()) > _MOST_BYTES or len(self._sizes) > 2 * MOST_ENTRIES:
            raise RefusedValue("more files than a submission may have")

    def _restore(self) -> None:
        """Make the folder as it was before the submission wrote anything."""
        files = [(path, content) for path, content in self._before.items() if content is not None]
        gone = [path for path, content in self._before.items() if content is None]
        folder_changes.write(self.root, files, (), gone)
        self._folder.wrote(self._before)
        self._before, self._sizes = {}, {}
        self.changed_authors.clear()


def _moved(value: Any, old: str, new: str) -> Any:
    """An absolute path inside of one folder as one inside of the other; everything else as it is."""
    if not isinstance(value, str | PurePath) or not old:
        return value
    text = str.__str__(value) if isinstance(value, str) else str(value)  # a class of its own is not asked
    if not text.startswith(old) or not (text == old or text[len(old)] == os.sep):
        return value
    moved = new + text[len(old) :]
    return type(value)(moved) if isinstance(value, PurePath) else moved


def _checked(news: Any) -> tuple[list[tuple[str, bytes]], list[str], list[str], list[str], bool, str]:
    """The lists that the student's process sent, if they are such."""
    if type(news) is not list or len(news) != 6 or any(type(part) is not list for part in news[:4]):
        raise RefusedValue("a list of files is malformed")
    files, folders, removed, left_out, complete, root = news
    if sum(map(len, news[:4])) > 4 * MOST_ENTRIES or type(complete) is not bool or type(root) is not str:
        raise RefusedValue("a list of files is malformed")
    if not all(is_inside(path) for part in (folders, removed, left_out) for path in part):
        raise RefusedValue("the name of a file is malformed")
    return [_checked_file(file) for file in files], folders, removed, left_out, complete, root


def _checked_file(file: Node) -> tuple[str, bytes]:
    import numpy as np

    if type(file) is not list or len(file) != 2 or not is_inside(file[0]):
        raise RefusedValue("the name of a file is malformed")
    content = file[1]
    if type(content) is not np.ndarray or content.dtype != np.uint8 or content.ndim != 1:
        raise RefusedValue("the content of a file is malformed")
    return file[0], content.tobytes()


def _is_named(path: str, root: str, args: Iterable[Any]) -> bool:
    """Does one of the arguments of a call name this file, or a folder that it lies in?"""
    for value in args:
        if isinstance(value, str | os.PathLike):
            text = os.fspath(value)
            if isinstance(text, str) and len(text) < 10_000:
                inside = os.path.relpath(text, root) if os.path.isabs(text) else os.path.normpath(text)
                words = {inside, *map(os.path.normpath, re.split(r"[\s'\"<>|;&()=]+", text))}
                if words & {path, *parents_of(path)}:
                    return True
    return False
