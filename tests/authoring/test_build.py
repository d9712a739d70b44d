"""The build: what it makes, what it refuses, and that it makes the same on every machine."""

from __future__ import annotations

import re

import nbformat
import pytest
from support.tiny_project import TinyProject

from course_lib.errors import CourseError
from grader.authoring.build import build

SOLUTION = "solutions/01_convolution.md"
LECTURE = "lectures/01_convolution.md"


def notebook(path):
    return nbformat.read(path, as_version=4)


def problems(tiny: TinyProject) -> list[tuple[str, int, str]]:
    return [(tiny.relative(p.path), p.line, p.message) for p in build(tiny).problems]


def test_writes_every_file_and_then_finds_nothing_stale(tiny):
    first = build(tiny)
    assert not first.problems
    written = {tiny.relative(path) for path in first.write()}
    assert written == {
        "lectures/01_convolution.ipynb",
        "solutions/01_convolution/01_convolution.ipynb",
        "assignments/01_convolution/01_convolution.ipynb",
        "course_lib/releases/01_convolution.ipynb",
        "docs/claims.md",
        "README.md",
    }
    assert build(tiny).stale() == []


def test_a_changed_source_makes_exactly_its_files_stale(tiny):
    build(tiny).write()
    tiny.edit(SOLUTION, "Why twice?", "Why two times?")
    stale = {tiny.relative(path) for path in build(tiny).stale()}
    assert stale == {
        "solutions/01_convolution/01_convolution.ipynb",
        "assignments/01_convolution/01_convolution.ipynb",
        "course_lib/releases/01_convolution.ipynb",
    }


def test_another_place_gives_the_same_bytes(tiny, built):
    first = {tiny.relative(path): text for path, text in build(tiny).files.items()}
    second = {name: (built.root / name).read_text("utf-8") for name in first}
    assert first == second
    assert not any(str(tiny.root) in text for text in first.values())


def test_solution_cells_carry_nbgraders_metadata(built):
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook(built.solution("01_convolution")).cells}
    assert list(cells) == [
        "course-badge",
        "course-setup",
        "an-assignment-1",
        "an-assignment-2",
        "twice-1",
        "twice",
        "twice_tests",
        "reasons-1",
        "why",
        "course-hand-in",
        "course-summary",
    ]
    flags = {k: [f for f in ("grade", "solution", "locked") if c.metadata.nbgrader[f]] for k, c in cells.items()}
    assert flags["an-assignment-1"] == flags["an-assignment-2"] == ["locked"]
    assert flags["twice"] == ["solution"]
    assert flags["twice_tests"] == ["grade", "locked"]
    assert flags["why"] == ["grade", "solution"]
    assert cells["twice_tests"].metadata.nbgrader.points == 2
    assert cells["an-assignment-2"].metadata.tags == ["shared"]
    assert all(c.id == grade_id for grade_id, c in cells.items())


def test_the_release_has_stubs_with_names_and_no_secrets(built):
    cells = {c.metadata.nbgrader.grade_id: c.source for c in notebook(built.assignment("01_convolution")).cells}
    assert 'raise NotImplementedError("Exercise twice: write your answer here")' in cells["twice"]
    assert '"""Two times x."""' in cells["twice"]
    assert cells["why"] == "Why twice?\n\nYOUR ANSWER HERE"
    text = built.assignment("01_convolution").read_text("utf-8")
    for secret in ("2 * x", "HIDDEN", "a negative number", "Because"):
        assert secret not in text


def test_the_library_has_a_copy_of_the_release(built):
    assert built.library_copy("01_convolution").read_bytes() == built.assignment("01_convolution").read_bytes()


def test_every_notebook_starts_with_the_badge_and_the_set_up(built):
    for path in (built.lecture("01_convolution"), built.assignment("01_convolution")):
        badge, setup = notebook(path).cells[:2]
        assert f"{built.slug}/blob/v{built.version}/{built.relative(path)}" in badge.source
        assert f'cnn-course @ git+{built.repository}@v{built.version}"' in setup.source
        assert f'colab.ready("01_convolution", version="{built.version}")' in setup.source
        assert 'if "google.colab" in sys.modules:' in setup.source


