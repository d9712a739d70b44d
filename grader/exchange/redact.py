"""Keep hidden tests hidden in feedback: their code goes out of cells, tracebacks and printed text."""

from __future__ import annotations

import builtins
import html
import re
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from course_lib.check.calls import BEGIN_HIDDEN, END_HIDDEN
from course_lib.check.hidden import INSTRUCTOR_ONLY
from grader.engine.notebook_run import AFTER_HIDDEN

IN_PLACE = "# (hidden tests)"
REPLACEMENT = "(hidden)"
LEFT_OUT = (
    "(What this cell showed while it was graded is left out, since hidden tests had run. Your notebook shows it.)"
)
SHORTEST = 8
"""A hidden line of fewer characters (`else:`) gives nothing away, and would be found everywhere."""


class RedactHidden(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Remove hidden tests from a graded notebook before it becomes a feedback page."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Redact the whole notebook: a student's function may have printed the code of the test that called it."""
        hidden = _hidden_lines(nb)
        for cell in nb.cells:
            cell["source"] = _without_hidden(cell.source)
            if cell.cell_type != "code":
                continue
            if utils.is_grade(cell) and not utils.is_solution(cell):
                cell["outputs"] = _one_error_at_most(cell.outputs)
            cell["outputs"] = [o for o in cell.outputs if not o.get("metadata", {}).get(INSTRUCTOR_ONLY)]
            if cell.metadata.get(AFTER_HIDDEN) and not utils.is_grade(cell):
                cell["outputs"] = _left_out_after_hidden(cell.outputs)
            for output in cell.outputs:
                _redact_output(output, hidden)
        return nb, resources


def _without_hidden(source: str) -> str:
    """The source with a short remark in place of each hidden region; an unclosed region reaches to the end."""
    kept: list[str] = []
    inside = False
    for line in source.split("\n"):
        if BEGIN_HIDDEN in line and not inside:
            inside = True
            kept.append(line[: len(line) - len(line.lstrip())] + IN_PLACE)
        elif END_HIDDEN in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def _hidden_lines(nb: NotebookNode) -> list[str]:
    """The lines of code that occur in hidden regions only, longest first."""
    hidden: set[str] = set()
    public: set[str] = set()
    for cell in nb.cells:
        visible = {line.strip() for line in _without_hidden(cell.source).split("\n")}
        public |= visible
        hidden |= {line.strip() for line in cell.source.split("\n")} - visible
    secret = {
        line
        for line in hidden - public
        if len(line) >= SHORTEST and BEGIN_HIDDEN not in line and END_HIDDEN not in line
    }
    return sorted(secret, key=len, reverse=True)


def _one_error_at_most(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a test cell without tracebacks: type and message of the last error, which says why it stopped."""
    errors = [output for output in outputs if output.output_type == "error"]
    kept = [output for output in outputs if output.output_type != "error"]
    for output in errors[-1:]:
        output["traceback"] = [f"{output.ename}: {output.evalue}".rstrip(": ")]
        kept.append(output)
    return kept


def _left_out_after_hidden(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """In place of what the submission showed when it had met hidden inputs: whether it ended with an error."""
    if not outputs:
        return []
    errors = [str(output.ename) for output in outputs if output.output_type == "error"]
    known = [name if isinstance(getattr(builtins, name, None), type) else "error of its own" for name in errors[-1:]]
    return [new_output("stream", name="stdout", text=LEFT_OUT + "".join(f" It ended with: {name}." for name in known))]


def _redact_output(output: NotebookNode, hidden: list[str]) -> None:
    for holder, key in _places_with_text(output):
        text = holder[key]
        if isinstance(text, list):
            holder[key] = [_without_lines(str(part), hidden) for part in text]
        elif isinstance(text, str):
            holder[key] = _without_lines(text, hidden)


def _places_with_text(output: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    """The places in an output where text stands."""
    for key in ("text", "evalue", "traceback"):
        if key in output:
            yield output, key
    for mime in output.get("data", {}):
        if mime.startswith("text/") or mime == "image/svg+xml":
            yield output.data, mime


def _without_lines(text: str, hidden: list[str]) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text) if "\x1b[" in text else text
    # A colored traceback hides the code between color marks: it is compared, and if need be shown, without them.
    text = plain if any(secret in plain for secret in hidden) else text
    for secret in hidden:
        for form in {secret, html.escape(secret), html.escape(secret, quote=False), repr(secret)[1:-1]}:
            text = text.replace(form, REPLACEMENT)
    return text
