"""Whatever dies, and whenever: nothing is left running, and the grader can go on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
from support.sandbox_tools import HERE, PROGRAM, SMALL, ask, open_descriptors, processes_of, reason, tell
from support.waiting import until

from course_lib.errors import CourseError
from grader.engine.channel import Channel
from grader.engine.fork_server import ForkServer
from grader.engine.pool import Pool
from grader.engine.sandbox import delivery, zygote
from grader.engine.sandbox.allowlist import StudentProgram

ALIVE = "print('alive')"
FORK = multiprocessing.get_context("fork")


def gone(processes: list[psutil.Process]) -> bool:
    return until(lambda: not any(process.is_running() for process in processes))


def the_parent(pool: Pool) -> psutil.Process:
    """The preloaded parent itself: bubblewrap is above it, supervisors are below."""
    assert pool._parent is not None
    (parent,) = psutil.Process(pool._parent.pid).children()
    return parent


def test_closing_a_pool_leaves_nothing() -> None:
    before = open_descriptors()
    with Pool(PROGRAM) as pool:
        worker = pool.start({}, SMALL)
        tell(worker, "import os, time\nfor _ in range(3): os.fork()\ntime.sleep(60)")
        assert until(lambda: len(processes_of(pool)) >= 1 + 3 + 3)
        processes = processes_of(pool)
    assert not any(process.is_running() for process in processes)
    assert worker.death() == "the grader closed it"
    assert open_descriptors() == before
    with pytest.raises(CourseError, match="closed"):
        pool.start({}, SMALL)


def test_many_workers_leak_no_descriptor_and_no_process() -> None:
    with Pool(PROGRAM) as pool:
        before = open_descriptors()
        for number in range(30):
            with pool.start({"n": b"%d" % number}, SMALL) as worker:
                assert ask(worker, "print(open('n').read())") == f"{number}\n"
        assert open_descriptors() == before
        assert until(lambda: len(processes_of(pool)) == 1)


def test_processes_forked_from_the_grader_share_its_parent() -> None:
    """As the workers of a batch do; at the same time, and without starting parents of their own."""
    with Pool(PROGRAM) as pool:
        first = the_parent(pool)
        several = [FORK.Process(target=use, args=(pool, number)) for number in range(3)]
        for process in several:
            process.start()
        for process in several:
            process.join(60)
        assert [process.exitcode for process in several] == [0, 0, 0]
        assert the_parent(pool) == first
        assert until(lambda: len(processes_of(pool)) == 1)


def use(pool: Pool, number: int) -> None:
    """Ends well when every worker is the shared parent's and answers."""
    parent = pool._parent
    for turn in range(3):
        with pool.start({"n": b"%d %d" % (number, turn)}, SMALL) as worker:
            assert ask(worker, "print(open('n').read())") == f"{number} {turn}\n"
    assert pool._parent is parent


def test_processes_forked_from_the_grader_share_its_testers(tmp_path: Path) -> None:
    with ForkServer("tester") as server:
        several = [FORK.Process(target=fork_testers, args=(server, tmp_path)) for _ in range(3)]
        for process in several:
            process.start()
        for process in several:
            process.join(60)
        assert [process.exitcode for process in several] == [0, 0, 0]


def fork_testers(server: ForkServer, folder: Path) -> None:
    """Ends well when each answer is to the question that this process asked: its socket belongs to that process."""
    for _ in range(5):
        connection, pid = server.fork(
            folder,
            {
                "output_bytes": 1000,
                "memory_bytes": 2**30,
                "call_seconds": 1,
                "variables": {},
                "secret": None,
                "modules": "",
                "shares_files": False,
            },
        )
        with connection:
            assert psutil.Process(pid).is_running()
            # `import os` would first ask for a student's process, and there is none.
            Channel(connection).send(["cell", "print(__import__('os').getpid())", 1, 10.0, False, None, None])
            node, _ = Channel(connection).receive(time.monotonic() + 30)
            assert str(pid) in str(node)


def test_when_the_parent_is_killed_its_workers_die_and_the_next_start_has_a_new_one() -> None:
    with Pool(PROGRAM) as pool:
        worker = pool.start({}, SMALL)
        processes = processes_of(pool)
        the_parent(pool).kill()
        assert reason(worker) == "killed from outside"
        assert gone(processes)
        with pool.start({}, SMALL) as following:
            assert ask(following, ALIVE) == "alive\n"


