"""Files and folders that take their names when they are complete; on a full disk the earlier ones stay."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from course_lib.errors import CourseError
from grader import whole_files
from grader.authoring.build import Build
from grader.whole_files import replace_folder, write_all_whole, write_whole


def no_space(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Fills the disk: what is written cannot be kept from then on."""
    return lambda: monkeypatch.setattr(whole_files.os, "fsync", no_space)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "page.html", "é\r\n")
    write_whole(tmp_path / "new" / "page.html", b"\xff")
    assert (tmp_path / "new" / "page.html").read_bytes() == b"\xff"
    assert names(tmp_path / "new") == ["page.html"]


def test_a_full_disk_leaves_the_earlier_file(tmp_path: Path, full: Callable[[], None]) -> None:
    page = tmp_path / "page.html"
    page.write_text("earlier")
    full()
    with pytest.raises(CourseError) as told:
        write_whole(page, "later")
    assert str(told.value) == (f"{page} cannot be written: No space left on device. What was there before is kept.")
    assert (page.read_text(), names(tmp_path)) == ("earlier", ["page.html"])


def test_where_there_is_no_folder_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match=r"page\.html cannot be written: Not a directory\."):
        write_whole(tmp_path / "file" / "page.html", "x")


def test_of_files_that_belong_together_none_is_replaced_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    write_all_whole({first: "1", second: "1"})
    left = [None]
    monkeypatch.setattr(whole_files.os, "fsync", lambda _: left.pop() if left else no_space())
    with pytest.raises(CourseError, match=r"cannot be written: No space left on device"):
        Build({first: "2", second: "2"}).write()
    assert [path.read_text() for path in (first, second)] == ["1", "1"]
    assert names(tmp_path) == ["a.ipynb", "b.ipynb"]


def folder(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "page.html").write_text(text)
    return path


def test_a_folder_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "there" / "ps1"
    replace_folder(folder(tmp_path / "made", "1"), target)
    folder(tmp_path / "again", "2").joinpath("more.html").touch()
    replace_folder(tmp_path / "again", target)
    assert ((target / "page.html").read_text(), names(target)) == ("2", ["more.html", "page.html"])
    assert names(target.parent) == ["ps1"]


@pytest.mark.parametrize("step", ["shutil.move", "Path.rename"])
def test_a_full_disk_leaves_the_earlier_folder(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = folder(tmp_path / "there" / "ps1", "earlier")
    made = folder(tmp_path / "made", "later")
    real = Path.rename

    def rename(path: Path, to: Path) -> Path:
        return no_space() if path.name == ".ps1.unfinished" else real(path, to)

    with monkeypatch.context() as full:
        full.setattr(f"grader.whole_files.{step}", no_space if step == "shutil.move" else rename)
        with pytest.raises(OSError, match="No space left on device"):
            replace_folder(made, target)
    assert (target / "page.html").read_text() == "earlier"
    assert names(target.parent) == ["ps1"]


def test_what_was_left_between_two_names_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder(tmp_path / ".ps1.before", "earlier")
    monkeypatch.setattr("grader.whole_files.shutil.move", no_space)
    with pytest.raises(OSError, match="No space left on device"):
        replace_folder(tmp_path / "made", tmp_path / "ps1")
    assert (tmp_path / "ps1" / "page.html").read_text() == "earlier"
