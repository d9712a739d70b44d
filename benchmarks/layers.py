"""Convolution, forward and backward: nested loops, this course's NumPy, and PyTorch, side by side.

    OMP_NUM_THREADS=1 python benchmarks/layers.py

All run at the number of threads that OMP_NUM_THREADS says, alternating, so that whatever else the machine does hits
all of them; the table has the median of each, and what the tracked peak of memory is in column matrices. "limit" is
the three matrix products alone (Y = WX, dW = dY X^T, dX = W^T dY) on matrices that lie ready, with no windows copied:
the least that a convolution by matrix products can take with NumPy's BLAS. The loops run on one image, or on one
corner of one channel pair, and are scaled up to the whole: that is exact, since they do the same work everywhere.
"""

from __future__ import annotations

import argparse
import os
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import geometric_mean, median
from typing import Any

THREADS = int(os.environ.setdefault("OMP_NUM_THREADS", "1"))  # before NumPy and torch are loaded

import numpy as np  # noqa: E402  # the number of threads must stand first
import torch  # noqa: E402  # as above
import torch.nn.functional as F  # noqa: E402  # as above

from course_lib import nn  # noqa: E402  # as above


@dataclass(frozen=True)
class Shape:
    """A convolution without padding: images (N, C, H, W), kernel size, stride and number of filters."""

    images: tuple[int, int, int, int]
    kernel: int
    stride: int
    filters: int

    @property
    def out(self) -> int:
        return (self.images[2] - self.kernel) // self.stride + 1

    @property
    def column_matrix(self) -> tuple[int, int]:
        return self.images[1] * self.kernel**2, self.images[0] * self.out**2

    def __str__(self) -> str:
        return f"{self.images} k{self.kernel} s{self.stride} f{self.filters}".replace(" s1", "")


SHAPES = (
    Shape((64, 3, 32, 32), 3, 1, 32),
    Shape((64, 32, 32, 32), 3, 1, 32),
    Shape((64, 64, 16, 16), 3, 1, 64),
    Shape((32, 3, 32, 32), 5, 1, 6),
    Shape((100, 3, 31, 31), 3, 2, 25),
)
Contender = Callable[[], Any]


def arrays(shape: Shape, dtype: type = np.float32) -> tuple[Any, Any, Any, Any]:
    """Images, kernels, bias and error signal."""
    rng = np.random.default_rng(0)
    n, channels = shape.images[:2]
    sizes = (shape.images, (shape.filters, channels, shape.kernel, shape.kernel), (shape.filters,))
    x, w, b = (rng.normal(size=size).astype(dtype) for size in sizes)
    return x, w, b, rng.normal(size=(n, shape.filters, shape.out, shape.out)).astype(dtype)


def ours(shape: Shape) -> Contender:
    x, w, b, dy = arrays(shape)

    def run() -> Any:
        y, cache = nn.conv_forward(x, w, b, stride=shape.stride)
        return y, *nn.conv_backward(dy, cache)

    return run


def plain(shape: Shape) -> Contender:
    """The teaching version: the whole column matrix at once."""
    x, w, b, dy = arrays(shape)

    def run() -> Any:
        y, cache = nn.conv_im2col_forward(x, w, b, stride=shape.stride)
        return y, *nn.conv_im2col_backward(dy, cache)

    return run


def by_torch(shape: Shape) -> Contender:
    *inputs, dy = (torch.from_numpy(array) for array in arrays(shape))
    for tensor in inputs:
        tensor.requires_grad_()

    def run() -> Any:
        y = F.conv2d(*inputs, stride=shape.stride)
        return y.detach().numpy(), *(g.numpy() for g in torch.autograd.grad(y, inputs, dy))

    return run


def limit(shape: Shape) -> Contender:
    """The three matrix products, for each image, in the order of axes that is fastest."""
    k, _ = shape.column_matrix
    rng = np.random.default_rng(0)
    positions = shape.out**2
    w, columns, dy = (
        rng.normal(size=size).astype(np.float32)
        for size in ((shape.filters, k), (k, positions), (shape.filters, positions))
    )
    y, dw, dx = np.empty_like(dy), np.empty((k, shape.filters), np.float32), np.empty_like(columns)

    def run() -> None:
        for _ in range(shape.images[0]):
            np.matmul(w, columns, out=y)
            np.matmul(columns, dy.T, out=dw)
            np.matmul(w.T, dy, out=dx)

    return run


def loops_seconds(shape: Shape) -> float:
    """The time of the nested loops on a small piece, scaled to the whole."""
    x, w, b, dy = arrays(shape)
    channels, filters, rows = min(3, shape.images[1]), min(4, shape.filters), min(12, shape.out)
    side = (rows - 1) * shape.stride + shape.kernel
    piece, kernels, error = x[:1, :channels, :side, :side], w[:filters, :channels], dy[:1, :filters, :rows, :rows]
    start = time.perf_counter()
    _, cache = nn.conv_loops_forward(piece, kernels, b[:filters], stride=shape.stride)
    nn.conv_loops_backward(error, cache)
    seconds = time.perf_counter() - start
    done = channels * filters * rows**2
    return seconds * shape.images[0] * shape.images[1] * shape.filters * shape.out**2 / done


def check(shape: Shape) -> None:
    """All must compute the same before anybody is timed."""
    for name, contender in (("ours", ours), ("im2col", plain)):
        for got, expected in zip(contender(shape)(), by_torch(shape)(), strict=True):
            error = np.abs(got - expected).max() / np.abs(expected).max()
            if not error < 1e-4:
                raise SystemExit(f"{name} differs from torch by {error:.1e} at {shape}")


def time_together(contenders: dict[str, Contender], rounds: int) -> dict[str, float]:
    """The median seconds of each, the contenders alternating."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 2):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            if number >= 2:  # the first two rounds only warm up
                seconds[name].append(time.perf_counter() - start)
    return {name: median(values) for name, values in seconds.items()}


def peak_bytes(run: Contender) -> int:
    """All that is allocated at once: results, what is kept for the backward pass, and buffers."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is timed (default: 15)")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(THREADS)
    print(f"threads: {THREADS}, NumPy {np.__version__}, PyTorch {torch.__version__}, float32, times in ms\n")
    print("| shape | loops | im2col | ours | torch | limit | ours / torch | limit / torch | loops / ours | memory |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    ratios, limits = [], []
    for shape in SHAPES:
        check(shape)
        contenders = {"im2col": plain(shape), "ours": ours(shape), "torch": by_torch(shape), "limit": limit(shape)}
        seconds = time_together(contenders, rounds)
        loops = loops_seconds(shape)
        k, columns = shape.column_matrix
        memory = peak_bytes(contenders["ours"]) / (4 * k * columns)
        ratios.append(seconds["ours"] / seconds["torch"])
        limits.append(seconds["limit"] / seconds["torch"])
        row = [f"{1e3 * loops:,.0f}", *(f"{1e3 * seconds[name]:.1f}" for name in contenders)]
        row += [f"{ratios[-1]:.2f}", f"{limits[-1]:.2f}", f"{loops / seconds['ours']:,.0f}", f"{memory:.2f}"]
        print(f"| {shape} | {' | '.join(row)} |")
    print(
        f"\nours / torch: geometric mean {geometric_mean(ratios):.2f}, largest {max(ratios):.2f}; "
        f"limit / torch: geometric mean {geometric_mean(limits):.2f}"
    )


if __name__ == "__main__":
    main()
