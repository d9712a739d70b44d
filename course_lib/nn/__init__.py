"""Layers in plain NumPy: what each computes, and what flows back through it.

Every operation is a pair of plain functions, `y, cache = conv_forward(x, w, b, stride=2)` and
`dx, dw, db = conv_backward(dy, cache)`, with a thin layer object over them for networks. Images are (N, C, H, W).
MatConvNet's names for the same things are in `course_lib.nn.matconvnet` and `course_lib.nn.simplenn`.
"""

import inspect

from course_lib.nn.arguments import *
from course_lib.nn.batch_norm import *
from course_lib.nn.binary_cross_entropy import *
from course_lib.nn.conv_im2col import *
from course_lib.nn.conv_loops import *
from course_lib.nn.conv_transpose import *
from course_lib.nn.convolution import *
from course_lib.nn.cross_entropy import *
from course_lib.nn.dense import *
from course_lib.nn.dropout import *
from course_lib.nn.flatten import *
from course_lib.nn.gradcheck import *
from course_lib.nn.group_norm import *
from course_lib.nn.initializers import *
from course_lib.nn.layer import *
from course_lib.nn.layer_norm import *
from course_lib.nn.local_response_norm import *
from course_lib.nn.pooling import *
from course_lib.nn.relu import *
from course_lib.nn.sequential import *
from course_lib.nn.sigmoid import *
from course_lib.nn.softmax import *
from course_lib.nn.windows import *

# What the files export, by each file's own __all__; the files themselves are in globals() too.
__all__ = sorted(name for name, value in globals().items() if not (name.startswith("_") or inspect.ismodule(value)))
