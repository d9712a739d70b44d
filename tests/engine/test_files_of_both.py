"""Files in both interpreters: the author's modules, what answers and tests write, and what a test may not run."""

from __future__ import annotations

import pickle
import types
from copy import deepcopy
from pathlib import Path
from textwrap import dedent

import pytest
from nbformat import NotebookNode
from support.small_notebooks import answer, cell, engine, error, graded, notebook, shown, text

from grader.engine.engine import shared_engine
from grader.engine.limits import Limits

HELPER = b"def f(x): return 2 * x\nsecret = 1\ndef apply(g, x): return g(x)\n"
FORGED = b"def f(x): return 'whatever is wanted'\ndef check(g): pass\n"
TESTS = b"def check(g):\n    assert g(2) == 4, 'g does not double'\n"
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"


def run(
    *cells: NotebookNode,
    files: dict[str, bytes] | None = None,
    authors: dict[str, bytes] | None = None,
    isolated: bool = False,
    seconds: float = 20,
) -> list[NotebookNode]:
    """The cells after a run with files of the submission and of the author."""
    made = notebook(*cells)
    started = shared_engine(isolated=True) if isolated else engine()
    started.run(made, deepcopy(made), Limits(cell_seconds=seconds), files or {}, authors=authors or {})
    return made.cells


def of(student: str, *tests: str, **options: object) -> list[str]:
    """The errors of some tests after one answer."""
    cells = [answer(dedent(student).strip())]
    cells += [graded(dedent(test).strip(), f"t{number}") for number, test in enumerate(tests)]
    done = run(*cells, **options)  # type: ignore[arg-type]  # options of several types
    assert not error(done[0]), error(done[0])
    return [error(one) for one in done[1:]]


def given(source: str) -> NotebookNode:
    return cell(source, "given", locked=True)


IMPORTS = {
    "import": "import helper\nprint(helper.f(2))",
    "reload": "import helper, importlib\nhelper.f = None\nprint(importlib.reload(helper).f(2))",
    "run": "%run helper.py\nimport helper\nprint(f(1) + helper.f(1))",
    "package": "from parts.inner import double\nprint(double(2))",
    "written": "open('fresh.py', 'w').write('def f(x): return 2 * x')\nimport fresh\nprint(fresh.f(2))",
}


@pytest.mark.parametrize("isolated", [True, False], ids=["sandbox", "unsafe"])
@pytest.mark.parametrize("source", IMPORTS.values(), ids=IMPORTS)
def test_a_notebook_imports_what_lies_beside_it(source: str, isolated: bool) -> None:
    files = {"helper.py": HELPER, "parts/__init__.py": b"", "parts/inner.py": b"def double(x): return 2 * x"}
    (done,) = run(answer(source), files=files, isolated=isolated)
    assert (error(done), text(done)) == ("", "4\n")


def test_a_file_of_the_name_of_a_package_replaces_nothing() -> None:
    names = ("numpy", "torch", "random", "copy", "course_lib", "msgpack", "threading")
    files = {f"{name}.py": b"raise SystemExit('mine')" for name in names}
    errors = of(
        f"import {', '.join(names)}\nimport numpy as np\ndef f(x): return torch.tensor([2 * x, *np.ones(1)]).tolist()",
        "import random, copy, threading, torch\nassert f(1) == [2.0, 1.0]",
        "from course_lib import check\nwith check.case('a'):\n    check.close(f(2), [4, 1])\nassert check.score() == 1",
        files=files,
    )
    assert errors == ["", ""]


def test_a_test_imports_the_authors_module_and_never_the_submissions() -> None:
    errors = of(
        "def g(x): return x",
        "import tests\ntests.check(g)",
        "from helper import f, apply\nassert f(2) == 4 and apply(g, 3) == 3",
        files={"helper.py": FORGED, "tests.py": FORGED},
        authors={"helper.py": HELPER, "tests.py": TESTS},
    )
    assert errors == ["AssertionError: g does not double", ""]


def test_the_authors_module_calls_functions_of_the_student() -> None:
    assert of("def g(x): return 2 * x", "import tests\ntests.check(g)", authors={"tests.py": TESTS}) == [""]


