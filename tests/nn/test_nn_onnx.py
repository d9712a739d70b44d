"""The node tests of ONNX: inputs and expected outputs that somebody else wrote.

Every case of an operator that the layers have is either run or named in UNSUPPORTED with the reason; a case that is
neither fails, so the list cannot fall behind the `onnx` package.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto, helper
from onnx.backend.test.case.node import collect_testcases

from course_lib import nn

Attributes = dict[str, Any]
Inputs = list[Any]
Outputs = tuple[Any, ...]


def spatial(name: str, x: Any, sizes: Attributes) -> tuple[Any, list[int], list[int], list[int], list[int]]:
    """x with one or two spatial axes as an image, and kernel, strides, dilations, pads (t, l, b, r) for both axes."""
    axes = x.ndim - 2
    kernel = list(sizes["kernel_shape"])
    strides, dilations = (list(sizes.get(key, [1] * axes)) for key in ("strides", "dilations"))
    pads = list(sizes.get("pads", [0] * 2 * axes))
    if axes == 1:
        x, kernel, strides, dilations = x[:, :, None], [1, *kernel], [1, *strides], [1, *dilations]
        pads = [0, pads[0], 0, pads[1]]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True)]
    if sizes.get("auto_pad", b"NOTSET") in (b"SAME_UPPER", b"SAME_LOWER"):
        total = [
            max(0, (-(-size // s) - 1) * s + r - size) for size, s, r in zip(x.shape[2:], strides, reach, strict=True)
        ]
        less, more = [t // 2 for t in total], [t - t // 2 for t in total]
        pads = [*less, *more] if sizes["auto_pad"] == b"SAME_UPPER" else [*more, *less]
    if sizes.get("ceil_mode"):  # one more window, where it would still begin on x or the padding before it
        for axis in (0, 1):
            padded = x.shape[2 + axis] + pads[axis] + pads[2 + axis]
            more_windows = -(-(padded - reach[axis]) // strides[axis])
            if more_windows * strides[axis] < x.shape[2 + axis] + pads[axis]:
                pads[2 + axis] += max(0, more_windows * strides[axis] + reach[axis] - padded)
    return x, kernel, strides, dilations, pads


def window_options(strides: list[int], dilations: list[int], pads: list[int]) -> dict[str, Any]:
    padding = ((pads[0], pads[2]), (pads[1], pads[3]))
    return {"stride": tuple(strides), "dilation": tuple(dilations), "padding": padding}


def conv(inputs: Inputs, attributes: Attributes) -> Outputs:
    x, w, *b = inputs
    x, _, strides, dilations, pads = spatial("Conv", x, {"kernel_shape": w.shape[2:], **attributes})
    w = w if w.ndim == 4 else w[:, :, None]
    options = window_options(strides, dilations, pads)
    return (nn.conv_forward(x, w, *b, groups=attributes.get("group", 1), **options)[0],)


def conv_transpose(inputs: Inputs, attributes: Attributes) -> Outputs:
    x, w = inputs
    flat = x.ndim == 3
    sizes = {key: value for key, value in attributes.items() if key != "auto_pad"}
    x, kernel, strides, dilations, pads = spatial("ConvTranspose", x, {**sizes, "kernel_shape": list(w.shape[2:])})
    w = w[:, :, None] if flat else w
    extra = list(attributes.get("output_padding", [0, 0]))
    wanted = attributes.get("output_shape")
    if "auto_pad" in attributes:
        wanted = [size * s for size, s in zip(x.shape[2:], strides, strict=True)]
    if wanted:
        for axis in (0, 1):
            full = (x.shape[2 + axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1 + extra[axis]
            surplus = full - wanted[axis]
            if surplus < 0:  # the output grows at its end
                extra[axis] -= surplus
            pads[axis], pads[2 + axis] = max(0, surplus) // 2, max(0, surplus) - max(0, surplus) // 2
    options = window_options(strides, dilations, pads)
    y, _ = nn.conv_transpose_forward(x, w, groups=attributes.get("group", 1), output_padding=tuple(extra), **options)
    return (y[:, :, 0] if flat else y,)


def max_pool(inputs: Inputs, attributes: Attributes) -> Outputs:
    flat = inputs[0].ndim == 3
    x, kernel, strides, dilations, pads = spatial("MaxPool", inputs[0], attributes)
    y, cache = nn.max_pool_forward(x, tuple(kernel), **window_options(strides, dilations, pads))
    if flat or y.size > 100:
        return (y[:, :, 0] if flat else y,)
    # ONNX names winners by their place in the whole of x: take it from where the gradient of each output goes.
    places = np.zeros(y.shape, dtype=np.int64)
    for index in np.ndindex(y.shape):
        one = np.zeros(y.shape, dtype=y.dtype)
        one[index] = 1
        winner = nn.max_pool_backward(one, cache)
        by_column = attributes.get("storage_order", 0) == 1
        places[index] = np.argmax(winner.swapaxes(2, 3) if by_column else winner)
    return y, places


def average_pool(inputs: Inputs, attributes: Attributes) -> Outputs:
    flat = inputs[0].ndim == 3
    x, kernel, strides, dilations, pads = spatial("AveragePool", inputs[0], attributes)
    include = bool(attributes.get("count_include_pad", 0))
    options = window_options(strides, dilations, pads)
    y, _ = nn.average_pool_forward(x, tuple(kernel), count_include_pad=include, **options)
    return (y[:, :, 0] if flat else y,)


def batch_norm(inputs: Inputs, attributes: Attributes) -> Outputs:
    x, gamma, beta, mean, variance = inputs
    eps = attributes.get("epsilon", 1e-5)
    if not attributes.get("training_mode", 0):
        return (nn.batch_norm_inference(x, gamma, beta, mean, variance, eps=eps)[0],)
    y, cache = nn.batch_norm_forward(x, gamma, beta, eps=eps)
    # ONNX's momentum is what is kept, and its running variance is the biased one.
    momentum = 1 - attributes.get("momentum", 0.9)
    return y, *nn.running_statistics(mean, variance, cache, momentum=momentum, unbiased=False)


def layer_norm(inputs: Inputs, attributes: Attributes) -> Outputs:
    x, gamma, beta = inputs
    y, cache = nn.layer_norm_forward(x, gamma, beta, eps=attributes.get("epsilon", 1e-5))
    return y, cache.standardized.mean, cache.standardized.inverse_deviation


def group_norm(inputs: Inputs, attributes: Attributes) -> Outputs:
    return (nn.group_norm_forward(*inputs, attributes["num_groups"], eps=attributes.get("epsilon", 1e-5))[0],)


def instance_norm(inputs: Inputs, attributes: Attributes) -> Outputs:
    return (nn.instance_norm_forward(*inputs, eps=attributes.get("epsilon", 1e-5))[0],)


def local_response_norm(inputs: Inputs, attributes: Attributes) -> Outputs:
    options = {
        "alpha": attributes.get("alpha", 1e-4),
        "beta": attributes.get("beta", 0.75),
        "k": attributes.get("bias", 1),
    }
    return (nn.local_response_norm_forward(inputs[0], attributes["size"], **options)[0],)


def prelu(inputs: Inputs, attributes: Attributes) -> Outputs:
    x, slope = inputs
    # ONNX lines the slope up with the last axes; here it belongs to the second.
    return (nn.prelu_forward(x.reshape(-1, slope.size), slope.reshape(-1))[0].reshape(x.shape),)


def negative_log_likelihood(inputs: Inputs, attributes: Attributes) -> Outputs:
    return (loss(nn.nll_forward, inputs, attributes),)


def softmax_cross_entropy(inputs: Inputs, attributes: Attributes) -> Outputs:
    return loss(nn.softmax_cross_entropy_forward, inputs, attributes), nn.log_softmax_forward(inputs[0])[0]


def loss(forward: Callable[..., Any], inputs: Inputs, attributes: Attributes) -> Any:
    scores, labels, *weights = inputs
    return forward(
        scores,
        labels,
        class_weights=weights[0] if weights else None,
        ignore_index=attributes.get("ignore_index"),
        reduction=attributes.get("reduction", b"mean").decode(),
    )[0]


def dense(inputs: Inputs, attributes: Attributes) -> Outputs:
    a, b, *c = inputs
    a, b = a.T if attributes.get("transA") else a, b if attributes.get("transB") else b.T
    y, _ = nn.dense_forward(a, b, *[bias.reshape(-1) for bias in c])
    return (y,)


def dropout(inputs: Inputs, attributes: Attributes) -> Outputs:
    ratio = float(inputs[1]) if len(inputs) > 1 else attributes.get("ratio", 0.5)
    training = bool(inputs[2]) if len(inputs) > 2 else False
    y, cache = nn.dropout_forward(inputs[0], ratio, np.random.default_rng(0), training=training)
    return y, cache.factor != 0


def col2im(inputs: Inputs, attributes: Attributes) -> Outputs:
    columns, size, block = inputs
    pads = attributes.get("pads", [0, 0, 0, 0])
    options = window_options(attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1]), pads)
    shape = (len(columns), columns.shape[1] // int(np.prod(block)), *map(int, size))
    matrix = columns.swapaxes(0, 1).reshape(columns.shape[1], -1)
    return (nn.col2im(matrix, shape, tuple(map(int, block)), **options),)


RUN: dict[str, Callable[[Inputs, Attributes], Outputs]] = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda i, a: (nn.global_average_pool_forward(i[0])[0][:, :, None, None],),
    "GlobalMaxPool": lambda i, a: (nn.global_max_pool_forward(i[0])[0][:, :, None, None],),
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "GroupNormalization": group_norm,
    "InstanceNormalization": instance_norm,
    "LRN": local_response_norm,
    "Softmax": lambda i, a: (nn.softmax_forward(i[0], axis=a.get("axis", -1))[0],),
    "LogSoftmax": lambda i, a: (nn.log_softmax_forward(i[0], axis=a.get("axis", -1))[0],),
    "SoftmaxCrossEntropyLoss": softmax_cross_entropy,
    "NegativeLogLikelihoodLoss": negative_log_likelihood,
    "Relu": lambda i, a: (nn.relu_forward(i[0])[0],),
    "LeakyRelu": lambda i, a: (nn.leaky_relu_forward(i[0], a.get("alpha", 0.01))[0],),
    "PRelu": prelu,
    "Sigmoid": lambda i, a: (nn.sigmoid_forward(i[0])[0],),
    "Tanh": lambda i, a: (nn.tanh_forward(i[0])[0],),
    "Flatten": lambda i, a: (nn.flatten_forward(i[0], a.get("axis", 1))[0],),
    "Gemm": dense,
    "Dropout": dropout,
    "Col2Im": col2im,
}


def unsupported(node: NodeProto, inputs: Inputs, attributes: Attributes) -> str | None:
    """Why the layers do not do what a case asks for, or None."""
    windows = node.op_type in ("Conv", "ConvTranspose", "MaxPool", "AveragePool")
    if (windows and inputs[0].ndim > 4) or (node.op_type == "Col2Im" and len(inputs[1]) > 2):
        return "three spatial axes: the layers are for images"
    if inputs[0].dtype.kind != "f":
        return "integers: the layers take floats"
    if node.op_type == "AveragePool" and attributes.get("ceil_mode") and attributes.get("count_include_pad"):
        return "ceil_mode with count_include_pad: some padding counts and some does not"
    if node.op_type == "Gemm" and (attributes.get("alpha", 1) != 1 or attributes.get("beta", 1) != 1):
        return "factors alpha and beta: a dense layer has none"
    outputs_of_b = 0 if attributes.get("transB") else 1
    if node.op_type == "Gemm" and len(inputs) > 2 and inputs[2].size != inputs[1].shape[outputs_of_b]:
        return "a bias that is not one number for each output"
    if node.op_type == "Dropout" and len(inputs) > 2 and bool(inputs[2]) and float(inputs[1]) > 0:
        return "a mask drawn by ONNX's own generator cannot be drawn again"
    return None


def collect() -> tuple[list[Any], dict[str, str]]:
    """The cases to run, as parameters, and the names of the others with the reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # collecting runs ONNX's own reference code, overflows and all
        with np.errstate(all="ignore"):
            everything = collect_testcases(None)
    cases, left_out = [], {}
    for case in everything:
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in RUN or nodes[0].domain not in ("", "ai.onnx"):
            continue
        attributes = {a.name: helper.get_attribute_value(a) for a in nodes[0].attribute}
        for inputs, outputs in case.data_sets:
            reason = unsupported(nodes[0], inputs, attributes)
            if reason:
                left_out[case.name] = reason
            else:
                cases.append(pytest.param(nodes[0].op_type, inputs, attributes, outputs, id=case.name))
    return cases, left_out


