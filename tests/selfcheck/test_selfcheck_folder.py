"""`course check` and the student's folder: what it takes from there, what it names, and that it leaves nothing."""

import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from support.student_notebooks import answer, checked, code, save, text

from course_lib import selfcheck
from course_lib.errors import CourseError


def test_files_that_are_handed_in_are_there_and_nothing_is_left(tmp_path: Path) -> None:
    book = [
        answer("a", "", "from pathlib import Path\nfound = sorted(p.name for p in Path().iterdir())"),
        answer("b", "", "Path('weights.bin').write_text('new'); Path('made.txt').touch(); Path('sub').mkdir()"),
        checked("a", "assert found == ['weights.bin']", 1),
    ]
    path = save(tmp_path, *book, course={"hand_in": ["weights.bin", "absent.bin", "../up.bin"]})
    (tmp_path / "weights.bin").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    before = path.read_bytes()
    assert selfcheck.run(path).passed
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "weights.bin", "notes.txt"}
    assert (tmp_path / "weights.bin").read_text() == "old"
    assert path.read_bytes() == before


def test_a_file_that_shadows_a_package_is_named_and_left_out(tmp_path: Path) -> None:
    book = [answer("a", "", "import torch\nfrom torch import nn"), checked("a", "assert nn.Linear", 1)]
    path = save(tmp_path, *book)
    for name in ("torch.py", "json.py", "my_own_helpers.py", "not-a-module.py"):
        (tmp_path / name).write_text("raise ImportError('the wrong one')")
    report = selfcheck.run(path)
    assert report.passed
    assert [note.what.partition(" lies beside")[0] for note in report.notes] == ["json.py", "torch.py"]
    assert report.notes[1].what == (
        "torch.py lies beside your notebook, so in your own session `import torch` takes this file in place of the "
        "package of that name. Rename it. Grading does not have it, and this check left it out."
    )


@pytest.mark.parametrize(
    ("source", "file", "error"),
    [
        ("import helpers", "helpers.py", "ModuleNotFoundError: No module named 'helpers'"),
        ("table = open('numbers.csv').read()", "numbers.csv", "FileNotFoundError: "),
    ],
)
def test_a_file_that_is_not_handed_in_is_named(tmp_path: Path, source: str, file: str, error: str) -> None:
    path = save(tmp_path, text("### Exercise 1: A (1 point)"), answer("a", "", source), checked("a", "assert True", 1))
    (tmp_path / file).write_text("x = 1")
    (note,) = selfcheck.run(path).notes
    assert note.where.startswith('Cell 2, under "Exercise 1: A"')
    assert note.what.startswith(error)
    assert note.what.endswith(
        f"{file} lies beside your notebook but is not handed in with it, so grading will not find it."
    )


def test_on_colab_a_file_that_is_not_there_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "01_convolution.ipynb"
    with pytest.raises(CourseError) as caught:
        selfcheck.run(path)
    assert str(caught.value) == f"there is no file {path}."
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    with pytest.raises(CourseError) as caught:
        selfcheck.run(path)
    assert str(caught.value) == (
        f"there is no file {path}. On Colab the notebook lies on no disk. Run the last cell of the assignment instead: "
        "it says where you stand. Or download the notebook and check it on your own computer."
    )


def test_below_a_kernel_no_bar_is_drawn(tmp_path: Path) -> None:
    path = save(tmp_path, answer("a", "", "a = 1"), checked("a", "assert a == 1", 1))
    command = shutil.which("course", path=Path(sys.executable).parent)
    book = nbformat.v4.new_notebook(cells=[code(f"!{command} check {path}")])
    NotebookClient(book, kernel_name="python3", timeout=300).execute()
    said = "".join(output.text for output in book.cells[0].outputs)
    assert "1 of 1 points of the public tests" in said
    assert "Running your notebook" not in said
