"""Cases, points and scores, in plain Python."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import check
from course_lib.check.cases import LEDGER


@pytest.fixture(autouse=True)
def _no_cases_left():
    LEDGER.clear()
    yield
    LEDGER.clear()


def test_partial_credit():
    with check.case("right", points=1.5):
        check.equal(1, 1)
    with check.case("wrong"):
        check.equal(1, 2)
    score = check.score(out_of=2.5)
    assert (float(score), repr(score), score._repr_html_()) == (1.5, "1.5", "1.5 of 2.5 points")
    assert [(c.name, c.points, c.earned, c.hidden, c.verdict) for c in score.cases] == [
        ("right", 1.5, 1.5, False, "passed"),
        ("wrong", 1.0, 0.0, False, "failed"),
    ]
    assert score.cases[0].message == ""
    assert score.cases[1].message == "call: 1\nThe value is wrong.\ngot: 1\nexpected: 2"
    assert copy.deepcopy(score).out_of == pickle.loads(pickle.dumps(score)).out_of == 2.5


def test_whole_numbers_read_as_floats(capsys):
    with check.case("one", points=3):
        pass
    assert repr(check.score(out_of=3)) == "3.0"
    assert capsys.readouterr().out == "✓ passed  one  3 of 3 points\nScore: 3 of 3 points.\n"


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.sampled_from([3, 7, 10, 30]))
def test_sums_of_fractions_never_exceed_the_total(parts, divisor):
    LEDGER.clear()
    total = sum(parts) / divisor
    for i, part in enumerate(parts):
        with check.case(f"case {i}", points=part / divisor):
            pass
    score = check.score(out_of=total)
    assert float(score) == total
    assert float(repr(score)) <= total


def test_the_rest_is_decided_by_hidden_cases(capsys):
    with check.case("public"):
        pass
    check.score(out_of=2)
    assert "Score: 1 of 2 points. 1 of them is decided later, by hidden cases." in capsys.readouterr().out


def test_mistakes_of_the_author():
    for points in (0, -1, float("nan"), float("inf"), "2", True):
        with pytest.raises(check.AuthorError, match="points above 0"):
            check.case("a", points=points)
    with pytest.raises(check.AuthorError, match="a name in words"):
        check.case(" ")
    with pytest.raises(check.AuthorError, match="found no case"):
        check.score()
    with check.case("a"):
        pass
    with pytest.raises(check.AuthorError, match="two cases of this cell are called 'a'"), check.case("a"):
        pass
    with pytest.raises(check.AuthorError, match=r"have 1 points, more than out_of=0\.5"):
        check.score(out_of=0.5)
    with check.case("b"):
        pass
    with pytest.raises(check.AuthorError, match="out_of above 0"):
        check.score(out_of=0)
    with (
        pytest.raises(check.AuthorError, match="inside the case 'outer': cases cannot be nested"),
        check.case("outer"),
        check.case("inner"),
    ):
        pass
    with pytest.raises(check.AuthorError, match="inside the case 'outer': move it"), check.case("outer"):
        check.score()


def test_after_a_mistake_of_the_author_the_next_cell_starts_anew():
    with pytest.raises(check.AuthorError), check.case("outer"), check.case("inner"):
        pass
    with check.case("outer"):
        pass
    assert check.score() == 1


def test_interruptions_pass_through():
    for interruption in (KeyboardInterrupt, SystemExit):
        with check.case("before"):
            pass
        with pytest.raises(interruption), check.case("interrupted"):
            raise interruption
        with check.case("after"):
            pass
        assert [case.name for case in check.score().cases] == ["after"]


def test_warnings_and_stderr_cost_nothing_and_are_shown(capsys):
    import sys

    with check.case("warns"):
        np.array([1.0]) / np.array([0.0])
        for _ in range(10):
            warnings.warn("slow down", UserWarning, stacklevel=1)
        print("progress", file=sys.stderr)
    assert check.score() == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert "progress\n" in out
    assert (
        "    warning: RuntimeWarning: divide by zero encountered in divide\n    warning: UserWarning: slow down\n"
        in out
    )


def test_outside_of_a_case_a_check_is_an_assertion():
    with pytest.raises(AssertionError, match="All 2 elements are wrong"):
        check.close(np.ones(2), np.zeros(2))


def test_calls_are_traced_through_names_and_helpers():
    def twice(x):
        return 2 * x

    def agree(result, expected):
        check.close(result, expected)

    def message(judge):
        with pytest.raises(check.CheckFailure) as caught:
            judge()
        return caught.value.finding.call

    def by_name():
        n = 4
        result = twice(n)
        check.close(result, 7)

    def by_tuple():
        first, _second = twice(1), twice(2)
        check.close(first, 3)

    def by_helper():
        n = 5
        agree(twice(n), 3)

    assert message(by_name).text == "twice(n)"
    assert message(by_name).names == (("n", "4"),)
    assert message(by_tuple).text == "twice(1), twice(2)"
    assert message(by_helper).text == "agree(twice(n), 3)"


def test_without_source_there_is_no_call():
    with pytest.raises(check.CheckFailure) as caught:
        exec("check.close(1 + 1, 3)", {"check": check})
    assert caught.value.finding.call is None
