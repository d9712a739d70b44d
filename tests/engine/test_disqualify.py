"""An answer that uses what its exercise rules out earns nothing, and everybody is told; an honest one keeps all."""

from __future__ import annotations

from copy import deepcopy

from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from support.small_notebooks import answer, cell, engine, error, graded, notebook, shared, shown

from grader.engine.limits import Limits

RULES = {"rules_out": {"f": ["np.convolve"]}, "tests_only": ["truth"]}
HELPERS = "def truth(x):\n    return np.convolve(x, [1.0, 2.0])"
TEST = """\
with check.case("the same", points=2):
    check.close(NAME(np.ones(3)), truth(np.ones(3)))
check.score(out_of=2)"""


def run(
    f: str, g: str = "def g(x): return np.convolve(x, [1.0, 2.0])", extra: str = "", **changes: object
) -> NotebookNode:
    """Two exercises of 2 points: f may not use np.convolve, g may."""
    source = notebook(
        shared(),
        cell(HELPERS, "helpers", tags=("tests_only",), locked=True),
        answer("", "f"),
        graded(TEST.replace("NAME", "f"), "f_tests", points=2),
        answer("", "g"),
        graded(TEST.replace("NAME", "g"), "g_tests", points=2),
    )
    source.metadata["course"] = RULES
    made = deepcopy(source)
    made.cells[2]["source"], made.cells[4]["source"] = f, g
    made.metadata["course"] = changes
    if extra:
        made.cells.insert(2, cell(extra))
    engine().run(made, source, Limits(cell_seconds=20))
    return made


def points(made: NotebookNode) -> list[float]:
    return [determine_grade(c)[0] for c in made.cells if c.metadata.get("nbgrader", {}).get("grade")]


def notes(made: NotebookNode) -> list[str]:
    return [note for c in made.cells for note in c.metadata.get("grading_notes", [])]


def test_an_honest_answer_keeps_its_points_beside_one_that_may_use_it() -> None:
    made = run("def f(x):\n    return x @ np.eye(3, 4) + 2 * x @ np.eye(3, 4, 1)")
    assert (points(made), notes(made)) == ([2, 2], [])


def test_what_is_ruled_out_costs_the_exercise_and_is_told() -> None:
    made = run("def f(x):\n    return np.convolve(x, [1.0, 2.0])")
    assert points(made) == [0, 2]
    sentence = "This answer uses np.convolve (line 2 of the answer cell), which this exercise rules out."
    assert f"{sentence} It earns 0 of 2 points." in shown(made.cells[3])
    assert "Score: 2" not in shown(made.cells[3])
    assert notes(made) == [f"f_tests: {sentence} It earns nothing; its cases alone would give 2 of 2 points."]


def test_it_is_found_in_helpers_in_other_cells() -> None:
    made = run("def f(x): return mine(x)", extra="def mine(x):\n    return np.convolve(x, [1.0, 2.0])")
    assert points(made) == [0, 2]
    assert 'line 2 of the cell that begins with "def mine(x):"' in shown(made.cells[4])


def test_a_helper_of_the_tests_is_not_there_and_is_told() -> None:
    made = run("def f(x):\n    return truth(x)", "def g(x):\n    return truth(x)")
    assert points(made) == [0, 0]
    sentence = "This answer uses truth (line 2 of the answer cell), a helper of the tests that an answer may not use."
    assert all(sentence in shown(made.cells[place]) for place in (3, 5))
    assert not error(made.cells[2])


def test_the_submission_cannot_change_the_rules() -> None:
    made = run("def f(x): return np.convolve(x, [1.0, 2.0])", rules_out={}, tests_only=[])
    assert points(made) == [0, 2]
    made = run("def f(x): return np.append(x, 0) + 2 * np.append(0, x)", rules_out={"f": ["np.append"]})
    assert points(made) == [2, 2]


def test_a_test_of_plain_asserts_loses_its_points_too() -> None:
    source = notebook(shared(), answer("", "f"), graded("assert f(1) == 1", "f_tests", points=3))
    source.metadata["course"] = {"rules_out": {"f": ["np.sum"]}}
    made = deepcopy(source)
    made.cells[1]["source"] = "def f(x): return np.sum([x])"
    engine().run(made, source, Limits(cell_seconds=20))
    assert points(made) == [0]
    assert "It earns 0 of 3 points." in shown(made.cells[2])


def test_what_looks_evasive_is_noted_and_costs_nothing() -> None:
    made = run("def f(x):\n    return getattr(np, 'conv' + 'olve')(x, [1.0, 2.0])")
    assert points(made) == [2, 2]
    what = "line 2 calls getattr with a name that is computed: look whether it reaches what is ruled out"
    assert notes(made) == [f"f: {what}"]
