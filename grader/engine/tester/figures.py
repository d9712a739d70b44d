"""`plt.gcf()` and its like in a test: the submission's figure where a call has opened one, else the test's own.

Which one is current is which was opened, or made current, last.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from grader.engine.encoding import RefusedValue
from grader.engine.tester import proxies

_NAMES = ("gcf", "gca", "figure", "close", "get_fignums", "fignum_exists")


class Figures:
    """The figures of both interpreters.

    Args:
        operate: carries out an operation in the student's process.
        was_asked: has that process been asked for anything in the running cell? If not, it has no figure.
    """

    def __init__(self, operate: Callable[..., Any], was_asked: Callable[[], bool]) -> None:
        self._operate, self._was_asked = operate, was_asked
        self._pyplot: Any = None
        self._own: dict[str, Callable[..., Any]] = {}
        self._before: tuple[int, list[int]] = 0, []  # the student's when the test's own last became current

    def connect(self) -> None:
        """From now on pyplot knows of them, once it is imported."""
        pyplot: Any = sys.modules.get("matplotlib.pyplot")
        if pyplot is None or pyplot is self._pyplot or not hasattr(pyplot, _NAMES[-1]):  # it is being imported
            return
        self._pyplot = pyplot
        for name in _NAMES:
            self._own[name] = getattr(pyplot, name)
            setattr(pyplot, name, _in_place_of(self._own[name], getattr(self, f"_{name}")))

    def begin_cell(self) -> None:
        """All figures of the cell before are closed."""
        self._before = 0, []

    def _gcf(self) -> Any:
        return self._ask("gcf") if self._is_theirs() else self._own["gcf"]()

    def _gca(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("gca", *args, **kwargs) if self._is_theirs() else self._own["gca"](*args, **kwargs)

    def _figure(self, num: Any = None, *args: Any, **kwargs: Any) -> Any:
        if proxies.is_proxy(num) or (num in self._theirs()[1] and num not in self._own["get_fignums"]()):
            return self._ask("figure", num)
        self._before = self._theirs()
        return self._own["figure"](num, *args, **kwargs)

    def _close(self, fig: Any = None) -> None:
        if type(fig) is str and fig == "all":
            if self._theirs()[1]:
                self._ask("close", "all")
            self._own["close"]("all")
        elif proxies.is_proxy(fig) or (fig is None and self._is_theirs()):
            self._ask("close", *([] if fig is None else [fig]))
        elif type(fig) is int and fig in self._theirs()[1] and fig not in self._own["get_fignums"]():
            self._ask("close", fig)
        else:
            self._own["close"](fig)

    def _get_fignums(self) -> list[int]:
        return sorted({*self._own["get_fignums"](), *self._theirs()[1]})

    def _fignum_exists(self, num: Any) -> bool:
        return bool(self._own["fignum_exists"](num)) or num in self._theirs()[1]

    def _is_theirs(self) -> bool:
        theirs = self._theirs()
        return bool(theirs[1]) and (theirs != self._before or not self._own["get_fignums"]())

    def _theirs(self) -> tuple[int, list[int]]:
        """The number of the student's current figure, and of all that are open there."""
        if not self._was_asked():
            return 0, []
        found = self._operate("_figures", (), {})
        if type(found) is not tuple or len(found) != 2 or type(found[0]) is not int or type(found[1]) is not list:
            raise RefusedValue("the numbers of figures are malformed")
        if any(type(number) is not int for number in found[1]):
            raise RefusedValue("the numbers of figures are malformed")
        return found[0], found[1]

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._operate("_pyplot", (name, *args), kwargs)


def _in_place_of(own: Callable[..., Any], method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def function(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return method(*args, **kwargs)

    return function
