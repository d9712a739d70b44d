"""Look inside a net: which pixels counted, what excites a unit, what a class wants to see; and whether it is true."""

from course_lib.explain.grad_cam import grad_cam
from course_lib.explain.gradients import gradient, integrated_gradients, saliency, smooth_grad
from course_lib.explain.objectives import Objective, channel, layer, logit, strongest, unit
from course_lib.explain.rectifiers import deconvnet, guided_backprop

__all__ = [
    "Objective",
    "channel",
    "deconvnet",
    "grad_cam",
    "gradient",
    "guided_backprop",
    "integrated_gradients",
    "layer",
    "logit",
    "saliency",
    "smooth_grad",
    "strongest",
    "unit",
]
