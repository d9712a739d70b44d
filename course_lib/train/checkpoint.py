"""Files of tensors, in the safetensors format: written whole or not at all, and believed only after a look.

A pickle (`torch.save`) can run any program while it is read; safetensors hold numbers and nothing else.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from course_lib.train.checkpoint_errors import (
    CheckpointError,
    DamagedCheckpoint,
    NoCheckpoint,
    NotFinite,
    PickleRefused,
    TooLarge,
    WrongDtype,
    WrongNames,
    WrongShape,
)

Tensors = dict[str, torch.Tensor]
AnyPath = str | PathLike[str]
Content = AnyPath | bytes  # a file on disk, or what one holds

_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # torch.save of today and of long ago
_ROOM = 16 * 2**20  # bytes, for names, history and random states
_COPIES = 6  # of the net: its weights, the best ones, two numbers of the optimizer for each, and room
_DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "BOOL": torch.bool,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8,
}  # fmt: skip


def write(path: AnyPath, tensors: Mapping[str, torch.Tensor], notes: dict[str, str]) -> None:
    """Write tensors and notes to a new file, then put it in the place of the old one.

    Raises NotFinite for values that are no numbers: such a file would be refused later anyhow.
    """
    target = Path(path)
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    require_finite(target, copies)
    part = target.with_name(f".{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_file(copies, part, metadata=notes)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


class Opened:
    """A file whose beginning was read: what it says that it holds. The tensors are read when you take them."""

    def __init__(self, path: str, file: Any) -> None:
        self.path, self._file = path, file
        self.names: set[str] = set(file.keys())
        self.notes: dict[str, str] = file.metadata() or {}

    def take(self, expected: Mapping[str, torch.Tensor], prefix: str = "") -> Tensors:
        """The tensors `prefix` + name, for each expected name: like those in shape and type, and finite.

        Raises WrongNames, WrongShape, WrongDtype, NotFinite. More tensors under this prefix are wrong names, too.
        """
        found = {name.removeprefix(prefix) for name in self.names if name.startswith(prefix)}
        if found != set(expected):
            raise WrongNames(
                f"{self.path} is of another net: {_some('it lacks', set(expected) - found)}"
                f"{_some('it has', found - set(expected))}make the net as it was when its weights were saved"
            )
        for name, tensor in expected.items():
            self.require_like(prefix + name, tensor.shape, tensor.dtype)
        taken = {name: self.read(prefix + name) for name in expected}
        require_finite(self.path, taken)
        return taken

    def require_like(self, name: str, shape: tuple[int, ...], dtype: torch.dtype) -> None:
        """This tensor has this shape and type; nothing of it is read yet. Raises WrongShape, WrongDtype."""
        piece = self._file.get_slice(name)
        if tuple(piece.get_shape()) != tuple(shape):
            raise WrongShape(f"{self.path}: {name} has shape {tuple(piece.get_shape())}; the net needs {tuple(shape)}")
        if _DTYPES.get(piece.get_dtype()) != dtype:
            raise WrongDtype(f"{self.path}: {name} holds {piece.get_dtype()}; the net needs {dtype}")

    def read(self, name: str) -> torch.Tensor:
        """One tensor."""
        tensor: torch.Tensor = self._file.get_tensor(name)
        return tensor


@contextmanager
def opened(source: Content, model: torch.nn.Module) -> Iterator[Opened]:
    """Open a file of tensors for this net, after a look at its first bytes and its size.

    Raises NoCheckpoint, PickleRefused, TooLarge, DamagedCheckpoint.
    """
    said = "the file" if isinstance(source, bytes) else str(Path(source))
    start, size = _beginning(source)
    if start.startswith(_PICKLES):
        raise PickleRefused(
            f"{said} is a pickle (torch.save writes them). Reading one can run any program, so it is refused: "
            "where you trust it, convert it with torch.load(path, weights_only=True) and train.save(path, model)"
        )
    needed = sum(t.numel() * t.element_size() for t in model.state_dict().values())
    if size > _COPIES * needed + _ROOM:
        raise TooLarge(f"{said} has {size:,} bytes, but this net has only {needed:,}: it is not of this net")
    try:
        with _on_disk(source) as file, safe_open(file, framework="pt") as tensors:
            yield Opened(said, tensors)
    except CheckpointError:
        raise
    except (SafetensorError, UnicodeDecodeError) as error:
        raise DamagedCheckpoint(f"{said} is not a whole safetensors file ({error}): save or load it anew") from None


def _beginning(source: Content) -> tuple[bytes, int]:
    """The first four bytes, and how many there are. Raises NoCheckpoint."""
    if isinstance(source, bytes):
        return source[:4], len(source)
    file = Path(source)
    if not file.is_file():
        raise NoCheckpoint(f"{file} is not there, or no file; the current folder is {Path.cwd()}")
    with file.open("rb") as stream:
        return stream.read(4), file.stat().st_size


@contextmanager
def _on_disk(source: Content) -> Iterator[Path]:
    """The path of the file: the library reads the notes beside the tensors from a path alone."""
    if not isinstance(source, bytes):
        yield Path(source)
        return
    with TemporaryDirectory() as folder:
        file = Path(folder, "weights")
        file.write_bytes(source)
        yield file


def require_finite(path: Path | str, tensors: Tensors) -> None:
    """Every value is a number. Raises NotFinite with the name of the first tensor where it is not so."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not (finite := tensor.isfinite()).all():
            wrong = math.prod(tensor.shape) - int(finite.sum())
            raise NotFinite(f"{path}: {name} has {wrong:,} values that are infinite or no numbers: a diverged training")


def _some(what: str, names: set[str]) -> str:
    if not names:
        return ""
    shown = sorted(names)
    return f"{what} {', '.join(shown[:3])}{f' and {len(shown) - 3} more' if len(shown) > 3 else ''}; "
