"""What stands between the layers of a net, looked at while it runs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn


class Seen(Mapping[str, Tensor]):
    """The activations of the last forward, by the names of their modules; `features` makes it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._calls: dict[str, list[Tensor]] = {name: [] for name in names}

    def __getitem__(self, name: str) -> Tensor:
        """What the module gave. Raises KeyError if it was not looked at or did not run, ValueError if it ran twice."""
        calls = self.calls(name)
        if not calls:
            raise KeyError(f"{name} has not run: call the net inside the block")
        if len(calls) > 1:
            raise ValueError(f"{name} ran {len(calls)} times in one forward; seen.calls({name!r}) lists what it gave")
        return calls[0]

    def calls(self, name: str) -> list[Tensor]:
        """All that the module gave in the last forward, in order; empty if it did not run."""
        if name not in self._calls:
            raise KeyError(f"{name} was not looked at; these were: {', '.join(self._calls)}")
        return list(self._calls[name])

    def __contains__(self, name: object) -> bool:
        """Whether it ran."""
        return bool(self._calls.get(name)) if isinstance(name, str) else False

    def __iter__(self) -> Iterator[str]:
        """The names of those that ran."""
        return (name for name, calls in self._calls.items() if calls)

    def __len__(self) -> int:
        """How many ran."""
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        """Names and shapes."""
        shapes = (f"{name}: {', '.join(str(tuple(x.shape)) for x in self._calls[name])}" for name in self)
        return f"Seen({'; '.join(shapes)})"


@contextmanager
def features(net: nn.Module, at: str | Iterable[str]) -> Iterator[Seen]:
    """Look at what modules of a net give while it runs.

        with models.features(net, ["stem", "blocks.5"]) as seen:
            logits = net(x)
        seen["blocks.5"]  # (N, C, H, W)

    Each is of the last forward, and a copy that no in-place layer changes. Its graph is attached, and what comes behind
    is computed from it: `torch.autograd.grad(logits[0, 3], seen["blocks.5"])` says how a logit depends on it. After
    the block, also after an error, the net is as before. The net computes what it would without (unless it writes into
    a tensor and goes on with another name of the same one, behind a module that passes its input on).

    Args:
        net: any net.
        at: a name or several, as in `net.named_modules()`; a module inside a module is "blocks.5".

    Raises:
        ValueError: the net has no such module.
        TypeError: a module gives something else than a tensor.
    """
    names = (at,) if isinstance(at, str) else tuple(at)
    modules = dict(net.named_modules(remove_duplicate=False))
    for name in names:
        if name not in modules:
            near = difflib.get_close_matches(str(name), modules, n=3, cutoff=0.5)
            said = f"did you mean {', '.join(near)}?" if near else f"there is {', '.join(filter(None, modules))}"
            raise ValueError(f"the net has no module {name!r}; {said}")
    seen = Seen(names)

    def forget(module: nn.Module, args: Any) -> None:
        for calls in seen._calls.values():
            calls.clear()

    def keep(name: str, module: nn.Module, output: Any) -> Tensor:
        if not isinstance(output, Tensor):
            raise TypeError(f"{name or 'the net'} gives no tensor but {type(output).__name__}: look inside it")
        # One copy to keep, and of that one to go on with: whoever writes into either end leaves the kept one alone.
        kept = output.clone()
        seen._calls[name].append(kept)
        return kept.clone()

    hooks = [net.register_forward_pre_hook(forget)]
    try:
        for name in dict.fromkeys(names):
            hooks.append(
                modules[name].register_forward_hook(lambda module, _, output, name=name: keep(name, module, output))
            )
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
