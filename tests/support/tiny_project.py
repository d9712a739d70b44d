"""A course of one module with one exercise, for tests that build, prove or break it."""

from __future__ import annotations

from pathlib import Path

from grader.authoring.project import Project

ROOT = Path(__file__).resolve().parents[2]

HEADER = """\
---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3 (ipykernel), language: python, name: python3}}
course: {{title: Tiny, kind: {kind}, minutes: 5}}
---

"""

LECTURE = """\
# A lecture

Back to [the top](#A-lecture).

```{code-cell} ipython3
from course_lib import claims

claims.reproduced("C06", "two and two", got=2 + 2, expected=4)
```
"""

ASSIGNMENT = """\
# An assignment

```{code-cell} ipython3
:tags: [shared]

from course_lib import check
```

+++

### Exercise 1: Twice (2 points)

```{code-cell} ipython3
:answer: twice

def twice(x):
    \"\"\"Two times x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

```{code-cell} ipython3
:tests: twice
:points: 2
:covers: [C03]

with check.case("a positive number", points=1):
    check.equal(twice(3), 6, mistakes={"you squared it": 9})
### BEGIN HIDDEN TESTS
with check.case("a negative number", points=1):
    check.equal(twice(-4), -8)
### END HIDDEN TESTS
check.score(out_of=2)
```

+++

### Exercise 2: Reasons (1 point)

+++ {"written": "why", "points": 1}

Why twice?

<!-- BEGIN SOLUTION -->
Because.
<!-- END SOLUTION -->
"""

ANSWERS = """\
## twice

```{code-cell} ipython3
:tags: [right]
:answer: twice
:idea: add it to itself

def twice(x):
    return x + x
```

```{code-cell} ipython3
:tags: [right]
:answer: twice
:idea: sum a list

def twice(x):
    return sum([x, x])
```

```{code-cell} ipython3
:tags: [wrong]
:answer: twice
:mistake: squares instead
:loses: ["a positive number", "a negative number"]
:hint: you squared it

def twice(x):
    return x**2
```

```{code-cell} ipython3
:tags: [wrong]
:answer: twice
:mistake: forgets the sign
:loses: ["a negative number"]

def twice(x):
    return 2 * abs(x)
```

```{code-cell} ipython3
:tags: [wrong]
:answer: twice
:mistake: never ends for negative numbers
:loses: ["a positive number", "a negative number"]

def twice(x):
    raise ValueError("no")
```

```{code-cell} ipython3
:tags: [wrong]
:answer: twice
:mistake: forgets to return
:loses: ["a positive number", "a negative number"]

def twice(x):
    2 * x
```
"""


README = """\
# Tiny
<!-- address: somebody/else, from pyproject.toml by `course build` -->
git clone https://github.com/somebody/else && cd else
<!-- notebooks: made by `course build`, do not edit -->
<!-- end of notebooks -->
"""


class TinyProject(Project):
    """A course of one module with one exercise, in a folder of its own."""

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a piece of a source file; it must be there."""
        path = self.root / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def line(self, name: str, text: str) -> int:
        """The line of a source file, from 1, on which `text` stands first."""
        lines = (self.root / name).read_text("utf-8").split("\n")
        return next(n for n, line in enumerate(lines, 1) if text in line)


def make_tiny(root: Path) -> TinyProject:
    """Write the sources of a tiny project below `root`."""
    files = {
        "pyproject.toml": (ROOT / "pyproject.toml").read_text("utf-8"),
        "docs/coverage.md": (ROOT / "docs" / "coverage.md").read_text("utf-8"),
        "README.md": README,
        "lectures/01_convolution.md": HEADER.format(kind="lecture") + LECTURE,
        "solutions/01_convolution.md": HEADER.format(kind="assignment") + ASSIGNMENT,
        "solutions/01_convolution.answers.md": HEADER.format(kind="answers") + ANSWERS,
        "tests/test_x.py": '@pytest.mark.covers("C05")\ndef test_five():\n    assert 2 + 2 == 4\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return TinyProject(root)