def test_a_module_that_is_the_students_work_is_called_where_the_answers_run() -> None:
    errors = of(
        "import os",
        "from work import double, Pair\nassert double(2) == 4 and Pair(1).x == 1",
        "import os, work, parts.inner\nassert work.double(3) == 6 and parts.inner.pid() == work.pid() != os.getpid()",
        "from parts import inner\nassert inner.pid() > 0\n"
        "try:\n    from work import nothing\nexcept ImportError:\n    pass",
        "import broken",
        "work.end()",
        "from work import double\nassert work.double(2) == double(2) == 4",
        files={
            "work.py": b"import os\ndef double(x): return 2 * x\ndef pid(): return os.getpid()\n"
            b"def end(): os._exit(1)\nclass Pair:\n    def __init__(self, x): self.x = x\n",
            "parts/__init__.py": b"",
            "parts/inner.py": b"from work import pid\n",
            "broken.py": b"raise ValueError('mine')",
        },
    )
    assert [error.partition(":")[0] for error in errors] == ["", "", "", "ValueError", "StudentDied", ""]


def test_a_module_that_the_answer_changes_stays_the_authors_in_tests() -> None:
    errors = of(
        f"open('tests.py', 'wb').write({FORGED!r})\ndef g(x): return x",
        "import tests\ntests.check(g)",
        "from importlib import reload\nreload(tests)\ntests.check(g)",
        authors={"tests.py": TESTS},
    )
    assert errors == ["AssertionError: g does not double"] * 2


def test_the_submission_has_the_authors_file_in_place_of_its_own() -> None:
    files, authors = {"data.csv": b"mine", "own.txt": b"own"}, {"data.csv": b"theirs"}
    done = run(
        answer("print(open('data.csv').read(), open('own.txt').read())"),
        graded("assert open('data.csv').read() == 'theirs' and open('own.txt').read() == 'own'"),
        files=files,
        authors=authors,
    )
    assert (text(done[0]), error(done[1])) == ("theirs own\n", "")


WRITES = {
    "text": ("open('out.txt', 'w').write('hi')", "assert open('out.txt').read() == 'hi'"),
    "touch": ("!touch b.txt", "from pathlib import Path\nassert Path('b.txt').exists()"),
    "array": (
        "import numpy as np\nnp.save('a.npy', np.arange(3))",
        "import numpy as np\nassert (np.load('a.npy') == [0, 1, 2]).all()",
    ),
    "tensor": ("import torch\ntorch.save(torch.ones(2), 'a.pt')", "import torch\nassert torch.load('a.pt').sum() == 2"),
    "figure": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('p.png')",
        "assert open('p.png', 'rb').read(4) == b'\\x89PNG'",
    ),
    "database": (
        "import sqlite3\nc = sqlite3.connect('a.db')\nc.execute('create table t (n)')\n"
        "c.execute('insert into t values (7)')\nc.commit()",
        "import sqlite3\nassert sqlite3.connect('a.db').execute('select n from t').fetchall() == [(7,)]",
    ),
    "folders": (
        "import os\nos.makedirs('a/b/c')\nos.mkdir('empty')\nopen('a/b/c/d.txt', 'w').write('x')",
        "import os, glob\nassert glob.glob('a/**/*.txt', recursive=True) == ['a/b/c/d.txt'] and os.path.isdir('empty')",
    ),
    "deleted": ("import os\nos.remove('old.txt')", "import os\nassert os.listdir() == []"),
    "renamed": ("import os\nos.rename('old.txt', 'new.txt')", "assert open('new.txt').read() == 'old'"),
    "changed": ("open('old.txt', 'a').write('er')", "assert open('old.txt').read() == 'older'"),
    "empty": ("open('nothing', 'w').close()", "import os\nassert os.path.getsize('nothing') == 0"),
}


@pytest.mark.parametrize("isolated", [True, False], ids=["sandbox", "unsafe"])
@pytest.mark.parametrize(("student", "test"), WRITES.values(), ids=WRITES)
def test_what_the_answer_writes_is_there(student: str, test: str, isolated: bool) -> None:
    assert of(student, test, files={"old.txt": b"old"}, isolated=isolated) == [""]


