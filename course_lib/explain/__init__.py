"""Look inside a net: which pixels counted, what excites a unit, what a class wants to see; and whether it is true."""

from course_lib.explain.dream import dream
from course_lib.explain.maximize import Maximized, maximize
from course_lib.explain.objectives import Objective, channel, layer, logit, strongest, unit

__all__ = [
    "Maximized",
    "Objective",
    "channel",
    "dream",
    "layer",
    "logit",
    "maximize",
    "strongest",
    "unit",
]
