"""Whole notebooks: which cell runs where, and what a cell that hangs, dies or floods costs."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from support.small_notebooks import answer, cell, engine, error, graded, notebook, result, run, shared, shown, text

from grader.engine.cell_plan import Place, plan
from grader.engine.isolation import Isolation
from grader.engine.job import TooLarge
from grader.engine.limits import Limits
from grader.engine.notes import sentences
from grader.engine.student_session import Outcome
from grader.engine.submission_files import read_beside

VALIDATING = {"NBGRADER_EXECUTION": "validate", "NBGRADER_VALIDATING": "1"}
CASES = "with check.case('{0}', points=1):\n    check.close({0}(2.0), 4.0)\n"


def test_every_cell_runs_where_it_belongs() -> None:
    made = notebook(
        shared("where = []\nimport os\nwhere.append(os.getpid())"),
        answer("here = os.getpid()"),
        graded("assert where[0] == os.getpid() != here\nassert len(where) == 1"),
    )
    reports = run(made)
    assert [r.place for r in reports] == [Place.BOTH, Place.STUDENT, Place.TESTER]
    assert error(made.cells[-1]) == ""
    assert [c.execution_count for c in made.cells] == [1, 2, 3]
    assert made.cells[-1].metadata["tamper_proof"] is True


def test_a_submission_cannot_say_where_its_cells_run() -> None:
    source = notebook(shared(), answer("def f(): pass"), graded("assert f() == 1"))
    forged = notebook(
        cell(source.cells[0].source, "shared", locked=True),
        cell("f = 1", "answer", tags=("shared",), solution=True, locked=True),
        cell("evil = 1", "mine", tags=("shared",), locked=True),
        graded("assert f() == 1", in_kernel=True),
    )
    forged.metadata["in_kernel"] = True
    assert plan(forged, source).places == (Place.BOTH, Place.STUDENT, Place.STUDENT, Place.TESTER)
    # Without the instructor's notebook nothing counts as shared.
    assert Place.BOTH not in plan(forged).places
    assert Place.IN_KERNEL not in plan(forged).places


DEATHS = {
    "exit": ("import os; os._exit(3)", "exited with code 3"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "killed by signal 11"),
    "kill": ("import os; os.kill(os.getpid(), 9)", "killed by signal 9"),
}


@pytest.mark.parametrize("how", DEATHS)
def test_a_cell_that_dies_costs_its_own_exercise_only(how: str) -> None:
    code, reason = DEATHS[how]
    made = notebook(
        shared(),
        answer("state = [1]\ndef a(x): return 2 * x", "a"),
        graded(CASES.format("a") + "check.score()", "ta"),
        answer(f"print('before')\n{code}\ndef b(x): return 2 * x", "b"),
        graded(CASES.format("b") + "check.score()", "tb"),
        answer("state.append(2)\ndef c(x): return state and 2 * x", "c"),
        graded(CASES.format("c") + "check.equal(state, [1, 2])\ncheck.score()", "tc"),
    )
    reports = run(made)
    assert [result(c) for c in made.cells if c.metadata.nbgrader.grade] == ["1.0", "0.0", "1.0"]
    assert reports[3].outcome is Outcome.DIED
    assert reason in error(made.cells[3])
    assert [r.outcome for r in reports if r.index != 3] == [Outcome.OK] * 6


@pytest.mark.parametrize("how", DEATHS)
def test_a_call_that_dies_costs_its_case_only(how: str) -> None:
    code, reason = DEATHS[how]
    made = notebook(
        shared(),
        answer(f"def a(x): return 2 * x\ndef b(x):\n    {code}\ndef c(x): return 2 * x"),
        graded(CASES.format("a") + CASES.format("b") + CASES.format("c") + "check.score()"),
        graded(CASES.format("a") + "check.score()", "later"),
    )
    reports = run(made)
    assert result(made.cells[2]) == "2.0"
    assert result(made.cells[3]) == "1.0"
    assert reason in shown(made.cells[2])
    assert len(reports[2].deaths) == 1


def test_deaths_of_one_exercise_do_not_cost_another_its_cases() -> None:
    """A call that dies is answered by a new process; how many there may be is counted for each test cell."""
    dies = "\n".join(f'with check.case("{n}"):\n    check.equal(f({n}), {n})' for n in range(12)) + "\ncheck.score()"
    once = "\n".join(f'with check.case("{n}"):\n    check.equal(g({n}), {n})' for n in range(4)) + "\ncheck.score()"
    made = notebook(
        shared(),
        answer("import os\ndef f(x): os._exit(0)\ndef g(x): return x if x else os._exit(1)"),
        graded(dies, "t1", points=12),
        graded(once, "t2", points=4),
    )
    run(made)
    assert [result(made.cells[2]), result(made.cells[3])] == ["0.0", "3.0"], shown(made.cells[3])


def test_a_cell_that_hangs_is_interrupted_and_keeps_its_process() -> None:
    made = notebook(
        answer("kept = 5", "a"),
        answer("print('begun')\nwhile True: pass", "b"),
        answer("print(kept)", "c"),
    )
    reports = run(made, seconds=1)
    assert reports[1].outcome is Outcome.TIMEOUT
    assert "begun" in text(made.cells[1])
    assert "KeyboardInterrupt" in error(made.cells[1])
    assert "stopped after 1 s" in error(made.cells[1])
    assert text(made.cells[2]) == "5\n"


def test_a_cell_that_refuses_to_stop_is_killed_and_replayed_around() -> None:
    stubborn = "import time\nwhile True:\n    try: time.sleep(10)\n    except BaseException: pass"
    made = notebook(answer("kept = [1]", "a"), answer(stubborn, "b"), answer("print(kept)", "c"))
    reports = run(made, seconds=1)
    assert reports[1].outcome is Outcome.TIMEOUT
    assert "stopped after 1 s" in error(made.cells[1])
    assert text(made.cells[2]) == "[1]\n"
    assert made.cells[0].outputs == []


def test_a_call_that_hangs_costs_its_case_only() -> None:
    made = notebook(
        shared(),
        answer("def a(x): return 2 * x\ndef b(x):\n    while True: pass\ndef c(x): return 2 * x"),
        graded(CASES.format("a") + CASES.format("b") + CASES.format("c") + "check.score()"),
    )
    (*_, report) = run(made, seconds=6)
    assert result(made.cells[2]) == "2.0"
    assert "longer than 2 s and was stopped" in shown(made.cells[2])
    assert report.deaths == []
    assert sentences(report) == ["a call of the test took too long, and was stopped after 2 s"]


def test_a_test_that_hangs_itself_ends() -> None:
    made = notebook(
        shared(),
        answer("def ones():\n    while True: yield 1\ndef a(x): return 2 * x"),
        graded("with check.case('endless'):\n    list(ones())\ncheck.score()"),
        graded(CASES.format("a") + "check.score()", "later"),
    )
    report = run(made, seconds=2)[2]
    assert result(made.cells[2]) == "0.0"
    assert result(made.cells[3]) == "1.0"
    assert report.outcome is Outcome.TIMEOUT
    assert sentences(report)[0] == "stopped after 2 s"


# As if the bell rang while the shell tells of an error, before the clock is stopped, and after it. It is code of no
# cell, as the places that it stands for.
RING = """
import signal
from IPython import get_ipython
from grader.engine.shell.sink import OutputSink

