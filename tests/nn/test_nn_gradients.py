"""Every layer of the library, found by looking, against differences: one that nobody gave an example is told."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from support.layer_examples import FUNCTIONS, LAYERS, OF_PROBABILITIES, OTHER_BACKWARD

from course_lib import nn

ASK = "write in tests/support/layer_examples.py how it is called, and export it: __all__, course_lib/nn/__init__.py"
MOST = 1e-5


def modules() -> Iterator[ModuleType]:
    return (importlib.import_module(f"{nn.__name__}.{found.name}") for found in pkgutil.iter_modules(nn.__path__))


def public(module: ModuleType) -> dict[str, Any]:
    """What a module defines itself."""
    values = vars(module).items()
    return {name: value for name, value in values if getattr(value, "__module__", "") == module.__name__}


def layers() -> list[type[nn.Layer]]:
    defined = [value for module in modules() for value in public(module).values()]
    kinds = [value for value in defined if isinstance(value, type) and issubclass(value, nn.Layer)]
    return [kind for kind in kinds if kind.__module__ != nn.Layer.__module__ and not kind.__name__.startswith("_")]


def forwards() -> dict[str, Callable[..., Any]]:
    """The functions that a backward pass belongs to."""
    found = {name: value for module in modules() for name, value in public(module).items()}
    return {name: value for name, value in found.items() if name.endswith("_forward") and not name.startswith("_")}


def backward_of(name: str) -> Callable[..., Any]:
    wanted = OTHER_BACKWARD.get(name, name.removesuffix("_forward") + "_backward")
    found: Callable[..., Any] | None = getattr(sys.modules[forwards()[name].__module__], wanted, None)
    assert found is not None, f"{name} has no {wanted}: {ASK}"
    return found


@pytest.mark.parametrize("layer", layers(), ids=lambda layer: layer.__name__)
def test_every_layer_passes_a_gradient_check(layer: type[nn.Layer], rng: np.random.Generator) -> None:
    assert layer in LAYERS, f"{layer.__name__} is new: {ASK}"
    assert getattr(nn, layer.__name__) is layer
    for make, shape in LAYERS[layer]:
        one = make(rng)
        assert type(one) is layer
        for name, value in one.params.items():
            value[...] = rng.normal(size=value.shape) + (name == "gamma")
        errors = nn.check_layer(one, rng.normal(size=shape), rng)
        assert set(errors) == {"x", *(name for name, _, _ in one.parameters())}
        assert max(errors.values()) < MOST, errors


@pytest.mark.parametrize("name", forwards())
def test_every_pair_of_functions_passes_a_gradient_check(name: str, rng: np.random.Generator) -> None:
    assert name in FUNCTIONS, f"{name} is new: {ASK}"
    forward, shapes = FUNCTIONS[name]
    arrays = [rng.normal(size=shape) for shape in shapes]
    if name in OF_PROBABILITIES:
        arrays = [1 / (1 + np.exp(-array)) for array in arrays]
    y, cache = forward(*arrays)
    dy = rng.normal(size=np.shape(y))
    found = backward_of(name)(dy if np.shape(y) else float(dy), cache)
    gradients = found if isinstance(found, tuple) else (found,)
    assert len(gradients) == len(arrays)
    for place, (array, gradient) in enumerate(zip(arrays, gradients, strict=True)):

        def loss(value: nn.Array, place: int = place) -> float:
            moved = [value if n == place else other for n, other in enumerate(arrays)]
            return float((forward(*moved)[0] * dy).sum())

        assert nn.relative_error(gradient, nn.numeric_gradient(loss, array)) < MOST, place


def test_no_example_outlives_its_layer() -> None:
    assert set(LAYERS) == set(layers())
    assert set(FUNCTIONS) == set(forwards())
