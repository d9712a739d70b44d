"""Submissions that use up the machine, stay behind, or send signals."""

from __future__ import annotations

from submission import TWICE, Hostile

# The bomb goes off in a cell of its own; the exercises are right, and count.


def _bomb(name: str, code: str, says: str, seconds: float = 20.0) -> Hostile:
    return Hostile(name, opening=code, twice=TWICE, scores=(3, 2), says=says, seconds=seconds)


HOARDING = """
import mmap
hoard = []
def fill():
    for size in (1 << 28, 1 << 20):
        try:
            while True: hoard.append(mmap.mmap(-1, size))
        except OSError:
            pass"""

BOMBS = [
    _bomb("memory", "hoard = []\nwhile True: hoard.append(bytearray(1 << 24))", "memory limit"),
    Hostile(
        "memory that a cell keeps, though it ends well",
        opening=f"{HOARDING}\nfill()",
        twice="def twice(x):\n    np.ones(1 << 22)  # 32 MiB\n    return 2 * x",
        scores=(3, 2),
        says="hardly anything was left",
    ),
    _bomb(
        "memory of its children",
        "for _ in range(6):\n    if os.fork() == 0:\n        hoard = b'x' * (1 << 28)\n        time.sleep(60)\n"
        "time.sleep(60)",
        "memory limit",
    ),
    _bomb(
        "processes",
        """
count = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(300)
        count += 1
except OSError:
    print("no more after", count < 64)""",
        "no more after True",
    ),
    _bomb(
        "threads",
        """
try:
    while True: threading.Thread(target=time.sleep, args=(300,), daemon=True).start()
except RuntimeError as error:
    print(error)""",
        "can't start new thread",
    ),
    _bomb(
        "disk",
        """
try:
    with open("big", "wb") as file:
        while True: file.write(bytes(1 << 20))
except OSError as error:
    print(type(error).__name__, error)
os.remove("big")""",
        "OSError",
    ),
    _bomb(
        "files",
        """
try:
    for n in range(10 ** 6): open("f%d" % n, "w").close()
except OSError as error:
    print(error.strerror)""",
        "No space left",
    ),
    _bomb("time", "while True: pass", "stopped after 1 s", 1),
    _bomb(
        "time, in C and deaf",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nimport itertools\nany(itertools.repeat(0))",
        "stopped after 1 s",
        1,
    ),
    _bomb("output", "while True: print('x' * 10_000)", "", 1),
    _bomb(
        "displays of nothing",
        "from IPython.display import display\nfor _ in range(100_000): display({'a/b': ''}, raw=True)\nprint('shown')",
        "",
    ),
    _bomb(
        "outputs of one letter",
        "for _ in range(30_000):\n    print('a')\n    print('b', file=sys.stderr, flush=True)\n    sys.stdout.flush()",
        "a\\n",
    ),
    _bomb("recursion in C", "import ctypes\nctypes.string_at(0)", "killed by signal 11"),
    _bomb("an integer of a billion digits", "x = 1 << (1 << 40)", ""),
    Hostile(
        "memory in a call",
        twice="def twice(x):\n    hoard = []\n    while True: hoard.append(bytearray(1 << 24))",
        says="memory limit",
    ),
    Hostile(
        "memory that calls keep",
        twice=f"{HOARDING}\ndef twice(x):\n    fill()\n    return 2 * x",
        total="def total(values, f):\n    np.ones(1 << 22)\n    if not values:\n        raise ValueError\n"
        "    return sum(f(v) for v in values)",
        says="hardly anything was left",
    ),
    Hostile(
        "time in a call",
        twice="def twice(x):\n    print('for ever')\n    while True: pass",
        says="longer than 1 s",
        seconds=3,
    ),
    Hostile(
        "an answer of three hundred megabytes",
        twice="def twice(x):\n    import numpy as np\n    return np.zeros(4 * 10 ** 7)",
        says="larger than a message may be",
    ),
    Hostile(
        "an answer of endless text",
        twice="def twice(x):\n    return 'x' * 20_000_000",
        says="0 of 3 points",
    ),
    Hostile(
        "a function of the test called without end",
        twice=TWICE,
        total="def total(values, f):\n    while True: f(1)",
        scores=(3, 0),
        says="longer than 1 s",
        seconds=3,
    ),
    Hostile(
        "a function of the test called with numbers that never end",
        twice=TWICE,
        total="def total(values, f):\n    return f(1 << 400_000) * 0 + (1 << 500_000)",
        scores=(3, 0),
        says="",
    ),
]

BEHIND = [
    _bomb(
        "daemons",
        """
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True: time.sleep(1)
subprocess.Popen(["sleep", "1000"], start_new_session=True)
print("behind")""",
        "behind",
    ),
    _bomb(
        "a thread that goes on printing into later cells",
        """
def go():
    while True:
        print("ghost")
        time.sleep(0.001)
threading.Thread(target=go, daemon=True).start()
print("behind")""",
        "behind",
    ),
    _bomb(
        "work at exit",
        "import atexit\natexit.register(time.sleep, 1000)\nsignal.signal(signal.SIGTERM, lambda *a: time.sleep(1000))\n"
        "print('behind')",
        "behind",
    ),
]

SIGNALS = [
    _bomb(
        "signals to all it can see",
        """
for pid in (1, os.getppid()):
    for number in set(range(1, 65)) - {signal.SIGINT}: attempt(os.kill, pid, number)
print("signaled")""",
        "signaled",
    ),
    # The first process passes an interrupt on to the student's, which may be anywhere by then: so here it waits.
    _bomb("an interrupt by way of the first process", "os.kill(1, signal.SIGINT)\ntime.sleep(15)", "KeyboardInterrupt"),
    _bomb("a signal to everybody", "os.kill(-1, 9)\nprint('still here')", ""),
    _bomb("a signal to its group", "os.killpg(0, 9)", "killed by signal 9"),
    _bomb("a signal to itself", "os.kill(os.getpid(), signal.SIGSTOP)", "stopped after 1 s", 1),
    _bomb("its own interrupt", "signal.raise_signal(signal.SIGINT)", "KeyboardInterrupt"),
    _bomb("a fatal signal of its own", "os.abort()", "killed by signal 6"),
]

DESTROYING = {"bombs": BOMBS, "left behind": BEHIND, "signals": SIGNALS}
