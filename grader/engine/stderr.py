"""Warnings and progress bars cost no points: nbgrader gives zero to a cell that wrote to stderr."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor


class HarmlessStderr(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Turn the stderr output of grade cells into ordinary output: still to be seen, but no failure."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Rename the stderr streams of one grade cell to stdout."""
        if cell.cell_type == "code" and utils.is_grade(cell):
            for output in cell.outputs:
                if output.output_type == "stream" and output.name == "stderr":
                    output["name"] = "stdout"
        return cell, resources
