"""Inside a real IPython shell: sources, hidden cases, display data, interrupted cells."""

import re

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from course_lib.check.calls import is_cell
from course_lib.check.hidden import INSTRUCTOR_ONLY
from course_lib.check.score import SCORE_MIME

STUDENT = """
def scale(x, k=1):
    if k == 3:
        y = 1 / 0
    return x * k
"""
TEST = """
x = np.arange(3.)
with check.case("twice"):
    check.close(scale(x, k=2), 2 * x)
with check.case("thrice"):
    check.close(scale(x, k=3), 3 * x)
### BEGIN HIDDEN TESTS
secret = np.arange(4.)
with check.case("wrong, hidden"):
    check.close(scale(secret, k=5), secret, hint="Mind k.", mistakes={"k is squared": 5 * secret})
with check.case("raises, hidden"):
    check.close(scale(secret, k=3), 3 * secret)
with check.case("author raises, hidden"):
    check.close(secret.nothing, secret)
with check.case("law, hidden"):
    check.holds("scaling", lambda rng: (scale(secret, k=3), secret))
### END HIDDEN TESTS
check.score(out_of=6)
"""


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    run(shell, "import numpy as np\nfrom course_lib import check")
    yield shell
    InteractiveShell.clear_instance()


def run(shell, source):
    with capture_output() as captured:
        result = shell.run_cell(source, store_history=True)
    tables = [output.data for output in captured.outputs]
    return result, tables, captured


def test_a_graded_cell(shell):
    run(shell, STUDENT)
    result, (table, rest), captured = run(shell, TEST)
    assert result.success
    assert repr(result.result) == "1.0"
    assert captured.stderr == ""
    assert [(case.name, case.hidden, case.earned) for case in result.result.cases] == [
        ("twice", False, 1.0),
        ("thrice", False, 0.0),
        ("wrong, hidden", True, 0.0),
        ("raises, hidden", True, 0.0),
        ("author raises, hidden", True, 0.0),
        ("law, hidden", True, 0.0),
    ]
    assert captured.outputs[1].metadata == {INSTRUCTOR_ONLY: True}
    told, text, html = table["text/plain"], rest["text/plain"], table["text/html"] + rest["text/html"]
    assert (
        "    call: scale(x, k=3)\n        x: float64 (3,) [0, 1, 2]\n    ZeroDivisionError: division by zero\n" in told
    )
    assert told.count("in your code, line 3 of scale: y = 1 / 0") == 1
    assert text.count("in your code, line 3 of scale: y = 1 / 0") == 2
    for shown in (told, text):
        assert "Likely mistake: k is squared" in shown
        assert "Hint: Mind k." in shown
    assert "The result is not what was expected." in told
    assert "ZeroDivisionError was raised." in told
    assert "AttributeError was raised." in told
    assert told.count("by zero") == 1
    assert (
        "    AttributeError: 'numpy.ndarray' object has no attribute 'nothing'\n    Raised where the test uses" in text
    )
    for shown in (told, text, html):
        assert "secret" not in shown
        assert "lambda" not in shown
    assert set(table) == {"text/plain", "text/html", SCORE_MIME}


def test_what_ipython_shows_for_the_score(shell):
    result, _, _ = run(shell, 'with check.case("a", points=2.5):\n    pass\ncheck.score(out_of=2.5)')
    data, _ = shell.display_formatter.format(result.result)
    assert data["text/plain"] == "2.5"
    assert data["text/html"] == "2.5 of 2.5 points"


def test_an_interrupted_cell_leaves_nothing_behind(shell):
    result, _, _ = run(shell, 'with check.case("old"):\n    pass\nraise KeyboardInterrupt\ncheck.score(out_of=1)')
    assert not result.success
    result, _, _ = run(shell, 'with check.case("new", points=2):\n    pass\ncheck.score(out_of=2)')
    assert [case.name for case in result.result.cases] == ["new"]
    result, _, _ = run(shell, "check.score(out_of=2)")
    assert "found no case in this cell" in str(result.error_in_exec)


def test_the_same_cell_can_run_again(shell):
    cell = 'with check.case("a"):\n    pass\nraise_it()\ncheck.score(out_of=1)'
    assert not run(shell, cell)[0].success
    run(shell, "def raise_it():\n    pass")
    assert run(shell, cell)[0].result == 1