def test_what_a_call_writes_is_there_at_the_next_line() -> None:
    errors = of(
        """
        import os, torch
        def put(name, text):
            with open(name, 'w') as file:
                file.write(text)
        def drop(name): os.remove(name)
        log = open('log.txt', 'w')
        def note(text):
            log.write(text)
            log.flush()
        def keep(n): torch.save(torch.ones(n), 't.pt')
        """,
        """
        import os
        put('a.txt', 'one')
        assert open('a.txt').read() == 'one'
        put('a.txt', 'two')
        assert open('a.txt').read() == 'two' and sorted(os.listdir()) == ['a.txt', 'log.txt']
        drop('a.txt')
        assert not os.path.exists('a.txt')
        """,
        """
        note('x')
        assert open('log.txt').read() == 'x'
        note('y')
        assert open('log.txt').read() == 'xy'
        """,
        "import torch\nkeep(1)\nassert len(torch.load('t.pt')) == 1\nkeep(3)\nassert len(torch.load('t.pt')) == 3",
    )
    assert errors == [""] * 3


@pytest.mark.parametrize("isolated", [True, False], ids=["sandbox", "unsafe"])
def test_absolute_paths_lead_to_the_same_file(isolated: bool) -> None:
    errors = of(
        "import os\nout = os.path.abspath('out.txt')\nopen(out, 'w').write('hi')\nhere = os.getcwd()\n"
        "def read(path): return open(path).read()\ndef other(): return '/etc/passwd', here + 'x'",
        "assert open(out).read() == 'hi'",
        "import os\nassert out == os.path.join(os.getcwd(), 'out.txt') and here == os.getcwd()",
        "open('in.txt', 'w').write('yes')\nassert read(os.path.abspath('in.txt')) == 'yes'",
        "assert other() == ('/etc/passwd', other()[1]) and other()[1].endswith('x')",
        isolated=isolated,
    )
    assert errors == [""] * 4


def test_a_function_of_the_test_sees_what_was_written_before_it_is_called() -> None:
    put = "open('x.txt', 'w').write"
    student = f"def f(look):\n    {put}('1')\n    a = look()\n    {put}('22')\n    return a, look()"
    assert of(student, "assert f(lambda: open('x.txt').read()) == ('1', '22')") == [""]


def test_what_a_public_test_writes_is_there_for_the_student() -> None:
    done = run(
        answer(
            "import os\ndef count(name): return len(open(name).readlines())\ndef there(): return sorted(os.listdir())"
        ),
        graded(
            "import os\nopen('in.txt', 'w').write('a\\nb\\n')\nassert count('in.txt') == 2\n"
            "open('in.txt', 'a').write('c\\n')\nassert count('in.txt') == 3\nos.makedirs('d/e')\n"
            "assert there() == ['d', 'in.txt']\nos.remove('in.txt')\nassert there() == ['d']",
            "t1",
        ),
        graded("open('late.txt', 'w').write('x')", "t2"),
        given("print(open('late.txt').read())"),
    )
    assert [error(one) for one in done] == [""] * 4
    assert text(done[3]) == "x\n"


def test_what_a_hidden_part_writes_stays_hidden_but_for_what_a_call_names() -> None:
    hidden = (
        "import os\nfrom pathlib import Path\nopen('expected.txt', 'w').write('42')\nos.makedirs('in')\n"
        "open('in/given.txt', 'w').write('a b')\nassert read('in/given.txt') == 'a b'\n"
        "assert names() == ['in', 'in/given.txt', 'open.txt'], names()"
    )
    done = run(
        answer(
            "import glob\ndef read(name): return open(name).read()\n"
            "def names(): return sorted(glob.glob('**', recursive=True))"
        ),
        graded(f"open('open.txt', 'w')\nassert names() == ['open.txt']\n{HIDDEN.format(hidden)}", "t1"),
        graded("assert names() == ['in', 'in/given.txt', 'open.txt'], names()", "t2"),
        given("print(names())"),
    )
    assert [error(one) for one in done] == [""] * 4, shown(done[1])
    assert "expected" not in shown(done[3])


def test_helpers_of_the_tests_keep_their_files_to_themselves() -> None:
    done = run(
        answer("import os\ndef names(): return os.listdir()"),
        cell("open('truth.txt', 'w').write('42')", "helpers", locked=True, tags=("tests_only",)),
        graded("assert names() == [] and open('truth.txt').read() == '42'"),
    )
    assert error(done[2]) == ""


