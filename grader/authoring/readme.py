"""The table of notebooks in the README, with their Colab badges: made by the build, so that no address goes stale."""

from __future__ import annotations

from grader.authoring.project import Project
from grader.authoring.setup_cells import badge
from grader.authoring.source import Source

BEGIN = "<!-- notebooks: made by `course build`, do not edit -->"
END = "<!-- end of notebooks -->"


def with_notebook_table(project: Project, sources: list[Source]) -> str:
    """Text of the README with its table of notebooks renewed.

    Raises:
        ValueError: the README lacks the two marker comments.
    """
    text = (project.root / "README.md").read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md must contain once each: {BEGIN} and {END}")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    head = ["| module | notebook | time | in Colab |", "|---|---|---|---|"]
    rows = head + [_row(project, source) for source in sources]
    return before + BEGIN + "\n" + "\n".join(rows) + "\n" + END + after


def _row(project: Project, source: Source) -> str:
    module = source.path.stem
    is_lecture = source.path == project.lecture_source(module)
    path = project.relative(project.lecture(module) if is_lecture else project.assignment(module))
    kind = "lecture" if is_lecture else "assignment"
    minutes = source.course["minutes"]
    return f"| {module[:2]} {source.course['title']} | [{kind}]({path}) | {minutes} min | {badge(project, path)} |"
