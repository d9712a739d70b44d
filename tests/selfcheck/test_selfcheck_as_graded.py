"""`course check` says what the grader says: the same notebook through both, however it was saved and answered."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from textwrap import indent
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum
from support.damage import as_bytes, colab, deleted, edited, pasted_twice, untouched, without_ids, without_metadata
from support.tiny_project import TinyProject, make_tiny

from course_lib import released, selfcheck
from course_lib.check.score import SCORE_MIME
from course_lib.repair.reference import reference_of
from course_lib.repair.repair import repaired_file
from grader.authoring.build import build
from grader.engine.engine import shared_engine
from grader.engine.isolation import Isolation
from grader.engine.limits import Limits
from grader.engine.submission_files import read_beside

NAME = "01_convolution"
SECONDS = 12
MEMORY = 1 << 30
STUBBORN = """\
while x == 3:
    try:
        while True:
            pass
    except BaseException:
        pass
return 2 * x"""
GREEDY = """\
import time
kept = []
while x == 3:
    kept.append(b"a" * 2**22)
    time.sleep(0.01)
return 2 * x"""
LIKE_AN_ARRAY = """\
class Signal:
    def __array__(self, dtype=None, copy=None):
        import numpy as np
        return np.array(2.0 * x, dtype)
return Signal()"""
QUADRATIC = "n = x * 10**6 if x == 3 else x\nreturn 2 * sum(1 for i in range(n) for j in range(n)) // max(n, 1)"

# What is written into the exercise of this name, and the points of its cases: 0.25 for zero, 0.5 for 3, 0.25 for 5.
ANSWERS: dict[str, tuple[str | None, float]] = {
    "right": ("return 2 * x", 1.0),
    "blank": (None, 0.0),
    "wrong": ("return x + 3", 0.5),
    "no_python": ("return 2 * * x", 0.0),
    "raises": ("return {0: 0, 5: 10}[x]", 0.5),
    "loops": ("while x == 3:\n    pass\nreturn 2 * x", 0.5),
    "quadratic": (QUADRATIC, 0.5),
    "stubborn": (STUBBORN, 0.5),
    "dies": ("if x == 3:\n    import os; os._exit(3)\nreturn 2 * x", 0.5),
    "dies_always": ("import os; os._exit(3)", 0.0),
    "greedy": (GREEDY, 0.5),
    "like_an_array": (LIKE_AN_ARRAY, 1.0),
    "series": ("import pandas as pd\nreturn pd.Series([2 * x])", 1.0),
    "frame": ("import pandas as pd\nreturn pd.DataFrame({'y': [2.0 * x]})", 1.0),
    "index": ("import pandas as pd\nreturn pd.Index([2 * x]) if x else 1", 0.75),
    "text_in_a_series": ("import pandas as pd\nreturn pd.Series([str(2 * x)])", 0.0),
    "masked": ("import numpy as np\nreturn np.ma.masked_array([2 * x], [x == 3])", 0.5),
    "quantized": ("import torch\nreturn torch.quantize_per_tensor(torch.tensor([2.0 * x]), 2.0, 0, torch.quint8)", 1.0),
    "right_after_all": ("return sum([x, x])", 1.0),
}

EXERCISE = """\
### Exercise {number}: {name} (1 point)

```{{code-cell}} ipython3
:answer: {name}

def {name}(x):
    \"\"\"Two times x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

```{{code-cell}} ipython3
:tests: {name}
:points: 1

with check.case("zero", points=0.25):
    check.equal({name}(0), 0)
with check.case("three", points=0.5):
    check.equal({name}(3), 6)
with check.case("five", points=0.25):
    check.equal({name}(5), 10)
