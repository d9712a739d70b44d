"""What does the same as something that is ruled out, by another name or in another library."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

_ALSO = {
    "convolve": "fftconvolve oaconvolve convolve1d convolve2d polymul poly1d Polynomial",
    "correlate": "correlate1d correlate2d",
    "conv1d": "conv2d conv3d convolution mkldnn_convolution cudnn_convolution",
    "conv2d": "conv3d convolution mkldnn_convolution cudnn_convolution",
    "conv3d": "convolution mkldnn_convolution cudnn_convolution",
    "conv_transpose1d": "conv_transpose2d conv_transpose3d convolution",
    "conv_transpose2d": "conv_transpose3d convolution",
    "conv_transpose3d": "convolution",
    "max_pool1d": "max_pool1d_with_indices adaptive_max_pool1d max_pool2d max_pool3d",
    "max_pool2d": "max_pool2d_with_indices adaptive_max_pool2d max_pool3d",
    "max_pool3d": "max_pool3d_with_indices adaptive_max_pool3d",
    "avg_pool1d": "adaptive_avg_pool1d avg_pool2d avg_pool3d",
    "avg_pool2d": "adaptive_avg_pool2d avg_pool3d",
    "avg_pool3d": "adaptive_avg_pool3d",
    "relu": "threshold prelu rrelu leaky_relu",
    "prelu": "leaky_relu",
    "sigmoid": "expit",
    "softmax": "softmin log_softmax",
}
"""Functions of libraries that give the result of another one at once, or by one more step such as an exponential.

Not the other way round: log_softmax from softmax, or correlate from convolve, may well be the exercise.
"""

_LIBRARIES = frozenset(("cupy", "cv2", "jax", "keras", "numpy", "scipy", "skimage", "sklearn", "tensorflow", "torch"))
_VARIANTS = ("default", "out", "__call__")  # of an operator of torch: torch.ops.aten.conv2d.default
_OPERATORS = ("torch.ops", "torch._")  # torch's functions by their raw names, which nobody else needs
_CALLED = {"np": "numpy"}


@cache
def same(name: str) -> frozenset[str]:
    """The names of library functions that do what a function of this name does, itself among them."""
    names = {name, *_ALSO.get(name, "").split()}
    return frozenset(names | {f"{one}_" for one in names})  # torch's x.relu_() does in place what x.relu() does


def is_of_a_library(path: str) -> bool:
    """Whether this is a whole name in a library that computes; what a file of the student's own calls so, is not."""
    return path.partition(".")[0] in _LIBRARIES


def function_of(path: str) -> str:
    """The name of the library's function that has this whole name; "" for Python's own, and for no library's."""
    parts = [part for part in path.split(".") if part not in _VARIANTS]
    return parts[-1].lstrip("_") if len(parts) > 1 and parts[0] != "builtins" else ""


def is_raw(path: str) -> bool:
    """Whether this is an operator of torch by a name below its surface."""
    return path.startswith(_OPERATORS) and not path.startswith("torch.__")


def really(path: str, packages: frozenset[str]) -> str:
    """The whole name without the modules on the way to one of these packages: sklearn.utils.fixes.scipy is scipy."""
    first, *rest = path.split(".")
    for position in range(len(rest) - 1, -1, -1):
        package = _CALLED.get(rest[position], rest[position])
        if package in packages and package != first:
            return ".".join([package, *rest[position + 1 :]])
    return path


@cache
def is_module(path: str) -> bool:
    """Whether a whole name is that of a module, by the files of its package: nothing is imported for the question."""
    first, *rest = path.split(".")
    try:
        spec = importlib.util.find_spec(first)
    except (ImportError, ValueError):
        return True
    if spec is None:
        return True  # nobody knows; as a module it rules out nothing but what lies in it
    folders = list(spec.submodule_search_locations or ())
    for name in rest:
        found = [file for folder in map(Path, folders) for file in folder.iterdir() if _module_name(file) == name]
        if not found:
            return False
        folders = [str(file) for file in found if file.is_dir()]
    return True


def _module_name(file: Path) -> str:
    return file.name.partition(".")[0]
