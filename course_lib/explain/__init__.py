"""Look inside a net: which pixels counted, what excites a unit, what a class wants to see; and whether it is true."""

from course_lib.explain.dream import dream
from course_lib.explain.explainer_page import Page, page
from course_lib.explain.filters import filters
from course_lib.explain.grad_cam import grad_cam
from course_lib.explain.gradients import gradient, integrated_gradients, saliency, smooth_grad
from course_lib.explain.maximize import Maximized, maximize
from course_lib.explain.objectives import Objective, channel, layer, logit, strongest, unit
from course_lib.explain.occlusion import occlusion
from course_lib.explain.patches import Patch, top_patches
from course_lib.explain.rectifiers import deconvnet, guided_backprop
from course_lib.explain.sanity import agreement, randomized, top_down
from course_lib.explain.similarity import similarity

__all__ = [
    "Maximized",
    "Objective",
    "Page",
    "Patch",
    "agreement",
    "channel",
    "deconvnet",
    "dream",
    "filters",
    "grad_cam",
    "gradient",
    "guided_backprop",
    "integrated_gradients",
    "layer",
    "logit",
    "maximize",
    "occlusion",
    "page",
    "randomized",
    "saliency",
    "similarity",
    "smooth_grad",
    "strongest",
    "top_down",
    "top_patches",
    "unit",
]
