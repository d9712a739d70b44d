"""CONTRIBUTING.md followed word by word, in a copy of the checkout: the exercise on the page itself, and a layer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny_project import ROOT

MODULE = "01_convolution"
CONTENT = [
    "tests/built/test_notebooks.py::test_the_points_add_up_to_what_the_text_says",
    "tests/repair/test_repair_module_01.py",
]
"""Tests that look at what the module holds, and take seconds."""
_A_MODULE = re.compile(r"(lectures|solutions|assignments|course_lib/releases)/\d\d_")

MORE_ANSWERS = {  # the page shows one wrong answer; so many are asked for
    "right": {"adds": "return x + x", "multiplies by one more than one": "return x * (1 + 1)"},
    "wrong": {"three times": "return x * 3", "half": "return x / 2", "turns the sign": "return -2 * x"},
}
LAYER = '''\
"""The square, entry by entry."""

from __future__ import annotations

from course_lib.nn.arguments import Array
from course_lib.nn.layer import FunctionLayer

__all__ = ["Square", "square_backward", "square_forward"]


def square_forward(x: Array) -> tuple[Array, Array]:
    """x -> y of the same shape, and what the backward pass needs."""
    return x * x, x


def square_backward(dy: Array, cache: Array) -> Array:
    """dy -> dx of the same shape."""
    return FACTOR * cache * dy


class Square(FunctionLayer):
    """The square, entry by entry."""

    functions = square_forward, square_backward
'''


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is in version control, with one module: the others would be built anew, and none of it is new."""
    root = tmp_path_factory.mktemp("checkout")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listing.split("\0")):
        if _A_MODULE.match(name) and MODULE not in name:
            continue
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, root / name)
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in the copy, which imports the copy's own packages."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(root), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=root, env=environment, capture_output=True, text=True, check=False
    )


def passes(root: Path, *command: str) -> str:
    """What the command printed; it must end well."""
    done = run(root, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def the_pages_exercise() -> tuple[str, str]:
    """The exercise and the answer that the page shows."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = page.split("## Add an exercise in ten minutes\n")[1].split("\n## ")[0]
    exercise, answer = re.findall(r"^````\n(.*?)^````$", section, re.MULTILINE | re.DOTALL)
    return exercise, answer


def answers(name: str, exercise: str) -> str:
    """The answers that the page asks for beside its own."""
    cases = ", ".join(f'"{case}"' for case in re.findall(r'check\.case\("([^"]+)"', exercise))
    cells = []
    for kind, many in MORE_ANSWERS.items():
        for label, body in many.items():
            says = f":idea: {label}" if kind == "right" else f":mistake: {label}\n:loses: [{cases}]"
            options = f":tags: [{kind}]\n:answer: {name}\n{says}"
            cells.append(f"```{{code-cell}} ipython3\n{options}\n\ndef {name}(x):\n    {body}\n```\n")
    return "\n".join(cells)


def add(root: Path, exercise: str, more: str) -> None:
    """Put the exercise behind the last one, and its points into the sum that the text names."""
    source = root / "solutions" / f"{MODULE}.md"
    text = source.read_text("utf-8")
    number = 1 + max(int(n) for n in re.findall(r"^### Exercise (\d+)", text, re.MULTILINE))
    exercise, found = re.subn(r"(?<=^### Exercise )\d+", str(number), exercise, count=1)
    assert found
    worth = int(re.search(r"\((\d+) points?\)", exercise)[1])  # type: ignore[index]  # the heading has them
    text, found = re.subn(
        r"^- (\d+) points: (\d+) by the tests",
        lambda said: f"- {int(said[1]) + worth} points: {int(said[2]) + worth} by the tests",
        text,
        flags=re.MULTILINE,
    )
    assert found == 1
    before, end = text.rsplit("\n+++\n\n## What to remember", 1)
    source.write_text(f"{before}\n+++\n\n{exercise}\n+++\n\n## What to remember{end}", "utf-8")
    with (root / "solutions" / f"{MODULE}.answers.md").open("a", encoding="utf-8") as file:
        file.write(f"\n{more}")


def test_the_exercise_of_the_page_can_be_added(checkout: Path) -> None:
    exercise, answer = the_pages_exercise()
    name = re.search(r"^:answer: (\w+)$", exercise, re.MULTILINE)[1]  # type: ignore[index]  # or the page is wrong
    add(checkout, exercise, answer + "\n" + answers(name, exercise))
    told = passes(checkout, "grader.cli", "prove", MODULE, "--exercise", name)
    assert "Problems: 0" in told
    passes(checkout, "grader.cli", "build")
    assert f"def {name}(x)" in (checkout / "assignments" / MODULE / f"{MODULE}.ipynb").read_text("utf-8")
    passes(checkout, "pytest", "-q", "-p", "no:cacheprovider", *CONTENT)


def test_a_layer_with_a_wrong_gradient_is_found_and_one_with_the_right_one_passes(checkout: Path) -> None:
    module, package = checkout / "course_lib/nn/square.py", checkout / "course_lib/nn/__init__.py"
    gradients = ("pytest", "-q", "-p", "no:cacheprovider", "tests/nn/test_nn_gradients.py", "-k", "quare or outlives")
    module.write_text(LAYER.replace("FACTOR", "3"), "utf-8")
    asked = run(checkout, *gradients)
    assert asked.returncode == 1
    assert "Square is new: write in tests/support/layer_examples.py how it is called" in asked.stdout
    text = package.read_text("utf-8")
    before = "from course_lib.nn.windows import *\n"
    assert before in text
    package.write_text(text.replace(before, f"from course_lib.nn.square import *\n{before}"), "utf-8")
    with (checkout / "tests/support/layer_examples.py").open("a", encoding="utf-8") as file:
        file.write("\nLAYERS[nn.Square] = [(lambda rng: nn.Square(), ROWS)]\n")
        file.write('FUNCTIONS["square_forward"] = (nn.square_forward, (ROWS,))\n')
    wrong = run(checkout, *gradients)
    assert wrong.returncode == 1
    assert "2 failed, 1 passed" in wrong.stdout
    module.write_text(LAYER.replace("FACTOR", "2"), "utf-8")
    assert "3 passed" in passes(checkout, *gradients)