check.score(out_of=1)
```

"""


def exercises(names: list[str]) -> str:
    return "".join(EXERCISE.format(number=number, name=name) for number, name in enumerate(names, start=2))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> TinyProject:
    tiny = make_tiny(tmp_path_factory.mktemp("as_graded"))
    build(tiny).write()
    return tiny


@pytest.fixture(scope="module")
def graded_by_both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, float], dict[str, float]]:
    """Points by `course check` and by the grader, of one notebook in which each exercise has another kind of answer."""
    root = tmp_path_factory.mktemp("all_kinds")
    tiny = make_tiny(root)
    last = "### Exercise 2: Reasons"
    tiny.edit(
        f"solutions/{NAME}.md", last, exercises(list(ANSWERS)) + f"+++\n\n### Exercise {len(ANSWERS) + 2}: Reasons"
    )
    build(tiny).write()
    notebook = nbformat.read(tiny.assignment(NAME), as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.nbgrader.grade_id
        body = ANSWERS.get(name, (None,))[0]
        if body is not None:
            cell["source"] = f"def {name}(x):\n{indent(body, '    ')}"
    folder = root / "mine"
    folder.mkdir()
    return both(tiny, notebook, folder, isolation=Isolation.SANDBOX)


def renamed_kernel(notebook: NotebookNode) -> NotebookNode:
    notebook.metadata.kernelspec |= {"name": "python", "display_name": "Python (Pyodide)"}
    return notebook


def bare(notebook: NotebookNode) -> NotebookNode:
    """As Kaggle, Deepnote and marimo give it back: no label, no id, metadata of their own."""
    notebook = without_ids(without_metadata()(notebook))
    notebook["metadata"] = {"kernelspec": {"name": "conda-base-py", "language": "python", "display_name": "Base"}}
    return notebook


SAVED: dict[str, Callable[[NotebookNode], NotebookNode]] = {
    "untouched": untouched,
    "bare": bare,
    "Colab": colab,
    "JupyterLite": renamed_kernel,
    "a test twice": pasted_twice("twice_tests"),
    "a test gone": deleted("twice_tests"),
    "a test changed": edited("twice_tests", "check.score = 2"),
    "shared code gone": deleted("an-assignment-2"),
}


def graded(project: TinyProject, data: bytes, folder: Path, *, isolation: Isolation) -> dict[str, float]:
    """Points of the public cases, by the grader: its repair and its two interpreters."""
    release = nbformat.read(project.assignment(NAME), as_version=4)
    notebook = deepcopy(repaired_file(data, reference_of(release)).notebook)
    limits = Limits(cell_seconds=SECONDS, memory_bytes=MEMORY)
    shared_engine(isolation).run(notebook, release, limits, read_beside(folder, limits.disk_bytes))
    return {cell.metadata.nbgrader.grade_id: public(cell) for cell in notebook.cells if is_test(cell)}


def is_test(cell: NotebookNode) -> bool:
    part: dict[str, Any] = cell.metadata.get("nbgrader", {})
    return bool(part.get("grade") and not part.get("solution"))


def public(cell: NotebookNode) -> float:
    records = [output.data[SCORE_MIME] for output in cell.outputs if SCORE_MIME in output.get("data", {})]
    return sum(float(case["earned"]) for record in records[-1:] for case in record["cases"])


def both(
    project: TinyProject, notebook: Any, folder: Path, *, isolation: Isolation = Isolation.NONE
) -> tuple[dict[str, float], dict[str, float]]:
    """Points by `course check`, which leaves nothing in the folder, and by the grader."""
    path = folder / "mine.ipynb"
    path.write_bytes(as_bytes(notebook))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(released, "FOLDER", project.library_copy(NAME).parent)
        report = selfcheck.run(path, SECONDS, memory=MEMORY)
    assert [file.name for file in folder.iterdir()] == ["mine.ipynb"]
    checked = {exercise.grade_id: exercise.earned for exercise in report.exercises if not exercise.by_hand}
    return checked, graded(project, path.read_bytes(), folder, isolation=isolation)


@pytest.mark.parametrize("how", SAVED)
def test_however_it_was_saved(how: str, project: TinyProject, tmp_path: Path) -> None:
    notebook = nbformat.read(project.assignment(NAME), as_version=4)
    for cell in notebook.cells:
        if cell.metadata.nbgrader.grade_id == "twice":
            cell["source"] = "def twice(x):\n    return 2 * x"
    saved = json.loads(as_bytes(SAVED[how](notebook)))
    assert both(project, saved, tmp_path) == ({"twice_tests": 1.0}, {"twice_tests": 1.0})


def test_whatever_the_student_calls_by_the_names_of_the_tests(project: TinyProject, tmp_path: Path) -> None:
    notebook = nbformat.read(project.assignment(NAME), as_version=4)
    position = next(n for n, cell in enumerate(notebook.cells) if cell.metadata.nbgrader.grade_id == "twice")
    notebook.cells[position]["source"] = "def twice(x):\n    return 2 * x"
    notebook.cells.insert(position, nbformat.v4.new_code_cell("check, print, len = 'done', 1, 2"))
    assert both(project, notebook, tmp_path) == ({"twice_tests": 1.0}, {"twice_tests": 1.0})


@pytest.mark.parametrize("kind", ANSWERS)
def test_whatever_the_answer_does(kind: str, graded_by_both: tuple[dict[str, float], dict[str, float]]) -> None:
    by_check, by_grader = (points[f"{kind}_tests"] for points in graded_by_both)
    assert (by_check, by_grader) == (ANSWERS[kind][1],) * 2


def test_another_version_of_the_course_is_said_and_judged_by_its_own_tests(
    project: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(released, "FOLDER", project.library_copy(NAME).parent)
    notebook = nbformat.read(project.assignment(NAME), as_version=4)
    by_name = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}
    by_name["twice"]["source"] = "def twice(x):\n    return x * 3"
    tests = by_name["twice_tests"]
    tests["source"] = tests.source.replace("twice(3), 6", "twice(3), 9")
    path = tmp_path / "mine.ipynb"
    path.write_bytes(as_bytes(notebook))  # changed by hand: grading puts the original back, and so does this
    report = selfcheck.run(path)
    assert report.exercises[0].earned == 0
    assert "This notebook" not in {note.where for note in report.notes}
    tests.metadata.nbgrader["checksum"] = compute_checksum(tests)  # as another version of the course has it
    path.write_bytes(as_bytes(notebook))
    report = selfcheck.run(path)
    assert report.exercises[0].earned == 1
    (note,) = report.notes
    assert note.where == "This notebook"
    assert note.what.startswith("The tests in this notebook are whole, but the course library has others")