def test_an_edit_leaves_the_ids_of_other_cells_alone(tiny):
    build(tiny).write()
    before = [c.id for c in notebook(tiny.lecture("01_convolution")).cells]
    tiny.edit(LECTURE, "# A lecture\n", "# A lecture\n\nNew words.\n")
    build(tiny).write()
    after = [c.id for c in notebook(tiny.lecture("01_convolution")).cells]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, False, True]


def test_the_claims_page_says_where_and_how(built):
    page = (built.root / "docs" / "claims.md").read_text("utf-8")
    rows = {match[1]: match[0] for match in re.finditer(r"^\| (\w\d\d) .*$", page, re.MULTILINE)}
    assert (
        "**reproduced**: two and two ([lecture 01, A lecture](../lectures/01_convolution.md#a-lecture))" in rows["C06"]
    )
    assert "**exercise**: `twice`, 2 points" in rows["C03"]
    assert "**tested** ([test_x.py, test_five](../tests/test_x.py#L2))" in rows["C05"]
    assert "**open**" in rows["C01"]
    assert re.search(r"^- 02 building blocks: \d+ rows, its module is still to come", page, re.MULTILINE)


def test_the_readme_has_the_address_of_pyproject(built):
    readme = (built.root / "README.md").read_text("utf-8")
    assert f"git clone {built.repository} && cd" in readme
    assert "somebody/else" not in readme


def test_the_readme_lists_the_notebooks(built):
    readme = (built.root / "README.md").read_text("utf-8")
    assert "| 01 Tiny | [lecture](lectures/01_convolution.ipynb) | 5 min | [![Open this notebook" in readme


