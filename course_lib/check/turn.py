"""A cell for the reader to write a few lines in, judged at once and never graded."""

from __future__ import annotations

from collections.abc import Callable

from course_lib.check.failure import CheckFailure
from course_lib.check.finding_text import finding_text
from course_lib.mark import show_mark


def turn(judge: Callable[[], object]) -> None:
    """Decorator that runs the checks in `judge` at once and says how it went; whatever it finds, the notebook goes on.

    A stub is an untried answer: a function that raises NotImplementedError, or a name that is still `...`.
    """
    if any(judge.__globals__.get(name) is ... for name in judge.__code__.co_names):
        print(_UNTRIED)
        return
    try:
        judge()
    except NotImplementedError:
        print(_UNTRIED)
    except CheckFailure as failure:
        print("Not yet.\n" + finding_text(failure.finding))
    except Exception as error:
        print(f"Not yet. {type(error).__name__}: {error}")
    else:
        show_mark("right", judge.__doc__ or "Yes, that is it.")


_UNTRIED = "Not tried yet: write your lines in the cell above, run it, and run this cell again."