def ringing(owner, name):
    function = getattr(owner, name)
    def rings_first(*args, **kwargs):
        signal.raise_signal(signal.SIGALRM)
        return function(*args, **kwargs)
    setattr(owner, name, rings_first)

ringing(get_ipython(), "showtraceback")
ringing(OutputSink, "take")
ringing(signal, "setitimer")
"""


def test_a_bell_that_rings_late_stops_nothing_but_the_test() -> None:
    made = notebook(
        shared(),
        cell(f'exec(compile({RING!r}, "<the bell>", "exec"))', "bell", tags=("tests_only",), locked=True),
        answer("def a(x): return 2 * x"),
        graded("a(1)\nwhile True: pass"),
        graded(CASES.format("a") + "check.score()", "later"),
    )
    reports = run(made, seconds=2)
    assert [r.outcome for r in reports[2:]] == [Outcome.OK, Outcome.TIMEOUT, Outcome.OK]
    assert "The test itself took too long" in error(made.cells[3])
    assert result(made.cells[4]) == "1.0"


def test_objects_of_a_process_that_died_are_lost() -> None:
    made = notebook(
        shared(),
        answer("class A:\n    x = 1\ndef die():\n    import os; os._exit(1)"),
        graded(
            "import pytest\na = A()\nassert a.x == 1\nwith pytest.raises(RuntimeError): die()\n"
            "with pytest.raises(RuntimeError, match='lost'): a.x\nassert A().x == 1"
        ),
    )
    run(made)
    assert error(made.cells[2]) == ""


def test_the_time_of_a_submission_is_bounded() -> None:
    made = notebook(*(answer("import time; time.sleep(1.5)", f"a{n}") for n in range(4)))
    reports = run(made, submission_seconds=2)
    assert reports[0].outcome is Outcome.OK
    assert reports[-1].outcome is Outcome.SKIPPED
    assert "used up" in error(made.cells[-1])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_is_cut_off_at_the_source(stream: str) -> None:
    made = notebook(answer(f"import sys\nfor _ in range(50000): print('x' * 1000, file=sys.{stream})\nprint('end')"))
    reports = run(made, output_bytes=100_000)
    assert reports[0].outcome is Outcome.OK
    size = sum(len(str(o)) for o in made.cells[0].outputs)
    assert 90_000 < size < 120_000
    assert "cut off here: it is more than 0.1 MB" in shown(made.cells[0])


FLOODS = {
    "descriptor": "import os\nfor _ in range(3000): os.write(1, b'x' * 10000)",
    "a child": "!yes | head -c 30000000",
    "displays": "from IPython.display import display, HTML\nfor _ in range(1000): display(HTML('x' * 100000))",
    "an error": "raise ValueError('x' * 30_000_000)",
    "a result": "'x' * 30_000_000",
}


@pytest.mark.parametrize("how", FLOODS)
def test_other_floods_are_cut_off_too(how: str) -> None:
    made = notebook(answer(FLOODS[how]), answer("print('next')", "b"))
    run(made, output_bytes=100_000)
    assert sum(len(str(o)) for o in made.cells[0].outputs) < 2_000_000
    assert text(made.cells[1]) == "next\n"


def test_a_flood_in_a_call_is_cut_off() -> None:
    made = notebook(
        shared(),
        answer("def f(x):\n    for _ in range(20000): print('x' * 1000)\n    return 2 * x"),
        graded(CASES.format("f") + "check.score()"),
    )
    run(made, output_bytes=100_000)
    assert result(made.cells[2]) == "1.0"
    assert sum(len(str(o)) for o in made.cells[2].outputs) < 300_000


def test_in_kernel_tests_are_marked() -> None:
    made = notebook(
        shared(), answer("x = 3\nget_ipython().ast_transformers"), graded("assert type(x) is int\n1", in_kernel=True)
    )
    reports = run(made)
    assert reports[2].place is Place.IN_KERNEL
    assert made.cells[2].metadata["tamper_proof"] is False
    assert "not proof against tampering" in text(made.cells[2])
    assert result(made.cells[2]) == "1"


def test_a_whole_notebook_may_ask_for_its_kernel() -> None:
    made = notebook(shared(), answer("x = 3"), graded("assert x == 3"))
    made.metadata["in_kernel"] = True
    assert [r.place for r in run(made)] == [Place.BOTH, Place.STUDENT, Place.IN_KERNEL]


def test_plain_partial_credit() -> None:
    made = notebook(
        answer("def f(x): return x"), graded("score = 0\nif f(1) == 1: score += 1\nif f(2) == 3: score += 1\nscore")
    )
    run(made)
    assert result(made.cells[1]) == "1"


def test_empty_cells_and_text_are_left_alone() -> None:
    made = notebook(answer("  \n"), nbformat.v4.new_markdown_cell("text"), answer("1", "b"))
    run(made)
    assert made.cells[0].outputs == []
    assert made.cells[2].execution_count == 1


def test_files_beside_the_notebook_but_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("a")
    (tmp_path / "hidden.ipynb").write_text("secret")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    assert read_beside(tmp_path, 1000) == {"data/a.txt": b"a"}
    made = notebook(answer("import os\nprint(sorted(os.listdir('.')), open('data/a.txt').read())"))
    engine().run(made, made, Limits(), read_beside(tmp_path, 1000))
    assert text(made.cells[0]) == "['data'] a\n"


def test_files_that_are_too_large_concern_this_submission_alone(tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(bytes(2000))
    with pytest.raises(TooLarge, match="more than a submission may bring"):
        read_beside(tmp_path, 1000)


def test_a_tester_that_cannot_work_costs_no_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder is gone, so it dies at once: the submission is not graded, which is no zero."""
    made = notebook(shared(), answer("a = 1"), graded("assert a == 1"))
    gone = nullcontext(tmp_path / "gone")
    monkeypatch.setattr("grader.engine.private_folder.private_folder", lambda files: gone)
    with pytest.raises(RuntimeError, match="died twice"):
        engine().run(made, made, Limits())


