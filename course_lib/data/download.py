"""Fetch a public data set once: several mirrors, a checksum, a progress bar; what broke off is continued."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError

_CHUNK = 1 << 18
_PATIENCE = 20  # seconds without a byte


@dataclass(frozen=True)
class Remote:
    """A file that several servers offer.

    Attributes:
        name: of the file.
        sha256: of its content.
        mirrors: addresses, the preferred one first.
    """

    name: str
    sha256: str
    mirrors: tuple[str, ...]


def folder_by_hand() -> Path | None:
    """The folder that COURSE_DATA names. Raises CourseError when it names none that exists."""
    named = os.environ.get("COURSE_DATA", "")
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise CourseError(f"COURSE_DATA names {folder}, which is no folder. Make it, or unset COURSE_DATA.")
    return folder


def cache_folder() -> Path:
    """Where downloads are kept, one copy for all notebooks."""
    import pooch

    return Path(pooch.os_cache("cnn-course"))


def fetch(remote: Remote, folder: Path | None = None) -> Path:
    """The path of `remote` on this disk, downloaded if it is not there yet.

    Raises:
        CourseError: no mirror gave the file, or the disk is full; the sentence says where to put it by hand.
    """
    import pooch

    folder = folder or cache_folder()
    said = []
    for address in remote.mirrors:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = pooch.retrieve(
                address, f"sha256:{remote.sha256}", remote.name, folder, downloader=_continued(folder / remote.name)
            )
            return Path(path)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong checksum is a ValueError
            said.append(f"  {address}: {_in_a_line(error)}")
    tried = "\n".join(said)
    raise CourseError(
        f"{remote.name} could not be downloaded:\n{tried}\n"
        f"Without a network, put the file into {folder} yourself, or name a folder that holds the data set by "
        "COURSE_DATA. The bundled sets, data.shapes() and data.digits(), need no network."
    )


def _continued(target: Path) -> Callable[..., None]:
    """A downloader for pooch that keeps what it has in `NAME.part` and asks for the rest the next time."""

    def download(address: str, output: Any, _: object) -> None:
        import requests
        from tqdm.auto import tqdm

        part = target.with_name(f"{target.name}.part")
        done = part.stat().st_size if part.exists() else 0
        asked = {"Range": f"bytes={done}-"} if done else {}
        with requests.get(address, headers=asked, stream=True, timeout=_PATIENCE) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                part.unlink()  # it is as long as the whole file, or longer: begin anew
                raise OSError("what was downloaded before does not fit; it was removed, so try again")
            answer.raise_for_status()
            if answer.status_code != requests.codes.partial_content:
                done = 0  # this server sends everything
            total = done + int(answer.headers.get("content-length", 0))
            bar = tqdm(total=total or None, initial=done, unit="B", unit_scale=True, desc=target.name)
            with bar, part.open("ab" if done else "wb") as file:
                for chunk in answer.iter_content(_CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
        if total and part.stat().st_size < total:
            raise OSError(
                f"the connection broke off after {part.stat().st_size:,} of {total:,} bytes; try again to go on"
            )
        os.replace(part, output)

    return download


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
