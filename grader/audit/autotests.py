"""nbgrader's step that turns AUTOTEST directives into asserts, with its errors in words."""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbgrader.preprocessors import InstantiateTests

from grader.engine.autotest import has_directive
from grader.engine.notes import name_of


class Autotests(InstantiateTests):  # type: ignore[misc]  # nbgrader has no types
    """Run the solution in a kernel and write its values into the test cells; without directives do nothing."""

    kc: Any

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Instantiate the directives of one notebook.

        Raises:
            RuntimeError: it cannot be done; no cell is left as it was written.
        """
        cells = [cell for cell in nb.cells if has_directive(cell)]
        if not cells:
            return nb, resources
        named = ", ".join(map(name_of, cells))
        if astray := [name_of(cell) for cell in cells if not _is_test(cell)]:
            raise RuntimeError(f"{', '.join(astray)}: `### AUTOTEST` belongs in a test cell (autograder tests).")
        try:
            made: tuple[NotebookNode, dict[str, Any]] = super().preprocess(nb, resources)
        except FileNotFoundError as error:
            raise RuntimeError(
                f"`### AUTOTEST` in {named} asks for {self.autotest_filename}, which lies neither beside the notebook "
                "nor in the folder of the course."
            ) from error
        except CellExecutionError as error:
            raise RuntimeError(
                f"`### AUTOTEST` in {named} runs the solution, and that failed: {error.ename}: {error.evalue}"
            ) from error
        except (KeyError, TypeError, ValueError) as error:  # the file is read without a check of its form
            raise RuntimeError(
                f"`### AUTOTEST` in {named}: {self.autotest_filename} does not fit this notebook: "
                f"{type(error).__name__}: {error}"
            ) from error
        finally:
            if self.kc is not None:  # nbgrader leaves the kernel running when it fails
                self.kc.shutdown()
                self.kc.stop_channels()
                self.kc = None
        return made


def _is_test(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))