CASES, LEFT_OUT = collect()

UNSUPPORTED = {
    "three spatial axes: the layers are for images": {
        "test_averagepool_3d_default",
        "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False",
        "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_True",
        "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False",
        "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True",
        "test_averagepool_3d_dilations_small",
        "test_col2im_5d",
        "test_convtranspose_3d",
        "test_maxpool_3d_default",
        "test_maxpool_3d_dilations",
        "test_maxpool_3d_dilations_use_ref_impl",
        "test_maxpool_3d_dilations_use_ref_impl_large",
    },
    "ceil_mode with count_include_pad: some padding counts and some does not": {
        "test_averagepool_2d_ceil_last_window_starts_on_pad",
    },
    "a mask drawn by ONNX's own generator cannot be drawn again": {
        "test_training_dropout",
        "test_training_dropout_default",
        "test_training_dropout_default_mask",
        "test_training_dropout_mask",
    },
    "a bias that is not one number for each output": {
        "test_gemm_default_matrix_bias",
        "test_gemm_default_scalar_bias",
        "test_gemm_default_single_elem_vector_bias",
    },
    "factors alpha and beta: a dense layer has none": {
        "test_gemm_all_attributes",
        "test_gemm_alpha",
        "test_gemm_beta",
    },
    "integers: the layers take floats": {
        "test_maxpool_2d_uint8",
    },
}


@pytest.mark.parametrize(("operator", "inputs", "attributes", "expected"), CASES)
def test_onnx_case(operator: str, inputs: Inputs, attributes: Attributes, expected: list[Any]) -> None:
    got = RUN[operator](inputs, attributes)
    for ours, theirs in zip(got, expected, strict=False):  # a case may not ask for all that there is
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert len(expected) <= len(got)


def test_what_is_left_out_is_known() -> None:
    by_reason: dict[str, set[str]] = {}
    for name, reason in LEFT_OUT.items():
        by_reason.setdefault(reason, set()).add(name)
    assert by_reason == UNSUPPORTED


def test_every_operator_has_a_case() -> None:
    assert {case.values[0] for case in CASES} == set(RUN)
