"""Cells that the build adds: the Colab badge and the set-up on top, and at the end of an assignment its summary."""

from __future__ import annotations

from grader.authoring.project import Project

BADGE_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"

SETUP = """\
# Set-up. On Google Colab this installs the course library and keeps Colab's own torch and numpy.
# Anywhere else it installs nothing: it only checks that library and notebook belong together.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet --upgrade-strategy only-if-needed "cnn-course @ git+{repository}@v{version}"

try:
    from course_lib import colab
except ModuleNotFoundError:
    raise RuntimeError("The course library is missing. Install it: pip install git+{repository}@v{version}") from None
colab.ready("{module}", version="{version}")
"""

SUMMARY_TEXT = """\
## Where you stand

The last cell adds up what the tests above have said, names what is open, and says how to hand in from where you are.\
"""

SUMMARY = """\
from course_lib import summary

summary.show("{module}")\
"""


def colab_link(project: Project, path: str) -> str:
    """The address that opens `path` of the released version in Colab."""
    return f"https://colab.research.google.com/github/{project.slug}/blob/v{project.version}/{path}"


def badge(project: Project, path: str) -> str:
    """Markdown of the badge that opens `path` in Colab."""
    return f"[![Open this notebook in Google Colab]({BADGE_IMAGE})]({colab_link(project, path)})"


def setup(project: Project, module: str) -> str:
    """Code of the set-up cell of a notebook of `module`."""
    return SETUP.format(repository=project.repository, version=project.version, module=module).rstrip("\n")


def summary(module: str) -> str:
    """Code of the last cell of an assignment."""
    return SUMMARY.format(module=module)
