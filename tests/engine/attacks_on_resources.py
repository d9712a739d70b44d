"""Memory, processes, time, and ways to end."""

from __future__ import annotations

from dataclasses import replace

from support.attack import Attack
from support.sandbox_tools import SMALL

BRIEF = replace(SMALL, submission_seconds=0.5)
ONE_SECOND = replace(SMALL, cpu_seconds=1)

MEMORY = [
    Attack("one allocation of a terabyte", "bytearray(10**12)", says="MemoryError"),
    Attack("many allocations", "blocks = []\nwhile True: blocks.append(bytearray(8 << 20))", says="MemoryError"),
    Attack(
        "memory in several processes",
        """
def hold():
    block = bytearray(b'x') * (60 << 20)
    time.sleep(60)
for _ in range(6): fork(hold)
time.sleep(60)""",
        dies="memory limit",
    ),
    Attack(
        "memory of which each page is shared with a child, so that none is private",
        """
import mmap
def hold():
    block = mmap.mmap(-1, 90 << 20)
    block.write(bytes(90 << 20))
    fork(lambda: time.sleep(60))
    time.sleep(60)
for _ in range(3): fork(hold)
time.sleep(60)""",
        dies="memory limit",
    ),
    Attack(
        "memory in processes that made themselves unreadable",
        """
def hold():
    libc.prctl(4, 0, 0, 0, 0)
    block = bytearray(b'x') * (60 << 20)
    time.sleep(60)
for _ in range(6): fork(hold)
time.sleep(60)""",
        dies="memory limit",
    ),
    Attack(
        "memory in processes whose first thread has ended",
        """
def hold():
    block = bytearray(b'x') * (60 << 20)
    time.sleep(60)
for _ in range(5): fork(lambda: without_first_thread(hold))
time.sleep(60)""",
        dies="memory limit",
    ),
    Attack(
        "memory in unreadable processes whose first thread has ended",
        """
def hold():
    libc.prctl(4, 0, 0, 0, 0)
    block = bytearray(b'x') * (60 << 20)
    time.sleep(60)
for _ in range(5): fork(lambda: without_first_thread(hold))
time.sleep(60)""",
        dies="memory limit",
    ),
    Attack("memory that no process maps: memfd", "print(attempt(os.memfd_create, 'hidden'))", says="ENOSYS"),
    Attack("memory that no process maps: System V", "print(attempt(call, 'shmget', 0, 9999, 0o1600))", says="ENOSYS"),
    Attack("locked memory", "print(libc.mlockall(3))", says="-1"),
]

DESCRIPTORS = [
    Attack("open files", "files = []\nwhile True: files.append(open('/dev/null'))", says="Too many open files"),
    Attack(
        "larger buffers in the kernel",
        "near, far = socket.socketpair()\nprint([attempt(near.setsockopt, 1, option, 1 << 24) for option in (7, 8)])",
        says="['EPERM', 'EPERM']",
    ),
    Attack(
        "memory in the kernel: full sockets in several processes",
        """
def hold():
    pairs = []
    while True:
        pairs.append(socket.socketpair())
        for end in pairs[-1]:
            end.setblocking(False)
            try:
                while True: end.send(bytes(65536))
            except BlockingIOError: pass
for _ in range(6): fork(hold)
time.sleep(60)""",
        dies="open files limit",
    ),
    Attack(
        "open files in processes whose first thread has ended",
        """
def hold():
    files = [open('/dev/null') for _ in range(150)]
    time.sleep(60)
for _ in range(5): fork(lambda: without_first_thread(hold))
time.sleep(60)""",
        dies="open files limit",
    ),
    Attack(
        "a thread with open files of its own",
        """
print(attempt(call, 'close_range', 1 << 20, 1 << 20, 2))
print(attempt(call, 'clone', 0x10900, 0, 0, 0, 0))""",
        says="EPERM\nEPERM",
    ),
]

PROCESSES = [
    Attack(
        "fork bomb",
        "while True:\n    try: os.fork()\n    except OSError: pass",
        dies="wall clock",
        limits=replace(SMALL, submission_seconds=2),
    ),
    Attack("forks without end", "while True: fork(lambda: time.sleep(60))", says="BlockingIOError"),
    Attack(
        "thread bomb",
        "while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        says="can't start new thread",
    ),
    Attack(
        "a daemon that outlives its notebook",
        """
def daemon():
    os.setsid()
    fork(lambda: time.sleep(60))
fork(daemon)
os._exit(0)""",
        dies="exited with code 0",
    ),
    Attack(
        "daemons with nohup and setsid",
        """
subprocess.Popen('setsid nohup sleep 60 & setsid nohup sleep 61 &', shell=True)
time.sleep(0.1)
print('started')""",
        says="started",
    ),
]

TIME = [
    Attack("a loop", "while True: pass", dies="wall clock", limits=BRIEF),
    Attack("stopping itself", "os.kill(os.getpid(), signal.SIGSTOP)", dies="wall clock", limits=BRIEF),
    Attack("CPU time in one process", "while True: pass", dies="CPU time limit", limits=ONE_SECOND),
    Attack(
        "CPU time spread over processes",
        "def burn():\n    while True: pass\nfor _ in range(6): fork(burn)\ntime.sleep(60)",
        dies="CPU time limit",
        limits=ONE_SECOND,
    ),
    Attack(
        "CPU time in short children",
        "while True: os.waitpid(fork(lambda: sum(range(10**6))), 0)",
        dies="CPU time limit",
        limits=ONE_SECOND,
    ),
]

ENDS = [
    Attack("os._exit", "os._exit(3)", dies="exited with code 3"),
    Attack("segmentation fault", "ctypes.string_at(0)", dies="killed by signal 11"),
    Attack("abort", "os.abort()", dies="killed by signal 6"),
    Attack("suicide", "os.kill(os.getpid(), 9)", dies="killed by signal 9"),
    Attack(
        "endless recursion in C",
        """
sys.setrecursionlimit(10**9)
def again(): ctypes.CFUNCTYPE(None)(again)()
again()""",
        dies="killed by signal 11",
    ),
]