def test_a_new_process_has_the_files_that_the_good_cells_make() -> None:
    done = run(
        answer("open('good.txt', 'w').write('1')", "a"),
        answer("open('bad.txt', 'w').write('1')\nopen('old.txt', 'w').write('bad')\nimport os\nos._exit(1)", "b"),
        answer(
            "import os\ndef die(): open('dead.txt', 'w').write('x'); os._exit(1)\n"
            "def there(): return sorted(os.listdir())",
            "c",
        ),
        graded("import os\nassert sorted(os.listdir()) == ['good.txt', 'old.txt'] == there()", "t1"),
        graded(
            "open('test.txt', 'w').write('t')\nassert 'test.txt' in there()\n"
            "try:\n    die()\nexcept RuntimeError:\n    pass\n"
            "assert there() == ['good.txt', 'old.txt', 'test.txt'] == sorted(os.listdir()), (there(), os.listdir())\n"
            "assert open('old.txt').read() == 'old'",
            "t2",
        ),
        files={"old.txt": b"old"},
    )
    assert [error(one) for one in done[3:]] == ["", ""]


def test_commands_of_a_test_run_in_the_folder_and_not_in_the_graders() -> None:
    errors = of(
        """
        import os
        open('a.txt', 'w').write('one\\ntwo\\n')
        open('double.py', 'w').write('import sys; print(2 * int(sys.argv[1]))')
        """,
        "out = !ls\nassert out == ['a.txt', 'double.py']",
        "out = !wc -l < a.txt\nassert int(out[0]) == 2",
        "n = 21\nout = !python double.py {n}\nassert out == ['42']",
        "!cp a.txt b.txt\nassert open('b.txt').read() == 'one\\ntwo\\n' and _exit_code == 0",
        "!exit 3\nassert _exit_code == 3",
        "%%bash\nmkdir c; echo x > c/d.txt",
        "assert open('c/d.txt').read() == 'x\\n'\n%ls",
        "out = !cat /proc/self/status | grep NoNewPrivs\nassert '1' in out[0]",
        isolated=True,
    )
    assert errors == [""] * 8


def test_what_a_command_prints_is_not_for_the_submissions_process_to_say() -> None:
    errors = of(
        """
        import os, subprocess
        from grader.engine.student import shell_command
        open('a.txt', 'w').write('one')
        os.environ['PATH'] = os.getcwd()
        shell_command.run_command.__code__ = (lambda command, folder: ['42', 0]).__code__
        subprocess.run = None
        """,
        "out = !cat a.txt\nassert out == ['one']",
    )
    assert errors == [""]


def test_a_hidden_file_is_not_there_for_a_command_that_does_not_name_it() -> None:
    hidden = "open('key.txt', 'w').write('42')\nout = !ls\nassert out == ['own.txt'], out\n"
    hidden += "out = !cat key.txt\nassert out == ['42']"
    assert of("open('own.txt', 'w')", HIDDEN.format(hidden)) == [""]


