"""What exercises rule out: told in their text, kept in the metadata, kept by solutions; and helpers of the tests."""

from __future__ import annotations

import nbformat
import pytest
from support.tiny_project import TinyProject

from grader.authoring import compile_notebook, coverage, rules, stub_check
from grader.authoring.build import build
from grader.authoring.session import runnable
from grader.authoring.source import read

SOLUTION = "solutions/01_convolution.md"
IMPORT = "from course_lib import check\n"
ANSWER = ":answer: twice\n"
HELPERS = """\
```{code-cell} ipython3
:tags: [tests_only]

from math import prod

def true_twice(x):
    return prod([2, x])

TOTAL = sum(number for number in (1, 2))
```

"""


def rule_out(tiny: TinyProject, names: str) -> None:
    """Let the exercise rule these out, in a notebook that calls NumPy np."""
    tiny.edit(SOLUTION, ANSWER, f"{ANSWER}:rules_out: {names}\n")
    tiny.edit(SOLUTION, IMPORT, f"import numpy as np\nimport torch.nn.functional as F\n\n{IMPORT}")


def add_helpers(tiny: TinyProject) -> None:
    """Let the test compare with a helper of its own."""
    tiny.edit(SOLUTION, "+++\n\n### Exercise 1", f"{HELPERS}+++\n\n### Exercise 1")
    tiny.edit(SOLUTION, "check.equal(twice(-4), -8)", "check.equal(twice(-4), true_twice(-4))")


def problems(tiny: TinyProject) -> list[tuple[int, str]]:
    source = read(tiny.solution_source("01_convolution"))
    return [(p.line, p.message) for p in rules.check(source, coverage.read(tiny.root / "docs" / "coverage.md"))]


def book(tiny: TinyProject) -> nbformat.NotebookNode:
    """The solution notebook."""
    assert problems(tiny) == []
    return compile_notebook.solution(read(tiny.solution_source("01_convolution")), tiny, "01_convolution")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("[np.convolve]", "Do not use `np.convolve` here: you write it yourself."),
        ("[np.convolve, sum]", "Do not use `np.convolve` or `sum` here: you write it yourself."),
        ("[scipy]", "Do not use anything of `scipy` here: you write it yourself."),
        (
            "[scipy, .backward, np.convolve, F]",
            "Do not use `.backward`, `np.convolve` or anything of `scipy` or `F` here: you write it yourself.",
        ),
        (
            "[np.linalg, torch.nn.functional]",
            "Do not use anything of `np.linalg` or `torch.nn.functional` here: you write it yourself.",
        ),
    ],
)
def test_the_text_of_the_exercise_says_so_and_the_metadata_too(tiny, names, sentence):
    rule_out(tiny, names)
    made = book(tiny)
    (text,) = [cell for cell in made.cells if cell.source.startswith("### Exercise 1")]
    assert text.source == f"### Exercise 1: Twice (2 points)\n\n{sentence}"
    assert made.metadata.course["rules_out"] == {"twice": names.strip("[]").split(", ")}


def test_the_release_has_both_too(tiny):
    rule_out(tiny, "[np.convolve]")
    add_helpers(tiny)
    released = nbformat.reads(build(tiny).files[tiny.assignment("01_convolution")], as_version=4)
    assert "Do not use `np.convolve` here" in "".join(c.source for c in released.cells if c.cell_type == "markdown")
    assert released.metadata.course["rules_out"] == {"twice": ["np.convolve"]}
    assert released.metadata.course["tests_only"] == ["TOTAL", "prod", "true_twice"]
    assert any("def true_twice" in cell.source for cell in released.cells)


def test_without_rules_there_is_nothing_of_them(tiny):
    made = book(tiny)
    assert not {"rules_out", "tests_only"} & set(made.metadata.course)
    assert not any("Do not use" in cell.source for cell in made.cells)


def test_a_list_in_the_header_holds_for_every_exercise_and_is_told_by_the_author(tiny):
    tiny.edit(SOLUTION, "minutes: 5}", "minutes: 5, rules_out: [scipy]}")
    told = "no text of the assignment says that scipy is ruled out: tell the student not to use it."
    assert problems(tiny) == [(tiny.line(SOLUTION, "rules_out"), told)]
    tiny.edit(SOLUTION, "# An assignment\n", "# An assignment\n\nNot `scipy`.\n")
    tiny.edit(SOLUTION, ANSWER, f"{ANSWER}:rules_out: [sum]\n")
    assert book(tiny).metadata.course["rules_out"] == {"twice": ["sum", "scipy"]}


