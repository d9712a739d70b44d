"""A small assignment that imports torch: five exercises, plain asserts as tests, answers of known points.

Nothing in it needs this project, so that nbgrader alone can grade it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "small_net"

SHARED = """\
import math

import torch
from torch import nn
from torch.nn import functional as F"""

GIVEN = """\
def squares_and_bars(count, seed):
    \"\"\"Noisy pictures of 12 x 12 pixels, with a square (class 0) or a bar (class 1) in each.\"\"\"
    generator = torch.Generator().manual_seed(seed)
    x = 0.3 * torch.randn(count, 1, 12, 12, generator=generator)
    y = torch.arange(count) % 2
    for picture, kind in zip(x, y):
        row, column = torch.randint(0, 7, (2,), generator=generator).tolist()
        height, width = (5, 5) if kind == 0 else (2, 5)
        picture[0, row : row + height, column : column + width] += 1
    return x, y"""

EXPERIMENT = """\
def experiment(train):
    \"\"\"Train a small net with the function given; the losses, and the accuracy on other pictures.\"\"\"
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(),
                        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 2))
    losses = train(net, *squares_and_bars(256, seed=1), epochs=30)
    x, y = squares_and_bars(200, seed=2)
    return losses, (net(x).argmax(dim=1) == y).float().mean().item()"""


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        points: of its tests.
        solution: the body of its answer cell.
        tests: the test cell, with a hidden part.
        others: other answers, and the points that each earns.
    """

    name: str
    points: float
    text: str
    solution: str
    tests: str
    others: tuple[tuple[str, float], ...]