RUNS = {
    "import": ("import bare\nassert not bare.__file__", "ModuleNotFoundError"),
    "run": ("%run out.py", "NotRunHere"),
    "exec": ("exec(open('out.py').read())", "NotRunHere"),
    "exec of a part": ("exec('pass\\n' + open('out.py').read()[:20])", "NotRunHere"),
    "eval": ("eval(open('x.txt').read())", "NotRunHere"),
    "kept": ("held = open('x.txt').read()\nprint(len(held))", ""),
    "eval of what was kept": ("eval(held)", "NotRunHere"),
    "compiled": ("compile(open('out.py').read(), 'mine', 'exec')", "NotRunHere"),
    "a tree": ("import ast\nexec(compile(ast.parse(open('out.py').read()), 'mine', 'exec'))", "NotRunHere"),
    "runpy": ("import runpy\nrunpy.run_path('out.py')", "NotRunHere"),
    "by path": (
        "import importlib.util as u\n"
        "s = u.spec_from_file_location('o', 'out.py')\ns.loader.exec_module(u.module_from_spec(s))",
        "NotRunHere",
    ),
    "compiled beforehand": ("import sys\nsys.path.insert(0, '')\nimport bare", "NotRunHere"),
    "marshal": ("import marshal\nexec(marshal.loads(open('bare.pyc', 'rb').read()[16:]))", "NotRunHere"),
    "a name of the test": ("eval(open('name.txt').read())", "NotRunHere"),
    "doctest": ("import doctest\ndoctest.testfile('doc.txt', module_relative=False)", ""),
    "discovery": ("import unittest\nunittest.TestLoader().discover('.', 'out.py')", ""),
    "path": ("import sys\nsys.path.insert(0, '')\nimport out", "NotRunHere"),
    "pickle": ("import pickle\npickle.load(open('p.pkl', 'rb'))", "NotRunHere"),
    "pickle in Python": ("import pickle\npickle._loads(open('p.pkl', 'rb').read())", "NotRunHere"),
    "numpy": ("import numpy as np\nnp.load('p.npy', allow_pickle=True)", "NotRunHere"),
    "torch": ("import torch\ntorch.load('p.pkl', weights_only=False)", "NotRunHere"),
    "pandas": ("import pandas as pd\npd.read_pickle('p.pkl')", "NotRunHere"),
    "subprocess": ("import subprocess, sys\nsubprocess.run([sys.executable, 'out.py'])", "NotRunHere"),
    "system": ("import os\nos.system('python out.py')", "NotRunHere"),
    "popen": ("import os\nos.popen('python out.py').read()", "NotRunHere"),
    "script": ("%%script python\nimport out", "NotRunHere"),
    "library": ("import ctypes\nctypes.CDLL('./lib.so')", "NotRunHere"),
    "sympy": ("import sympy\nsympy.sympify(open('x.txt').read())", "NotRunHere"),
}
_WRITE_ALL = """
import pickle, numpy as np, os
code = "import os\\nopen(os.environ.get('TMPDIR', '/tmp') + '/ran-in-the-tester', 'w')\\n"
class Evil:
    def __reduce__(self): return os.mkdir, ('ran',)
open('out.py', 'w').write(code)
open('x.txt', 'w').write("__import__('os').mkdir('ran')")
pickle.dump(Evil(), open('p.pkl', 'wb'))
np.save('p.npy', np.array([Evil()], dtype=object), allow_pickle=True)
open('lib.so', 'wb').write(b'not a library')
open('name.txt', 'w').write('held')
open('doc.txt', 'w').write(">>> __import__('os').mkdir('ran')")
import py_compile
open('tmp_bare.py', 'w').write("import os; os.mkdir('ran')")
py_compile.compile('tmp_bare.py', 'bare.pyc')
"""


def test_a_test_runs_no_file_of_the_submission() -> None:
    tests = [source for source, _ in RUNS.values()]
    errors = of(_WRITE_ALL, *tests, "import os\nassert not os.path.exists('ran')")
    got = [one.partition(":")[0] for one in errors]
    expected = [name for _, name in RUNS.values()]
    assert dict(zip(RUNS, got, strict=False)) == dict(zip(RUNS, expected, strict=True))
    assert errors[-1] == ""
    assert "in_kernel" in errors[list(RUNS).index("run")]


def test_a_test_runs_and_reads_what_is_its_own() -> None:
    errors = of(
        "x = [1]\nopen('out.txt', 'w').write('[1, 2]')",
        "import ast, json\nassert ast.literal_eval(open('out.txt').read()) == [1, 2] == json.load(open('out.txt'))",
        "open('mine.py', 'w').write('value = 3')\n%run mine.py\nassert value == 3",
        "exec('assert x == [1]')\nassert eval('x[0]') == 1",
        "from collections import namedtuple\nfrom dataclasses import dataclass\nPoint = namedtuple('Point', 'a b')\n"
        "@dataclass\nclass P:\n    a: int\nassert Point(1, 2).b == 2 and P(1) == P(1)",
        "import numpy as np\nimport pickle\n"
        "b = pickle.dumps([np.ones(2), {1}, np.float64(2)])\n"
        "assert pickle.loads(b)[0].sum() == 2",
        "import truth\nassert truth.value() == 9\nimport pickle\nassert pickle.load(open('t.bin', 'rb')) == [1, {2}]",
        "import pandas as pd\nassert pd.read_pickle('t.pd').step == 2",
        authors={
            "truth.py": b"def value(): return eval('3 ** 2')\n",
            "t.bin": pickle.dumps([1, {2}]),
            "t.pd": pickle.dumps(types.SimpleNamespace(step=2)),
        },
    )
    assert errors == [""] * 7


