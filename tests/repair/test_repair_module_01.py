"""Each kind of damage to a complete notebook of module 01: it is as new again, and the report says what was done."""

from __future__ import annotations

import nbformat
import pytest
from nbformat import NotebookNode
from support.damage import (
    Damage,
    as_bytes,
    byte_order_mark,
    colab,
    deleted,
    edited,
    flooded,
    get,
    in_conflict,
    moved,
    own_cells,
    pasted_twice,
    place,
    renamed,
    retyped,
    split,
    swapped_labels,
    untouched,
    utf_16,
    version_3,
    windows_line_ends,
    without_ids,
    without_metadata,
)
from support.module_one import NAME, WRITTEN, answered, blank, reference

from course_lib.repair.damage import Damaged, sentences
from course_lib.repair.repair import Repaired, repaired_file


def repair(data: bytes) -> Repaired:
    return repaired_file(data, reference())


def core(notebook: NotebookNode) -> list[tuple[str, str, str]]:
    """What decides the points: name, type and source of every cell of the assignment, in order."""
    parts = [(c.metadata.get("nbgrader", {}).get("grade_id", ""), c.cell_type, c.source) for c in notebook.cells]
    return [part for part in parts if part[0]]


def as_new() -> list[tuple[str, str, str]]:
    return core(repair(as_bytes(answered())).notebook)


RECOGNIZED = [cell.name for cell in reference().cells if cell.is_core or cell.is_given]
ALL = f"{len(RECOGNIZED)} cells had lost their labels and were recognized by their content (course-setup, "
CORE = sum(cell.is_core for cell in reference().cells)
OLD = "The notebook was in the older format {} and was brought up to date."


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (untouched, []),
        (deleted("shift_tests"), ["One test cell was missing and was put back (shift_tests)."]),
        (
            deleted("shift_tests", "correlate2d_tests"),
            ["Two test cells were missing and were put back (correlate2d_tests, shift_tests)."],
        ),
        (deleted("start-here-2"), ["One given cell was missing and was put back (start-here-2)."]),
        (pasted_twice("shift_tests"), ["One cell was there twice; the copy was left out (shift_tests)."]),
        (pasted_twice("shift_tests", 0), ["One cell was there twice; the copy was left out (shift_tests)."]),
        (pasted_twice("shift", 3), ["One cell was there twice; the copy was left out (shift)."]),
        (pasted_twice("why_share"), ["One cell was there twice; the copy was left out (why_share)."]),
        (moved("shift_tests", 3), ["One cell was moved and is back in its place (shift_tests)."]),
        (moved("shift", -1), ["One cell was moved and is back in its place (shift)."]),
        (moved("start-here-2", -1), ["One cell was moved and is back in its place (start-here-2)."]),
        (
            retyped("shift_tests", "raw"),
            ["One cell had been turned into another type and got its own back (shift_tests)."],
        ),
        (retyped("shift", "markdown"), ["One cell had been turned into another type and got its own back (shift)."]),
        (
            retyped("why_share", "code"),
            ["One cell had been turned into another type and got its own back (why_share)."],
        ),
        (edited("shift_tests", "2.0"), ["One test cell was not as it was handed out and was restored (shift_tests)."]),
        (edited("start-here-2", ""), ["One given cell was not as it was handed out and was restored (start-here-2)."]),
        (without_metadata("shift"), ["One cell had lost its label and was recognized by its content (shift)."]),
        (renamed("shift", "shift_1"), ["One cell had lost its label and was recognized by its content (shift)."]),
        (
            renamed("shift_tests", "x"),
            ["One cell had lost its label and was recognized by its content (shift_tests)."],
        ),
        (
            swapped_labels("shift", "shift_tests"),
            ["Two cells had lost their labels and were recognized by their content (shift, shift_tests)."],
        ),
        (
            swapped_labels("shift", "correlate2d"),
            ["Two cells had lost their labels and were recognized by their content (correlate2d, shift)."],
        ),
        (split("correlate2d", 12), ["One answer was split into several cells and was joined again (correlate2d)."]),
        (
            split("correlate2d", 12, label=False),
            ["One answer was split into several cells and was joined again (correlate2d)."],
        ),
        (own_cells, []),
        (without_ids, [OLD.format("4.0")]),
        (version_3, [OLD.format("3")]),
        (flooded(2), []),
    ],
)
def test_the_notebook_is_as_new_again(damage: Damage, told: list[str]) -> None:
    result = repair(as_bytes(damage(answered())))
    assert core(result.notebook) == as_new()
    assert list(sentences(result.repairs)) == told
    nbformat.validate(result.notebook)


