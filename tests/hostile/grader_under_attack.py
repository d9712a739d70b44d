"""A grader in its course folder, and what must hold after each submission that it has graded."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from submission import ESCAPED, MARK, TWICE, Hostile, instructors, notebook_of
from support.processes import command

from grader.engine.engine import shared_engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits, MiB
from grader.engine.notebook_run import CellReport
from grader.engine.submission_files import read_beside

MOST_MEMORY = 400 * MiB
"""Of the grader from its start to the last submission, and of each tester."""
TESTS = ("twice_tests", "total_tests")
LIMITS = {
    "submission_seconds": 30.0,
    "memory_bytes": 700 * MiB,
    "disk_bytes": 16 * MiB,
    "processes": 24,
    "cpu_seconds": 30.0,
    "output_bytes": 200_000,
}
_PLACES = ("/", "/tmp", "/var/tmp", "/dev/shm", "/home", tempfile.gettempdir(), ".", str(Path.home()))


class Attacked:
    """A grader that has its engine, a gradebook, the instructor's notebook and another submission on its disk."""

    def __init__(self, root: Path, isolation: Isolation) -> None:
        self.root = root
        self.folder = root / "autograded" / "me" / "ps1"
        for path in ("source/ps1", "submitted/other/ps1", "autograded/me/ps1"):
            (root / path).mkdir(parents=True)
            nbformat.write(instructors(), root / path / "p.ipynb")
        (root / "gradebook.db").write_text(f"SQLite format 3 {MARK}")
        (root / "secret").write_text(MARK)
        (self.folder / "data.csv").write_text("1,2\n")
        self.engine = shared_engine(isolation)
        self.reports: list[CellReport] = []
        self.grade_plainly()
        self.begin()
        self._weight = _of_an_idle_grader()

    def begin(self) -> None:
        """Take down how things are before an attack. Tests of other files may have started processes since the last."""
        self._files, self._processes, self._traces = self._state()

    def grade(self, made: NotebookNode, seconds: float = 20.0) -> tuple[float, float]:
        """Run a notebook: the points of its two exercises."""
        limits = Limits(cell_seconds=seconds, **LIMITS)  # type: ignore[arg-type]  # a mapping has one type of value
        files = read_beside(self.folder, limits.disk_bytes)
        self.reports = self.engine.run(made, instructors(), limits, files, MARK.encode())
        twice, total = (determine_grade(_cell(made, name))[0] for name in TESTS)
        return float(twice or 0), float(total or 0)

    def grade_plainly(self) -> None:
        """An honest submission earns all points."""
        honest = notebook_of(Hostile("honest", twice=TWICE), str(self.root))
        assert self.grade(honest) == (3, 2), shown(honest)

    def assert_light(self, memory: Memory) -> None:
        """What this submission took came on top of what those before it have left in the grader's memory."""
        assert self._weight + memory.grader < MOST_MEMORY
        assert memory.tester < MOST_MEMORY
        self._weight += memory.kept

    def assert_unharmed(self) -> None:
        """The next submission is graded normally, nothing is left, nothing was changed."""
        self.grade_plainly()
        deadline = time.monotonic() + 10
        while (state := self._state())[1] - self._processes and time.monotonic() < deadline:
            time.sleep(0.02)
        files, processes, traces = state
        assert (files, traces) == (self._files, self._traces)
        assert not processes - self._processes

    def _state(self) -> tuple[dict[str, str], set[int], list[str]]:
        """Files of the course, processes of the grader, and traces outside."""
        files = {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }
        traces = [place for place in _PLACES if Path(place, ESCAPED).exists()]
        return files, _living(), traces


def _cell(made: NotebookNode, name: str) -> NotebookNode:
    """The cell of this name, in a notebook whose metadata may be anything."""
    parts = ((cell, cell.metadata.get("nbgrader")) for cell in made.cells)
    return next(cell for cell, part in parts if isinstance(part, dict) and part.get("grade_id") == name)


def _living() -> set[int]:
    found = set()
    for process in psutil.Process().children(recursive=True):
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                found.add(process.pid)
        except psutil.NoSuchProcess:
            continue
    return found


def shown(made: NotebookNode) -> str:
    """All outputs, as they are stored."""
    return json.dumps([c.get("outputs", []) for c in made.cells], ensure_ascii=False)


def written_by_student(made: NotebookNode) -> str:
    """All outputs but the tester's own tracebacks, which show the lines of the test."""
    tests = [_cell(made, name) for name in TESTS]
    kept = []
    for made_cell in made.cells:
        own = any(made_cell is test for test in tests)
        kept += [o for o in made_cell.get("outputs", []) if not (own and o.output_type == "error")]
    return json.dumps(kept, ensure_ascii=False)


def assert_storable(made: NotebookNode) -> None:
    """The graded notebook can be written and read again, and is a valid one."""
    text = nbformat.writes(made).encode("utf-8").decode("utf-8")
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert len(text) < 40 * MiB


class Memory:
    """Watches the memory of the grader and of its testers; a context manager.

    Attributes:
        grader: by how much this process grew at the highest.
        kept: by how much it is larger at the end.
        tester: private memory of the largest tester at the highest.
    """

    def __init__(self) -> None:
        self.grader = self.tester = self.kept = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        Path("/proc/self/clear_refs").write_text("5")  # the highest mark is that of now
        self._began = _kilobytes(Path("/proc/self/status"), "VmRSS")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.grader = (_kilobytes(Path("/proc/self/status"), "VmHWM") - self._began) * 1024
        self.kept = (_kilobytes(Path("/proc/self/status"), "VmRSS") - self._began) * 1024

    def _watch(self) -> None:
        servers: list[psutil.Process] = []
        while not self._over.wait(0.08):
            servers = servers or _fork_servers()
            for server in servers:
                for tester in _children(server):
                    private = _kilobytes(Path(f"/proc/{tester}/smaps_rollup"), "Private_Dirty")
                    self.tester = max(self.tester, private * 1024)


def _of_an_idle_grader() -> int:
    """Memory of a grader that has imported all it needs; this process has imported pytest and more."""
    look = "import re; print(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    command = [sys.executable, "-c", f"import grader.exchange.batch.grade_class, grader.engine.engine; {look}"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) * 1024


def _fork_servers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "grader.engine.fork_server" in command(child)]


def _children(process: psutil.Process) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:
        return []


def _kilobytes(path: Path, name: str) -> int:
    """One line of a file of /proc; 0 when the process is gone."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)
