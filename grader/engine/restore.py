"""Give a submission back the cells that its student deleted, and take away metadata that nbgrader cannot read."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.api import Gradebook
from nbgrader.preprocessors import OverwriteCells

from grader.engine.notes import add_note, clear_notes


class RestoreCells(OverwriteCells):  # type: ignore[misc]  # nbgrader has no types
    """OverwriteCells that also puts back every deleted test cell, written answer and locked code cell.

    nbgrader's own `add_missing_cells` fails with KeyError when the cell before the deleted one is neither test nor
    answer; here the nearest cell that is still there shows the place. A deleted answer stays deleted: its tests fail.
    Cells that lost nbgrader's metadata are recognised by their ids.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore the notebook of one submission."""
        clear_notes(nb)
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(resources["nbgrader"]["notebook"], resources["nbgrader"]["assignment"])
            _recognise(nb, notebook)
            nb, resources = super().preprocess(nb, resources)
            _drop_useless_metadata(nb)
            self._put_back(nb, notebook)
        return nb, resources

    def _put_back(self, nb: NotebookNode, notebook: Any) -> None:
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        answers = {cell.name for cell in notebook.solution_cells}
        order = [cell.name for cell in notebook.source_cells]
        for source in notebook.source_cells:
            needed = source.name in points or (source.locked and source.cell_type == "code")
            if not needed or source.name in _names(nb):
                continue
            made = self.missing_cell_transform(source, points.get(source.name, 0), is_solution=source.name in answers)
            cell = from_dict(made)  # nbgrader leaves plain dicts inside
            if source.name not in points:
                cell.metadata.nbgrader.update(grade=False)
                cell.metadata.nbgrader.pop("points", None)
            if source.name in answers:
                cell.source = source.source  # the blank prompt, so that nbgrader sees that there is no answer
            add_note(cell, f"{source.name}: deleted by the student, put back")
            self.log.warning("Cell %s was missing and is put back", source.name)
            nb.cells.insert(_place(order, source.name, _names(nb)), cell)


def _recognise(nb: NotebookNode, notebook: Any) -> None:
    """Recognise cells whose metadata an editor dropped by their ids: the build makes id and grade_id the same."""
    graded = {cell.name: cell.max_score for cell in notebook.grade_cells}
    answers = {cell.name for cell in notebook.solution_cells}
    sources = {cell.name: cell for cell in notebook.source_cells}
    present = set(_names(nb))
    for cell in nb.cells:
        source = sources.get(cell.get("id", ""))
        if source is None or source.name in present:
            continue
        part = {"grade_id": source.name, "grade": source.name in graded, "solution": source.name in answers}
        part |= {"locked": source.locked, "task": False, "schema_version": 3, "cell_type": source.cell_type}
        cell.metadata["nbgrader"] = part | ({"points": graded[source.name]} if source.name in graded else {})


def _place(order: list[str], name: str, present: list[str]) -> int:
    """Where the cell `name` belongs: behind the nearest earlier cell that is there, else before the next."""
    here = order.index(name)
    for earlier in reversed(order[:here]):
        if earlier in present:
            return present.index(earlier) + 1
    for later in order[here + 1 :]:
        if later in present:
            return present.index(later)
    return len(present)


def _names(nb: NotebookNode) -> list[str]:
    """The grade_id of every cell of the notebook, '' for those without."""
    return [str(cell.metadata.get("nbgrader", {}).get("grade_id", "")) for cell in nb.cells]


def _drop_useless_metadata(nb: NotebookNode) -> None:
    """Make ordinary cells of those that lost their grade_id (copies of a cell): nbgrader would stop at them."""
    for cell in nb.cells:
        if "nbgrader" in cell.metadata and not cell.metadata.nbgrader.get("grade_id"):
            del cell.metadata["nbgrader"]
