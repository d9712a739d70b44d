"""The proof of tests: it accepts what is proved and names whatever is not."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from support.tiny_project import TinyProject

from course_lib import check
from course_lib.check.rng import use_secret
from course_lib.errors import CourseError
from grader.authoring import forks
from grader.authoring.build import build
from grader.authoring.proof import proof_page, record
from grader.authoring.proof.prove import prove
from grader.authoring.proof.redundant import redundant_cases
from grader.authoring.proof.results import ExerciseProof, MutantResult, WrongAnswer
from grader.authoring.returned.vacuous import VACUOUS

SOLUTION = "solutions/01_convolution.md"
ANSWERS = "solutions/01_convolution.answers.md"
MARK = """
```{{code-cell}} ipython3
:tags: [{tag}]
:answer: twice
:why: {why}

- {before}
+ {after}
```
"""


def problems(tiny: TinyProject) -> list[str]:
    result = build(tiny)
    assert not result.problems
    result.write()
    return prove(tiny, "01_convolution", quick=True).problems


def add(tiny: TinyProject, path: str, text: str) -> None:
    file = tiny.root / path
    file.write_text(file.read_text("utf-8") + text, "utf-8")


def at(tiny: TinyProject, label: str) -> int:
    """Line of the code of the answer whose explanation is `label`."""
    lines = (tiny.root / ANSWERS).read_text("utf-8").split("\n")
    return next(n for n in range(tiny.line(ANSWERS, label), len(lines)) if lines[n].startswith("def")) + 1


def test_a_good_module_is_proved_once_and_then_remembered(built, tmp_path, monkeypatch):
    proof = prove(built, "01_convolution", store=tmp_path)
    assert proof.problems == []
    (twice,) = proof.exercises
    assert (twice.name, twice.points, twice.right, twice.wrong) == ("twice", 2, 2, 4)
    assert [(m.before, m.fate) for m in twice.mutants] == [("return 2 * x", "caught")] * len(twice.mutants)
    assert {m.after for m in twice.mutants} >= {"return 2 + x", "return 2 / x", "return 3 * x", "return 1 * x"}
    monkeypatch.setattr(forks, "in_fresh_process", _not_again)
    assert (twice.in_two, {form.fate for form in twice.forms}) == (3 + len(twice.forms), {"right"})
    assert {form.form for form in twice.forms} >= {"float", "array", "tensor", "NumPy scalar"}
    assert [result.points for result in twice.vacuous] == [0.0] * len(VACUOUS)
    assert prove(built, "01_convolution", store=tmp_path) == proof
    built.edit(SOLUTION, "twice(-4), -8", "twice(-5), -10")
    with pytest.raises(AssertionError, match="proved again"):
        prove(built, "01_convolution", store=tmp_path)
    built.edit(SOLUTION, "twice(-5), -10", "twice(-4), -8")  # other tests read it, too


def _not_again(*_: object) -> None:
    raise AssertionError("proved again")


def test_a_solution_that_fails_is_named_with_its_line(tiny):
    tiny.edit(SOLUTION, "from course_lib import check\n", "from course_lib import check\n\nhalf = 1 / 0\n")
    with pytest.raises(CourseError, match=r"01_convolution.md:\d+: the solution notebook fails: ZeroDivisionError"):
        prove(tiny, "01_convolution")


def test_every_flaw_of_the_answers_is_named(tiny):
    tiny.edit(ANSWERS, "return x + x", "return x + abs(x)")
    tiny.edit(ANSWERS, "return 2 * abs(x)", "return x * 2")
    tiny.edit(ANSWERS, ":hint: you squared it", ":hint: you cubed it")
    tiny.edit(
        ANSWERS,
        'ends for negative numbers\n:loses: ["a positive',
        'ends for negative numbers\n:loses: ["zero", "a positive',
    )
    tiny.edit(ANSWERS, 'forgets to return\n:loses: ["a positive number", ', "forgets to return\n:loses: [")
    add(tiny, ANSWERS, MARK.format(tag="equivalent", why="no reason", before="return 2 * x", after="return 2 + x"))

    def where(verdict: str, label: str) -> str:
        return f"twice: {verdict} answer, line {at(tiny, label)} ({label})"

    assert problems(tiny) == [
        f"{where('right', 'add it to itself')}: loses ['a negative number']: a negative number",
        f"{where('wrong', 'squares instead')}: the student is not told 'you cubed it'",
        f"{where('wrong', 'forgets the sign')}: passes ['a negative number'], which it should lose",
        f"{where('wrong', 'never ends for negative numbers')}: names cases that do not exist: ['zero']",
        f"{where('wrong', 'forgets to return')}: also loses ['a positive number']",
        f"twice: line {tiny.line(ANSWERS, '- return 2 * x')} marks a mutant as equivalent that does not survive: "
        "`return 2 * x` made `return 2 + x`. Remove the mark.",
    ]


def test_a_wrong_solution_is_named(tiny):
    tiny.edit(SOLUTION, "return 2 * x", "return 2 * abs(x)")
    assert problems(tiny) == ["twice: the solution earns 1 of 2: a negative number"]


def test_survivors_marks_and_too_few_answers(tiny):
    """The solution gets a line that no case looks at: one change of it is marked, the others are named."""
    tiny.edit(SOLUTION, "    return 2 * x", "    x = x + 0\n    return 2 * x")
    path = tiny.root / ANSWERS
    path.write_text(path.read_text("utf-8").split("```{code-cell} ipython3\n:tags: [wrong]")[0], "utf-8")
    add(tiny, ANSWERS, MARK.format(tag="equivalent", why="0 has no sign", before="x = x + 0", after="x = x - 0"))
    add(
        tiny, ANSWERS, MARK.format(tag="tolerated", why="on numbers it is the same", before="x = x + 0", after="x += 0")
    )
    found = problems(tiny)
    assert found[0] == "twice: only 0 wrong answers; 4 are asked for"
    assert found[1:-1] == [
        "twice: a mutant survives (statement deleted): `x = x + 0` made `pass`. Add a case, or mark it."
    ]
    assert found[-1].endswith("% of the mutants are caught; 95 % are asked for. Answer them by new cases.")


def test_luck_and_damage_to_other_exercises_are_named(tiny):
    """A test that holds for its seed only, and an answer that changes what other tests rely on."""
    second = (tiny.root / SOLUTION).read_text("utf-8").split("### Exercise 1")[1].split("+++")[0]
    second = second.replace("twice", "again").replace("Twice", "Again")
    add(tiny, SOLUTION, f"\n+++\n\n### Exercise 3{second}")
    tiny.edit(
        SOLUTION, "from course_lib import check\n", "import numpy as np\nfrom course_lib import check\nSIGN = [1]\n"
    )
    drawn = int(np.random.default_rng(7).integers(1000))
    luck = f"int(np.random.default_rng(7).integers(1000)) - {drawn}"
    compared = f"luck = {luck}\n    check.equal(SIGN[0] * again(3), 6 + luck"
    tiny.edit(SOLUTION, "check.equal(again(3), 6", compared)
    again = (tiny.root / ANSWERS).read_text("utf-8").replace("twice", "again")
    tiny.edit(ANSWERS, "return sum([x, x])", "return sum([x, x])\n\nSIGN[0] = -1")
    add(tiny, ANSWERS, "\n" + again)
    found = problems(tiny)
    label = f"right answer, line {at(tiny, 'sum a list')} (sum a list)"
    assert f"twice: {label}: costs points in again: a positive number" in found
    assert "again: with other seeds the solution loses points (seeds + 1000: a positive number)" in found
    assert all(problem.startswith(("again: with other seeds", f"twice: {label}")) for problem in found), found


def test_answers_and_marks_need_their_line(tiny):
    build(tiny).write()
    tiny.edit(ANSWERS, ":mistake: forgets the sign\n", "")
    with pytest.raises(CourseError, match=r"answers\.md:\d+: a wrong answer needs its line `:mistake: \.\.\.`"):
        prove(tiny, "01_convolution")
    tiny.edit(ANSWERS, '[wrong]\n:answer: twice\n:loses: ["a negative number"]', "[equivalent]\n:answer: twice")
    with pytest.raises(CourseError, match=r"answers\.md:\d+: a mark on mutants needs .* its line `:why: \.\.\.`"):
        prove(tiny, "01_convolution")
    tiny.edit(ANSWERS, "[equivalent]\n", "[equivalent]\n:why: no reason\n")
    with pytest.raises(CourseError, match=r"a mutant is written as lines that begin with `- `"):
        prove(tiny, "01_convolution")


def test_a_case_is_redundant_when_nothing_depends_on_it():
    caught = [("a",), ("a", "b"), ("a", "b", "c"), ("c", "d"), ("TypeError: no",)]
    exercise = ExerciseProof(
        "e",
        4,
        cases=("a", "b", "c", "d", "e"),
        mutants=[MutantResult("", "", str(n), "caught", names) for n, names in enumerate(caught)],
        mistakes=[WrongAnswer("", ("d",), ""), WrongAnswer("", ("b", "c"), "")],
    )
    assert [(case.name, case.reason) for case in redundant_cases(exercise)] == [
        ("b", "catches 3 answers and mutants; each of them is caught by another case as well."),
        ("c", "catches 3 answers and mutants; each of them is caught by another case as well."),
        ("e", "catches nothing."),
    ]


def _forked() -> list[object]:
    done = forks.run([lambda: 1, lambda: time.sleep(60), lambda: __import__("os")._exit(3)], jobs=2, timeout=1.0)
    return [result.reason if isinstance(result, forks.Lost) else result for result in done]


def test_forks_that_hang_or_die_are_lost_alone():
    assert forks.in_fresh_process(_forked) == [1, "killed after 1 s", "the process died"]


def _computes() -> None:
    while True:
        pass


def _limited() -> list[str]:
    def tried(block: Callable[[], None]) -> str:
        try:
            with forks.time_limit(1):
                block()
        except forks.OutOfTime as error:
            return str(error)
        return "in time"

    return [tried(block) for block in (lambda: time.sleep(1.2), _computes, lambda: time.sleep(60))]


def test_a_block_may_wait_for_a_busy_machine_but_not_compute_for_longer_or_wait_forever():
    assert forks.in_fresh_process(_limited) == ["in time", "longer than 1 s", "longer than 1 s"]


FOREIGN_TEST = """\
with check.case("a number", points=0.5):
    check.that(isinstance(twice(0.5), float), "not a float")
