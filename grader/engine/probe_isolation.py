"""Can this machine isolate submissions? Each piece is tried, then all together; what fails comes with what mends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib.doctor.probes import Finding, State
from course_lib.errors import CourseError
from grader.engine import remedies
from grader.engine.limits import Limits, MiB
from grader.engine.pool import Pool
from grader.engine.sandbox import bwrap, selftest
from grader.engine.sandbox.allowlist import PACKAGE_ROOT, StudentProgram
from grader.engine.sandbox.primitives import PRIMITIVES, Primitive

_SECONDS = 20

# Said once, below the findings, when isolation is missing.
REMAINS = (
    "Until then grading refuses. As root in a container, --isolation container keeps submissions apart, if less well. "
    "With --unsafe grading runs: the tests still run in an interpreter of their own, so patched libraries and dropped "
    "asserts still earn nothing, and time limits still hold. Files, the gradebook, hidden tests, the grader's own "
    "processes, other submissions, the network and the memory of this machine are then not protected, and every result "
    "says so."
)


@dataclass(frozen=True)
class Result:
    """One look: what was tried, whether it works, what was found, and the command or step that mends it."""

    subject: str
    works: bool
    found: str
    mend: str = ""


def look() -> list[Result]:
    """All results, the basic ones first. Later ones are left out where an earlier one explains them."""
    if sys.platform != "linux":
        found = f"grading in isolation needs Linux, this is {sys.platform}"
        return [Result("Isolation", False, found, "grade on a Linux machine or in a Linux virtual machine")]
    results = [bubblewrap(), temporary_folder()]
    if results[0].works:  # else they fail for the same reason, and say less of it
        results += [try_primitive(primitive) for primitive in PRIMITIVES]
    if all(result.works for result in results):
        results.append(together())
    return results


def try_primitive(primitive: Primitive) -> Result:
    """Try one primitive in a process of its own."""
    arguments = [*bwrap.label(), sys.executable, "-P", "-m", "grader.engine.sandbox.primitives", primitive.name]
    subject = primitive.name[0].upper() + primitive.name[1:]
    search = os.pathsep.join(filter(None, (str(PACKAGE_ROOT), os.environ.get("PYTHONPATH"))))
    here = {**os.environ, "PYTHONPATH": search}
    try:
        ran = subprocess.run(arguments, capture_output=True, text=True, timeout=_SECONDS, check=False, env=here)
    except subprocess.TimeoutExpired:
        return Result(
            subject, False, f"no answer within {_SECONDS} s", str(remedies.remedy("", remedies.this_machine()))
        )
    if ran.returncode == 0:
        return Result(subject, True, "works")
    said = (ran.stdout or ran.stderr).strip().splitlines() or ["no reason given"]
    return _refused(subject, said[-1], f"without it a submission could {primitive.protects}")


def bubblewrap() -> Result:
    """Is it there, new enough, and allowed to do its work?"""
    try:
        path = bwrap.executable()
    except CourseError:
        return Result("Bubblewrap", False, "not installed", remedies.install())
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if not bwrap.is_new_enough(version):
        return _refused("Bubblewrap", f"{version or path}: Unknown option --perms")
    ran = subprocess.run(bwrap.trial(), capture_output=True, text=True, check=False)
    if ran.returncode:
        said = ran.stderr.strip() or f"it ended with {ran.returncode}"
        return _refused("Bubblewrap", said)
    return Result("Bubblewrap", True, version)


def temporary_folder() -> Result:
    """Each tester works in a folder of its own there."""
    try:
        with tempfile.TemporaryDirectory():
            return Result("Temporary files", True, tempfile.gettempdir())
    except OSError as error:
        return _refused("Temporary files", str(error))


def _refused(subject: str, said: str, so: str = "") -> Result:
    found = remedies.remedy(said, remedies.this_machine())
    return Result(subject, False, "; ".join(filter(None, (said, so))), str(found))


def together() -> Result:
    """A real worker in the real sandbox looks around."""
    small = Limits(submission_seconds=_SECONDS, memory_bytes=512 * MiB, disk_bytes=MiB)
    try:
        program = StudentProgram("grader.engine.sandbox.selftest:student_main", None)
        with Pool(program) as pool, pool.start({"probe.txt": b"probe"}, small) as worker:
            worker.socket.settimeout(_SECONDS)
            said = bytearray()
            while block := worker.socket.recv(65536):
                said += block
    except (CourseError, OSError) as error:
        return _refused("Isolation", str(error))
    seen = json.loads(said or b"{}")
    wrong = [f"{name}: {seen.get(name)}" for name, value in selftest.EXPECTED.items() if seen.get(name) != value]
    if wrong:
        return _refused("Isolation", f"the sandbox starts, but does not hold ({'; '.join(wrong)})")
    who = "as an ordinary user" if os.geteuid() else "started as root, and dropped to an unprivileged user"
    return Result("Isolation", True, f"submissions run in a sandbox of their own ({who})")


def sandbox_works() -> bool:
    """Whether submissions can be isolated here."""
    return all(result.works for result in look())


def container(*, wanted: bool) -> Finding:
    """Whether submissions can be users of this container; with what mends it where that is `wanted`."""
    if sys.platform != "linux":
        return Finding("Container", State.NOTE, "--isolation container needs Linux")
    from grader.engine.container.requirements import problems

    found = [f"{what}: {mend}" for what, mend in problems()]
    if found:
        told = "--isolation container cannot be used" + ("" if wanted else ", and is not needed")
        return Finding("Container", State.NOTE, told, "; ".join(found) if wanted else "")
    return Finding("Container", State.GOOD, "--isolation container can be used; it is weaker than the sandbox")


def findings() -> Iterator[Finding]:
    """For `course doctor`: one finding where all works; else what fails, its mend, and what stays protected."""
    results = look()
    broken = [result for result in results if not result.works]
    told: set[str] = set()
    for result in broken or results[-1:]:
        mend = "" if result.mend in told else result.mend  # one cause may break several pieces
        told.add(result.mend)
        # A student needs none of this: missing isolation stops grading, not the course.
        yield Finding(result.subject, State.NOTE if broken else State.GOOD, result.found, mend)
    if broken:
        yield Finding("Isolation", State.NOTE, REMAINS)
    yield container(wanted=bool(broken))
