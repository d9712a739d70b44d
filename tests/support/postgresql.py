"""A PostgreSQL server for one test, which listens on a socket in a folder of its own and nowhere else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from support.waiting import until


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; Debian puts no link to them where commands are looked for."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1] if places else None


@contextmanager
def server(place: Path) -> Iterator[str]:
    """Start the server whose programs lie in `place`; its address."""
    user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # elsewhere the path may be too long for a socket
        os.chmod(folder, 0o777)
        data = f"{folder}/data"
        made = [place / "initdb", "-D", data, "-A", "trust", "-U", "course", "--no-sync", "--encoding=UTF8"]
        subprocess.run(made, user=user, cwd=folder, check=True, capture_output=True)
        process = subprocess.Popen(
            [place / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
            user=user,
            cwd=folder,
            stderr=subprocess.DEVNULL,
        )
        address = f"postgresql+psycopg://course@/postgres?host={folder}"
        try:
            assert until(lambda: _answers(address))
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _answers(address: str) -> bool:
    engine = create_engine(address)
    try:
        engine.connect().close()
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True
