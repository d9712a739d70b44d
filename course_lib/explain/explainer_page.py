"""A page that shows a small net at work on one picture: every number, and the numbers that it was made of."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from course_lib.explain.tracing import Step, trace

_MOST_BYTES = 3_000_000  # a page travels by mail, and lies in a notebook
_PARTS = ("style.css", "numbers.js", "drawing.js", "story.js", "windows.js", "choosing.js", "view.js", "start.js")


class Page:
    """One HTML file that needs nothing else; in a notebook, it is shown below the cell."""

    def __init__(self, text: str, title: str) -> None:
        self.html, self.title = text, title

    def save(self, path: str | Path) -> Path:
        """Write the page; open the file in any browser, on a phone as well, without a network."""
        where = Path(path)
        where.write_text(self.html, "utf-8")
        return where

    def _repr_html_(self) -> str:
        # A document of its own: neither the styles nor the keys of a notebook reach it. It sets its own height.
        return (
            f'<iframe title="{html.escape(self.title)}" srcdoc="{html.escape(self.html)}" '
            'style="width: 100%; height: 900px; border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        """How large it is, and what to do with it."""
        return f"Page({self.title!r}, {len(self.html.encode()) / 1e6:.2f} MB); page.save('net.html') writes it"


def page(
    net: nn.Module, picture: npt.ArrayLike | Tensor, names: Sequence[str] | None = None, *, title: str = ""
) -> Page:
    """A page on which each number of a net can be followed back to the picture; leave it as the last line of a cell.

    Choose a layer, a map and a place, and see the window, the weights, the products and their sum. A number of the
    window leads to the numbers that it was made of.

    Args:
        net: an nn.Sequential in eval mode, small: at most about half a million weights and activations.
        picture: (C, H, W), (1, C, H, W), or gray (H, W), as the net takes it.
        names: of the classes, for the last numbers.
        title: the heading.

    Raises:
        TypeError: the net is no nn.Sequential.
        ValueError: a layer that is not supported, a net in training mode, a picture that the net cannot take, a page of
            more than 3 MB, not as many names as classes.
    """
    steps = trace(net, picture)
    last = steps[-1].values
    if names is not None and (last.ndim != 1 or len(names) != len(last)):
        given = f"gives {len(last)} numbers" if last.ndim == 1 else f"ends with maps {tuple(last.shape)}"
        raise ValueError(f"{len(names)} names for the classes, and the net {given}")
    _refuse_large(steps)
    heading = title or "A network, to the last number"
    data, numbers = _packed(steps, heading, names)
    parts = {Path(name).stem: _part(name) for name in _PARTS}
    parts |= {"title": html.escape(heading), "steps": data, "base64": numbers}
    text = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _part("page.html"))
    return Page(text, heading)


def _part(name: str) -> str:
    return (files("course_lib.explain") / "explainer" / name).read_text("utf-8")


def _packed(steps: list[Step], title: str, names: Sequence[str] | None) -> tuple[str, str]:
    """What the steps are, as JSON that no `</script>` can end, and all their numbers in one row, in base64."""
    arrays: list[npt.NDArray[np.float32]] = []
    count = 0

    def place(tensor: Tensor) -> dict[str, Any]:
        nonlocal count
        arrays.append(tensor.numpy().astype("<f4").ravel())
        count += tensor.numel()
        return {"at": count - tensor.numel(), "shape": list(tensor.shape)}

    layers = [
        dict(step.settings)
        | {"kind": step.kind, "name": step.name, "values": place(step.values)}
        | {"weights": {name: place(weight) for name, weight in step.weights.items()}}
        for step in steps
    ]
    told = json.dumps({"title": title, "names": list(map(str, names or ())), "layers": layers}, sort_keys=True)
    return told.replace("<", "\\u003c"), base64.b64encode(np.concatenate(arrays).tobytes()).decode("ascii")


def _refuse_large(steps: list[Step]) -> None:
    """ValueError with what to do, if the numbers do not go into a page."""
    own = sum(len(_part(name).encode()) for name in ("page.html", *_PARTS)) + 20_000
    maps = sum(step.values.numel() for step in steps)
    sizes = {step.name: sum(w.numel() for w in step.weights.values()) for step in steps}
    weights = sum(sizes.values())
    size = own + (maps + weights) * 4 * 4 / 3
    if size <= _MOST_BYTES:
        return
    largest = max(sizes, key=lambda name: sizes[name])
    _, height, width = steps[0].values.shape
    advice = (
        f"Take a smaller picture than {height} x {width}, or fewer maps"
        if maps > weights
        else f"Take a smaller net: layer {largest} alone has {sizes[largest]:,} weights"
    )
    raise ValueError(
        f"the page would have {size / 1e6:.1f} MB, and {_MOST_BYTES / 1e6:.0f} MB is the most: "
        f"{weights:,} weights and {maps:,} numbers that they make. {advice}"
    )