with check.case("an even number", points=0.5):
    check.that(float(twice(0.0)) == 0, "not zero")
### BEGIN HIDDEN TESTS
rng = check.rng("twice")
with check.case("whatever is drawn", points=0.5):
    check.that(float(twice(rng.integers(1000) - {bad})) != 0, "by bad luck")
with check.case("one process", points=0.5):
    check.that(type(twice) is type(lambda: 0), "it is elsewhere")
### END HIDDEN TESTS
check.score(out_of=2)
"""


def test_a_test_that_judges_forms_takes_nothing_for_an_answer_or_trusts_luck_is_named(tiny):
    """It insists on Python's float, zeros pass a case, one secret draws what fails, and one case needs one process."""
    use_secret(b"second")
    bad = int(check.rng("twice").integers(1000))
    use_secret(None)
    text = (tiny.root / SOLUTION).read_text("utf-8")
    end = "check.score(out_of=2)\n"
    cell = text[text.index('with check.case("a positive') : text.index(end)] + end
    tiny.edit(SOLUTION, cell, FOREIGN_TEST.format(bad=bad))
    build(tiny).write()
    found = prove(tiny, "01_convolution").problems
    for form in ("float32", "array", "tensor"):
        assert any(f"as {form} lose 'a number' (the student reads: " in problem for problem in found), found
    nothing = "earns 1 of 2, by 'an even number', 'one process': zero (return 0)"
    assert any(nothing in problem for problem in found), found
    luck = "twice: with the secret 'second' the solution loses points (whatever is drawn): that case holds by luck"
    assert luck in found
    apart = "twice: the solution: 1.5 of 2 points in two interpreters, as in grading, and 2 in one (the student reads: "
    assert any(problem.startswith(apart) for problem in found), found