def test_a_file_of_the_authors_that_the_answer_changes_stops_the_test_that_reads_it() -> None:
    changes = (
        "open('expected.csv', 'w').write('1')\ndef f(): return 1\ndef back(): open('expected.csv', 'w').write('2')"
    )
    errors = of(
        changes,
        "assert f() == int(open('expected.csv').read())",
        "back()\nassert f() == int(open('expected.csv').read())",
        authors={"expected.csv": b"2"},
    )
    assert "expected.csv is the author's" in errors[0]
    assert errors[1] == "AssertionError: "


def test_no_file_of_the_authors_can_be_taken_away_or_covered() -> None:
    errors = of(
        "import os, shutil\nshutil.rmtree('cases')\nopen('cases', 'w').write('x')\n"
        "os.remove('a.txt')\nos.makedirs('a.txt/b')",
        "import glob\nassert len(glob.glob('cases/*')) == 2",
        authors={"cases/1.txt": b"1", "cases/2.txt": b"2", "a.txt": b"a"},
    )
    assert errors == [""]


def test_links_pipes_and_odd_names_do_not_come(tmp_path: Path) -> None:
    book = tmp_path / "gradebook.db"
    book.write_text("grades")
    errors = of(
        f"""
        import os
        os.symlink({str(book)!r}, 'book.txt')
        os.symlink('/etc', 'etc')
        os.link('plain.txt', 'same.txt')
        os.mkfifo('pipe')
        open('two\\nlines', 'w').write('x')
        open('x' * 250, 'w').write('x')
        os.makedirs('/'.join('d' * 40))
        def f(): return 1
        """,
        "import os\nassert sorted(os.listdir()) == ['d', 'plain.txt', 'same.txt'], os.listdir()\nassert f() == 1",
        files={"plain.txt": b"p"},
    )
    assert errors == [""]


def test_a_flood_of_files_costs_its_own_exercise_at_most() -> None:
    done = run(
        answer("for n in range(15_000): open(f'f{n:05}', 'w').write('x')", "a"),
        answer("def f(): return 1", "b"),
        graded("import os\nassert f() == 1 and len(os.listdir()) <= 2000", "t"),
        isolated=True,
        seconds=60,
    )
    assert error(done[2]) == ""
    assert "too large or too many" in text(done[2])


def test_a_large_file_is_left_out_and_the_test_says_so() -> None:
    done = run(
        answer("open('large', 'wb').truncate(80 << 20)\nopen('small', 'w').write('s')"),
        graded("import os\nassert os.listdir() == ['small']"),
    )
    assert error(done[1]) == ""
    assert "too large or too many to be here: 'large'" in text(done[1])


LIES = {
    "a path that leaves": "[[['../x', np.zeros(1, np.uint8)]], [], [], [], True, '/']",
    "an absolute path": "[[['/tmp/x', np.zeros(1, np.uint8)]], [], [], [], True, '/']",
    "a removed file that leaves": "[[], [], ['../..'], [], True, '/']",
    "a folder that leaves": "[[], ['a/../../b'], [], [], True, '/']",
    "no text": "[[[1, np.zeros(1, np.uint8)]], [], [], [], True, '/']",
    "no bytes": "[[['x', np.zeros(1)]], [], [], [], True, '/']",
    "an object": "[[['x', object()]], [], [], [], True, '/']",
    "a line break": "[[['a\\nb', np.zeros(1, np.uint8)]], [], [], [], True, '/']",
    "no list": "7",
    "too many": "[[], ['d'] * 10_000, [], [], True, '/']",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_process_that_lies_about_its_files_is_ended(lie: str) -> None:
    done = run(
        answer("def f(): return 1", "a"),
        answer(
            "import gc, numpy as np\nservice = next(o for o in gc.get_objects() if type(o).__name__ == 'Service')\n"
            f"service._file_operations['_changed_files'] = lambda since: {lie}",
            "b",
        ),
        graded("assert f() == 1", "t1"),
    )
    assert "not allowed" in error(done[2]) or "malformed" in error(done[2]) or "lost" in error(done[2]), error(done[2])
