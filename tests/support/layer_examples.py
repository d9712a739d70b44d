"""How each layer of the library is called: one line or more for each, by which its gradients are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib import nn
from course_lib.nn import standardize

Rng = np.random.Generator
Shape = tuple[int, ...]
Float = np.float64

MAPS, ROWS = (2, 4, 5, 6), (3, 4)
LABELS = np.array([0, 2, 3])


def testing(layer: nn.Layer) -> nn.Layer:
    """The layer in testing mode, where it draws nothing."""
    layer.train(False)
    return layer


LAYERS: dict[type[nn.Layer], list[tuple[Callable[[Rng], nn.Layer], Shape]]] = {
    nn.AveragePool: [(lambda rng: nn.AveragePool(2, stride=1, padding=1), MAPS)],
    nn.BatchNorm: [
        (lambda rng: nn.BatchNorm(4, dtype=Float), MAPS),
        (lambda rng: nn.BatchNorm(4, dtype=Float), ROWS),
        (lambda rng: testing(nn.BatchNorm(4, dtype=Float)), MAPS),
    ],
    nn.Conv: [(lambda rng: nn.Conv(4, 6, (3, 2), stride=2, padding=1, groups=2, rng=rng, dtype=Float), MAPS)],
    nn.ConvTranspose: [
        (
            lambda rng: nn.ConvTranspose(
                4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, rng=rng, dtype=Float
            ),
            MAPS,
        )
    ],
    nn.Dense: [(lambda rng: nn.Dense(4, 3, rng=rng, dtype=Float), ROWS)],
    nn.Dropout: [(lambda rng: testing(nn.Dropout(rng=rng)), ROWS)],
    nn.Flatten: [(lambda rng: nn.Flatten(), MAPS)],
    nn.GlobalPool: [(lambda rng: nn.GlobalPool(), MAPS), (lambda rng: nn.GlobalPool("max"), MAPS)],
    nn.GroupNorm: [(lambda rng: nn.GroupNorm(2, 4, dtype=Float), MAPS)],
    nn.InstanceNorm: [(lambda rng: nn.InstanceNorm(4, dtype=Float), MAPS)],
    nn.LayerNorm: [(lambda rng: nn.LayerNorm((4, 5, 6), dtype=Float), MAPS)],
    nn.LeakyRelu: [(lambda rng: nn.LeakyRelu(0.3), ROWS)],
    nn.LocalResponseNorm: [(lambda rng: nn.LocalResponseNorm(3, alpha=0.5), MAPS)],
    nn.MaxPool: [(lambda rng: nn.MaxPool(3, stride=2, padding=1), MAPS)],
    nn.PRelu: [(lambda rng: nn.PRelu(4, dtype=Float), MAPS), (lambda rng: nn.PRelu(dtype=Float), ROWS)],
    nn.Relu: [(lambda rng: nn.Relu(), ROWS)],
    nn.RRelu: [(lambda rng: testing(nn.RRelu(rng=rng)), ROWS)],
    nn.Sequential: [(lambda rng: nn.Sequential(nn.Dense(4, 3, rng=rng, dtype=Float), nn.Tanh()), ROWS)],
    nn.Sigmoid: [(lambda rng: nn.Sigmoid(), ROWS)],
    nn.Softmax: [(lambda rng: nn.Softmax(temperature=2.0), ROWS)],
    nn.Tanh: [(lambda rng: nn.Tanh(), ROWS)],
}
"""Each layer, in float64, with the shape of an x that it takes."""

Forward = Callable[..., tuple[Any, Any]]

FUNCTIONS: dict[str, tuple[Forward, tuple[Shape, ...]]] = {
    "average_pool_forward": (lambda x: nn.average_pool_forward(x, 2, padding=1), (MAPS,)),
    "batch_norm_forward": (nn.batch_norm_forward, (MAPS, (4,), (4,))),
    "binary_cross_entropy_forward": (lambda x: nn.binary_cross_entropy_forward(x, np.array([0.0, 1, 1])), ((3,),)),
    "conv_forward": (lambda x, w, b: nn.conv_forward(x, w, b, stride=2, groups=2), (MAPS, (6, 2, 3, 2), (6,))),
    "conv_im2col_forward": (lambda x, w, b: nn.conv_im2col_forward(x, w, b, padding=1), (MAPS, (3, 4, 3, 2), (3,))),
    "conv_loops_forward": (lambda x, w, b: nn.conv_loops_forward(x, w, b, stride=2), (MAPS, (3, 4, 3, 2), (3,))),
    "conv_transpose_forward": (
        lambda x, w, b: nn.conv_transpose_forward(x, w, b, stride=2),
        (MAPS, (4, 3, 3, 2), (3,)),
    ),
    "cross_entropy_forward": (lambda p: nn.cross_entropy_forward(p, nn.one_hot(LABELS, 4, dtype=Float)), (ROWS,)),
    "dense_forward": (nn.dense_forward, (ROWS, (3, 4), (3,))),
    "dropout_forward": (lambda x: nn.dropout_forward(x, 0.3, np.random.default_rng(0)), (ROWS,)),
    "flatten_forward": (nn.flatten_forward, (MAPS,)),
    "global_average_pool_forward": (nn.global_average_pool_forward, (MAPS,)),
    "global_max_pool_forward": (nn.global_max_pool_forward, (MAPS,)),
    "group_norm_forward": (lambda x, gamma, beta: nn.group_norm_forward(x, gamma, beta, 2), (MAPS, (4,), (4,))),
    "instance_norm_forward": (nn.instance_norm_forward, (MAPS, (4,), (4,))),
    "layer_norm_forward": (nn.layer_norm_forward, (MAPS, (4, 5, 6), (4, 5, 6))),
    "leaky_relu_forward": (lambda x: nn.leaky_relu_forward(x, 0.3), (ROWS,)),
    "local_response_norm_forward": (lambda x: nn.local_response_norm_forward(x, 3, alpha=0.5), (MAPS,)),
    "log_softmax_forward": (lambda x: nn.log_softmax_forward(x, temperature=2.0), (ROWS,)),
    "max_pool_forward": (lambda x: nn.max_pool_forward(x, (2, 3), stride=1, padding=1), (MAPS,)),
    "nll_forward": (lambda x: nn.nll_forward(x, LABELS), (ROWS,)),
    "prelu_forward": (nn.prelu_forward, (MAPS, (4,))),
    "relu_forward": (nn.relu_forward, (ROWS,)),
    "rrelu_forward": (lambda x: nn.rrelu_forward(x, np.random.default_rng(0)), (ROWS,)),
    "sigmoid_forward": (nn.sigmoid_forward, (ROWS,)),
    "softmax_cross_entropy_forward": (lambda x: nn.softmax_cross_entropy_forward(x, LABELS), (ROWS,)),
    "softmax_forward": (nn.softmax_forward, (ROWS,)),
    "standardize_forward": (lambda x: standardize.standardize_forward(x, (0, 2, 3), 1e-5), (MAPS,)),
    "tanh_forward": (nn.tanh_forward, (ROWS,)),
}
"""Each pair of plain functions: a call of the first, and the shapes of the arrays by which it has gradients."""

OF_PROBABILITIES = {"cross_entropy_forward"}
"""Those that take probabilities."""

OTHER_BACKWARD = {"instance_norm_forward": "group_norm_backward", "rrelu_forward": "leaky_relu_backward"}
"""The second function, where it is not called like the first."""
