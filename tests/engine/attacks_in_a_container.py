"""The attacks on the sandbox, carried over to users of a container: what is told otherwise, and what succeeds."""

from __future__ import annotations

from dataclasses import replace

from attacks_on_files import READING, WRITING
from attacks_on_resources import DESCRIPTORS, MEMORY, PROCESSES, TIME
from attacks_on_the_kernel import CALLS, NETWORK, RIGHTS, SIGNALS
from support.attack import Attack
from support.sandbox_tools import ROOT, SMALL

_ALL = {
    attack.name: attack
    for attack in (
        *MEMORY, *DESCRIPTORS, *PROCESSES, *TIME, *READING, *WRITING, *SIGNALS, *CALLS, *RIGHTS, *NETWORK
    )
}  # fmt: skip

BY_DESIGN = {
    "the password file": "names of the container's files can be seen; who reads them is up to their mode",
    "homes": "the same",
    "solutions and gradebook": "the same: that they are there is seen; that they are closed is tried before",
    "other processes": "there is no process namespace, and a container cannot mount /proc anew",
    "interfaces": "there is no network namespace; that no socket can be made is another matter",
    "a file in every directory": "what the container opens to everybody is open; it is swept, and counts as disk",
}
"""Attacks that succeed, each with its reason. A test fails when one of them is contained after all."""

_ELSEWHERE = {
    "the grader's sources": "there is no /opt/course",
    "the grader's modules": "they can be imported, they are public; that takes too long for a test",
}
"""Attacks whose cell makes no sense here."""

_THE_SAME = {
    "one allocation of a terabyte", "many allocations", "thread bomb", "a loop", "CPU time in one process",
    "CPU time spread over processes", "changing a library", "kernel settings",
}  # fmt: skip
"""Attacks that the same code answers as in the sandbox, where they are tried."""

# Twenty thousand files take their time on a busy machine.
PATIENT = replace(SMALL, submission_seconds=300, cpu_seconds=300)

_TOLD_OTHERWISE: dict[str, dict[str, object]] = {
    "files of process 1": {"says": "Permission denied: '/proc/1/fd'"},
    "a symbolic link out": {"says": "EACCES"},
    "filling the disk": {"says": None, "dies": "disk limit"},
    "a million files": {"says": None, "dies": "disk limit", "limits": PATIENT},
    "killing its parent": {"says": "['EPERM', 'EPERM', 'EPERM', 'EPERM']"},
    "killing by number": {"says": "{'EPERM', 'ESRCH'}"},
    "becoming root": {"says": "EPERM EPERM EPERM"},
    "the internet": {"says": "EAFNOSUPPORT EAFNOSUPPORT True"},
}
"""Contained, with another error or at another time than in the sandbox."""

_WAITING = {"filling the disk": "\ntime.sleep(60)"}  # files are counted now and then


def _carried_over(attack: Attack) -> Attack:
    cell = attack.cell + _WAITING.get(attack.name, "")
    return replace(attack, cell=cell, **_TOLD_OTHERWISE.get(attack.name, {}))  # type: ignore[arg-type]  # a mapping has one type of value


CONTAINED = [_carried_over(one) for one in _ALL.values() if one.name not in {*BY_DESIGN, *_ELSEWHERE, *_THE_SAME}]
SUCCEEDING = [_ALL[name] for name in BY_DESIGN]

OWN = [
    Attack(
        "disk of files without a name",
        """
files = []
for _ in range(30):
    files.append(open('x', 'wb', buffering=0))
    os.unlink('x')
    files[-1].write(bytes(1 << 20))
time.sleep(60)""",
        dies="disk limit",
    ),
    Attack(
        "disk in the places of everybody",
        """
for number in range(10):
    for place in ('/tmp', '/var/tmp', '/dev/shm'): open(f'{place}/{MARK}{number}', 'wb').write(bytes(1 << 20))
time.sleep(60)""",
        dies="disk limit",
    ),
    Attack(
        "files deeper than a path can say",
        """
for _ in range(300):
    os.mkdir('d' * 200)
    os.chdir('d' * 200)
open('big', 'wb').write(bytes(1 << 20))
time.sleep(60)""",
        dies="disk limit",
    ),
    Attack(
        "a program that may not be read, to hide open files",
        """
import shutil
shutil.copy('/bin/sleep', 'program')
os.chmod('program', 0o111)
subprocess.run(['./program', '60'])""",
        dies="made itself unreadable",
    ),
    Attack("hiding from who measures it", "print(libc.prctl(4, 0, 0, 0, 0))", says="-1"),
    Attack(
        "sockets of this machine by way of a pair",
        """
print({attempt(socket.socketpair, socket.AF_UNIX, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW)})
near, far = socket.socketpair()
print(attempt(near.connect, '/x'), attempt(near.bind, '\\0x'), attempt(near.listen), attempt(near.accept))
print(attempt(socket.socket, socket.AF_UNIX))""",
        says="{'EAFNOSUPPORT'}\nEPERM EPERM EPERM EPERM\nEAFNOSUPPORT",
    ),
    Attack(
        "environment and memory of the grader's processes",
        """
found = set()
for pid in os.listdir('/proc'):
    if pid.isdigit() and int(pid) != os.getpid():
        for name in ('environ', 'mem', 'maps', 'auxv'):
            result = attempt(lambda: open(f'/proc/{pid}/{name}', 'rb').read(1))
            found.add("READ" if result.startswith("SUCCEEDED b'") and len(result) > 13 else "nothing")
        for name in ('fd', 'root', 'cwd', 'map_files'):
            found.add("LISTED" if not refused(os.listdir, f'/proc/{pid}/{name}') else "nothing")
print(found)""",
        says="{'nothing'}",
    ),
    Attack("solutions of the course", "print(attempt(open, COURSE + '/solutions/x'))", says="EACCES"),
    Attack(
        "processes that end each other",
        """
def end():
    os.setsid()
    while True:
        attempt(os.kill, -1, 9)
        fork(end)
for _ in range(3): fork(end)
os._exit(0)""",
        dies="",  # by itself, or by one of the others: who is first depends on the machine
    ),
    Attack(
        "disk of files without a name in processes whose first thread has ended",
        """
def hold():
    file = open(str(os.getpid()), 'wb', buffering=0)
    os.unlink(file.name)
    file.write(bytes(4 << 20))
    time.sleep(60)
for _ in range(3): fork(lambda: without_first_thread(hold))
time.sleep(60)""",
        dies="disk limit: more than 8 MiB",
    ),
    Attack("changing the course's library", f"print(refused(open, {str(ROOT / 'grader')!r} + '/x', 'w'))", says="True"),
]
"""Attacks on what this way has and the sandbox has not."""
