"""The installed distribution: its name, where it comes from, and how to install more of it.

The same packages come as `cnn-course`, with the course, and as `cnn-course-engine`: the grader, for other courses.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution, metadata, version
from urllib.parse import urlsplit
from urllib.request import url2pathname

from course_lib.errors import CourseError

COURSE, ENGINE = "cnn-course", "cnn-course-engine"
_ENGINE_FOLDER = "packaging/engine"


def is_installed(name: str) -> bool:
    """Whether a distribution is installed here."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


NAME = ENGINE if is_installed(ENGINE) and not is_installed(COURSE) else COURSE


def require_one() -> None:
    """Raise CourseError where both are installed: each has written over files of the other."""
    if is_installed(ENGINE) and is_installed(COURSE):
        raise CourseError(
            f"{COURSE} and {ENGINE} are both installed here and have written over each other's files; {COURSE} with "
            "its extra `instructor` holds the engine too. Remove both "
            f"(`python -m pip uninstall {COURSE} {ENGINE}`) and install the one that you need."
        )


def repository() -> str:
    """Read the address of the course from the installed package, the one place where it stands."""
    for entry in metadata(NAME).get_all("Project-URL", []):
        label, _, address = entry.partition(", ")
        if label == "Repository":
            return str(address)
    raise RuntimeError(f"the installed {NAME} names no repository: install it again")


def install_command(extra: str) -> str:
    """Write the command that adds an extra. The bare name would ask PyPI, where it is nobody's or a stranger's."""
    if NAME == ENGINE:  # it has no extras: what is missing was removed
        return f'python -m pip install "{ENGINE} @ git+{repository()}@v{version(ENGINE)}#subdirectory={_ENGINE_FOLDER}"'
    folder = _checkout()
    if folder is not None:
        return f'python -m pip install -e "{folder}[{extra}]"'
    return f'python -m pip install "{NAME}[{extra}] @ git+{repository()}@v{version(NAME)}"'


def _checkout() -> str | None:
    """Name the folder that this was installed from with `pip install -e`, or None."""
    origin = json.loads(distribution(NAME).read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return url2pathname(urlsplit(origin["url"]).path)
