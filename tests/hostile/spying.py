"""Submissions that look for the hidden tests, the gradebook and other submissions."""

from __future__ import annotations

from submission import TWICE, Hostile

BY_PATH = [
    Hostile(
        "the course's files by their paths",
        opening="""
others = ["submitted/other/ps1/p.ipynb", "autograded/me/ps1/p.ipynb"]
for path in ["secret", "source/ps1/p.ipynb", "gradebook.db", *others]:
    print(attempt(open, COURSE + "/" + path))
    print(attempt(os.listdir, os.path.dirname(COURSE + "/" + path)))""",
        says="FileNotFoundError",
    ),
    Hostile(
        "upwards from the working directory",
        opening="""
print(sorted(os.listdir(".")))
for up in ("..", "../..", "../../..", "../../../.."):
    for name in ("gradebook.db", "source", "autograded", "submitted", "p.ipynb"):
        if os.path.exists(up + "/" + name): hunt("LEAKED " + name)
for folder, _, names in os.walk("."):
    for name in names: hunt(open(os.path.join(folder, name), "rb").read())
print("looked")""",
        says="['data.csv']",
    ),
    Hostile(
        "every readable file outside of the system's",
        opening="""
seen = 0
for top in ("/opt", "/home", "/tmp", "/var", "/dev/shm", "/run", "/srv", "/mnt", "/root", "/etc"):
    for folder, inside, names in os.walk(top):
        inside[:] = [i for i in inside if os.path.join(folder, i) not in (sys.prefix, sys.base_prefix)]
        for name in names:
            try:
                if os.path.getsize(os.path.join(folder, name)) < 1 << 20:
                    hunt(open(os.path.join(folder, name), "rb").read())
                    seen += 1
            except OSError:
                continue
print("read files:", seen > 5)""",
        says="read files: True",
    ),
    Hostile(
        "symbolic and hard links to the gradebook",
        opening="""
for make in (os.symlink, os.link):
    for target in (COURSE + "/gradebook.db", COURSE + "/source/ps1/p.ipynb", "/proc/1/root" + COURSE):
        name = "link" + str(abs(hash((make, target))))
        print(attempt(make, target, name), attempt(open, name))""",
        says="REFUSED",
    ),
    Hostile(
        "links left in place of the data for the grader to follow",
        opening="""
os.remove("data.csv")
os.symlink(COURSE + "/gradebook.db", "data.csv")
os.symlink("/", "p.ipynb")
print("links")""",
        says="links",
    ),
    Hostile(
        "the gradebook written over",
        opening="""
import sqlite3
for path in (COURSE + "/gradebook.db", "../../../gradebook.db", "gradebook.db"):
    print(attempt(open, path, "r+b"))
try:
    sqlite3.connect(COURSE + "/gradebook.db").execute("create table x (y)")
except sqlite3.Error as error:
    print("REFUSED", error)""",
        says="unable to open database file",
    ),
    Hostile(
        "the grader's own modules",
        opening="""
import importlib
engine = "grader.engine"
for name in (engine + ".tester.serve_grader", engine + ".notebook_run", "grader.exchange", "grader.cli", "nbgrader"):
    status, found = attempt(importlib.import_module, name)
    print(status)
import course_lib
for top in {os.path.dirname(os.path.dirname(course_lib.__file__)), "/opt/course"}:
    for folder, _, names in os.walk(top):
        for name in names: hunt(open(os.path.join(folder, name), "rb").read())
print("looked")""",
        says="looked",
    ),
    Hostile(
        "files written for others to find",
        opening="""
for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/home", "..", "../..", COURSE, os.path.expanduser("~")):
    print(attempt(open, folder + "/" + ESCAPED, "w"))""",
        says="REFUSED",
    ),
]

