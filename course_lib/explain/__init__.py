"""Look inside a net: which pixels counted, what excites a unit, what a class wants to see; and whether it is true."""

from course_lib.explain.objectives import Objective, channel, layer, logit, strongest, unit
from course_lib.explain.page import Page, page

__all__ = ["Objective", "Page", "channel", "layer", "logit", "page", "strongest", "unit"]
