"""The proof of tests: it accepts what is proved and names whatever is not."""

from __future__ import annotations

import pytest
from tiny_project import TinyProject

from course_lib.errors import CourseError
from grader.authoring import forks
from grader.authoring.build import build
from grader.authoring.prove import prove

SOLUTION = "solutions/01_convolution.md"
ANSWERS = "solutions/01_convolution.answers.md"


def problems(tiny: TinyProject) -> list[str]:
    result = build(tiny)
    assert not result.problems
    result.write()
    return prove(tiny, "01_convolution").problems


def test_a_good_module_is_proved(built):
    proof = prove(built, "01_convolution")
    assert proof.problems == []
    (twice,) = proof.exercises
    assert (twice.name, twice.points, twice.right, twice.wrong) == ("twice", 2, 2, 4)


def at(tiny: TinyProject, label: str) -> int:
    """Line of the code of the answer whose explanation is `label`."""
    lines = (tiny.root / ANSWERS).read_text("utf-8").split("\n")
    return next(n for n in range(tiny.line(ANSWERS, label), len(lines)) if lines[n].startswith("def")) + 1


def test_a_wrong_solution_is_named(tiny):
    tiny.edit(SOLUTION, "return 2 * x", "return 2 * abs(x)")
    assert problems(tiny) == ["twice: the solution earns 1 of 2: a negative number"]


def test_a_right_answer_that_loses_is_named(tiny):
    tiny.edit(ANSWERS, "return x + x", "return x + abs(x)")
    where = f"right answer, line {at(tiny, 'add it to itself')} (add it to itself)"
    assert problems(tiny) == [f"twice: {where}: loses ['a negative number']: a negative number"]


def test_a_wrong_answer_that_passes_is_named(tiny):
    tiny.edit(ANSWERS, "return 2 * abs(x)", "return x * 2")
    where = f"wrong answer, line {at(tiny, 'forgets the sign')} (forgets the sign)"
    assert problems(tiny) == [f"twice: {where}: passes ['a negative number'], which it should lose"]


def test_a_wrong_answer_that_loses_other_cases_is_named(tiny):
    tiny.edit(ANSWERS, "return 2 * abs(x)", "return 3 * x")
    where = f"wrong answer, line {at(tiny, 'forgets the sign')} (forgets the sign)"
    assert problems(tiny) == [f"twice: {where}: also loses ['a positive number']"]


def test_a_hint_that_the_student_does_not_see_is_named(tiny):
    tiny.edit(ANSWERS, ":hint: you squared it", ":hint: you cubed it")
    where = f"wrong answer, line {at(tiny, 'squares instead')} (squares instead)"
    assert problems(tiny) == [f"twice: {where}: the student is not told 'you cubed it'"]


def test_a_case_that_does_not_exist_is_named(tiny):
    tiny.edit(ANSWERS, ':loses: ["a negative number"]', ':loses: ["a negative number", "zero"]')
    where = f"wrong answer, line {at(tiny, 'forgets the sign')} (forgets the sign)"
    assert problems(tiny) == [f"twice: {where}: names cases that do not exist: ['zero']"]


def test_too_few_answers_are_named(tiny):
    path = tiny.root / ANSWERS
    path.write_text(path.read_text("utf-8").split("```{code-cell} ipython3\n:tags: [wrong]")[0], "utf-8")
    assert problems(tiny) == ["twice: only 0 wrong answers; 4 are asked for"]


def test_an_answer_without_its_line_is_refused(tiny):
    tiny.edit(ANSWERS, ":mistake: forgets the sign\n", "")
    build(tiny).write()
    with pytest.raises(CourseError, match=r"answers\.md:\d+: a wrong answer needs its line `:mistake: \.\.\.`"):
        prove(tiny, "01_convolution")


def _forked() -> list[object]:
    import time

    done = forks.run([lambda: 1, lambda: time.sleep(60), lambda: __import__("os")._exit(3)], jobs=2, timeout=1.0)
    return [result.reason if isinstance(result, forks.Lost) else result for result in done]


def test_forks_that_hang_or_die_are_lost_alone():
    assert forks.in_fresh_process(_forked) == [1, "killed after 1 s", "the process died"]


def test_every_test_of_the_course_is_proved(course):
    """Solution: full points; blank release: none; right answers: full; wrong ones: exactly the cases they name."""
    for module in course.assignments():
        assert prove(course, module).problems == []
