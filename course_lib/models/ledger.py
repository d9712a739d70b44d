"""Who does what while a net runs: each operation is written down in the row of its module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from course_lib.models import fields, products
from course_lib.models.bill import Bill, Row

_NAMES = {"convolution": "conv", "addmm": "linear", "mm": "linear", "bmm": "matmul", "constant_pad_nd": "pad"}


@dataclass
class Entry:
    """A row while it is written."""

    name: str
    kind: str
    leaf: bool
    operations: list[str] = field(default_factory=list)
    output: tuple[int, ...] = ()
    field: fields.Field | None = None
    parameters: int = 0
    multiply_adds: int = 0
    other: int = 0
    activations: int = 0

    def counts(self) -> bool:
        """Whether it has something to tell."""
        return self.leaf or bool(self.parameters or self.multiply_adds or self.other or self.activations)

    def row(self) -> Row:
        """As it stands in the bill."""
        kind = self.kind
        if not self.leaf and self.operations:
            seen = list(dict.fromkeys(self.operations))
            kind = " + ".join(seen[:3]) + " + …" * (len(seen) > 3)
        seen_pixels = self.field.pixels() if self.field is not None and self.field.along else None
        return Row(
            self.name, kind, self.output, self.parameters, self.multiply_adds, self.activations, seen_pixels, self.other
        )


@dataclass
class Frame:
    """A module that is running."""

    name: str
    module: nn.Module
    inputs: str
    entry: Entry | None = None


@dataclass
class _Stored:
    """Memory that was taken for numbers that come from the picture."""

    tensor: Tensor  # kept: storages are told apart by their address
    bytes: int
    made: int
    used: int


class Ledger(TorchDispatchMode):
    """Sees each operation, and knows which module is running.

    Args:
        net: on `meta`, and nobody else's: its modules get hooks.
        x: a batch of one picture, on `meta`.
    """

    def __init__(self, net: nn.Module, x: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's
        self.net, self.x = net, x
        self.names: dict[nn.Module, str] = {}
        for name, module in net.named_modules():
            self.names.setdefault(module, name or type(net).__name__)
        self.running: list[Frame] = []
        self.entries: list[Entry] = []
        self.paid: set[int] = set()  # parameters that have a row already
        self.fields: dict[int, tuple[Tensor, fields.Field | None]] = {}
        self.stored: dict[int, _Stored] = {}
        self.step = 0
        self.uncounted: dict[str, None] = {}
        picture = Entry("input", "picture", leaf=True, output=tuple(x.shape[1:]), activations=x.numel())
        picture.field = fields.Field.of_input(x.shape) if x.ndim > 2 else None
        self.entries.append(picture)
        self._know(x, picture.field)
        self._store(x)
        for module in net.modules():
            module.register_forward_pre_hook(self._begins, with_kwargs=True)
            module.register_forward_hook(self._ends, with_kwargs=True)

    def _begins(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.running:
            self.running[-1].entry = None
        shapes = ", ".join(str(tuple(x.shape)) for x in (*args, *kwargs.values()) if isinstance(x, Tensor))
        frame = Frame(self.names.get(module, type(module).__name__), module, shapes)
        self.running.append(frame)
        if not list(module.children()) and not isinstance(module, (nn.Sequential, nn.ModuleList, nn.ModuleDict)):
            self._open(frame, leaf=True)

    def _ends(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        frame = self.running.pop()
        if frame.entry is None and not self._is_paid(module):
            self._open(frame, leaf=False)
        result = next((tensor for tensor in _tensors(output)), None)
        if frame.entry is not None and result is not None:
            frame.entry.output = tuple(result.shape[1:])
            frame.entry.field = self._field(result)

    def _is_paid(self, module: nn.Module) -> bool:
        return all(id(p) in self.paid for p in module.parameters(recurse=False))

    def _open(self, frame: Frame, leaf: bool) -> Entry:
        frame.entry = Entry(frame.name, type(frame.module).__name__, leaf)
        frame.entry.parameters = self._pay(frame.module)
        self.entries.append(frame.entry)
        return frame.entry

    def _pay(self, module: nn.Module) -> int:
        """The parameters that a module owns itself and that nobody counted yet."""
        new = {id(p): p.numel() for p in module.parameters(recurse=False) if id(p) not in self.paid}
        self.paid |= set(new)
        return sum(new.values())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One operation: done as ever, then written down."""
        out = func(*args, **(kwargs or {}))
        name = products.name_of(func)
        made = list(_tensors(out))
        if not made or not self.running:
            return out
        frame = self.running[-1]
        self.step += 1
        multiply_adds = products.multiply_adds(name, args, made[0])
        if name in products.UNCOUNTED:
            self.uncounted[f"{name} in {frame.name}"] = None
        known = [tensor for tensor in _tensors(args) if _address(tensor) in self.stored]
        for tensor in known:
            self.stored[_address(tensor)].used = self.step
        if not (known or multiply_adds) or _is_blank(name):
            return out
        entry = frame.entry or self._open(frame, leaf=False)
        entry.multiply_adds += multiply_adds
        if known:
            self._write(entry, func, name, args, known, made if isinstance(out, (list, tuple)) else [out])
            entry.other += products.other_operations(func, name, args, made[0]) if not multiply_adds else 0
        return out

    def _write(
        self, entry: Entry, func: Any, name: str, args: tuple[Any, ...], known: list[Tensor], made: list[Tensor]
    ) -> None:
        """What an operation does with numbers of the picture."""
        parts = made if name.startswith(("split", "unsafe_split", "unbind", "chunk")) else made[:1]
        operands = [self._field(tensor) for tensor in known]
        for tensor in parts:
            whole = [operand for operand in operands if operand is not None]
            seen = fields.follow(func, name, args, whole, tensor) if whole and len(whole) == len(operands) else None
            self._know(tensor, seen)
            if _address(tensor) not in self.stored:
                self._store(tensor)
                entry.activations += tensor.numel()
                entry.operations.append(_NAMES.get(name, name.lstrip("_")))
            elif name.endswith("_"):
                entry.operations.append(name.strip("_"))
            entry.output, entry.field = tuple(tensor.shape[1:]), seen

    def _know(self, tensor: Tensor, seen: fields.Field | None) -> None:
        self.fields[id(tensor)] = (tensor, seen)

    def _field(self, tensor: Tensor) -> fields.Field | None:
        return self.fields.get(id(tensor), (None, None))[1]

    def _store(self, tensor: Tensor) -> None:
        size = tensor.numel() * tensor.element_size()
        self.stored[_address(tensor)] = _Stored(tensor, size, self.step, self.step)

    def what_failed(self, error: Exception) -> str:
        """The layer at which the run broke off, and why."""
        if not self.running:
            return f"the net cannot run: {error}"
        frame = self.running[-1]
        layer, said = f"{frame.name} ({type(frame.module).__name__})", str(error).partition("\n")[0]
        if "not on the expected device" in said:
            return f"{layer} makes a tensor on a device that it names: make it on that of its input, x.device"
        if "meta" in said:
            return f"{layer} looks at the numbers of a tensor, and here are none: {said}"
        return f"{layer} cannot work with what it gets, {frame.inputs}: {said or type(error).__name__}"

    def bill(self) -> Bill:
        """The account, after the run."""
        entries = [entry for entry in self.entries if entry.counts()]
        for module, name in self.names.items():
            if count := self._pay(module):
                entries.append(Entry(name, type(module).__name__, leaf=True, parameters=count))
        parameters = list(self.net.parameters())
        trained = [p for p in parameters if p.requires_grad]
        return Bill(
            net=type(self.net).__name__,
            rows=tuple(entry.row() for entry in entries),
            trained=sum(p.numel() for p in trained),
            weight_bytes=sum(map(_bytes, [*parameters, *self.net.buffers()])),
            trained_bytes=sum(map(_bytes, trained)),
            activation_bytes=sum(stored.bytes for stored in self.stored.values()),
            peak_bytes=self._peak(),
            notes=tuple(f"not counted among the multiply-adds: {what}" for what in self.uncounted),
        )

    def _peak(self) -> int:
        """The most bytes at once, when memory is free after its last use."""
        changes: dict[int, int] = {}
        for stored in self.stored.values():
            changes[stored.made] = changes.get(stored.made, 0) + stored.bytes
            changes[stored.used + 1] = changes.get(stored.used + 1, 0) - stored.bytes
        live = most = 0
        for step in sorted(changes):
            live += changes[step]
            most = max(most, live)
        return most


def _is_blank(name: str) -> bool:
    """Whether an operation only takes the shape of a tensor, as the noise of dropout does."""
    return name.startswith("new_") or name.endswith("_like")


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _address(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
