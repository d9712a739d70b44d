"""What a name in a test means: the author's notebook decides, and the student's session must agree."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, cell, error, graded, notebook, run, run_as


def given(source: str, name: str = "given") -> object:
    return cell(source, name, locked=True)


def ran(*sources: str) -> list[str]:
    """The errors of a notebook: an answer, then its tests. 'answer:' begins an answer, 'given:' a given cell."""
    cells = []
    for number, source in enumerate(sources):
        kind, found, code = source.partition(":\n")
        make = {"answer": answer, "given": given}.get(kind, graded) if found else graded
        cells.append(make(code if make is not graded else source, f"c{number}"))
    made = notebook(*cells)
    run(made)
    return [error(done) for done in made.cells]


@pytest.mark.parametrize(
    "test",
    [
        "assert 'vec' in dir() and 'nothing' not in dir()",
        "assert 'vec' in locals() and 'vec' in globals() and 'vec' in vars()",
        "def look(): return 'vec' in globals() and globals()['vec'] == 3 and vec == 3\nassert look()",
        "assert globals().get('vec') == 3 and globals().get('nothing', 5) == 5 and vars()['vec'] == 3",
        "assert dict(globals())['vec'] == 3 and ('vec', 3) in list(globals().items())",
        "assert 'vec' in list(globals()) and 'vec' in globals().keys() and len(globals()) > 3",
        "assert [v for k, v in globals().items() if k == 'vec'] == [3]",
        "assert 'vec' in get_ipython().user_ns and get_ipython().user_ns['vec'] == 3",
        "names = %who_ls\nassert 'vec' in names",
        "import __main__\nassert hasattr(__main__, 'vec') and __main__.vec == 3 and not hasattr(__main__, 'nothing')",
        "assert eval('vec') == 3\nexec('assert vec == 3')",
        "assert 'vec = 3' in ''.join(In) and In[1] == 'vec = 3'",
        "try: nothing\nexcept NameError as problem:\n    assert problem.name == 'nothing'\nelse:\n    assert False",
    ],
)
def test_the_students_names_are_seen_however_a_test_looks(test: str) -> None:
    assert not any(ran("answer:\nvec = 3", test))


@pytest.mark.parametrize(
    ("opening", "test"),
    [
        ("try:\n    import numpy as np\nexcept ImportError:\n    np = None", "assert np.ones(2).sum() == 2"),
        ("if True:\n    from numpy.testing import *", "assert_allclose(1, 1)"),
        ("import scipy.signal as sg", "import scipy.signal\nassert sg is scipy.signal"),
        ("import scipy.signal", "assert scipy.signal.convolve([1], [2])[0] == 2"),
        ("from matplotlib import pyplot", "import matplotlib.pyplot\nassert pyplot is matplotlib.pyplot"),
        ("from math import pi, sqrt as root", "assert root(4) == 2 and pi > 3"),
        ("%pylab inline", "assert allclose(zeros(2), [0, 0]) and plt is pyplot and sum(ones(2)) == 2"),
        ("from numpy import *", "assert sum([[1, 2], [3, 4]], 0).tolist() == [4, 6]"),
        ("import collections, json as js", "assert collections.OrderedDict and js.loads('1') == 1"),
    ],
)
def test_an_import_of_the_authors_is_the_testers_own(opening: str, test: str) -> None:
    assert not any(ran(f"given:\n{opening}", test))


@pytest.mark.parametrize(
    ("student", "test"),
    [
        ("def sum(xs):\n    return 'mine'", "assert sum([1]) == 'mine'"),
        ("def max(xs):\n    return 'mine'", "def look(): return max([1])\nassert look() == 'mine'"),
        ("pd = 5\nmath = 'no'", "assert pd == 5 and math == 'no'"),
        (
            "def assert_equal(a, b):\n    raise ValueError('mine')",
            "try:\n    assert_equal(1, 1)\nexcept ValueError: pass",
        ),
        ("import numpy as np\nnp = 7", "assert np == 7"),
    ],
)
def test_what_the_author_binds_himself_is_the_students(student: str, test: str) -> None:
    assert not any(ran(f"answer:\n{student}", test))


def test_a_built_in_name_is_the_students_only_after_the_author_binds_it() -> None:
    author = notebook(
        answer("x = 1", "first"),
        graded("assert all([x == 1]) and not all([False])", "first_test"),
        answer("def all(xs):\n    return 'mine'", "second"),
        graded("assert all([]) == 'mine'", "second_test"),
    )
    done = run_as(author, {"first": "def all(xs): return 'mine'\nx = 1"})
    assert not any(map(error, done.cells))
    done = run_as(author, {"first": "def all(xs): return True\nx = 2"})
    assert "AssertionError" in error(done.cells[1])


@pytest.mark.parametrize("test", ["assert pd", "assert plt", "pytest.raises", "assert_allclose(1, 1)", "np.ones(2)"])
def test_what_nobody_binds_is_a_name_error(test: str) -> None:
    assert ran("answer:\nx = 1", test)[1].startswith("NameError")


def test_an_import_as_the_exercise_earns_nothing_when_nothing_is_written() -> None:
    author = notebook(
        given("import numpy\nfrom matplotlib import pyplot"),
        answer("import numpy as np\nimport matplotlib.pyplot as plt"),
        graded("assert id(pyplot) == id(plt)", "one"),
        graded("assert np is numpy", "two"),
    )
    assert not any(map(error, run_as(author, {}).cells))
    for nothing in ("pass", "import numpy", "np: object"):
        errors = [error(done) for done in run_as(author, {"answer": nothing}).cells[2:]]
        assert [said.partition(":")[0] for said in errors] == ["NameError", "NameError"]


def test_a_name_is_bound_when_its_cell_has_run() -> None:
    errors = ran("answer:\nx = 1", "np.ones(2)", "given:\nimport numpy as np", "assert np.ones(2).sum() == 2")
    assert [said.partition(":")[0] for said in errors] == ["", "NameError", "", ""]


_FAKE = "class Fake:\n    def __getattr__(self, name): return lambda *a, **k: True\n"


@pytest.mark.parametrize(
    "binding",
    [
        "assert_allclose = np.add",
        "from numpy import add as assert_allclose",
        "def assert_allclose(*a, **k): pass",
        "np.testing.assert_allclose = assert_allclose = lambda *a, **k: None",
        "import numpy.testing\nfrom numpy.testing import assert_equal as assert_allclose",
        f"{_FAKE}np = Fake()",
        f"{_FAKE}import sys\nsys.modules['numpy'] = Fake()\nimport numpy as np",
        f"{_FAKE}import sys\nsys.modules['numpy.testing'] = Fake()\nfrom numpy.testing import assert_allclose",
        "open('fakenumpy.py', 'w').write('__name__ = \"numpy\"\\ndef allclose(*a): return True')\nimport sys\n"
        "sys.path.insert(0, '')\nimport fakenumpy as np",
        "from numpy import isfinite as allclose",
        "def allclose(*a): return True",
        "import numpy\nnumpy.allclose = allclose = lambda *a: True",
        "get_ipython().user_ns['allclose'] = lambda *a: True",
        "def all(xs): return True\nabs = lambda x: 0",
        "import builtins\nbuiltins.all = lambda xs: True\nbuiltins.abs = lambda x: 0",
    ],
)
def test_no_submission_judges_itself_by_a_name(binding: str) -> None:
    author = notebook(
        given("import numpy as np\nfrom numpy import allclose\nfrom numpy.testing import assert_allclose"),
        answer("def f(x):\n    return 2 * x"),
        graded("assert_allclose(f(3), 6)", "by an assertion"),
        graded("assert np.allclose(f(3), 6)", "by a module"),
        graded("assert allclose(f(3), 6)", "by a function"),
        graded("assert abs(f(3) - 6) < 1e-9 and all([f(3) == 6])", "by built-in names"),
    )
    assert not any(map(error, run_as(author, {}).cells))
    done = run_as(author, {"answer": f"def f(x):\n    return 5\n{binding}"})
    assert not error(done.cells[1])
    assert all(map(error, done.cells[2:]))


def test_what_replaces_an_import_is_told_of() -> None:
    author = notebook(given("from numpy import allclose"), answer("x = 1"), graded("assert allclose(x, 1)"))
    said = error(run_as(author, {"answer": "x = 1\nfrom numpy import isfinite as allclose"}).cells[2])
    assert said.startswith("NotTheAuthors: `allclose` is numpy.allclose in this notebook")


def test_a_deleted_name_is_gone_also_when_the_process_is_started_anew() -> None:
    made = notebook(
        answer("def g(): return 1\ndef f(): return g()\ndef end():\n    import os\n    os._exit(1)\nx = 1"),
        graded("old = f\ndel g\ntry:\n    old()\nexcept NameError: pass\nelse: assert False", "one"),
        graded("assert 'g' not in dir()\ndel globals()['x']\nassert 'x' not in globals()", "two"),
        graded(
            "try: end()\nexcept RuntimeError: pass\nassert f\nassert 'g' not in dir() and 'x' not in dir()", "three"
        ),
        graded("del nothing", "four"),
    )
    run(made)
    assert [error(done).partition(":")[0] for done in made.cells] == ["", "", "", "", "NameError"]
