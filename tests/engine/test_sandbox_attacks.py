"""Attacks from a student's process: each is contained, its end is reported, and the next submission runs normally."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks_on_files import READING, WRITING
from attacks_on_resources import DESCRIPTORS, ENDS, MEMORY, PROCESSES, TIME
from attacks_on_the_kernel import CALLS, NETWORK, RIGHTS, SIGNALS
from support.attack import HELPERS, MARK, Attack
from support.sandbox_tools import PROGRAM, SMALL, answer, ask, processes_of, reason, tell
from support.waiting import until

from grader.engine.job import TooLarge
from grader.engine.limits import MiB
from grader.engine.pool import Pool, Worker


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(PROGRAM) as pool:
        yield pool


@pytest.fixture
def worker(pool: Pool) -> Iterator[Worker]:
    with pool.start({"notebook.txt": b"mine"}, SMALL) as worker:
        ask(worker, HELPERS)
        yield worker
    assert_clean(pool)


def assert_clean(pool: Pool) -> None:
    """The next submission runs normally; no process and no file of the last one is left."""
    with pool.start({"next.txt": b"next"}, SMALL) as following:
        assert ask(following, "import os; print(6 * 7, os.listdir(), os.listdir('/tmp'), os.listdir('/dev/shm'))") == (
            "42 ['next.txt'] [] []\n"
        )
    assert until(lambda: len(processes_of(pool)) == 1), processes_of(pool)  # the parent
    for directory in ("/", "/tmp", "/var/tmp", "/dev/shm", "/home", tempfile.gettempdir(), os.getcwd(), Path.home()):
        assert not Path(directory, MARK).exists(), directory


ATTACKS = [*MEMORY, *DESCRIPTORS, *PROCESSES, *TIME, *ENDS, *READING, *WRITING, *SIGNALS, *CALLS, *RIGHTS, *NETWORK]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(pool: Pool, attack: Attack) -> None:
    with pool.start({"notebook.txt": b"mine"}, attack.limits) as worker:
        ask(worker, HELPERS)
        said = ask(worker, attack.cell)
        if attack.dies is not None:
            found = reason(worker)
            assert found is not None, said
            assert attack.dies in found, said
        else:
            assert said is not None, worker.death()
            assert attack.says is not None
            assert attack.says in said
            assert worker.death() is None
    assert_clean(pool)


@pytest.mark.parametrize(
    "cell",
    [
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "def f():\n while True:\n  try:\n   while True: time.sleep(0.01)\n  except BaseException: pass\nf()",
        "import itertools; any(itertools.repeat(0))",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(1000)",
    ],
    ids=["ignored", "caught", "in C", "blocked"],
)
def test_what_ignores_an_interrupt_is_killed(worker: Worker, cell: str) -> None:
    tell(worker, cell)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            answer(worker, 0.2)
        worker.interrupt()
    worker.kill()
    assert worker.death() == "the grader closed it"
    assert answer(worker) is None


def test_a_process_that_has_opened_all_that_it_may_goes_on(worker: Worker) -> None:
    opens = "files = []\ntry:\n    while True: files.append(open('/dev/null'))\nexcept OSError: time.sleep(0.5)\n"
    assert ask(worker, opens + "print(len(files) > 450)") == "True\n"  # while the watch looks, several times
    assert worker.death() is None


def test_a_regular_expression_that_never_ends_is_interrupted(worker: Worker) -> None:
    tell(worker, "import re; re.match('(a+)+$', 'a' * 60 + 'b')")
    with pytest.raises(TimeoutError):
        answer(worker, 0.2)
    worker.interrupt()
    assert "KeyboardInterrupt" in str(answer(worker))


def test_an_interrupt_reaches_the_cell_and_its_commands(worker: Worker) -> None:
    tell(worker, "subprocess.run(['sleep', '60'])")
    with pytest.raises(TimeoutError):
        answer(worker, 0.3)
    worker.interrupt()
    assert "KeyboardInterrupt" in str(answer(worker))
    assert ask(worker, "print('still here')") == "still here\n"


def test_a_flood_on_the_channel_stays_in_the_kernels_buffer(worker: Worker) -> None:
    tell(worker, "while True: sock.sendall(bytes(1 << 20))")
    time.sleep(0.3)
    waiting = fcntl.ioctl(worker.socket, termios.FIONREAD, bytes(4))
    assert 0 < int.from_bytes(waiting, sys.byteorder) < 8 * MiB
    worker.kill()
    assert worker.death() == "the grader closed it"


def test_servers_of_this_machine_are_out_of_reach(worker: Worker) -> None:
    name = f"\0{MARK}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as abstract,
        tempfile.TemporaryDirectory() as directory,
        socket.socket(socket.AF_UNIX) as named,
    ):
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        abstract.bind(name)
        abstract.listen()
        named.bind(f"{directory}/socket")
        named.listen()
        said = ask(
            worker,
            f"def tcp(): socket.create_connection(('127.0.0.1', {tcp.getsockname()[1]}), 2)\n"
            f"def udp(): socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {udp.getsockname()[1]}))\n"
            f"def unix(name): socket.socket(socket.AF_UNIX).connect(name)\n"
            f"attempt(udp); print(attempt(tcp), attempt(unix, {name!r}), attempt(unix, '{directory}/socket'))",
        )
        assert said in ("ENETUNREACH ECONNREFUSED ENOENT\n", "ECONNREFUSED ECONNREFUSED ENOENT\n")
        with pytest.raises(BlockingIOError):
            udp.recv(1)


def test_two_submissions_at_once_see_nothing_of_each_other(pool: Pool) -> None:
    with pool.start({"a.txt": b"a"}, SMALL) as one, pool.start({"b.txt": b"b"}, SMALL) as other:
        write = (
            "import os, socket\n"
            "for d in ('/tmp', '/dev/shm', '/home', '.'): open(d + '/secret', 'w').write('secret')\n"
            "s = socket.socket(socket.AF_UNIX); s.bind('\\0talk'); s.listen()\n"
            "import pty; ends = pty.openpty()\n"
            "print(sorted(os.listdir()))"
        )
        assert ask(one, write) == "['a.txt', 'secret']\n"
        look = (
            "import os, socket\n"
            "print(sorted(os.listdir()), [os.listdir(d) for d in ('/tmp', '/dev/shm', '/dev/pts')])\n"
            "print(os.path.exists('/home/secret'))\n"
            "print(sorted(p for p in os.listdir('/proc') if p.isdigit()))\n"
            "try: socket.socket(socket.AF_UNIX).connect('\\0talk')\n"
            "except OSError as error: print(error.errno)"
        )
        assert ask(other, look) == "['b.txt'] [[], [], ['ptmx']]\nFalse\n['1', '2']\n111\n"
    assert_clean(pool)


def test_the_environment_is_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADEBOOK_PASSWORD", "secret")
    with Pool(PROGRAM) as pool, pool.start({}, SMALL) as worker:
        ask(worker, HELPERS)
        said = ask(
            worker, "print(dict(os.environ), open('/proc/self/environ').read(), attempt(open, '/proc/1/environ'))"
        )
        assert said is not None
        assert said.endswith("EACCES\n")
        assert "secret" not in said


def test_each_submission_draws_its_own_random_numbers(pool: Pool) -> None:
    draws = set()
    for _ in range(2):
        with pool.start({}, SMALL) as worker:
            draws.add(ask(worker, "import random; print(random.random())"))
    assert len(draws) == 2


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out", "", "."])
def test_a_file_name_that_leaves_the_directory_is_refused(pool: Pool, name: str) -> None:
    with pytest.raises(ValueError, match="relative path"):
        pool.start({name: b""}, SMALL)


def test_files_beyond_the_quota_are_refused(pool: Pool) -> None:
    with pytest.raises(TooLarge, match="may store"):
        pool.start({"big.bin": bytes(9 * MiB)}, SMALL)
    many = {f"{number}.txt": b"" for number in range(10_001)}
    with pytest.raises(TooLarge, match="more than 10000 files"):
        pool.start(many, SMALL)
    assert_clean(pool)


def test_files_arrive_as_they_were(pool: Pool) -> None:
    content = os.urandom(3 * MiB)
    with pool.start({"deep/er/data.bin": content, "empty": b""}, SMALL) as worker:
        said = ask(worker, "import hashlib; print(hashlib.sha256(open('deep/er/data.bin', 'rb').read()).hexdigest())")
        assert said == f"{hashlib.sha256(content).hexdigest()}\n"
        assert ask(worker, "import os; print(os.stat('empty').st_size)") == "0\n"
