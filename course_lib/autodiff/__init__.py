"""A small reverse-mode automatic differentiation engine over NumPy arrays, to be read in ten minutes.

Begin with `node.py`. A graph is built by computing, `y = w * x + b`; `y.backward()` fills in `grad` of every node in
it; `draw(y)` shows both.
"""

from course_lib.autodiff.drawing import describe, draw
from course_lib.autodiff.functions import (
    cos,
    exp,
    log,
    max,
    mean,
    relu,
    reshape,
    sigmoid,
    sin,
    sum,
    take,
    tanh,
    transpose,
)
from course_lib.autodiff.node import (
    Node,
    add,
    backward,
    divide,
    matmul,
    multiply,
    negate,
    power,
    subtract,
    topological_order,
)

__all__ = [
    "Node",
    "add",
    "backward",
    "cos",
    "describe",
    "divide",
    "draw",
    "exp",
    "log",
    "matmul",
    "max",
    "mean",
    "multiply",
    "negate",
    "power",
    "relu",
    "reshape",
    "sigmoid",
    "sin",
    "subtract",
    "sum",
    "take",
    "tanh",
    "topological_order",
    "transpose",
]
