"""What a test puts in the place of a library's function is there for the student's code, and gone afterwards."""

from __future__ import annotations

import pytest
from support.small_notebooks import answer, error, graded, notebook, run

from course_lib.check.calls import BEGIN_HIDDEN

STUDENT = """
import builtins, os, random, sys, time
import numpy as np
import matplotlib.pyplot as plt
def invert(a): return np.linalg.inv(a)
def total(a): return np.sum(a)
def roll(): return random.randint(1, 6)
def wait():
    time.sleep(30)
    return "waited"
def ask(): return input("? ")
def say(): print("hello", 3)
def lines(): return sys.stdin.readline(), sys.stdin.read()
def variable(): return os.environ.get("CNN_X")
def arguments(): return sys.argv[1:]
def show():
    plt.show()
    return "shown"
def now(): return time.time()
"""
HIDDEN = f"### {BEGIN_HIDDEN}"
MOCK = "from unittest.mock import patch\n"


@pytest.mark.parametrize(
    "test",
    [
        "import numpy as np\nold = np.linalg.inv\ndef no(*a): raise RuntimeError('no')\nnp.linalg.inv = no\n"
        "try:\n    invert(np.eye(2))\nexcept RuntimeError as e: assert 'no' in str(e)\nelse: assert False\n"
        "finally: np.linalg.inv = old\nassert invert(np.eye(2)).tolist() == [[1, 0], [0, 1]]",
        "old, np.linalg.inv = np.linalg.inv, lambda a: 'mine'\nassert invert(1) == 'mine'\nnp.linalg.inv = old",
        "import numpy.linalg as la\nold = la.inv\nla.inv = lambda a: 'mine'\nassert invert(1) == 'mine'\nla.inv = old",
        f"{MOCK}with patch.object(np, 'sum', return_value=7) as fake:\n    assert total([1]) == 7\n"
        "fake.assert_called_once()\nassert total([1]) == 1",
        f"{MOCK}with patch('random.randint', return_value=4) as fake:\n    assert roll() == 4\n"
        "fake.assert_called_once_with(1, 6)",
        f"{MOCK}@patch('random.randint', side_effect=[4, 5])\ndef go(fake):\n    assert roll() + roll() == 9\ngo()",
        f"{MOCK}with patch('time.sleep') as fake:\n    assert wait() == 'waited'\nfake.assert_called_once_with(30)",
        f"{MOCK}with patch('builtins.input', return_value='me'):\n    assert ask() == 'me'",
        f"{MOCK}with patch('builtins.input', side_effect=['a', 'b']) as f:\n"
        f"    assert ask() + ask() == 'ab'\nassert f.called",
        f"{MOCK}with patch('builtins.print') as fake:\n    say()\nfake.assert_called_with('hello', 3)",
        "import builtins\nold = builtins.input\nbuiltins.input = lambda _: '3'\n"
        "assert ask() == '3'\nbuiltins.input = old",
        "input = lambda _: '3'\nassert ask() == '3'",
        "import pytest, time\nmp = pytest.MonkeyPatch()\nmp.setattr(time, 'time', lambda: 5.0)\nassert now() == 5.0\n"
        "mp.undo()\nassert now() > 1e9\nmp.setattr('random.randint', lambda a, b: 9)\nassert roll() == 9\nmp.undo()",
        "import random\nsetattr(random, 'randint', lambda a, b: 9)\nassert roll() == 9",
        "import io, sys\nold, sys.stdin = sys.stdin, io.StringIO('1\\n2\\n3')\n"
        "try: assert lines() == ('1\\n', '2\\n3')\nfinally: sys.stdin = old",
        "import io, sys\nold, sys.stdout = sys.stdout, io.StringIO()\nsay()\nsaid = sys.stdout.getvalue()\n"
        "sys.stdout = old\nassert said == 'hello 3\\n', said",
        f"import io\n{MOCK}with patch('sys.stdout', new_callable=io.StringIO) as out:\n    say()\n"
        "assert out.getvalue() == 'hello 3\\n'",
        f"{MOCK}with patch('sys.stdin') as fake:\n    fake.readline.side_effect = ['a\\n', 'b\\n', '']\n"
        "    assert lines() == ('a\\n', 'b\\n')",
        "import os\nos.environ['CNN_X'] = 'here'\nassert variable() == 'here'\n"
        "del os.environ['CNN_X']\nassert variable() is None",
        f"import os\n{MOCK}with patch.dict(os.environ, {{'CNN_X': 'y'}}):\n"
        f"    assert variable() == 'y'\nassert variable() is None",
        f"{MOCK}with patch.dict('os.environ', CNN_X='y'):\n    assert variable() == 'y'",
        "import sys\nsys.argv = ['prog', 'a', 'b']\nassert arguments() == ['a', 'b']",
        f"import sys\n{MOCK}with patch.object(sys, 'argv', ['prog', 'a']):\n    assert arguments() == ['a']",
        "plt.show = lambda *a, **k: None\nassert show() == 'shown'",
        "import io, contextlib\nfrom unittest.mock import patch\nb = io.StringIO()\n"
        "with contextlib.redirect_stdout(b), patch('builtins.input', return_value='me'):\n    say()\n    say()\n"
        "assert b.getvalue() == 'hello 3\\n' * 2",
        f"{HIDDEN}\n{MOCK}with patch('random.randint', return_value=4):\n    assert roll() == 4\nassert roll",
        f"{HIDDEN}\nold, np.linalg.inv = np.linalg.inv, lambda a: 'mine'\n"
        f"assert invert(1) == 'mine'\nnp.linalg.inv = old",
        f"{HIDDEN}\nimport sys\nsys.argv = ['prog', 'hidden']\nassert 'hidden' not in arguments()",
    ],
)
def test_the_students_code_meets_what_the_test_put_there(test: str) -> None:
    made = notebook(answer(STUDENT), graded(test))
    run(made)
    assert not any(map(error, made.cells)), [error(done) for done in made.cells]


