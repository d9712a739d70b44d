"""`course build`: from the sources to every file that is made of them, and the check that none is stale."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from grader.authoring import (
    claims_page,
    compile_notebook,
    coverage,
    generate_release,
    lecture_parts,
    pages,
    readme,
    rules,
    totals,
)
from grader.authoring.project import Project
from grader.authoring.source import Problem, Source, read
from grader.authoring.stub_check import passing_stubs
from grader.whole_files import write_all_whole


@dataclass
class Build:
    """What a build found and made.

    Attributes:
        files: text of every built file, by path.
        problems: what the sources must mend first; then no file is written.
    """

    files: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def stale(self) -> list[Path]:
        """Built files that are missing on disk or differ from what the sources give."""
        return [p for p, text in self.files.items() if not p.exists() or p.read_bytes() != text.encode("utf-8")]

    def write(self) -> list[Path]:
        """Write the files that changed, all or none; the others keep their time stamps. Returns those written.

        Raises:
            CourseError: one of them cannot be written.
        """
        written = self.stale()
        write_all_whole({path: self.files[path] for path in written})
        return written


def build(project: Project) -> Build:
    """Compile every source of the project, and the pages that are made of all of them.

    Raises:
        CourseError: a source cannot be read, or nbgrader refuses a notebook.
    """
    rows = coverage.read(project.root / "docs" / "coverage.md")
    sources = [read(path) for path in project.sources()]
    result = _notebooks(project, sources, rows)
    if result.problems:
        return result
    page = claims_page.page(rows, claims_page.evidence(project, sources)) + totals.section(project)
    result.files[project.root / "docs" / "claims.md"] = page
    result.files |= pages.collected(project, sources)
    result.files[project.root / "README.md"] = readme.renewed(project, sources)
    return result


def build_module(project: Project, module: str) -> Build:
    """Compile the lecture and the assignment of one module.

    Raises:
        CourseError: a source cannot be read, or nbgrader refuses a notebook.
    """
    rows = coverage.read(project.root / "docs" / "coverage.md")
    paths = (project.lecture_source(module), project.solution_source(module))
    return _notebooks(project, [read(path) for path in paths if path.exists()], rows)


def _notebooks(project: Project, sources: list[Source], rows: dict[str, coverage.Row]) -> Build:
    """What is made of each of these sources, or what they must mend first."""
    result = Build()
    result.problems += [problem for source in sources for problem in rules.check(source, rows)]
    pairs = [(source, _partner(source, sources)) for source in sources]
    for source, partner in pairs:
        if partner is not None and source.course.get("kind") == "lecture":
            result.problems += lecture_parts.problems(source, partner)
    if result.problems:
        return result
    releases = [(source, _compile(project, lecture_parts.linked(source, partner), result)) for source, partner in pairs]
    result.problems += passing_stubs([(source, released) for source, released in releases if released])
    return result


def _partner(source: Source, sources: list[Source]) -> Source | None:
    """The assignment of a lecture, the lecture of an assignment."""
    return next((other for other in sources if other is not source and other.path.name == source.path.name), None)


def _compile(project: Project, source: Source, result: Build) -> str:
    """Add the files made of one source; returns the text of the release, '' for a lecture or a project."""
    module = source.path.stem
    if source.path != project.solution_source(module):
        beside = source.path.with_suffix(".ipynb")
        result.files[beside] = compile_notebook.dumps(compile_notebook.lecture(source, project, beside))
        return ""
    solution = compile_notebook.dumps(compile_notebook.solution(source, project, module))
    released = generate_release.generate(module, solution)
    result.files[project.solution(module)] = solution
    result.files[project.assignment(module)] = released
    result.files[project.library_copy(module)] = released
    return released