FORM = "`:rules_out:` is a list of names, such as [np.convolve, scipy, .backward, sum]"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("np.convolve", f"{FORM}."),
        ("[]", f"{FORM}."),
        ("[3]", f"{FORM}."),
        ("[np convolve]", f"'np convolve' is no name that can be ruled out. {FORM}."),
        ("[np.convlove]", "np.convlove cannot be ruled out, there is no such name: "),
        ("[nmupy]", "nmupy cannot be ruled out, there is no such name: No module named 'nmupy'."),
        (
            "[torch.Tensor.unfold]",
            "torch.Tensor.unfold is a method, which an answer calls on an object of whatever name: rule out `.unfold`.",
        ),
    ],
)
def test_what_cannot_be_ruled_out_is_refused(tiny, names, message):
    rule_out(tiny, names)
    ((line, said),) = problems(tiny)
    assert line in (tiny.line(SOLUTION, ":rules_out:"), tiny.line(SOLUTION, "def twice"))
    assert said.startswith(message)


def test_it_stands_on_an_answer_cell(tiny):
    tiny.edit(SOLUTION, ":points: 2\n", ":points: 2\n:rules_out: [sum]\n")
    message = "`:rules_out:` stands on an answer cell, or in the header for all of them."
    assert [said for _, said in problems(tiny)] == [message]


def test_an_exercise_without_a_text_cannot_tell(tiny):
    rule_out(tiny, "[sum]")
    tiny.edit(SOLUTION, "+++\n\n### Exercise 1: Twice (2 points)\n", "")
    tiny.edit(SOLUTION, "# An assignment\n", "")
    message = "twice has no text of its own above it that could say what it rules out: write one."
    assert message in [said for _, said in problems(tiny)]


def test_the_solution_keeps_to_it(tiny):
    rule_out(tiny, "[np.multiply]")
    tiny.edit(SOLUTION, "return 2 * x", "return np.multiply(2, x)")
    message = "the solution of twice uses np.multiply, which the exercise rules out."
    assert problems(tiny) == [(tiny.line(SOLUTION, "np.multiply(2, x)"), message)]


def test_helpers_of_the_tests_are_locked_cells_and_their_names_are_kept(tiny):
    add_helpers(tiny)
    made = book(tiny)
    (cell,) = [cell for cell in made.cells if "tests_only" in cell.metadata.get("tags", [])]
    assert (cell.metadata.nbgrader.locked, cell.metadata.nbgrader.grade) == (True, False)
    assert made.metadata.course["tests_only"] == ["TOTAL", "prod", "true_twice"]


def test_proofs_run_them(tiny):
    add_helpers(tiny)
    assert problems(tiny) == []
    kinds = [cell.kind for cell in runnable(read(tiny.solution_source("01_convolution")))]
    assert kinds == ["shared", "tests_only", "answer", "tests"]
    release = build(tiny).files[tiny.assignment("01_convolution")]
    answered = release.replace("raise NotImplementedError(", "return 2 * x #(")
    ((verdict,),) = (verdicts.values() for verdicts in stub_check.blank_verdicts([answered]))
    assert (verdict.error, verdict.lost) == ("", ())


@pytest.mark.parametrize("tags", ["[shared]", "[for_tests]", "[hide-input]"])
def test_no_given_cell_uses_them(tiny, tags):
    add_helpers(tiny)
    given = f"```{{code-cell}} ipython3\n:tags: {tags}\n\nprint(true_twice(2))\n```\n\n"
    tiny.edit(SOLUTION, "+++\n\n### Exercise 1", f"{given}+++\n\n### Exercise 1")
    message = "this cell uses true_twice, which a cell tagged `tests_only` defines: the tests alone have it."
    assert problems(tiny) == [(tiny.line(SOLUTION, "print(true_twice"), message)]


def test_no_solution_uses_them(tiny):
    add_helpers(tiny)
    tiny.edit(SOLUTION, "return 2 * x", "return true_twice(x)")
    messages = [said for _, said in problems(tiny)]
    assert "the solution of twice uses true_twice, which is for the tests alone." in messages


def test_they_use_no_name_that_only_given_code_defines(tiny):
    add_helpers(tiny)
    tiny.edit(SOLUTION, "return prod([2, x])", "return prod([TWO, x])")
    message = "this helper of the tests uses TWO, which no shared cell and no answer defines."
    assert problems(tiny) == [(tiny.line(SOLUTION, "[TWO, x]"), message)]


def test_what_is_given_below_the_tests_own_cell_is_refused(tiny: TinyProject) -> None:
    add_helpers(tiny)
    given = "```{code-cell} ipython3\nfrom math import prod\n\nprod([1, 2])\n```\n\n"
    tiny.edit(SOLUTION, HELPERS, f"{given}{HELPERS}")
    assert problems(tiny) == []
    tiny.edit(SOLUTION, f"{given}{HELPERS}", f"{HELPERS}{given}")
    ((_, message),) = problems(tiny)
    assert message.startswith("prod is defined here, and by a cell tagged `tests_only` above: an answer between the")
