"""pyplot's current figure in a test: the one that a call of the submission opened, until the cell ends."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, error, graded, notebook, run, shared

STUDENT = """
import matplotlib.pyplot as plt
def draw():
    plt.plot([1, 2], [3, 4], color='red', label='a')
    plt.title('t')
    plt.xlabel('x')
    plt.legend()
def pictures():
    fig, ax = plt.subplots()
    ax.imshow([[1, 2], [3, 4]])
    ax.bar([1, 2], [3, 4])
    return fig, ax
def shown():
    draw()
    plt.show()
"""
WORK = {
    "the current axes": "assert plt.get_fignums() == []\ndraw()\nax = plt.gca()\n"
    "assert ax.get_title() == 't' and ax.get_xlabel() == 'x' and len(ax.lines) == 1 and len(plt.gcf().axes) == 1\n"
    "assert list(ax.lines[0].get_xdata()) == [1, 2] and plt.get_fignums() == [1] and plt.fignum_exists(1)\n"
    "assert plt.gcf() is ax.figure and plt.gca() is ax",
    "they are closed with the cell": "assert plt.get_fignums() == [] and len(plt.gcf().axes) == 0",
    "also where the next cell asks for something first": "draw\nassert plt.get_fignums() == []",
    "parts of axes": "import matplotlib as mpl\ndraw()\nax = plt.gca()\n"
    "assert mpl.colors.to_rgba(ax.lines[0].get_color()) == mpl.colors.to_rgba('red')\n"
    "assert ax.get_legend().get_texts()[0].get_text() == 'a'\n"
    "assert isinstance(ax, mpl.axes.Axes) and isinstance(plt.gcf(), mpl.figure.Figure)",
    "figures that were returned": "fig, ax = pictures()\n"
    "assert ax.images[0].get_array().tolist() == [[1, 2], [3, 4]]\n"
    "assert np.array_equal(ax.images[0].get_array(), [[1, 2], [3, 4]]) and len(ax.patches) == 2\n"
    "assert fig.axes[0] is ax and plt.gcf() is fig and plt.gca() is ax",
    "closing": "draw()\nplt.close('all')\nassert plt.get_fignums() == []\ndraw()\nplt.close()\n"
    "assert plt.get_fignums() == []\n"
    "draw()\nplt.close(1)\nassert plt.get_fignums() == []\ndraw()\nplt.close(plt.gcf())\n"
    "assert not plt.fignum_exists(1)",
    "a figure of the test, then of the submission": "plt.figure()\ndraw()\nassert plt.gca().get_title() == 't'",
    "a figure of the submission, then of the test": "draw()\nfig = plt.figure()\n"
    "assert len(fig.axes) == 0 and plt.gcf() is fig and len(plt.gca().lines) == 0",
    "the test's own alone": "fig, ax = plt.subplots()\nax.plot([1, 2])\nassert plt.gca() is ax and plt.gcf() is fig",
    "what was shown is closed": "shown()\nassert plt.get_fignums() == []",
    "by number": "draw()\nfig = plt.gcf()\nassert plt.figure(1) is fig",
    "pyplot's functions act on it": "draw()\nplt.title('new')\nassert plt.gca().get_title() == 'new'",
}


@pytest.fixture(scope="module")
def done() -> dict[str, str]:
    """The error of each test cell ('' if there is none), all from one run."""
    cells = [graded(source, f"t{n}") for n, source in enumerate(WORK.values())]
    imports = shared("import numpy as np\nimport matplotlib.pyplot as plt")
    made = notebook(imports, answer(STUDENT), *cells)
    run(made)
    assert not error(made.cells[1])
    return dict(zip(WORK, map(error, made.cells[2:]), strict=True))


@pytest.mark.parametrize("what", WORK)
def test_of_figures(what: str, done: dict[str, str]) -> None:
    assert done[what] == ""


def test_a_pyplot_that_the_submission_replaced_says_nothing_to_the_tests_own_figures() -> None:
    student = (
        "import matplotlib.pyplot as plt\nplt.get_fignums = lambda: [{}]\nplt.close = lambda *a: 1 / 0\n"
        "plt.gcf = lambda: None\ndef draw(): pass"
    )
    made = notebook(
        shared("import numpy as np\nimport matplotlib.pyplot as plt"),
        answer(student),
        graded("fig = plt.figure()\nassert plt.gcf() is fig", "own"),
        graded("draw()\nplt.gcf()", "theirs"),
    )
    run(made)
    assert [bool(error(cell)) for cell in made.cells[2:]] == [False, True]