@pytest.mark.parametrize(("damage", "first"), [(without_metadata(), ALL), (colab, OLD.format("4.0"))])
def test_a_notebook_without_any_label(damage: Damage, first: str) -> None:
    result = repair(as_bytes(damage(answered())))
    assert core(result.notebook) == as_new()
    assert sentences(result.repairs)[0].startswith(first)
    assert sentences(result.repairs)[-1].startswith(ALL)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            byte_order_mark,
            "The file was saved in another encoding (UTF-8 with a byte-order mark) and was read all the same.",
        ),
        (utf_16, "The file was saved in another encoding (UTF-16) and was read all the same."),
        (windows_line_ends, "The cells had the line ends of another system; they were changed."),
    ],
)
def test_a_file_saved_in_another_way(change, told: str) -> None:  # type: ignore[no-untyped-def]
    result = repair(change(as_bytes(answered())))
    assert core(result.notebook) == as_new()
    assert sentences(result.repairs) == (told,)


def test_cells_of_the_students_own_stay_where_they_were() -> None:
    notebook = repair(as_bytes(own_cells(answered()))).notebook
    assert len(notebook.cells) == 3 * len(answered().cells)
    assert notebook.cells[place(notebook, "shift") + 1].source.startswith("mine_")
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_a_lost_answer_is_told_and_not_made_up() -> None:
    result = repair(as_bytes(deleted("shift")(answered())))
    assert sentences(result.repairs) == ("One answer cell is missing from the notebook; its tests fail (shift).",)
    assert [part for part in as_new() if part[0] != "shift"] == core(result.notebook)


def test_a_lost_written_answer_is_blank_again() -> None:
    result = repair(as_bytes(deleted("why_share")(answered())))
    assert sentences(result.repairs) == ("One written answer was missing; its empty cell was put back (why_share).",)
    assert get(result.notebook, "why_share").source == get(blank(), "why_share").source


def test_all_versions_of_an_answer_run_and_the_last_is_the_answer() -> None:
    notebook = pasted_twice("shift")(answered())
    right = get(notebook, "shift").source
    get(notebook, "shift")["source"] = "def shift(x, down, right):\n    return 1"
    result = repair(as_bytes(notebook))
    sources = [cell.source for cell in result.notebook.cells]
    assert sources.index("def shift(x, down, right):\n    return 1") + 1 == sources.index(right)
    assert get(result.notebook, "shift").source == right
    assert "in several versions" in sentences(result.repairs)[0]


def test_a_written_answer_in_two_cells_is_read_as_one() -> None:
    notebook = pasted_twice("why_share")(answered())
    notebook.cells[place(notebook, "why_share") + 1]["source"] = "And another thing."
    assert get(repair(as_bytes(notebook)).notebook, "why_share").source == f"{WRITTEN}\n\nAnd another thing."


def test_an_answer_in_a_copy_of_a_test_cell_is_kept() -> None:
    """Restoring every cell that is labeled as a test would wipe it out."""
    notebook = pasted_twice("shift_tests")(answered())
    answer = get(notebook, "shift").source
    get(notebook, "shift")["source"] = get(blank(), "shift").source
    get(notebook, "shift_tests")["source"] = answer
    sources = [cell.source for cell in repair(as_bytes(notebook)).notebook.cells]
    assert sources.index(answer) < sources.index(reference().by_name["shift_tests"].source)


