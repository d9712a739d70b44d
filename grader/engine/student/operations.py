"""What the tester may ask for: each operation by its name."""

from __future__ import annotations

import asyncio
import copy
import importlib
import operator
from collections.abc import Callable
from typing import Any

from grader.engine.capabilities import IN_PLACE, OPERATORS, REFLECTED
from grader.engine.student import class_nodes, derived_classes, open_figures, own_source


def _call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _method(value: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    return getattr(value, name)(*args, **kwargs)


def _enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def _exit(manager: Any, kind: str) -> bool:
    """Leave a context; an exception of the tester's is known by its name only."""
    if not kind:
        return bool(type(manager).__exit__(manager, None, None, None))
    import builtins

    known = getattr(builtins, kind, Exception)
    plain = isinstance(known, type) and issubclass(known, Exception) and not issubclass(known, UnicodeError)
    error = known() if plain and not issubclass(known, ExceptionGroup) else Exception()
    return bool(type(manager).__exit__(manager, type(error), error, None))


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    forward = getattr(operator, f"__{name}__")
    return lambda value, other: forward(other, value)


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    function: Callable[[Any, Any], Any] = getattr(operator, f"__i{name}__")
    return function


def _array(value: Any) -> Any:
    """The numbers of an object that converts to an array: by the rules of `check`, which asks for them."""
    from course_lib.check.arrays import Unusable, to_array  # only such an object needs it

    try:
        return to_array(value)
    except Unusable as problem:
        raise TypeError(str(problem)) from None


def _awaited(coroutine: Any) -> Any:
    """What a coroutine returns, in the loop that runs the cells and now waits."""
    return asyncio.get_event_loop().run_until_complete(coroutine)


def _iterate(value: Any) -> Any:
    return iter(value)


def _backward(result: Any, gradient: Any, inputs: list[Any]) -> list[Any]:
    """Send a gradient back through a computation: it reaches the parameters here, and the inputs' part is returned."""
    import torch

    for value in inputs:
        value.grad = None
    torch.autograd.backward([result], [gradient], retain_graph=True)
    gradients = [value.grad for value in inputs]
    for value in inputs:
        value.grad = None
    return gradients


def _write_parameter(target: Any, value: Any) -> None:
    """Give a parameter the contents and the gradient that the test gave its copy."""
    target.detach().copy_(value.detach())
    target.requires_grad_(value.requires_grad)
    target.grad = value.grad


def _read_parameters(*parameters: Any) -> list[Any]:
    return list(parameters)


def _import(module: str, name: str) -> Any:
    found = importlib.import_module(module)
    return getattr(found, name) if name else None


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "method": _method,
    "_agree": lambda: None,  # the changes of shared values travel with each operation
    "_backward": _backward,
    "_write": _write_parameter,
    "_read": _read_parameters,
    "_import": _import,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "dir": dir,
    "repr": repr,
    "str": str,
    "format": format,
    "_is_class_of": lambda kind, value: isinstance(value, kind),
    "_is_base_of": lambda kind, other: issubclass(other, kind),
    "_await": _awaited,
    "_bases": class_nodes.bases,
    "_subclass": derived_classes.subclass,
    "_super": derived_classes.of_super,
    "_figures": open_figures.state,
    "_pyplot": open_figures.act,
    "_help": own_source.documentation,
    "_source": own_source.source,
    "_signature": own_source.signature,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "__len__": len,
    "__iter__": _iterate,
    "__next__": next,
    "__getitem__": operator.getitem,
    "__setitem__": operator.setitem,
    "__delitem__": operator.delitem,
    "__contains__": operator.contains,
    "__enter__": _enter,
    "__exit__": _exit,
    "__bool__": bool,
    "__int__": int,
    "__float__": float,
    "__complex__": complex,
    "__index__": operator.index,
    "__hash__": hash,
    "__array__": _array,
    "__neg__": operator.neg,
    "__pos__": operator.pos,
    "__abs__": abs,
    "__invert__": operator.invert,
    "__round__": round,
    "__reversed__": reversed,
    **{name: getattr(operator, name) for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")},
    **{f"__{name}__": getattr(operator, f"__{name}__") for name in OPERATORS},
    **{name: _reflected(plain) for name, plain in zip(REFLECTED, OPERATORS, strict=True)},
    **{name: _in_place(plain) for name, plain in zip(IN_PLACE, OPERATORS, strict=True)},
}
