"""A file that is handed in beside the notebook: collected, graded for what it holds, and nothing else."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook
from safetensors.torch import save
from support.grading_course import _nbgrader

from grader.authoring.generate_release import generate
from grader.course_dir import CourseDir
from grader.engine.run_isolated import without_isolation
from grader.exchange.batch import grade
from grader.exchange.batch.files import MOST_OTHER_BYTES
from grader.exchange.collect import collect
from grader.exchange.release import release
from grader.exchange.scores import scores

NAME, FILE = "00_file", "model.safetensors"
RECIPE = 'def recipe():\n    ### BEGIN SOLUTION\n    return "FC 2"\n    ### END SOLUTION'
HANDED_IN = f"""\
from pathlib import Path
def handed_in():
    return Path("{FILE}").read_bytes() if Path("{FILE}").is_file() else None"""
TESTS = """\
from course_lib import models, train
with check.case("the net of the file", points=2):
    net, content = models.described(recipe(), (1, 1, 2)), handed_in()
    if type(content) is not bytes:
        raise train.NoCheckpoint("there is no file")
    train.load_weights(net, content)
    check.close(net(torch.eye(2).view(2, 1, 1, 2)).detach(), torch.eye(2))
check.score(out_of=2)"""
GOOD = save({"1.weight": torch.eye(2), "1.bias": torch.zeros(2)})


@pytest.fixture
def course(tmp_path: Path) -> CourseDir:
    """An assignment that asks for weights, released; its solution is a right answer."""
    course = CourseDir.sandbox(tmp_path / "course")
    cells = [
        _nbgrader(new_code_cell("import torch\nfrom course_lib import check"), "shared-1", locked=True),
        _nbgrader(new_code_cell(RECIPE), "recipe", solution=True),
        _nbgrader(new_code_cell(HANDED_IN), "given-1", locked=True),
        _nbgrader(new_code_cell(TESTS), "recipe_tests", grade=True, locked=True, points=2),
    ]
    cells[0].metadata["tags"] = ["shared"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"hand_in": [FILE], "out_of_bounds": ["course_lib.models", "course_lib.train"]}
    text = nbformat.writes(new_notebook(cells=cells, metadata={"kernelspec": kernel, "course": about}))
    for path, content in ((course.solution(NAME), text), (course.released(NAME), generate(NAME, text))):
        path.parent.mkdir(parents=True)
        path.write_text(content, "utf-8")
    release(course, NAME)
    return course


def test_weights_are_collected_and_graded_for_what_they_hold(course: CourseDir, tmp_path: Path) -> None:
    brought = {
        "ada": GOOD,
        "bob": None,
        "cy": GOOD[:-3],
        "dee": save({"1.weight": torch.eye(3), "1.bias": torch.zeros(3)}),
        "eve": bytes(MOST_OTHER_BYTES + 1),
    }
    for student, content in brought.items():
        folder = tmp_path / "download" / student
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_bytes(course.solution(NAME).read_bytes())
        if content is not None:
            (folder / FILE).write_bytes(content)
    collect(course, NAME, tmp_path / "download")
    report = grade(course, NAME, jobs=1, execute=without_isolation)
    assert [result.outcome for result in report.results] == ["graded"] * 5
    earned = {student: scores(course, NAME).of(student).total for student in brought}
    assert earned == {"ada": 2, "bob": 0, "cy": 0, "dee": 0, "eve": 0}
    said = {student: course.autograded(NAME, student).read_text("utf-8") for student in brought}
    assert "there is no file" in said["bob"]
    assert "is not a whole safetensors file" in said["cy"]
    assert "has shape (3, 3); the net needs (2, 2)" in said["dee"]
    assert f"was too large and was left out ({FILE})" in said["eve"]
