"""What a student's process gives up on its way to a user of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from functools import partial

from grader.engine.container.users import User
from grader.engine.container.writable_places import Place
from grader.engine.sandbox import linux_calls, seccomp
from grader.engine.sandbox.confined_worker import Confinement


def confinement(user: User, place: Place, supervisor: int, out_of_bounds: list[str]) -> Confinement:
    """That of one submission. Its user has no other process, so none of ours counts with the student's."""
    return Confinement(
        place.home,
        0,
        seccomp.program(own_network=False),
        partial(_give_up, user.number, place, supervisor),
        {"out_of_bounds": out_of_bounds},
    )


def _give_up(user: int, place: Place, supervisor: int) -> None:
    os.environ.update(HOME=place.home, TMPDIR=place.temporary, MPLCONFIGDIR=f"{place.temporary}/matplotlib")
    tempfile.tempdir = place.temporary
    with contextlib.suppress(PermissionError):
        # Not every container's root may do it. Without it nothing can be gained: no_new_privs makes a program's own
        # capabilities void.
        linux_calls.drop_bounding_capabilities()
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    linux_calls.drop_own_capabilities()
    if os.getresuid() != (user,) * 3 or os.getresgid() != (user,) * 3 or os.getgroups():
        raise PermissionError(f"could not become user {user}")
    # Changing the user makes a process unreadable for itself, and for those who measure it. Its memory holds no secret.
    linux_calls.prctl(linux_calls.PR_SET_DUMPABLE, 1)
    linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        raise ProcessLookupError("the supervisor is gone")