def test_a_case_in_a_cell_without_a_score_is_refused(shell):
    result, _, _ = run(shell, 'with check.case("lost"):\n    pass')
    assert "the case 'lost' stands in a cell without check.score()" in str(result.error_in_exec)


def test_a_helper_in_a_shared_cell_may_hold_the_case(shell):
    run(shell, "def judge(name, got, expected):\n    with check.case(name):\n        check.close(got, expected)")
    source = (
        'judge("public", abs(-2), 3)\n### BEGIN HIDDEN TESTS\njudge("not public", abs(-4), 5)\n'
        "### END HIDDEN TESTS\ncheck.score(out_of=2)"
    )
    result, (table, _), _ = run(shell, source)
    assert [case.hidden for case in result.result.cases] == [False, True]
    assert 'call: judge("public", abs(-2), 3)' in table["text/plain"]
    assert "abs(-4)" not in table["text/plain"]


def test_hidden_cases_that_do_not_add_up_are_refused(shell):
    source = '### BEGIN HIDDEN TESTS\nwith check.case("h"):\n    pass\n### END HIDDEN TESTS\ncheck.score(out_of=3)'
    result, _, _ = run(shell, source)
    assert "1 points in all, less than out_of=3" in str(result.error_in_exec)


def test_html_is_escaped_and_readable_by_screen_readers(shell):
    source = (
        'with check.case("<script>alert(1)</script>"):\n'
        '    got = "<img src=x onerror=alert(2)>"\n'
        '    check.equal(got, "<b>", hint="<i>", mistakes={"<u>": got})\n'
        'with check.case("raises"):\n    raise ValueError("<svg onload=alert(3)>")\n'
        'with check.case("warns"):\n    import warnings; warnings.warn("<marquee>")\n'
        'with check.case("arrays"):\n    check.close(np.zeros((2, 2)), np.eye(2))\n'
        "check.score(out_of=4)"
    )
    _, (table,), _ = run(shell, source)
    html = table["text/html"]
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "code"}
    assert "&lt;script&gt;" in html
    assert "&lt;svg onload=alert(3)&gt;" in html
    assert "&lt;marquee&gt;" in html
    assert html.count('scope="col"') == 3
    assert html.count('scope="row"') >= 4
    assert "<caption" in html
    assert "Score: 1 of 4 points." in html
    assert "✓</span> passed" in html
    assert "✗</span> failed" in html
    assert "src=" not in re.sub(r"&lt;.*?&gt;", "", html)
    assert len(html) < 40_000


RAISING = """
with check.case("beside the call"):
    check.close(scale(np.ones(2), k=3), np.ones(2), hint="Is k ever 3?")
with check.case("wrong"):
    check.close(scale(np.ones(2)), np.zeros(2), hint="Look at k.")
check.score()
"""


def test_a_hint_explains_wrong_values_and_no_exception(shell):
    run(shell, STUDENT)
    score = run(shell, RAISING)[0].result
    assert [case.finding.hint for case in score.cases] == [None, "Look at k."]
    assert "Hint" not in score.cases[0].message


def test_a_helper_of_the_tests_is_not_called_the_students_code(shell):
    test = "with check.case('followed'):\n    check.close(follow(step), 1)\ncheck.score(out_of=1)"
    run(shell, "# @title What the tests compare with\ndef follow(step):\n    w, state = step(1)\n    return w")
    run(shell, "def step(w):\n    return w\n")
    _, (table, *_), _ = run(shell, test)
    assert "in your code" not in table["text/plain"]
    run(shell, "def step(w):\n    return 1 / 0\n")
    _, (table, *_), _ = run(shell, test)
    assert "in your code, line 2 of step: return 1 / 0" in table["text/plain"]
    assert "of follow" not in table["text/plain"]


@pytest.mark.parametrize(
    ("file", "cell"),
    [
        ("temporary/ipykernel_3296/777723719.py", True),
        (r"temporary\ipykernel_11/2.py", True),
        ("<ipython-input-3-5d1f>", True),
        ("site-packages/ipykernel_launcher.py", False),  # at the bottom of the stack of every cell
        ("site-packages/ipykernel/ipkernel.py", False),
    ],
)
def test_what_starts_a_kernel_is_not_a_cell(file: str, cell: bool):
    assert is_cell(file) is cell
