"""What the package gives: what each file has in its __all__, its layers and their functions among it."""

from __future__ import annotations

import importlib
import pkgutil
import pydoc
from types import ModuleType

import pytest

from course_lib import nn

NO_LAYERS_OF_NN = ("matconvnet", "simplenn", "standardize")
"""Two speak MatConvNet's language, and one holds the steps that the norms share."""

FILES = [
    importlib.import_module(f"{nn.__name__}.{found.name}")
    for found in pkgutil.iter_modules(nn.__path__)
    if found.name not in NO_LAYERS_OF_NN
]


def exported(file: ModuleType) -> list[str]:
    return getattr(file, "__all__", [])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.__name__)
def test_what_a_file_exports_exists_and_is_in_the_package(file: ModuleType) -> None:
    for name in exported(file):
        assert getattr(nn, name) is vars(file)[name]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.__name__)
def test_a_file_exports_its_layers_and_their_functions(file: ModuleType) -> None:
    own = {name for name, value in vars(file).items() if getattr(value, "__module__", "") == file.__name__}
    layers = {name for name in own if isinstance(kind := vars(file)[name], type) and issubclass(kind, nn.Layer)}
    functions = {name for name in own if name.endswith(("_forward", "_backward"))}
    missing = {name for name in layers | functions if not name.startswith("_")} - set(exported(file))
    assert missing - {"FunctionLayer"} == set()


def test_the_package_exports_nothing_else_and_each_name_once() -> None:
    assert nn.__all__ == sorted(name for file in FILES for name in exported(file))


def test_help_shows_the_layers_and_the_functions() -> None:
    page = pydoc.plain(pydoc.render_doc(nn))
    assert "class Relu(" in page
    assert "conv_forward(x: " in page
    assert page.index("Layers in plain NumPy") < page.index("class Relu(")
