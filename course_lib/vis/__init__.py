"""Pictures for the notebooks: every one is drawn here and shown with words for readers who cannot see it."""

from course_lib.vis.architecture import Architecture, architecture
from course_lib.vis.arithmetic import kernel_positions, kernel_positions_grid, positions
from course_lib.vis.attempt import attempt
from course_lib.vis.cube import cube
from course_lib.vis.curves import bars, curve_panels, curves
from course_lib.vis.devices import devices
from course_lib.vis.explore import Explorer, explore
from course_lib.vis.flipbook import Flipbook, flipbook
from course_lib.vis.grids import image_grid
from course_lib.vis.kernel_slide import SlidingKernel, slide_kernel
from course_lib.vis.landscapes import Landscape, descent_film, descents
from course_lib.vis.layers import layer_chart
from course_lib.vis.maps import map_sheet, overlay
from course_lib.vis.number_squares import equation, matrix
from course_lib.vis.panels import bar_panels, function_panels, histogram_panels
from course_lib.vis.paths import paths
from course_lib.vis.rooflines import roofline
from course_lib.vis.scatter import scatter_panels
from course_lib.vis.shares import shares
from course_lib.vis.show import Picture, picture, show
from course_lib.vis.strips import strips
from course_lib.vis.thinned import thinned_network
from course_lib.vis.walks import Step, Walk, maps_picture
from course_lib.vis.wiring import receptive_cone, wiring

__all__ = [
    "Architecture",
    "Explorer",
    "Flipbook",
    "Landscape",
    "Picture",
    "SlidingKernel",
    "Step",
    "Walk",
    "architecture",
    "attempt",
    "bar_panels",
    "bars",
    "cube",
    "curve_panels",
    "curves",
    "descent_film",
    "descents",
    "devices",
    "equation",
    "explore",
    "flipbook",
    "function_panels",
    "histogram_panels",
    "image_grid",
    "kernel_positions",
    "kernel_positions_grid",
    "layer_chart",
    "map_sheet",
    "maps_picture",
    "matrix",
    "overlay",
    "paths",
    "picture",
    "positions",
    "receptive_cone",
    "roofline",
    "scatter_panels",
    "shares",
    "show",
    "slide_kernel",
    "strips",
    "thinned_network",
    "wiring",
]
