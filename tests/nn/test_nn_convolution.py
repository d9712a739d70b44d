"""Convolution in three implementations, against torch and against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from support.torch_oracle import assert_same, by_torch, properties

from course_lib import nn
from course_lib.nn import correlation
from course_lib.nn.windows import Windows


@dataclass
class Case:
    """A convolution that fits."""

    x: Any
    w: Any
    b: Any
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int
    rng: np.random.Generator

    @property
    def windows(self) -> Windows:
        return Windows(self.w.shape[2:], self.stride, self.padding, self.dilation)

    @property
    def options(self) -> dict[str, Any]:
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups}

    def by_torch(self) -> tuple[Any, Any, list[Any]]:
        (top, bottom), (left, right) = self.padding

        def f(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
            padded = F.pad(x, (left, right, top, bottom))
            return F.conv2d(padded, w, b, stride=self.stride, dilation=self.dilation, groups=self.groups)

        return by_torch(f, self.rng, self.x, self.w, self.b)


small = st.integers(1, 3)


@st.composite
def cases(draw: st.DrawFn, groups: st.SearchStrategy[int] = small) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    group_count = draw(groups)
    kernel, stride, dilation = (draw(st.tuples(small, small)) for _ in range(3))
    padding = draw(st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 2))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = [max(1, r - sum(p)) + draw(st.integers(0, 5)) for r, p in zip(reach, padding, strict=True)]
    n, channels, filters = draw(st.integers(1, 5)), draw(small) * group_count, draw(st.integers(1, 6)) * group_count
    x = rng.normal(size=(n, channels, *size))
    w = rng.normal(size=(filters, channels // group_count, *kernel))
    b = draw(st.sampled_from([rng.normal(size=filters), None]))
    return Case(x, w, b, stride, padding, dilation, group_count, rng)


@properties
@given(cases(), st.integers(1, 60))
def test_forward_and_backward_agree_with_torch(case: Case, block_columns: int) -> None:
    y, dy, gradients = case.by_torch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "BLOCK_COLUMNS", block_columns)  # blocks of every size, the last one smaller
        ours, cache = nn.conv_forward(case.x, case.w, case.b, **case.options)
        assert_same([ours, *nn.conv_backward(dy, cache)], [y, *gradients])


@properties
@given(cases(groups=st.just(1)))
def test_im2col_version_agrees_with_torch(case: Case) -> None:
    case.b = np.zeros(len(case.w)) if case.b is None else case.b
    y, dy, gradients = case.by_torch()
    ours, cache = nn.conv_im2col_forward(
        case.x, case.w, case.b, stride=case.stride, padding=case.padding, dilation=case.dilation
    )
    assert_same([ours, *nn.conv_im2col_backward(dy, cache)], [y, *gradients])


@properties
@given(cases(groups=st.just(1)))
def test_loops_agree_with_torch(case: Case) -> None:
    case.b, case.dilation = np.ones(len(case.w)), (1, 1)
    case.x, case.w = case.x[:2, :2], case.w[:3, :2]
    case.b = case.b[:3]
    y, dy, gradients = case.by_torch()
    ours, cache = nn.conv_loops_forward(case.x, case.w, case.b, stride=case.stride, padding=case.padding)
    assert_same([ours, *nn.conv_loops_backward(dy, cache)], [y, *gradients])


@properties
@given(cases())
def test_gathering_and_scattering_give_one_input_gradient(case: Case) -> None:
    reach = case.windows.reach
    case.stride = (1, 1)
    case.padding = tuple(tuple(min(p, r - 1) for p in side) for side, r in zip(case.padding, reach, strict=True))
    if min(case.windows.grid(case.x.shape[2:])) < 1:
        case.x = case.rng.normal(size=(*case.x.shape[:2], *reach))
    dy = case.rng.normal(size=nn.conv_forward(case.x, case.w, **case.options)[0].shape)
    gathered = correlation.input_gradient_by_gathering(dy, case.w, case.windows, case.groups)
    scattered = correlation.input_gradient_by_scattering(dy, case.w, case.x.shape, case.windows, case.groups)
    assert_same([gathered], [scattered])


@properties
@given(cases())
def test_transposed_convolution_agrees_with_torch(case: Case) -> None:
    w = case.w.swapaxes(0, 1) if case.groups == 1 else case.w[:, :2]
    x = case.rng.normal(size=(len(case.x), len(w), *case.x.shape[2:]))
    extra = tuple(int(case.rng.integers(0, s)) for s in case.stride)
    b = None if case.b is None else case.rng.normal(size=w.shape[1] * case.groups)
    # torch pads both sides alike, and cuts at most what there is
    full = [(s - 1) * t + r for s, t, r in zip(x.shape[2:], case.stride, case.windows.reach, strict=True)]
    padding = tuple(min(side[0], (f - 1) // 2) for side, f in zip(case.padding, full, strict=True))
    options = {"stride": case.stride, "output_padding": extra, "groups": case.groups, "dilation": case.dilation}
    # torch: the output padding must be smaller than the stride or the dilation, as here
    y, dy, gradients = by_torch(
        lambda x, w, b: F.conv_transpose2d(x, w, b, padding=padding, **options), case.rng, x, w, b
    )
    ours, cache = nn.conv_transpose_forward(x, w, b, padding=padding, **options)
    assert_same([ours, *nn.conv_transpose_backward(dy, cache)], [y, *gradients])


@properties
@given(cases())
def test_transposed_convolution_is_the_adjoint(case: Case) -> None:
    y, _ = nn.conv_forward(case.x, case.w, **case.options)
    error = case.rng.normal(size=y.shape)
    left_over = [
        (size + sum(pad) - reach) % stride
        for size, pad, reach, stride in zip(
            case.x.shape[2:], case.padding, case.windows.reach, case.stride, strict=True
        )
    ]
    back, _ = nn.conv_transpose_forward(error, case.w, output_padding=tuple(left_over), **case.options)
    assert back.shape == case.x.shape
    np.testing.assert_allclose((y * error).sum(), (case.x * back).sum(), rtol=1e-10, atol=1e-10)


@properties
@given(cases(groups=st.just(1)))
def test_im2col_agrees_with_torch_and_col2im_is_its_adjoint(case: Case) -> None:
    options = {"stride": case.stride, "padding": case.padding, "dilation": case.dilation}
    columns = nn.im2col(case.x, case.w.shape[2:], **options)
    (top, bottom), (left, right) = case.padding
    unfolded = F.unfold(
        F.pad(torch.tensor(case.x), (left, right, top, bottom)),
        case.w.shape[2:],
        stride=case.stride,
        dilation=case.dilation,
    )
    assert_same([columns], [unfolded.permute(1, 0, 2).reshape(len(columns), -1).numpy()])
    c = case.rng.normal(size=columns.shape)
    back = nn.col2im(c, case.x.shape, case.w.shape[2:], **options)
    np.testing.assert_allclose((columns * c).sum(), (case.x * back).sum(), rtol=1e-10, atol=1e-10)


@pytest.mark.covers("G10")
def test_the_column_matrix_of_two_small_maps() -> None:
    maps = np.array(
        [
            [[1, 2, 1, 2, 3, 4], [2, 2, 3, 1, 2, 0], [1, 1, 2, 1, 0, 1], [2, 1, 2, 1, 1, 3]],
            [[0, 2, 3, 2, 0, 1], [1, 0, 1, 1, 2, 0], [2, 0, 1, 1, 1, 1], [1, 1, 2, 1, 1, 2]],
        ],
        dtype=float,
    )[None]
    expected = [
        [1, 1, 3, 1, 2, 0],
        [2, 2, 4, 1, 1, 1],
        [2, 3, 2, 2, 2, 1],
        [2, 1, 0, 1, 1, 3],
        [0, 3, 0, 2, 1, 1],
        [2, 2, 1, 0, 1, 1],
        [1, 1, 2, 1, 2, 1],
        [0, 1, 0, 1, 1, 2],
    ]
    np.testing.assert_array_equal(nn.im2col(maps, 2, stride=2), expected)


def test_the_window_arguments_mean_what_they_say(rng: np.random.Generator) -> None:
    x, w = rng.normal(size=(1, 1, 6, 7)), rng.normal(size=(1, 1, 2, 3))
    assert nn.conv_forward(x, w, padding=1)[0].shape == (1, 1, 7, 7)
    assert nn.conv_forward(x, w, padding=(2, 0))[0].shape == (1, 1, 9, 5)
    assert nn.conv_forward(x, w, padding=((1, 0), (0, 2)))[0].shape == (1, 1, 6, 7)
    assert nn.conv_forward(x, w, stride=(1, 2), dilation=(3, 1))[0].shape == (1, 1, 3, 3)


def test_arguments_are_left_alone_and_layouts_do_not_matter(rng: np.random.Generator) -> None:
    x = rng.normal(size=(5, 6, 4, 3)).transpose(2, 3, 0, 1)
    w = rng.normal(size=(3, 3, 3, 5)).transpose(3, 2, 0, 1)
    before = x.copy(), w.copy()
    y, cache = nn.conv_forward(x, w, padding=1)
    dy = rng.normal(size=y.shape[::-1]).transpose()
    gradients = nn.conv_backward(dy, cache)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(w, before[1])
    straight = nn.conv_forward(before[0], before[1], padding=1)
    assert_same([y, *gradients], [straight[0], *nn.conv_backward(dy.copy(), straight[1])])
    assert y.flags.writeable


@pytest.mark.parametrize("layer_dtype", [np.float32, np.float64])
def test_the_layers_keep_their_dtype(layer_dtype: Any, rng: np.random.Generator) -> None:
    for layer in (
        nn.Conv(2, 4, 3, groups=2, padding=1, stride=2, rng=rng, dtype=layer_dtype),
        nn.ConvTranspose(2, 4, 3, groups=2, stride=2, output_padding=1, rng=rng, dtype=layer_dtype),
    ):
        x = rng.normal(size=(2, 2, 6, 5)).astype(layer_dtype)
        y = layer.forward(x)
        assert y.dtype == layer.backward(y).dtype == layer_dtype
        assert {g.dtype for g in layer.grads.values()} == {np.dtype(layer_dtype)}
        assert layer.grads["w"].shape == layer.params["w"].shape
        assert layer.grads["b"].shape == (4,)
        without_bias = type(layer)(2, 4, 3, bias=False, rng=rng, dtype=layer_dtype)
        without_bias.backward(without_bias.forward(x))
        assert set(without_bias.params) == set(without_bias.grads) == {"w"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"x": np.zeros((3, 8, 8))}, r"x has shape \(3, 8, 8\), 3 axes; it must have 4: \(N, C, H, W\)"),
    ({"x": np.zeros((0, 3, 8, 8))}, r"x has shape \(0, 3, 8, 8\); no axis of"),
    ({"x": np.zeros((2, 3, 8, 8), int)}, r"x has shape \(2, 3, 8, 8\) and dtype int64; it must hold floats"),
    ({"x": np.zeros((2, 3, 8, 8), np.float32)}, r"all arrays of one call must have one dtype"),
    ({"w": np.zeros((4, 3, 3))}, r"w has shape \(4, 3, 3\), 3 axes"),
    ({"x": np.zeros((2, 4, 8, 8))}, r"x has shape \(2, 4, 8, 8\).*the channels of x, 4, must be"),
    ({"w": np.zeros((4, 3, 9, 9))}, r"the kernel spans \(9, 9\), but x of height and width \(8, 8\)"),
    ({"dilation": 4}, r"the kernel spans \(9, 9\) \(a kernel \(3, 3\) with dilation \(4, 4\)\)"),
    ({"stride": 0}, r"stride is 0; it must be a whole number of at least 1"),
    ({"stride": 1.5}, r"stride is 1.5; it must be a whole number"),
    ({"stride": (1, 2, 3)}, r"stride is \(1, 2, 3\); it must be one whole number or a pair"),
    ({"padding": -1}, r"padding is -1"),
    ({"padding": (1, 2, 3)}, r"padding is \(1, 2, 3\)"),
    ({"padding": "same"}, r"padding is 'same'"),
    ({"groups": 0}, r"groups is 0"),
    (
        {"groups": 2, "x": np.zeros((2, 6, 8, 8)), "w": np.zeros((3, 3, 3, 3)), "b": None},
        r"its 3 filters must divide into",
    ),
    ({"b": np.zeros(3)}, r"b has shape \(3,\); it must be \(4,\), one number for each filter"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD)
def test_bad_input_is_named(change: dict[str, Any], sentence: str) -> None:
    arguments: dict[str, Any] = {"x": np.zeros((2, 3, 8, 8)), "w": np.zeros((4, 3, 3, 3)), "b": np.zeros(4)}
    with pytest.raises(ValueError, match="conv_forward: .*" + sentence):
        nn.conv_forward(**{**arguments, **change})


def test_bad_input_of_the_other_functions_is_named(rng: np.random.Generator) -> None:
    x, w = np.zeros((2, 3, 8, 8)), np.zeros((4, 3, 3, 3))
    with pytest.raises(TypeError, match="x is a list; it must be a NumPy array"):
        nn.conv_forward([[1.0]], w)  # type: ignore[arg-type]  # what this test is about
    with pytest.raises(ValueError, match=r"dy has shape \(2, 4, 8, 8\); it must be \(2, 4, 6, 6\)"):
        nn.conv_backward(np.zeros((2, 4, 8, 8)), nn.conv_forward(x, w)[1])
    with pytest.raises(ValueError, match=r"columns has shape \(27, 3\); it must be \(27, 72\)"):
        nn.col2im(np.zeros((27, 3)), x.shape, 3)
    with pytest.raises(ValueError, match=r"the channels of x, 3, must be the first axis of w, 4"):
        nn.conv_transpose_forward(x, w)
    with pytest.raises(ValueError, match=r"output_padding is \(2, 2\); it must be smaller than the stride"):
        nn.conv_transpose_forward(x, np.zeros((3, 4, 3, 3)), stride=2, output_padding=2)
    with pytest.raises(ValueError, match=r"x has shape \(2, 3, 8, 8\); padding .* cuts everything off"):
        nn.conv_transpose_forward(x, np.zeros((3, 4, 3, 3)), padding=5)
    with pytest.raises(ValueError, match=r"b has shape \(3,\)"):
        nn.conv_transpose_forward(x, np.zeros((3, 4, 3, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="in_channels is 3; it must divide into groups=2"):
        nn.Conv(3, 4, 3, groups=2, rng=rng)
    with pytest.raises(ValueError, match="out_channels is 3; it must divide into groups=2"):
        nn.ConvTranspose(4, 3, 3, groups=2, rng=rng)