REFUSALS = [
    (SOLUTION, ":answer: twice\n", ":answer: thrice\n", "def twice", "the exercise thrice has no tests cell."),
    (
        SOLUTION,
        ":answer: twice\n",
        ":answer:\n",
        "def twice",
        "`:answer:` needs the name of its exercise (letters, digits, _).",
    ),
    (SOLUTION, '"written": "why"', '"written": "twice"', "Why", "the grade_id twice stands twice; first on line 23."),
    (SOLUTION, ":points: 2\n", "", "with check.case", "`twice` needs its points: `:points: 2`."),
    (SOLUTION, ":points: 2\n", ":points: 0\n", "with check.case", "`twice` needs its points: `:points: 2`."),
    (SOLUTION, "out_of=2", "out_of=3", "check.score", "check.score says another out_of than `:points: 2`."),
    (
        SOLUTION,
        "check.score(out_of=2)",
        "",
        "with check.case",
        "the last line of a test cell is check.score(out_of=points).",
    ),
    (
        SOLUTION,
        "    ### END SOLUTION\n",
        "",
        "### BEGIN SOLUTION",
        "the solution region that begins here is never closed.",
    ),
    (
        SOLUTION,
        "### END HIDDEN TESTS\n",
        "",
        "### BEGIN HIDDEN",
        "the hidden test region that begins here is never closed.",
    ),
    (
        SOLUTION,
        "    ### BEGIN SOLUTION\n",
        "",
        "### END SOLUTION",
        "a solution region ends here but never began.",
    ),
    (
        SOLUTION,
        "check.equal(twice(3), 6, ",
        "check.equal(twice(three), 6, ",
        "twice(three)",
        "twice uses three, which no shared cell and no answer defines.",
    ),
    (SOLUTION, "return 2 * x", "return two * x", "return two", "twice uses two, which no shared cell defines."),
    (SOLUTION, "return 2 * x", "return 2 x", "return 2 x", "this is not Python: invalid syntax."),
    (
        SOLUTION,
        ":covers: [C03]",
        ":covers: [C99]",
        "with check.case",
        "the row 'C99' does not exist: see docs/coverage.md.",
    ),
    (LECTURE, '"C06"', '"Z01"', "claims.reproduced", "the row 'Z01' does not exist: see docs/coverage.md."),
    (
        LECTURE,
        '"C06"',
        "row",
        "claims.reproduced",
        "a claim must name its row by a string literal: see docs/coverage.md.",
    ),
    (
        LECTURE,
        "(#A-lecture)",
        "(#nowhere)",
        "Back to",
        "the link #nowhere does not resolve: no heading has this anchor.",
    ),
    (
        LECTURE,
        "(#A-lecture)",
        "(missing.png)",
        "Back to",
        "the link missing.png does not resolve: there is no such file beside the source.",
    ),
    (
        LECTURE,
        "(#A-lecture)",
        "(https://nowhere)",
        "Back to",
        "the link https://nowhere does not resolve: it is not a complete http(s) address.",
    ),
    (
        LECTURE,
        "from course_lib import claims\n",
        "from course_lib import claims, vis\nvis.show(fig)\n",
        "vis.show",
        'a figure without alt text: vis.show(fig, alt="what is to be seen").',
    ),
    (
        LECTURE,
        "from course_lib import claims\n",
        "from course_lib import claims, vis\nvis.show(fig, alt=' ')\n",
        "vis.show",
        'a figure without alt text: vis.show(fig, alt="what is to be seen").',
    ),
    (
        LECTURE,
        "Back to",
        "![](https://example.org/a.png) Back to",
        "Back to",
        "an image without alt text: ![what is to be seen](file.png).",
    ),
    (
        LECTURE,
        "from course_lib import claims\n",
        "from course_lib import claims\n" + "x = 1\n" * 30,
        "from course_lib",
        "a cell of 33 lines; split it, 30 is the limit.",
    ),
    (
        SOLUTION,
        "### BEGIN HIDDEN TESTS\n",
        "### BEGIN HIDDEN TESTS\n" + "x = 1\n" * 28,
        "with check.case",
        "a hidden part of 32 lines; split it, 30 is the limit.",
    ),
    (
        LECTURE,
        "from course_lib import claims\n",
        "from course_lib import claims\nx = " + "1 + " * 24 + "1\n",
        "x = 1",
        "a line of 101 columns; break it, students see 100 without scrolling.",
    ),
    (
        SOLUTION,
        "return 2 * x",
        "return 2 * x  # " + "x" * 90,
        "return 2 * x",
        "a line of 110 columns; break it, students see 100 without scrolling.",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "at", "message"), REFUSALS, ids=[r[-1][:60] for r in REFUSALS])
def test_refuses_with_file_and_line(tiny, name, old, new, at, message):
    tiny.edit(name, old, new)
    assert (name, tiny.line(name, at), message) in problems(tiny)
    assert not build(tiny).files


def test_refuses_a_test_that_the_stub_passes(tiny):
    tiny.edit(SOLUTION, "check.equal(twice(3), 6, mistakes", "check.equal(6, 6, mistakes")
    line = tiny.line(SOLUTION, 'with check.case("a positive')
    assert problems(tiny) == [(SOLUTION, line, "the stub of twice earns 1 points: its tests must fail on it.")]


def test_refuses_a_header_that_is_not_yaml(tiny):
    tiny.edit(LECTURE, "course: {", "course: [{")
    with pytest.raises(CourseError, match="not valid YAML"):
        build(tiny)


def test_only_the_built_notebook_lies_in_a_solution_folder(course):
    """nbgrader copies every other file of solutions/<id>/ to students."""
    for module in course.assignments():
        assert [p.name for p in course.solution(module).parent.iterdir()] == [f"{module}.ipynb"]


def test_the_committed_notebooks_are_up_to_date(course):
    result = build(course)
    assert result.problems == []
    assert [course.relative(path) for path in result.stale()] == []
