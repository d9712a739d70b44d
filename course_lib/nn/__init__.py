"""Layers in plain NumPy: what each computes, and what flows back through it.

Every operation is a pair of plain functions, `y, cache = conv_forward(x, w, b, stride=2)` and
`dx, dw, db = conv_backward(dy, cache)`, with a thin layer object over them for networks. Images are (N, C, H, W).
MatConvNet's names for the same things are in `course_lib.nn.matconvnet` and `course_lib.nn.simplenn`.
"""

from course_lib.nn.arguments import Array
from course_lib.nn.batch_norm import (
    BatchNorm,
    batch_norm_backward,
    batch_norm_forward,
    batch_norm_inference,
    running_statistics,
)
from course_lib.nn.binary_cross_entropy import binary_cross_entropy_backward, binary_cross_entropy_forward
from course_lib.nn.conv_im2col import conv_im2col_backward, conv_im2col_forward
from course_lib.nn.conv_loops import conv_loops_backward, conv_loops_forward
from course_lib.nn.conv_transpose import ConvTranspose, conv_transpose_backward, conv_transpose_forward
from course_lib.nn.convolution import Conv, conv_backward, conv_forward
from course_lib.nn.cross_entropy import (
    SoftmaxCrossEntropy,
    cross_entropy_backward,
    cross_entropy_forward,
    nll_backward,
    nll_forward,
    one_hot,
    softmax_cross_entropy_backward,
    softmax_cross_entropy_forward,
)
from course_lib.nn.dense import Dense, dense_backward, dense_forward
from course_lib.nn.dropout import Dropout, dropout_backward, dropout_forward
from course_lib.nn.flatten import Flatten, flatten_backward, flatten_forward
from course_lib.nn.gradcheck import check_layer, numeric_gradient, relative_error
from course_lib.nn.group_norm import (
    GroupNorm,
    InstanceNorm,
    group_norm_backward,
    group_norm_forward,
    instance_norm_forward,
)
from course_lib.nn.im2col import col2im, im2col
from course_lib.nn.initializers import (
    Initializer,
    fans,
    gaussian,
    he_normal,
    he_uniform,
    xavier_normal,
    xavier_uniform,
    zeros,
)
from course_lib.nn.layer import Layer, Parameter
from course_lib.nn.layer_norm import LayerNorm, layer_norm_backward, layer_norm_forward
from course_lib.nn.local_response_norm import (
    LocalResponseNorm,
    local_response_norm_backward,
    local_response_norm_forward,
)
from course_lib.nn.pooling import (
    AveragePool,
    GlobalPool,
    MaxPool,
    average_pool_backward,
    average_pool_forward,
    global_average_pool_backward,
    global_average_pool_forward,
    global_max_pool_backward,
    global_max_pool_forward,
    max_pool_backward,
    max_pool_forward,
)
from course_lib.nn.relu import (
    LeakyRelu,
    PRelu,
    Relu,
    RRelu,
    leaky_relu_backward,
    leaky_relu_forward,
    prelu_backward,
    prelu_forward,
    relu_backward,
    relu_forward,
    rrelu_forward,
)
from course_lib.nn.sequential import Sequential
from course_lib.nn.sigmoid import Sigmoid, Tanh, sigmoid_backward, sigmoid_forward, tanh_backward, tanh_forward
from course_lib.nn.softmax import (
    Softmax,
    log_softmax_backward,
    log_softmax_forward,
    softmax_backward,
    softmax_forward,
    softmax_jacobian,
)
from course_lib.nn.windows import Windows, output_size

__all__ = [
    "Array",
    "AveragePool",
    "BatchNorm",
    "Conv",
    "ConvTranspose",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalPool",
    "GroupNorm",
    "Initializer",
    "InstanceNorm",
    "Layer",
    "LayerNorm",
    "LeakyRelu",
    "LocalResponseNorm",
    "MaxPool",
    "PRelu",
    "Parameter",
    "RRelu",
    "Relu",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Tanh",
    "Windows",
    "average_pool_backward",
    "average_pool_forward",
    "batch_norm_backward",
    "batch_norm_forward",
    "batch_norm_inference",
    "binary_cross_entropy_backward",
    "binary_cross_entropy_forward",
    "check_layer",
    "col2im",
    "conv_backward",
    "conv_forward",
    "conv_im2col_backward",
    "conv_im2col_forward",
    "conv_loops_backward",
    "conv_loops_forward",
    "conv_transpose_backward",
    "conv_transpose_forward",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "dense_backward",
    "dense_forward",
    "dropout_backward",
    "dropout_forward",
    "fans",
    "flatten_backward",
    "flatten_forward",
    "gaussian",
    "global_average_pool_backward",
    "global_average_pool_forward",
    "global_max_pool_backward",
    "global_max_pool_forward",
    "group_norm_backward",
    "group_norm_forward",
    "he_normal",
    "he_uniform",
    "im2col",
    "instance_norm_forward",
    "layer_norm_backward",
    "layer_norm_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "local_response_norm_backward",
    "local_response_norm_forward",
    "log_softmax_backward",
    "log_softmax_forward",
    "max_pool_backward",
    "max_pool_forward",
    "nll_backward",
    "nll_forward",
    "numeric_gradient",
    "one_hot",
    "output_size",
    "prelu_backward",
    "prelu_forward",
    "relative_error",
    "relu_backward",
    "relu_forward",
    "rrelu_forward",
    "running_statistics",
    "sigmoid_backward",
    "sigmoid_forward",
    "softmax_backward",
    "softmax_cross_entropy_backward",
    "softmax_cross_entropy_forward",
    "softmax_forward",
    "softmax_jacobian",
    "tanh_backward",
    "tanh_forward",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
