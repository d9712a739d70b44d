"""The engine comes in two distributions with the same packages: the course's own, and one that holds no course."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

from course_lib.errors import CourseError

COURSE, ENGINE = "cnn-course", "cnn-course-engine"


def is_installed(name: str) -> bool:
    """Whether a distribution is installed here."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def require_one() -> None:
    """Raise CourseError where both are installed: each has written over files of the other."""
    if is_installed(ENGINE) and is_installed(COURSE):
        raise CourseError(
            f"{COURSE} and {ENGINE} are both installed here and have written over each other's files; {COURSE} with "
            "its extra `instructor` holds the engine too. Remove both "
            f"(`python -m pip uninstall {COURSE} {ENGINE}`) and install the one that you need."
        )
