"""Files that are damaged or no notebook of an assignment: read as far as possible, or refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.student_notebooks import checked, save, text

from course_lib import selfcheck
from course_lib.errors import CourseError
from course_lib.selfcheck import Verdict

LECTURE = '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# A lecture"}]}'


def test_damaged_metadata_does_no_harm(tmp_path: Path) -> None:
    good = checked("a", "assert a == 1", 1)
    cell = {
        "cell_type": "code",
        "source": ["assert a ", "== 1"],
        "metadata": {"nbgrader": dict(good.metadata.nbgrader)},
    }
    broken = {"cell_type": "code", "metadata": {"nbgrader": {"grade": True, "points": "?"}}, "source": "assert a == 1"}
    book = {
        "nbformat": 4,
        "metadata": {"kernelspec": None, "colab": {"provenance": []}},
        "cells": [
            {"cell_type": "code", "source": "a = 1", "outputs": "?", "id": "same"},
            {"cell_type": "markdown", "source": ["## Ti", "tle"], "metadata": None, "id": "same"},
            cell,
            broken,
            {"cell_type": "heading"},
            {},
            None,
        ],
    }
    path = tmp_path / "from_colab.ipynb"
    path.write_text("\ufeff" + json.dumps(book), encoding="utf-8")
    report = selfcheck.run(path)
    assert [(e.title, e.verdict, e.public) for e in report.exercises] == [
        ("Title", Verdict.PASSED, 1),
        ("Title", Verdict.PASSED, 0),
    ]


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": 3}},
        {"course": [1]},
        {"course": {"tests": ["test_a"], "out_of_bounds": 3}},
        {"course": {"tests": {"test_b": "many"}}},
    ],
)
def test_damaged_metadata_of_the_notebook_does_no_harm(tmp_path: Path, metadata: dict[str, Any]) -> None:
    path = save(tmp_path, checked("a", "assert 1 == 1", 1))
    book = json.loads(path.read_text("utf-8"))
    book["metadata"] |= metadata
    book["cells"] += [
        {"cell_type": "code", "metadata": {"tags": 3}, "source": "half = '\ud800'"},
        {"cell_type": "code", "metadata": {}, "source": "a null: \0"},
    ]
    path.write_text(json.dumps(book), "utf-8")
    report = selfcheck.run(path)
    assert [(e.grade_id, e.verdict) for e in report.exercises] == [("test_a", Verdict.PASSED)]
    assert [note.where[:6] for note in report.notes] == ["Cell 3"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("deep.ipynb", "[" * 100_000, "{path} cannot be checked: the file is not a notebook (not JSON). "),
        ("missing.ipynb", None, "there is no file {path}."),
        ("cut.ipynb", '{"cells": [', "{path} cannot be checked: the file is a notebook that is cut off or damaged"),
        ("other.ipynb", '{"a": 1}', "{path} cannot be checked: the file is not a notebook: it has no cells. Download"),
        ("list.ipynb", "[]", "{path} cannot be checked: the file is not a notebook: it has no cells. "),
        ("photo.ipynb", b"\x89PNG\xe0", "{path} cannot be checked: the file is not a notebook but a picture. "),
        ("lecture.ipynb", LECTURE, "{path} has no test cells, so there is nothing to check. Is it a lecture? "),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, name: str, content: str | bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CourseError) as caught:
        selfcheck.run(path)
    assert str(caught.value).startswith(message.format(path=path))
    assert "\n" not in str(caught.value)


def test_a_folder_is_answered_with_the_notebook_in_it(tmp_path: Path) -> None:
    path = save(tmp_path, text("empty"))
    with pytest.raises(CourseError) as caught:
        selfcheck.run(tmp_path)
    assert str(caught.value) == f"{tmp_path} is a folder. Name the notebook in it, e.g. {path}."
