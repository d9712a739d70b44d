"""What a submission shows when it has met hidden inputs is for the instructor, and no feedback page has it."""

from __future__ import annotations

import json

import pytest
from nbformat import NotebookNode
from support.small_notebooks import answer, cell, graded, notebook, result, run, shared

from course_lib.check.hidden import INSTRUCTOR_ONLY
from grader.exchange.redact import LEFT_OUT, RedactHidden

TEST = """with check.case("public", points=1):
    check.close(f(2.0), 4.0)
### BEGIN HIDDEN TESTS
for secret in (7341.0, 7342.0):
    with check.case(f"hidden {secret > 7341.5}", points=1):
        check.close(f(secret), 2 * secret, hint="Think of f.")
### END HIDDEN TESTS
check.score(out_of=3)"""
PLAIN = "assert f(2.0) == 4.0\n### BEGIN HIDDEN TESTS\nassert f(7341.0) == 2 * 7341.0, f(7341.0)\n### END HIDDEN TESTS"
TELLING = {
    "prints": "def f(x):\n    print('SEEN', x)\n    return 2 * x",
    "warns": "import warnings\ndef f(x):\n    warnings.warn(f'SEEN {x}')\n    return 2 * x",
    "writes to stderr": "import sys\ndef f(x):\n    print('SEEN', x, file=sys.stderr)\n    return 2 * x",
    "displays": "from IPython.display import display\ndef f(x):\n    display(f'SEEN {x}')\n    return 2 * x",
    "raises": "def f(x):\n    raise ValueError(f'SEEN {x}')",
    "raises with a note": "def f(x):\n    e = ValueError()\n    e.add_note(f'SEEN {x}')\n    raise e",
    "raises a class named so": "def f(x):\n    raise type(f'Seen{int(x)}', (KeyError,), {})",
    "returns text": "def f(x):\n    return f'SEEN {x}'",
    "returns an object": "class A:\n    def __init__(self, x): self.x = x\n"
    "    def __repr__(self): return f'SEEN {self.x}'\ndef f(x): return A(x)",
    "returns the input": "def f(x):\n    return x",
    "returns a shape": "import numpy as np\ndef f(x):\n    return np.zeros((int(x), 1))",
    "dies": "import os\ndef f(x):\n    os._exit(int(x) % 256)",
}


def page(made: NotebookNode) -> str:
    """What of a graded notebook is left for the student."""
    left, _ = RedactHidden().preprocess(made, {})
    for one in left.cells:
        if one.cell_type == "code" and one.metadata.get("nbgrader", {}).get("solution"):
            one.source = ""
        for output in one.get("outputs", []):  # programs read this, pages do not show it
            output.get("data", {}).pop("application/vnd.cnn-course.score+json", None)
    return json.dumps(left.cells)


@pytest.mark.parametrize("test", [TEST, PLAIN], ids=["cases", "plain"])
@pytest.mark.parametrize("how", TELLING)
def test_hidden_inputs_do_not_reach_the_page(how: str, test: str) -> None:
    made = notebook(shared(), answer(TELLING[how]), graded(test, points=3))
    run(made)
    kept = json.dumps(made.cells[-1].outputs)
    if "print" in how:
        assert "SEEN 7341.0" in kept
    told = page(made)
    assert "7341" not in told
    assert "7342" not in told


def test_what_a_submission_keeps_is_not_shown_later() -> None:
    made = notebook(
        shared(),
        cell("print('early')"),
        answer("kept = []\ndef f(x):\n    kept.append(x)\n    return 2 * x\ndef g(x):\n    print(kept)\n    return x"),
        graded(TEST, points=3),
        cell("print('SEEN', kept)"),
        cell("raise ValueError(kept)"),
        graded("with check.case('later'):\n    check.close(g(1.0), 1.0)\ncheck.score(out_of=1)", "later_tests"),
    )
    run(made)
    assert result(made.cells[3]) == "3.0"
    assert result(made.cells[6]) == "1.0"
    assert "7341" in made.cells[4].outputs[0].text
    told = page(made)
    assert "7341" not in told
    assert "early" in told
    assert told.count(LEFT_OUT) == 2
    assert "It ended with: ValueError." in told


def test_what_is_public_is_shown_and_what_is_hidden_is_kept_for_the_instructor() -> None:
    made = notebook(shared(), answer("def f(x):\n    print('called with', x)\n    return x"), graded(TEST, points=3))
    run(made)
    outputs = made.cells[-1].outputs
    public = [o for o in outputs if not o.get("metadata", {}).get(INSTRUCTOR_ONLY)]
    assert public[0].text == "called with 2.0\n"
    withheld = json.dumps([o for o in outputs if o.get("metadata", {}).get(INSTRUCTOR_ONLY)])
    assert "called with 7341.0" in withheld
    assert "14682" in withheld
    table = next(o for o in public if o.output_type == "display_data").data["text/plain"]
    assert "The result is not what was expected." in table
    assert "Hint: Think of f." in table
    assert "got" in table  # of the public case
    assert "14682" not in table


def test_an_error_in_a_hidden_part_costs_the_points_and_shows_its_type() -> None:
    made = notebook(shared(), answer("def f(x):\n    return 4.0"), graded(PLAIN))
    run(made)
    (error,) = (o for o in made.cells[-1].outputs if o.output_type == "error")
    assert (error.ename, error.evalue) == ("AssertionError", "in a hidden test")
