"""What is here and what works, found out by using it: what `course doctor` does.

findings = doctor.examine(doctor.PROBES)
exit_code = doctor.show(findings)
"""

from course_lib.doctor import machine, packages, use
from course_lib.doctor.probes import Finding, Probe, State, examine
from course_lib.doctor.table import show

PROBES = (
    Probe("Python", packages.python),
    Probe("Packages", packages.student_packages),
    Probe("Kernel", use.kernel),
    Probe("Pictures", use.pictures),
    Probe("PyTorch", use.torch),
    Probe("Room", machine.room),
    Probe("Packages for instructors", packages.instructor_packages),
)

OF_ANY_COURSE = tuple(probe for probe in PROBES if probe.name not in ("Pictures", "PyTorch"))
"""The probes where the grading engine alone is installed."""

__all__ = ["OF_ANY_COURSE", "PROBES", "Finding", "Probe", "State", "examine", "show"]
