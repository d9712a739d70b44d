"""Sliders that redraw a figure, with a still picture where no widgets live."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from course_lib.vis.show import picture, show

_WIDGET = "application/vnd.jupyter.widget-view+json"


def explore(draw: Callable[..., Figure], alt: Callable[..., str], **sliders: tuple[int, int, int]) -> None:
    """Show `draw(**values)` below one slider for each name, given as `(lowest, start, highest)`.

    `alt(**values)` gives the words for each picture. A ValueError of `draw` is shown in place of the picture. Where
    ipywidgets is missing or the page is only read, the picture for the starting values stands still.
    """
    for name, (low, start, high) in sliders.items():
        if not low <= start <= high:
            raise ValueError(f"slider {name!r}: {start} does not lie between {low} and {high}")
    first = {name: start for name, (_, start, _) in sliders.items()}
    try:
        import ipywidgets
    except ImportError:
        show(draw(**first), alt=alt(**first))
        return
    from IPython.display import display

    still = picture(draw(**first), alt(**first))
    canvas = ipywidgets.HTML(still.img)
    knobs = {
        name: ipywidgets.IntSlider(start, low, high, description=name, continuous_update=False)
        for name, (low, start, high) in sliders.items()
    }

    def redraw(_: Any) -> None:
        values = {name: knob.value for name, knob in knobs.items()}
        try:
            canvas.value = picture(draw(**values), alt(**values)).img
        except ValueError as problem:
            canvas.value = f"<p>{html.escape(str(problem))}</p>"

    for knob in knobs.values():
        knob.observe(redraw, "value")
    box = ipywidgets.VBox([*knobs.values(), canvas])
    # One output in several forms: a front end without widgets takes the picture instead. Colab always has widgets, and
    # which form it prefers is documented nowhere, so there it is not given the choice.
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    forms = {_WIDGET: view, "text/plain": repr(still)}
    if "google.colab" not in sys.modules:
        forms["text/html"] = still.img
    display(forms, raw=True)
