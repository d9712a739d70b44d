"""What the build keeps right in the README: the repository's address, and the table of notebooks with Colab badges."""

from __future__ import annotations

import re

from course_lib.errors import CourseError
from grader.authoring.project import Project
from grader.authoring.setup_cells import badge
from grader.authoring.source import Source

BEGIN = "<!-- notebooks: made by `course build`, do not edit -->"
END = "<!-- end of notebooks -->"
ADDRESS = re.compile(r"<!-- address: (\S+/\S+), from pyproject.toml by `course build` -->")


def renewed(project: Project, sources: list[Source]) -> str:
    """Text of the README with the address and the table of notebooks renewed.

    Raises:
        CourseError: the README lacks one of the marker comments.
    """
    text = (project.root / "README.md").read_text("utf-8")
    address = ADDRESS.search(text)
    if address is None or text.count(BEGIN) != 1 or text.count(END) != 1:
        raise CourseError(f"README.md must contain once each: {ADDRESS.pattern}, {BEGIN} and {END}")
    return _with_table(text.replace(address[1], project.slug), project, sources)


def _with_table(text: str, project: Project, sources: list[Source]) -> str:
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    head = ["| module | notebook | time | in Colab |", "|---|---|---|---|"]
    rows = head + [_row(project, source) for source in sources]
    return before + BEGIN + "\n" + "\n".join(rows) + "\n" + END + after


def _row(project: Project, source: Source) -> str:
    kind, title, minutes = (source.course[key] for key in ("kind", "title", "minutes"))
    built = project.assignment(source.path.stem) if kind == "assignment" else source.path.with_suffix(".ipynb")
    path = project.relative(built)
    name = f"{source.number} {title}".lstrip()
    return f"| {name} | [{kind}]({path}) | {minutes} min | {badge(project, path)} |"
