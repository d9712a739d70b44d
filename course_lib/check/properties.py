"""Checks of behavior: a condition, an exception, arguments left unchanged, a law that holds for random inputs."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from course_lib.check.calls import argument_call, block_call, raised_call
from course_lib.check.closeness import differ
from course_lib.check.compare import Tolerance
from course_lib.check.describe import clip, kind, short, type_name
from course_lib.check.failure import CheckFailure
from course_lib.check.findings import AuthorError, Call, Finding
from course_lib.check.snapshot import copy_of, first_change, snapshot


def that(condition: Any, text: str, *, hint: str | None = None) -> None:
    """A condition that must hold, said in words. Raises CheckFailure when it does not."""
    if not isinstance(text, str) or not text.strip():
        raise AuthorError(
            "check.that needs words for what must hold, e.g. check.that(y.min() >= 0, 'no value is negative')"
        )
    problem = f"This must hold, but does not: {text}"
    try:
        if bool(condition):
            return
    except Exception:
        problem = f"This cannot be decided: {text}"
    facts = () if isinstance(condition, (bool, np.bool_)) else (("the condition is", short(condition)),)
    raise CheckFailure(Finding(problem, facts, call=argument_call(sys._getframe(1)), hint=hint))


def raises(
    exception: type[BaseException],
    f: Callable[..., Any],
    *args: Any,
    match: str | None = None,
    hint: str | None = None,
    **kwargs: Any,
) -> None:
    """`f(*args, **kwargs)` raises this exception, and its message contains the regular expression `match`.

    Raises CheckFailure when it returns or raises something else; NotImplementedError of a stub goes through.
    """
    frame = sys._getframe(1)
    want = exception.__name__
    try:
        result = f(*args, **kwargs)
    except exception as error:
        if isinstance(error, NotImplementedError) and exception is not NotImplementedError:
            raise  # a stub raises NotImplementedError, which is a RuntimeError and an Exception too
        if match is None or re.search(match, str(error)):
            return
        finding = Finding(
            f"{want} is raised, as it should be, but its message is wrong.",
            (("message", clip(str(error), 200) or "(empty)"), ("expected in it", match)),
        )
    except NotImplementedError:
        raise
    except Exception as error:
        finding = Finding(
            f"The call raises {type_name(error)} instead of {want}.",
            (("message", clip(str(error), 200) or "(empty)"), ("expected", want)),
        )
    else:
        facts = ("got", short(result)), ("expected", f"{want} to be raised")
        finding = Finding("No exception was raised: the call returned a result.", facts)
    raise CheckFailure(replace(finding, call=raised_call(frame), hint=hint))


class unchanged:
    """The block must leave these arguments as they are: `with check.unchanged(x=x, w=w): y = f(x, w)`.

    Arrays, tensors, lists and dicts are copied on entry and compared on exit, in shape, dtype and every element.
    """

    def __init__(self, *, hint: str | None = None, **arguments: Any) -> None:
        if not arguments:
            raise AuthorError("check.unchanged needs the arguments to watch, by name: check.unchanged(x=x)")
        self._arguments, self._hint = arguments, hint
        self._frame: types.FrameType | None = sys._getframe(1)

    def __enter__(self) -> None:
        """Copy the arguments."""
        self._before = {name: snapshot(value, name) for name, value in self._arguments.items()}

    def __exit__(self, kind_: type[BaseException] | None, *_: object) -> None:
        """Compare them with the copies, unless an exception is on its way."""
        frame, self._frame = self._frame, None
        if kind_ is not None or frame is None:
            return
        for name, before in self._before.items():
            change = first_change(before, self._arguments[name], name)
            if change:
                problem = f"The call changes its argument {name}. Work on a copy: {name} = {copy_of(before, name)}"
                raise CheckFailure(Finding(problem, change, call=block_call(frame, self._before), hint=self._hint))


def holds(
    name: str,
    law: Callable[[np.random.Generator], tuple[Any, Any]],
    *,
    trials: int = 5,
    seed: int = 0,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    hint: str | None = None,
) -> None:
    """A law holds for random inputs: `law(rng)` returns two sides, which must be close in every trial.

    They are compared as by `check.close`: by value, in float32 to the precision of float32.
    Trial t draws from `np.random.default_rng([seed, t])`. Raises CheckFailure in the first trial that fails.
    """
    if trials < 1:
        raise AuthorError(f"check.holds needs at least one trial, not {trials}")
    tolerance = Tolerance(rtol, atol)
    for trial in range(1, trials + 1):
        draw = f"trial {trial} of {trials}: rng = np.random.default_rng([{seed}, {trial}])"
        try:
            pair = law(np.random.default_rng([seed, trial]))
        except Exception as error:
            error.add_note(f"Raised in {draw}")
            raise
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise AuthorError(f"check.holds({name!r}): the law must return the two sides as a tuple, not {kind(pair)}")
        finding = differ(pair[0], pair[1], tolerance)
        if finding:
            facts = tuple((_sided(label), text) for label, text in finding.facts)
            raise CheckFailure(
                replace(
                    finding,
                    problem=f"{name} does not hold. {_sided(finding.problem)}",
                    facts=(*facts, ("random draw", draw)),
                    labels=("left side", "right side"),
                    call=_law_call(sys._getframe(1)),
                    hint=None if finding.final else hint,
                )
            )


def _sided(label: str) -> str:
    words = {"got": "left side", "expected": "right side", "The result": "The left side"}
    return re.sub("|".join(words), lambda found: words[found[0]], label)


def _law_call(frame: types.FrameType) -> Call | None:
    call = argument_call(frame, 1)
    text = re.sub(r"^lambda \w+: ", "", call.text) if call else ""
    return Call(text.removeprefix("(").removesuffix(")") if text.startswith("(") else text) if text else None
