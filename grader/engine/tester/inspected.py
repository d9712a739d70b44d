"""`inspect` on functions and classes of the submission: the text and the signature are the student's process's word."""

from __future__ import annotations

import inspect
import pydoc
from collections.abc import Callable
from typing import Any

_KINDS = {kind.name: kind for kind in inspect._ParameterKind}


def signature_of(answer: Any) -> inspect.Signature:
    """The signature that the student's process describes. Raises AttributeError if it knows none."""
    if answer is None:
        raise AttributeError("no signature is known", name="__signature__")
    parameters, returns = answer
    empty = inspect.Parameter.empty
    made = [
        inspect.Parameter(
            name,
            _KINDS[kind],
            default=default[0] if default else empty,
            annotation=annotation[0] if annotation else empty,
        )
        for name, kind, default, annotation in parameters
    ]
    return inspect.Signature(made, return_annotation=returns[0] if returns else empty)


def ask_about_proxies(is_proxy: Callable[[object], bool], ask: Callable[..., Any]) -> None:
    """Let `inspect.getsource` and what is built on it, and `help`, ask about the submission's functions and classes."""
    own_source: Callable[[Any], tuple[list[str], int]] = inspect.findsource
    own_help: Callable[..., str] = pydoc.render_doc

    def findsource(object: Any) -> tuple[list[str], int]:
        if not is_proxy(object):
            return own_source(object)
        lines, number = ask(object, "_source")
        if type(lines) is not list or any(type(line) is not str for line in lines) or type(number) is not int:
            raise OSError("could not get source code")
        return lines, number

    def render_doc(thing: Any, title: str = "Python Library Documentation: %s", *more: Any) -> str:
        return str(ask(thing, "_help", title)) if is_proxy(thing) else own_help(thing, title, *more)

    inspect.findsource = findsource
    pydoc.render_doc = render_doc  # type: ignore[assignment]  # what more it takes is passed on