LATE_TEST = """\
import numpy as np
x = np.array([1.5, -2.0])
with check.case("expected after the call", points=1):
    check.close(twice(x), 2 * x)
with check.case("guarded", points=0.5):
    same = np.array([0.5, 3.0])
    with check.unchanged(x=same):
        check.close(twice(same), 2 * same)
### BEGIN HIDDEN TESTS
with check.case("what comes back is what went in", points=0.5):
    y = np.array([4.0, -1.0])
    check.close(np.asarray(twice(y)) / 2, y)
### END HIDDEN TESTS
check.score(out_of=2)
"""


def test_a_test_that_reads_an_argument_after_the_call_is_named_and_so_is_who_profits(tiny):
    text = (tiny.root / SOLUTION).read_text("utf-8")
    end = "check.score(out_of=2)\n"
    tiny.edit(SOLUTION, text[text.index('with check.case("a positive') : text.index(end)] + end, LATE_TEST)
    found = [problem for problem in problems(tiny) if "answer, line" not in problem and "mutant" not in problem]
    for case in ("expected after the call", "what comes back is what went in"):
        where = f"twice: {case!r}, line {tiny.line(SOLUTION, case)}, reads an argument after a call"
        assert any(problem.startswith(where) for problem in found), found
    assert not any("'guarded', line" in problem for problem in found), found
    profits = "by 'expected after the call', 'what comes back is what went in': filled (fills its arguments with zeros"
    assert any(profits in problem for problem in found), found


def test_every_test_of_the_course_is_proved_and_the_page_says_so(course):
    """Solution: full points; blank release: none; right answers: full; wrong ones: exactly the cases they name.

    What the record holds counts as proved, but for an exercise of some modules, which is proved again.
    """
    proofs = record.verify_all(course)
    assert [problem for proof in proofs for problem in proof.problems] == []
    committed = course.proofs_page.read_text("utf-8")
    assert proof_page.without_times(proof_page.page(proofs)) == proof_page.without_times(committed), (
        "stale: run `course prove --page`"
    )