def test_nothing_stays_in_the_students_process_after_the_cell() -> None:
    made = notebook(
        answer(STUDENT + "original = np.linalg.inv, random.randint"),
        graded(
            "import random\nnp.linalg.inv = lambda a: 'mine'\nrandom.randint = 5\nassert invert(1) == 'mine'", "one"
        ),
        answer("assert (np.linalg.inv, random.randint) == original", "two"),
        graded("assert invert(1) == 'mine'", "three"),
    )
    run(made)
    assert not any(map(error, made.cells)), [error(done) for done in made.cells]


def test_a_stand_in_meets_a_process_that_is_started_anew() -> None:
    made = notebook(
        answer(STUDENT + "def end(): os._exit(1)"),
        graded(
            f"{MOCK}with patch('random.randint', return_value=4):\n    try: end()\n"
            f"    except RuntimeError: pass\n    assert roll() == 4"
        ),
    )
    run(made)
    assert not any(map(error, made.cells)), [error(done) for done in made.cells]


def test_a_submission_gains_nothing_by_replacing_what_a_test_replaces() -> None:
    forger = "\nclass Equal:\n    def __eq__(self, other): return True\n"
    for code in ("random.randint = lambda a, b: Equal()", "def roll():\n    random.randint(0, 0)\n    return Equal()"):
        made = notebook(
            answer(STUDENT + forger + code),
            graded(
                f"{MOCK}with patch('random.randint', return_value=4) as fake:\n    found = roll()\n"
                "fake.assert_called_once_with(1, 6)\nassert type(found) is int",
                "one",
            ),
            graded("import random\nassert random.randint(1, 1) == 1 and type(roll()) is int", "two"),
        )
        run(made)
        assert "AssertionError" in error(made.cells[2]) or "AssertionError" in error(made.cells[1])


MOCKED = """
import urllib.request, datetime
def get(address):
    answer = urllib.request.urlopen(address)
    return answer.read().decode(), answer.status
def year(): return datetime.date.today().year
def use(m): return m.a.b(3), m[2], len(m), [x for x in m], bool(m), 3 in m
def enter(m):
    with m as inner: return inner.value
def same(m): return m
def forge(m):
    for name in ("reset_mock", "configure_mock", "assert_called", "call_args", "mock_calls", "return_value", "_mock"):
        assert not hasattr(m, name), name
    m.called = True
    return "tried"
"""


@pytest.mark.parametrize(
    "test",
    [
        "m = MagicMock(status=200)\nm.read.return_value = b'abc'\n"
        "with patch('urllib.request.urlopen', return_value=m) as opened:\n    assert get('x') == ('abc', 200)\n"
        "opened.assert_called_once_with('x')\nm.read.assert_called_once_with()",
        "with patch('datetime.date') as fake:\n    fake.today.return_value.year = 2000\n    assert year() == 2000",
        "m = MagicMock()\nm.a.b.side_effect = lambda x: x + 1\nm.__getitem__.return_value = 5\n"
        "m.__len__.return_value = 4\nm.__iter__.return_value = [1, 2]\n"
        "assert use(m) == (4, 5, 4, [1, 2], True, False)\nm.a.b.assert_called_with(3)",
        "m = MagicMock()\nm.__enter__.return_value.value = 7\nassert enter(m) == 7\nm.__exit__.assert_called_once()",
        "m = Mock(spec=['go'])\nassert same(m) is m\nm.go()\nassert forge(m) == 'tried' and not m.called",
    ],
)
def test_a_mock_is_called_and_read_and_never_changed(test: str) -> None:
    made = notebook(answer(MOCKED), graded(f"from unittest.mock import MagicMock, Mock, patch\n{test}"))
    run(made)
    assert not any(map(error, made.cells)), [error(done) for done in made.cells]
