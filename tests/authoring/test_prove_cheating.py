"""What an exercise rules out is shown by a cheating answer that is refused, and by honest ones that are not."""

from __future__ import annotations

import pytest
from support.tiny_project import TinyProject

from course_lib.errors import CourseError
from grader.authoring import answers
from grader.authoring.proof import cheating
from grader.authoring.proof.results import ExerciseProof
from grader.authoring.source import read

SOLUTION = "solutions/01_convolution.md"
ANSWERS = "solutions/01_convolution.answers.md"
CHEATING = """
```{{code-cell}} ipython3
:tags: [cheating]
:answer: twice
:uses: {uses}

def twice(x):
    return helper(x)

def helper(x):
    return {code}
```
"""


def judged(tiny: TinyProject, rules: str, added: str = "") -> ExerciseProof:
    tiny.edit(SOLUTION, ":answer: twice\n", f":answer: twice\n{rules}\n")
    tiny.edit(SOLUTION, "from course_lib import check\n", "import numpy as np\nfrom course_lib import check\n")
    path = tiny.root / ANSWERS
    path.write_text(path.read_text("utf-8") + added, "utf-8")
    proof = ExerciseProof("twice", 2.0)
    cheating.judge(proof, read(tiny.root / SOLUTION), answers.load(tiny, "01_convolution").answers)
    return proof


def test_a_cheating_answer_is_refused_for_the_name_that_it_says(tiny):
    proof = judged(tiny, ":rules_out: [np.add]", CHEATING.format(uses="np.add", code="np.add(x, x)"))
    assert (proof.problems, proof.cheating) == ([], 1)


def test_every_list_of_names_needs_a_cheating_answer(tiny):
    assert judged(tiny, ":rules_out: [np.add]").problems == [
        "it rules out np.add, and no cheating answer shows it: add `:tags: [cheating]` and `:uses: np.add`."
    ]


def test_a_cheating_answer_that_gets_through_and_an_honest_one_that_does_not_are_named(tiny):
    honest = CHEATING.format(uses="np.add", code="x * 2")
    other = CHEATING.format(uses="np.add", code="sum((x, x))")
    proof = judged(tiny, ":rules_out: [np.add, sum]", honest + other)
    lines = [answer.line for answer in answers.load(tiny, "01_convolution").answers]
    assert proof.problems == [
        f"right answer, line {lines[1]} (sum a list): is refused, since it uses sum, which the exercise rules out",
        f"cheating answer, line {lines[-2]} (np.add): is not refused",
        f"cheating answer, line {lines[-1]} (np.add): is not refused for it, but for sum",
    ]
    assert proof.cheating == 0


def test_a_cheating_answer_says_what_it_uses(tiny):
    with pytest.raises(CourseError, match=r"answers\.md:\d+: a cheating answer needs its line `:uses: \.\.\.`"):
        judged(tiny, ":rules_out: [np.add]", CHEATING.format(uses="", code="np.add(x, x)"))
