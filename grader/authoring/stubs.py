"""nbgrader's ClearSolutions with a stub that names its exercise."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions


class NamedStub(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """Replace each solution by a stub that raises NotImplementedError with the name of the exercise."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clear one cell; the stub carries its grade_id."""
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "this exercise")
        message = f'"Exercise {name}: write your answer here"'
        self.code_stub = {"python": f"# Replace the next line by your code.\nraise NotImplementedError({message})"}
        cleared: tuple[NotebookNode, dict[str, Any]] = super().preprocess_cell(cell, resources, cell_index)
        return cleared
