"""The last cell of every assignment: points so far, what is open, and how to hand in from here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.check import scoreboard
from course_lib.check.text_table import points_text
from course_lib.colab import on_colab

if TYPE_CHECKING:
    from nbformat import NotebookNode

_NOTHING_RAN = (
    "Here stand your points once the test cells above have run in this session: run the notebook from its first cell, "
    "then this one. (In grading the tests run elsewhere, and the points stand at the exercises.)"
)


def show(module: str) -> None:
    """Print where the student stands in the assignment `module`, by what its test cells said in this session."""
    if not scoreboard.any_noted():
        print(_NOTHING_RAN)
        return
    from course_lib.released import released  # here: nbformat takes half a second, and grading has nothing to sum up

    release = released(module)
    if release is None:
        print(f"This course library knows no assignment called {module}: install the one that it came with.")
        return
    print("\n".join([*_points_report(release), "", *_handing_in(module, release)]))


def _points_report(release: NotebookNode) -> Iterator[str]:
    """Yield what is earned, what is open, and what is decided later."""
    from course_lib.selfcheck import cell_roles  # here, since it imports what runs kernels

    earned = public = tested = by_hand = 0.0
    unfinished: list[tuple[str, str]] = []
    for cell, title in zip(release.cells, cell_roles.titles(release), strict=True):
        if cell_roles.is_written(cell):
            by_hand += cell_roles.points(cell)
        if not cell_roles.is_test(cell):
            continue
        score = scoreboard.noted(cell.source)
        visible = [case for case in score.cases if not case.hidden] if score else []
        worth = sum(case.points for case in visible) if score else cell_roles.public_points(cell)
        got = sum(case.earned for case in visible)
        earned, public, tested = earned + got, public + worth, tested + cell_roles.points(cell)
        if score is None:
            unfinished.append((title, "its test has not run to its end in this session"))
        elif got < worth - 1e-9:
            unfinished.append((title, f"{points_text(got)} of {points_text(worth)}"))
    yield f"{points_text(round(earned, 9))} of {points_text(round(public, 9))} points of the public tests so far."
    if unfinished:
        yield "\nStill open:"
        width = max(len(title) for title, _ in unfinished)
        yield from (f"  {title:<{width}}  {state}" for title, state in unfinished)
    later = [f"{points_text(round(tested - public, 9))} by hidden tests"] * (tested - public > 1e-9)
    later += [f"{points_text(by_hand)} by a person who reads your answer"] * (by_hand > 0)
    if later:
        yield f"\nDecided when your work is graded: {' and '.join(later)}."
    if release.metadata.course.get("rules_out") or release.metadata.course.get("tests_only"):
        yield "An answer that uses what its exercise rules out earns nothing: `course check` and grading look for that."


def _handing_in(module: str, release: NotebookNode) -> Iterator[str]:
    """Yield how to save here and what to hand in, file by file."""
    notebook = f"{module}.ipynb"
    files = [str(name) for name in release.metadata.course.get("hand_in", ())]
    yield f"Hand in {' and '.join([notebook, *files])}."
    if on_colab():
        yield f"  {notebook}: on Colab the notebook is in your browser alone."
        yield "    To keep it: File > Save a copy in Drive. To hand it in: File > Download > Download .ipynb."
    else:
        yield f"  {notebook}: save it first (in JupyterLab: File > Save Notebook)."
    for name in files:
        yield f"  {name}: {_file(name)}"
    if on_colab():
        yield "To be sure, choose Runtime > Restart session and run all, and look here again: grading starts afresh."
    else:
        yield f"To be sure, type in a terminal: course check {notebook}"
        yield "It runs the notebook from the top, as the grader will."


def _file(name: str) -> str:
    """Say whether a file that is asked for is there, and on Colab how to save it from the end of the runtime."""
    if not Path(name).is_file():
        return "is not there yet. The cell that writes it stands above: run it, and read what it says."
    if not on_colab():
        return f"is there, in {Path.cwd()}."
    return (
        "is there, but in this runtime only, and is lost with it. Download it: the folder symbol on the left, "
        "the three dots beside the file, Download."
    )
