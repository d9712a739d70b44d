"""A dask cluster of real processes, as one starts it in a terminal: a scheduler, and workers that may be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from dask.distributed import Client
from support.waiting import until

TESTS = Path(__file__).resolve().parents[1]


class Cluster:
    """Processes of a cluster, which write all that they write into one folder.

    Attributes:
        folder: theirs; the environment variable GATE tells it to the stub engine.
        workers: without the nanny that would start a killed one anew.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._file = str(folder / "scheduler.json")
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", self._file)

    @cached_property
    def address(self) -> str:
        """Of the scheduler, once it answers."""
        with Client(scheduler_file=self._file, timeout="600s") as client:
            return str(client.scheduler.address)

    def add_worker(self) -> subprocess.Popen[bytes]:
        """A new worker, ready when this returns."""
        name = str(len(self.workers))
        worker = self._start("worker", self.address, "--no-nanny", "--nthreads", "1", "--name", name)
        self.workers.append(worker)
        with Client(self.address, timeout="600s") as client:
            until(lambda: any(str(one["name"]) == name for one in client.scheduler_info()["workers"].values()))
        return worker

    def end(self) -> None:
        """Kill what is left of it."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, command: str, *arguments: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(map(str, (TESTS.parent, TESTS)))
        with (self.folder / f"{command}-{len(self.workers)}.txt").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", command, *arguments, "--no-dashboard"],
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": path, "GATE": str(self.folder), "TMPDIR": str(self.folder)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )


@contextmanager
def cluster_of(workers: int, folder: Path) -> Iterator[Cluster]:
    """A cluster with so many workers; it ends with the body."""
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.end()