def test_nothing_that_a_submission_says_of_itself_counts() -> None:
    notebook = answered()
    test = get(notebook, "shift_tests")
    test.metadata.nbgrader |= {"points": 100, "locked": False, "solution": True, "schema_version": 1}
    test.metadata["in_kernel"] = True
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "x"}
    notebook.metadata["grading"] = {"repairs": ["I was here"], "isolated": True}
    result = repair(as_bytes(notebook)).notebook
    assert get(result, "shift_tests").metadata.nbgrader == reference().by_name["shift_tests"].nbgrader()
    assert "in_kernel" not in get(result, "shift_tests").metadata
    assert result.metadata.kernelspec.name == "python3"
    assert "grading" not in result.metadata


def conflict(line: bytes, theirs: bytes) -> bytes:
    return in_conflict(as_bytes(answered()), line, theirs)


def test_a_conflict_about_outputs_is_resolved() -> None:
    result = repair(conflict(b'"execution_count"', b'   "execution_count": 17,'))
    assert core(result.notebook) == as_new()
    assert sentences(result.repairs) == (
        "Version control had left conflict marks in the file; they concerned no answer and were resolved.",
    )


def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


def other_notebook(module: str) -> bytes:
    notebook = blank()
    for cell in notebook.cells:
        if (part := cell.metadata.nbgrader)["grade"] or part["solution"]:
            part["grade_id"] = cell["id"] = f"other_{part['grade_id']}"
            cell["source"] = f"{part['grade_id']} = 1"
    notebook.metadata["course"]["module"] = module
    return as_bytes(notebook)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b" \r\n\n", "the file is empty"),
        (b"my homework", "the file is not a notebook (not JSON)"),
        (b"\xff\xfe\x00", "the file is not a notebook (not JSON)"),
        (b"\x80\x81", "the file is not a notebook (not JSON)"),
        (b"[" * 100_000, "the file is not a notebook (not JSON)"),
        (b"PK\x03\x04...", "the file is not a notebook but a zip file"),
        (b"<!DOCTYPE html><html>", "the file is not a notebook but a web page"),
        (b"[1, 2]", "the file is not a notebook: it has no cells"),
        (b"{}", "the file is not a notebook: it has no cells"),
        (b'{"cells": 3, "nbformat": 4}', "the file is not a notebook: it has no cells"),
        (b'{"cells": [1], "nbformat": 5}', "the notebook is in format 5, which is newer than what can be read (4)"),
        (cut_off(as_bytes(answered())), "the file is a notebook that is cut off or damaged (not JSON)"),
        (
            b'{"cells": [{"cell_type": "code", "metadata": {}, "source": "x = 1"}], "nbformat": 4}',
            f"it is another notebook: none of the {CORE} answers and tests of {NAME} is in it",
        ),
        (
            other_notebook("02_building_blocks"),
            f"it is another notebook: none of the {CORE} answers and tests of {NAME} is in it; "
            "it says that it is 02_building_blocks",
        ),
        (
            in_conflict(as_bytes(answered()), b'"source": "def shift(', b'   "source": "pass"'),
            "version control left two versions in the file, which differ in shift",
        ),
        (
            in_conflict(as_bytes(answered()), b'"source": "def shift(', b"   }"),
            "version control left conflict marks in the file, and they cannot be resolved",
        ),
    ],
)
def test_what_cannot_be_repaired_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Damaged) as caught:
        repair(data)
    assert str(caught.value) == reason


def test_cells_that_are_no_cells_are_left_out() -> None:
    notebook = answered()
    notebook.cells[5:5] = [{"cell_type": "poem", "source": "O"}, 7, {"cell_type": "code", "source": {"a": 1}}, None]
    result = repair(as_bytes(notebook))
    assert core(result.notebook) == as_new()
    assert sentences(result.repairs) == ("Four cells could not be read and were left out.",)


def test_a_file_beyond_all_bounds_is_refused_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course_lib.repair.reading.MOST_BYTES", 2**20)
    with pytest.raises(Damaged, match="larger than 1 MB"):
        repair(b" " * (2**20 + 1))
    cells = b",".join([b'{"cell_type": "raw", "source": ""}'] * 5001)
    with pytest.raises(Damaged, match="more than 5000 cells"):
        repair(b'{"nbformat": 4, "cells": [' + cells + b"]}")
