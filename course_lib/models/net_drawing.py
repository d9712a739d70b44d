"""A picture of any net, to scale: what feeds what is seen while the net runs once without numbers."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

from torch import Tensor, nn

from course_lib.models.accounting import Input, observed
from course_lib.models.ledger import Entry, Frame, Ledger
from course_lib.vis.architecture import Architecture, Fork, Item, Layer, architecture, folded, in_words


def draw(net: nn.Module, input: Input) -> Architecture:
    """A net to scale: a box for each layer with weights or pooling, branches one above the other; the cell's last line.

    Norms, activations and dropout, which change no size, have no box (local response norm has one). What repeats is
    drawn once. The sizes and the alt text are those of `models.account`.

    Args:
        net: any module that `models.account` can run.
        input: (C, H, W) of one picture, or what else `models.account` takes.

    Raises:
        ValueError: the input does not fit, or no path leads from it to the output.
    """
    ledger = observed(net, input, _Wires)
    items, left_out = _Graph(ledger).read()
    bill = ledger.bill()
    alt = (
        f"{bill.net}, {bill.parameters:,} parameters and {bill.multiply_adds:,} multiply-adds for one input: "
        f"{in_words(folded(items))}."
    )
    if left_out:
        alt += f" Not drawn: {left_out} layers that lead to other outputs."
    return architecture(items, alt=alt)


class _Wires(Ledger):
    """An account that also notes which entry made the tensors that another one uses."""

    def __init__(self, net: nn.Module, x: Tensor) -> None:
        super().__init__(net, x)
        self.makers: dict[int, Entry] = {id(x): self.entries[0]}
        self.sources: dict[int, list[Entry]] = {}
        self.modules: dict[int, nn.Module] = {}

    def _open(self, frame: Frame, leaf: bool) -> Entry:
        entry = super()._open(frame, leaf)
        if leaf:
            self.modules[id(entry)] = frame.module
        return entry

    def _write(
        self, entry: Entry, func: Any, name: str, args: tuple[Any, ...], known: list[Tensor], made: list[Tensor]
    ) -> None:
        sources = self.sources.setdefault(id(entry), [])
        for tensor in known:
            maker = self.makers.get(id(tensor))
            if maker is not None and maker is not entry and not any(maker is source for source in sources):
                sources.append(maker)
        super()._write(entry, func, name, args, known, made)
        for tensor in made:
            if isinstance(tensor, Tensor):
                self.makers[id(tensor)] = entry


class _Graph:
    """Layers that are worth a box, as numbers in the order in which they ran, and who feeds whom."""

    def __init__(self, wires: _Wires) -> None:
        self.wires, self.entries = wires, wires.entries
        place = {id(entry): number for number, entry in enumerate(self.entries)}
        stands_for: dict[int, int] = {}
        before: dict[int, list[int]] = {}
        for number, entry in enumerate(self.entries):
            sources = [stands_for[place[id(source)]] for source in wires.sources.get(id(entry), [])]
            sources = list(dict.fromkeys(sources))
            if number and not sources:
                continue  # it never ran, or on nothing that comes from the input
            if len(sources) == 1 and self._is_quiet(entry, self.entries[sources[0]]):
                stands_for[number] = sources[0]
            else:
                stands_for[number], before[number] = number, sources
        if len(before) < 2:
            raise ValueError("no layer with weights or pooling takes the input: there is nothing to draw")
        self.last = self._output(before)
        kept = self._ancestors(before, self.last)
        self.left_out = len(before) - len(kept)
        self.after: dict[int, list[int]] = {number: [] for number in kept}
        for number in sorted(kept):
            for source in before[number]:
                self.after[source].append(number)
        self.meets = self._meeting_points()

    def read(self) -> tuple[list[Item], int]:
        """The net as nested items, and how many layers of side branches it leaves out."""
        if 0 not in self.after:
            raise ValueError("no path leads from the input to the output")
        return self._sequence(0, None), self.left_out

    def _is_quiet(self, entry: Entry, source: Entry) -> bool:
        same = prod(entry.output) == prod(source.output)
        return same and not entry.multiply_adds and _kind(entry, self.wires.modules.get(id(entry))) == "other"

    def _output(self, before: dict[int, list[int]]) -> int:
        """Of the layers that feed no other, the one with the most behind it: heads at the side have less."""
        feeding = {source for sources in before.values() for source in sources}
        return max((n for n in before if n not in feeding), key=lambda n: len(self._ancestors(before, n)))

    @staticmethod
    def _ancestors(before: dict[int, list[int]], number: int) -> set[int]:
        found, waiting = {number}, [number]
        while waiting:
            new = [source for source in before[waiting.pop()] if source not in found]
            found.update(new)
            waiting.extend(new)
        return found

    def _meeting_points(self) -> dict[int, int]:
        """For each layer the next one that every path to the output passes (its immediate post-dominator)."""
        passed: dict[int, set[int]] = {}
        for number in sorted(self.after, reverse=True):
            ways = [passed[follower] for follower in self.after[number]]
            passed[number] = {number} | (set.intersection(*ways) if ways else set())
        return {number: min(on_all - {number}) for number, on_all in passed.items() if len(on_all) > 1}

    def _sequence(self, number: int, stop: int | None) -> list[Item]:
        items: list[Item] = [self._layer(number)]
        while self.after[number]:
            followers = self.after[number]
            meeting = self.meets[number]
            if len(followers) > 1:
                fork = self._fork(followers, meeting)  # if it meets where a wider one does, that one draws the join
                items.append(fork if meeting != stop else replace(fork, join=""))
            elif meeting != stop:
                items.append(self._layer(meeting))
            if meeting == stop:
                break
            number = meeting
        return items

    def _fork(self, followers: list[int], meeting: int) -> Fork:
        regions = [self._until(follower, meeting) for follower in followers]
        output, join = self._layer(meeting), self._joins(meeting)
        if sum(map(len, regions)) > len(set[int]().union(*regions)):  # they cross: no picture of boxes shows it
            flat = sorted(set[int]().union(*regions))
            edges = sum(len([to for to in self.after[n] if to != n + 1]) for n in flat)
            return Fork((tuple(map(self._layer, flat)), ()), f"{join} ({edges} more connections not drawn)", output)
        ways = [tuple(self._sequence(f, meeting)) if f != meeting else () for f in followers]
        return Fork(tuple(ways), join, output)

    def _until(self, number: int, meeting: int) -> set[int]:
        found, waiting = set[int](), [number]
        while waiting:
            now = waiting.pop()
            if now != meeting and now not in found:
                found.add(now)
                waiting.extend(self.after[now])
        return found

    def _joins(self, number: int) -> str:
        entry = self.entries[number]
        done = [*entry.operations, entry.kind]  # a module may pad its shortcut before it adds it
        return next((name for name in done if name in ("add", "cat", "mul")), done[0]).rstrip("_")

    def _layer(self, number: int) -> Layer:
        entry = self.entries[number]
        module = self.wires.modules.get(id(entry))
        kind, groups = _kind(entry, module), getattr(module, "groups", 1)
        if kind == "depthwise":
            groups = 1
        channels, *size = entry.output or (1,)
        return Layer(kind, _does(entry, module, kind), channels, tuple(size), groups)


def _kind(entry: Entry, module: nn.Module | None) -> str:
    name = entry.row().kind.lower()
    if name == "picture":
        return "picture"
    if isinstance(module, nn.modules.conv._ConvNd):
        return "depthwise" if module.groups == module.in_channels > 1 else "convolution"
    if isinstance(module, nn.Linear) or name.startswith("linear"):
        return "dense"
    if "pool" in name or name.startswith("mean"):
        return "pooling"
    if "conv" in name:
        return "convolution"
    return "norm" if "localresponse" in name else "other"


def _does(entry: Entry, module: nn.Module | None, kind: str) -> str:
    """What stands under the box: 3×3 /2."""
    name = entry.row().kind
    if kind in ("picture", "dense"):
        return {"picture": "input", "dense": "dense"}[kind]
    if kind == "norm":
        return "LRN"
    words = ""
    if kind == "pooling":
        words = "max" if "max" in name.lower() else "mean"
    window = getattr(module, "kernel_size", None)
    if window is None:
        return words or name
    dims = max(len(entry.output) - 1, 1)
    sizes = window if isinstance(window, tuple) else (window,) * dims
    steps = getattr(module, "stride", 1)
    steps = steps if isinstance(steps, tuple) else (steps,) * dims
    said = f"{words} {'×'.join(map(str, sizes))}".strip()
    return said + (f" /{steps[0]}" if max(steps) > 1 else "")