def test_when_a_supervisor_is_killed_its_worker_dies_alone() -> None:
    with Pool(PROGRAM) as pool, pool.start({}, SMALL) as other:
        others = set(processes_of(pool))
        with pool.start({}, SMALL) as worker:
            (supervisor,) = set(the_parent(pool).children()) - others
            processes = [supervisor, *supervisor.children(recursive=True)]
            supervisor.kill()
            assert reason(worker) == "killed from outside"
            assert gone(processes)
        assert ask(other, ALIVE) == "alive\n"


def test_a_worker_that_dies_before_it_has_its_files_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = delivery.deliver
    killed: list[psutil.Process] = []

    def kill_first(connection: socket.socket, files: Mapping[str, bytes]) -> None:
        if len(killed) < deaths:
            killed.append(processes_of(pool)[-1])  # the student's own: the parent, supervisor and init stand before it
            killed[-1].kill()
        deliver(connection, files)

    monkeypatch.setattr(delivery, "deliver", kill_first)
    with Pool(PROGRAM) as pool:
        parent = the_parent(pool)
        deaths = 1
        with pool.start({"n": b"7"}, SMALL) as worker:
            assert ask(worker, "print(open('n').read())") == "7\n"
        assert the_parent(pool) == parent
        deaths = 3
        with pytest.raises(OSError, match="died before it had the submission's files: killed by signal 9"):
            pool.start({}, SMALL)
        assert len(killed) == deaths
        assert gone(killed)


GRADER = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from sandbox_tools import PROGRAM, SMALL, tell
from grader.engine.channel import Channel
from grader.engine.fork_server import ForkServer
from grader.engine.pool import Pool
pool = Pool(PROGRAM)
workers = [pool.start({}, SMALL) for _ in range(2)]
for worker in workers:
    tell(worker, "import os, time\\nos.fork()\\nwhile True: time.sleep(1)")
if sys.argv[2] == "with a child" and os.fork() == 0:
    time.sleep(4)
    os._exit(0)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("kind", ["alone", "with a child"])
def test_when_the_grader_is_killed_nothing_is_left(kind: str) -> None:
    with subprocess.Popen([sys.executable, "-c", GRADER, str(HERE), kind], stdout=subprocess.PIPE) as grader:
        try:
            assert grader.stdout is not None
            assert grader.stdout.readline() == b"ready\n"
            # The child holds copies of the grader's sockets: the end of the grader must be noticed all the same.
            (bwrap,) = [child for child in psutil.Process(grader.pid).children() if child.name() == "bwrap"]
            isolated = [bwrap, *bwrap.children(recursive=True)]
            assert len(isolated) >= 2 + 2 * 3
        finally:
            grader.send_signal(signal.SIGKILL)
        assert gone(isolated)


def test_a_pool_outlives_the_thread_that_made_it() -> None:
    made: list[Pool] = []
    thread = threading.Thread(target=lambda: made.append(Pool(PROGRAM)))
    thread.start()
    thread.join()
    time.sleep(0.1)
    with made[0] as pool, pool.start({}, SMALL) as worker:
        assert ask(worker, ALIVE) == "alive\n"


def test_workers_can_be_started_from_several_threads() -> None:
    answers: list[str | None] = []

    def use(pool: Pool) -> None:
        for _ in range(5):
            with pool.start({}, SMALL) as worker:
                answers.append(ask(worker, ALIVE))

    with Pool(PROGRAM) as pool:
        threads = [threading.Thread(target=use, args=(pool,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == ["alive\n"] * 20
        assert until(lambda: len(processes_of(pool)) == 1)


def test_a_program_that_cannot_be_loaded_is_reported() -> None:
    with pytest.raises(CourseError, match="No module named 'missing'"):
        Pool(StudentProgram("missing:main", None))


def test_a_parent_with_two_threads_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    module = tmp_path / "threaded.py"
    module.write_text(
        "import threading, time\n"
        "def preload(groups): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "def student_main(sock, limits): pass\n"
    )
    with pytest.raises(CourseError, match="must have one thread"):
        Pool(StudentProgram("threaded:student_main", "threaded:preload", {"threaded.py": module}))


def test_without_bubblewrap_a_pool_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(CourseError, match="apt-get install bubblewrap"):
        Pool(PROGRAM)


def test_the_parent_is_no_longer_root() -> None:
    with Pool(PROGRAM) as pool:
        uids = the_parent(pool).uids()
        assert 0 not in (uids.real, uids.effective, uids.saved)
        status = Path(f"/proc/{the_parent(pool).pid}/status").read_text()
        assert "CapEff:\t0000000000000000" in status
        assert zygote.__name__ in the_parent(pool).cmdline()
        if os.geteuid() != 0:
            assert uids.real == os.getuid()