def test_a_tester_that_dies_once_is_started_anew() -> None:
    die_once = "import os\nfirst = not os.path.exists('seen')\nopen('seen', 'w').close()\nif first: os._exit(1)\n"
    made = notebook(shared(), answer("def a(x): return 2 * x"), graded(die_once + CASES.format("a") + "check.score()"))
    run(made)
    assert result(made.cells[2]) == "1.0"


@pytest.mark.parametrize(("told", "expected"), [({}, "autograde None"), (VALIDATING, "validate 1")])
def test_a_notebook_can_read_what_nbgrader_does_with_it(
    told: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VALIDATING:
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    said = "import os\nprint(os.getenv('NBGRADER_EXECUTION'), os.getenv('NBGRADER_VALIDATING'))"
    made = notebook(answer(said), graded(said))
    run(made)
    assert [text(cell) for cell in made.cells] == [f"{expected}\n"] * 2


@pytest.fixture
def course(tmp_path: Path) -> Any:
    """A folder as nbgrader has it: the instructor's notebook under `source`, the submission under `autograded`."""
    made = notebook(shared(), answer("def a(x): return 3 * x"), graded(CASES.format("a") + "check.score(out_of=1)"))
    source = tmp_path / "source" / "ps1"
    source.mkdir(parents=True)
    nbformat.write(made, source / "p.ipynb")
    return tmp_path


def test_the_preprocessor_takes_the_place_of_execute(course: Path) -> None:
    from nbgrader.utils import determine_grade
    from traitlets.config import Config

    from grader.engine.preprocessor import ExecuteIsolated

    config = Config({"CourseDirectory": {"root": str(course)}, "ExecuteIsolated": {"isolation": "none", "timeout": 20}})
    submitted: NotebookNode = nbformat.read(course / "source" / "ps1" / "p.ipynb", 4)
    for code, points in (("def a(x): return 2 * x", 1), ("def a(x): return 3 * x", 0), ("import os; os._exit(1)", 0)):
        submitted.cells[1].source = code
        done, _ = ExecuteIsolated(config=config).preprocess(
            submitted, {"nbgrader": {"assignment": "ps1", "notebook": "p"}, "metadata": {"path": str(course)}}
        )
        assert determine_grade(done.cells[2]) == (points, 1)
        assert done.metadata["grading"] == {"repairs": [], "isolation": "none", "remark": Isolation.NONE.remark}
        nbformat.validate(done)
    (note,) = done.cells[1].metadata["grading_notes"]
    assert note.startswith("answer: its process ended: The kernel died in this cell (exited with code 1)")