IN_MEMORY = [
    Hostile(
        "frames above the call",
        twice="""
def twice(x):
    frame, count = sys._getframe(), 0
    while frame is not None:
        hunt(repr(frame.f_locals)); hunt(repr(frame.f_globals)); hunt(repr(frame.f_code.co_consts))
        frame, count = frame.f_back, count + 1
    print("frames:", count > 3)
    for frame in sys._current_frames().values():
        while frame is not None:
            hunt(repr(frame.f_locals))
            frame = frame.f_back
    return 2 * x""",
        scores=(3, 2),
        says="frames: True",
    ),
    Hostile(
        "every object that gc knows",
        twice="""
def twice(x):
    gc.collect()
    for thing in gc.get_objects():
        try:
            if type(thing) in (dict, list, tuple, set):
                for part in (thing.values() if type(thing) is dict else thing):
                    if type(part) in (str, bytes): hunt(part)
            elif type(thing).__name__ == "function":
                hunt(repr(thing.__code__.co_consts))
        except Exception:
            continue
    print("searched")
    return 2 * x""",
        scores=(3, 2),
        says="searched",
    ),
    Hostile(
        "the closure of a function that the test passes",
        twice=TWICE,
        total="""
def total(values, f):
    if not values:
        raise ValueError
    for name in dir(f):
        hunt(repr(attempt(getattr, f, name)))
    for name in ("__globals__", "__closure__", "__code__", "__defaults__", "func", "__wrapped__", "__self__"):
        hunt(repr(getattr(f, name, None)))
        for inner in (getattr(f, name, None),):
            if hasattr(inner, "co_consts"): hunt(repr(inner.co_consts))
            if isinstance(inner, dict): hunt(repr(inner))
    hunt(repr(vars(f))); hunt(repr(gc.get_referents(f))); hunt(repr(gc.get_referrers(f)))
    print("looked into", f)
    return sum(f(v) for v in values)""",
        scores=(3, 2),
        says="looked into",
    ),
    Hostile(
        "a function of the test called with things that tell",
        twice=TWICE,
        total="""
class Tell:
    def __radd__(self, other): hunt(repr(other)); hunt(repr(sys._getframe(1).f_locals)); return 0
    __add__ = __radd__
    def __getattr__(self, name): print("asked for", name); raise AttributeError(name)
def total(values, f):
    if not values:
        raise ValueError
    for odd in (Tell(), "x", None, [], {}, lambda: sys._getframe(1)):
        hunt(repr(attempt(f, odd)))
    try:
        f(None)
    except Exception as error:
        hunt(repr(error)); hunt(repr(error.__traceback__.tb_frame.f_locals))
        print("told", error)
    return sum(f(v) for v in values)""",
        scores=(3, 2),
        says="told",
    ),
    Hostile(
        "the memory of other processes",
        opening="""
for pid in [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()] + ["1", str(os.getppid())]:
    for name in ("mem", "environ", "maps", "root", "cwd", "fd"):
        status, found = attempt(lambda: open("/proc/%s/%s" % (pid, name), "rb").read(100))
        print(name, status)
print(sorted(p for p in os.listdir("/proc") if p.isdigit()))
libc = ctypes.CDLL(None, use_errno=True)
print("ptrace", [libc.ptrace(16, int(pid), 0, 0) for pid in ("1", str(os.getppid()))])""",
        says="ptrace [-1, -1]",
    ),
    Hostile(
        "its own memory, in which the parent might have left something",
        twice="""
def twice(x):
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
        for line in maps:
            first, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in first.split("-"))
            if rights.startswith("rw") and end - begin < 1 << 26:
                try:
                    memory.seek(begin)
                    hunt(memory.read(end - begin))
                except (OSError, ValueError):
                    continue
    print("searched")
    return 2 * x""",
        scores=(3, 2),
        says="searched",
    ),
    Hostile(
        "what comes over the channel",
        opening="""
import importlib
found = service()
for name in ("_receive", "_receive_exactly", "_receive_large"):
    old = getattr(type(found._channel), name)
    def listening(self, *args, old=old):
        data = old(self, *args)
        hunt(bytes(data))
        heard.append(len(data))
        return data
    setattr(type(found._channel), name, listening)
heard = []
print("listening")""",
        twice="def twice(x):\n    print('heard', len(heard) > 0)\n    return 2 * x",
        scores=(3, 2),
        says="heard True",
    ),
    Hostile(
        "history, tracebacks and the cells of the notebook",
        twice="""
def twice(x):
    shell = get_ipython()
    hunt(repr(shell.user_ns.get("In"))); hunt(repr(shell.user_ns.get("Out")))
    hunt(repr(list(shell.history_manager.get_range())))
    hunt(repr(getattr(sys, "last_traceback", None)))
    import linecache
    hunt(repr(linecache.cache))
    print("looked")
    return 2 * x""",
        scores=(3, 2),
        says="looked",
    ),
    Hostile(
        "errors of its own that show the test's lines",
        twice="""
def twice(x):
    import traceback
    hunt("".join(traceback.format_stack()))
    try:
        raise ValueError
    except ValueError as error:
        hunt("".join(traceback.format_exception(error)))
    print("".join(traceback.format_stack())[-300:])
    return 2 * x""",
        scores=(3, 2),
        says="File",
    ),
]

BY_TIME = [
    Hostile(
        "how long the tests take to answer",
        opening="times = []",
        twice="""
def twice(x):
    times.append(time.perf_counter())
    print("calls", len(times))
    return x""",
        says="calls",
    ),
    Hostile(
        "how often it is called, to answer rightly from the third call on",
        opening="count = iter(range(99))",
        twice="def twice(x):\n    print('called')\n    return 2 * x if next(count) > 5 else x",
        says="called",
    ),
    Hostile(
        "the debugger and profilers in its own process",
        opening="""
def tell(frame, event, arg):
    if frame.f_code.co_name not in ("hunt", "tell"):
        for value in list(frame.f_locals.values()):
            if type(value) in (str, bytes): hunt(value)
    return None
sys.setprofile(tell)
print("profiling")""",
        twice=TWICE,
        scores=(3, 2),
        says="profiling",
    ),
]

NETWORK = [
    Hostile(
        "the network",
        opening="""
import urllib.request
for host, port in (("127.0.0.1", 22), ("1.1.1.1", 53), ("10.0.0.1", 80), ("169.254.169.254", 80), ("::1", 80)):
    print(attempt(socket.create_connection, (host, port), 0.5))
print(attempt(urllib.request.urlopen, "http://example.com", None, 0.5))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(attempt(udp.sendto, b"x", ("1.1.1.1", 53)))
print(attempt(socket.gethostbyname, "example.com"))""",
        says="REFUSED",
    ),
    Hostile(
        "a server that waits for the next submission",
        opening="""
waiting = socket.create_server(("127.0.0.1", 0))
local = socket.socket(socket.AF_UNIX)
local.bind("\\0" + ESCAPED)
local.listen()
print("waiting")""",
        closing="print('still', waiting.getsockname()[0])",
        says="still 127.0.0.1",
    ),
    Hostile(
        "other kinds of sockets",
        opening="""
for family in (socket.AF_NETLINK, socket.AF_PACKET, getattr(socket, "AF_VSOCK", 40), getattr(socket, "AF_ALG", 38)):
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM, socket.SOCK_STREAM):
        print(attempt(socket.socket, family, kind)[0])
print(attempt(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1))""",
        says="REFUSED",
    ),
]

SPYING = {"by path": BY_PATH, "in memory": IN_MEMORY, "by time": BY_TIME, "network": NETWORK}