EXERCISES = (
    Exercise(
        "output_size",
        1,
        "The side of a convolution's output.",
        "def output_size(n, kernel, stride=1, padding=0):\n    return (n + 2 * padding - kernel) // stride + 1",
        """\
assert output_size(12, 3) == 10
### BEGIN HIDDEN TESTS
for n, kernel, stride, padding in [(12, 5, 2, 0), (11, 3, 2, 1), (224, 11, 4, 2)]:
    x = torch.zeros(1, 1, n, n)
    y = F.conv2d(x, x[..., :kernel, :kernel], None, stride, padding)
    assert output_size(n, kernel, stride, padding) == y.shape[-1]
### END HIDDEN TESTS""",
        (
            ("def output_size(n, kernel, stride=1, padding=0):\n    return n - kernel + 1", 0),
            (
                "def output_size(n, kernel, stride=1, padding=0):\n"
                "    return math.floor((n - kernel + padding + padding) / stride) + 1",
                1,
            ),
        ),
    ),
    Exercise(
        "standardize",
        2,
        "Each channel with mean 0 and standard deviation 1, over the batch and all positions.",
        "def standardize(x):\n"
        "    mean = x.mean(dim=(0, 2, 3), keepdim=True)\n"
        "    return (x - mean) / x.std(dim=(0, 2, 3), keepdim=True, unbiased=False)",
        """\
x = 3 + 2 * torch.randn(6, 4, 5, 7, generator=torch.Generator().manual_seed(1))
y = standardize(x)
assert y.shape == x.shape
### BEGIN HIDDEN TESTS
assert torch.allclose(y, F.batch_norm(x, None, None, training=True), atol=1e-3)
### END HIDDEN TESTS""",
        (
            ("def standardize(x):\n    return (x - x.mean()) / x.std()", 0),
            ("def standardize(x):\n    return F.batch_norm(x, None, None, training=True)", 2),
            ("def standardize(x):\n    return x - x.mean(dim=(2, 3))", 0),
        ),
    ),
    Exercise(
        "cross_entropy",
        2,
        "The mean negative log-likelihood of the right classes, for logits of any size. One point for small logits.",
        "def cross_entropy(logits, labels):\n"
        "    logits = logits - logits.max(dim=1, keepdim=True).values\n"
        "    log_p = logits - logits.exp().sum(dim=1, keepdim=True).log()\n"
        "    return -log_p[torch.arange(len(labels)), labels].mean()",
        """\
generator = torch.Generator().manual_seed(2)
logits, labels = torch.randn(9, 5, generator=generator), torch.randint(0, 5, (9,), generator=generator)
points = 0
if torch.isclose(cross_entropy(logits, labels), F.cross_entropy(logits, labels)):
    points += 1
### BEGIN HIDDEN TESTS
if torch.isclose(cross_entropy(1000 * logits, labels), F.cross_entropy(1000 * logits, labels)):
    points += 1
### END HIDDEN TESTS
points""",
        (
            (
                "def cross_entropy(logits, labels):\n"
                "    p = logits.exp() / logits.exp().sum(dim=1, keepdim=True)\n"
                "    return -p[torch.arange(len(labels)), labels].log().mean()",
                1,
            ),
            ("def cross_entropy(logits, labels):\n    return F.nll_loss(F.log_softmax(logits, 1), labels)", 2),
            ("def cross_entropy(logits, labels):\n    return -logits[torch.arange(len(labels)), labels].mean()", 0),
        ),
    ),
    Exercise(
        "make_net",
        2,
        "Two convolutions (8 and 16 kernels of 3 x 3, ReLU after each), the mean over all positions, two logits.",
        "def make_net():\n"
        "    return nn.Sequential(\n"
        "        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(),\n"
        "        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 2),\n"
        "    )",
        """\
net = make_net()
assert net(torch.zeros(3, 1, 12, 12)).shape == (3, 2)
### BEGIN HIDDEN TESTS
assert net(torch.zeros(2, 1, 20, 9)).shape == (2, 2)
assert sum(p.numel() for p in net.parameters()) == 80 + 1168 + 34
### END HIDDEN TESTS""",
        (
            (
                "def make_net():\n"
                "    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 10 * 10, 2))",
                0,
            ),
            (
                "class Net(nn.Module):\n"
                "    def __init__(self):\n"
                "        super().__init__()\n"
                "        self.first, self.second = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 16, 3)\n"
                "        self.last = nn.Linear(16, 2)\n"
                "\n"
                "    def forward(self, x):\n"
                "        return self.last(F.relu(self.second(F.relu(self.first(x)))).mean(dim=(2, 3)))\n"
                "\n"
                "def make_net():\n"
                "    return Net()",
                2,
            ),
        ),
    ),
    Exercise(
        "train",
        3,
        "Train a net with Adam at rate 0.02, batches of 32, for a number of epochs; the mean loss of each epoch.",
        "def train(net, x, y, epochs):\n"
        "    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)\n"
        "    losses = []\n"
        "    for epoch in range(epochs):\n"
        "        total = 0.0\n"
        "        for i in range(0, len(x), 32):\n"
        "            optimizer.zero_grad()\n"
        "            loss = F.cross_entropy(net(x[i : i + 32]), y[i : i + 32])\n"
        "            loss.backward()\n"
        "            optimizer.step()\n"
        "            total += loss.item() * len(y[i : i + 32])\n"
        "        losses.append(total / len(x))\n"
        "    return losses",
        """\
losses, accuracy = experiment(train)
assert len(losses) == 30 and losses[-1] < losses[0]
### BEGIN HIDDEN TESTS
assert losses[-1] < 0.25
assert accuracy > 0.9
### END HIDDEN TESTS""",
        (
            (
                "def train(net, x, y, epochs):\n"
                "    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)\n"
                "    losses = []\n"
                "    for epoch in range(epochs):\n"
                "        loss = F.cross_entropy(net(x), y)\n"
                "        loss.backward()\n"
                "        losses.append(loss.item())\n"
                "    return losses",
                0,
            ),
            (
                "def train(net, x, y, epochs):\n"
                "    optimizer = torch.optim.Adam(net.parameters(), 0.02)\n"
                "    batches = list(zip(x.split(32), y.split(32)))\n"
                "    def step(inputs, labels):\n"
                "        loss = F.cross_entropy(net(inputs), labels)\n"
                "        net.zero_grad()\n"
                "        loss.backward()\n"
                "        optimizer.step()\n"
                "        return loss.item()\n"
                "    return [sum(step(*batch) for batch in batches) / len(batches) for _ in range(epochs)]",
                3,
            ),
        ),
    ),
)


def solution(exercises: Sequence[Exercise] = EXERCISES) -> NotebookNode:
    """nbgrader's source: the complete notebook, with all exercises or some of them."""
    cells = [
        _cell(new_markdown_cell("# A small net"), "title", locked=True),
        _cell(new_code_cell(SHARED, metadata={"tags": ["shared"]}), "imports", locked=True),
        _cell(new_code_cell(GIVEN), "pictures", locked=True),
        _cell(new_code_cell(EXPERIMENT), "experiment", locked=True),
    ]
    for exercise in exercises:
        name = exercise.name
        answer = f"### BEGIN SOLUTION\n{exercise.solution}\n### END SOLUTION"
        cells += [
            _cell(new_markdown_cell(f"## {name}\n\n{exercise.text}"), f"{name}_text", locked=True),
            _cell(new_code_cell(answer), name, solution=True),
            _cell(new_code_cell(exercise.tests), tests_of(name), grade=True, locked=True, points=exercise.points),
        ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def tests_of(name: str) -> str:
    """The name of an exercise's test cell."""
    return f"{name}_tests"


def _cell(cell: NotebookNode, name: str, **flags: object) -> NotebookNode:
    part = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, "grade_id": name}
    cell.metadata["nbgrader"] = part | flags
    cell["id"] = name
    return cell
