"""How it is said: to the student what an answer may not use and where it does, to the instructor what to look at."""

from __future__ import annotations

from collections.abc import Sequence

from course_lib.ruled_out.code_cells import CodeCell
from course_lib.ruled_out.evasive import Evasion
from course_lib.ruled_out.walk import Use

_MOST = 4  # places that are named


def told(uses: Sequence[Use], cells: Sequence[CodeCell], exercise: str) -> str:
    """What an answer uses, and where: a sentence for what is ruled out, one for helpers of tests, one for imports."""
    ruled = [use for use in uses if not use.helper]
    helpers = [use for use in uses if use.helper and not use.imported]
    imported = [use for use in uses if use.imported]
    sentences = []
    if ruled:
        sentences.append(f"This answer uses {_places(ruled, cells, exercise)}, which this exercise rules out.")
    if helpers:
        what = "a helper of the tests" if len({use.name for use in helpers}) == 1 else "helpers of the tests"
        sentences.append(f"This answer uses {_places(helpers, cells, exercise)}, {what} that an answer may not use.")
    if imported:
        one = len({use.name for use in imported}) == 1
        what = "which is imported" if one else "which are imported"
        mend = "import it yourself" if one else "import them yourself"
        sentences.append(f"This answer uses {_places(imported, cells, exercise)}, {what} for the tests alone: {mend}.")
    return " ".join(sentences)


def evasion_told(evasion: Evasion) -> str:
    """What the instructor should look at."""
    return f"line {evasion.line} {evasion.what}: look whether it reaches what is ruled out"


def listed(names: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last


def _places(uses: Sequence[Use], cells: Sequence[CodeCell], exercise: str) -> str:
    """Each name with the first place where it is used."""
    first: dict[str, Use] = {}
    for use in uses:
        if not any(other.name.startswith(f"{use.name}.") for other in uses):  # scipy.signal says more than scipy
            first.setdefault(use.name, use)
    named = [f"{name} ({_place(use, cells, exercise)})" for name, use in list(first.items())[:_MOST]]
    more = len(first) - len(named)
    return listed([*named, f"{more} more"] if more else named)


def _place(use: Use, cells: Sequence[CodeCell], exercise: str) -> str:
    cell = cells[use.cell]
    if cell.name == exercise:
        return f"line {use.line} of the answer cell"
    return f'line {use.line} of the cell that begins with "{cell.beginning}"'
