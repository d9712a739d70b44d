"""The exact text that a student reads."""

import textwrap

import numpy as np
import pytest

from course_lib import check
from course_lib.check.cases import LEDGER


@pytest.fixture(autouse=True)
def _no_cases_left():
    LEDGER.clear()
    yield
    LEDGER.clear()


def correlate2d(x, w, stride=1):
    return np.array([[4.0, 2.0, 0.0], [1.0, 1.0, 1.5]])[:, ::stride]


def broken(x):
    rows = x[0]
    return rows[99]


def misspelt(x):
    return nump.sum(x)  # noqa: F821 - the point of this test


def stub(x):
    raise NotImplementedError("Exercise stub: return the sum of x.")


def table(capsys):
    check.score(out_of=10)
    return capsys.readouterr().out


def failure(*args, **kwargs):
    """The whole message of a failing check.close; a call with *args has no text of its own."""
    with pytest.raises(check.CheckFailure) as caught:
        check.close(*args, **kwargs)
    return str(caught.value)


def text(block):
    return textwrap.dedent(block).strip("\n")


def test_table_of_cases(capsys):
    x, w = np.ones((2, 3, 5, 7)), np.ones((3, 3))
    expected = np.array([[4.0, 2.0, 0.0], [1.0, 1.0, 2.5]])
    with check.case("stride 1, no padding", points=2):
        y = correlate2d(x, w)
        check.close(y, expected, hint="Look at the last window.", mistakes={"the edge is cut": expected - [0, 0, 1]})
    with check.case("stride 2"):
        check.close(correlate2d(x, w, stride=2), expected[:, ::2] + [[0, 0], [0, -1]])
    with check.case("shape", points=0.5):
        check.close(correlate2d(x, w), expected.T)
    with check.case("an error", points=0.5):
        check.close(broken(x), 3)
    with check.case("a stub"):
        check.close(stub(x), 3)
    with check.case("the same stub"):
        check.close(stub(x), 3)
    line = broken.__code__.co_firstlineno + 2
    assert (
        table(capsys)
        == text(
            f"""
        ✗ failed        stride 1, no padding  0 of 2 points
            call: correlate2d(x, w)
                x: float64 (2, 3, 5, 7)
                w: float64 (3, 3)
            1 of 6 elements is wrong. The largest difference is 1, at index [1, 2].
            got there: 1.5
            expected there: 2.5
            got (* wrong)     expected
            4  2    0         4  2    0
            1  1  1.5*        1  1  2.5
            Hint: Look at the last window.
        ✓ passed        stride 2              1 of 1 point
        ✗ failed        shape                 0 of 0.5 points
            call: correlate2d(x, w)
                x: float64 (2, 3, 5, 7)
                w: float64 (3, 3)
            The shapes differ in axes 0, 1.
            got: shape (2, 3)
            expected: shape (3, 2)
        ✗ failed        an error              0 of 0.5 points
            call: broken(x)
                x: float64 (2, 3, 5, 7)
            IndexError: index 99 is out of bounds for axis 0 with size 3
            in your code, line {line} of broken: return rows[99]
        ○ not answered  a stub                0 of 1 point
            Not answered yet. Exercise stub: return the sum of x.
        ○ not answered  the same stub         0 of 1 point
        Score: 1 of 10 points. 4 of them are decided later, by hidden cases.
        """
        )
        + "\n"
    )


def test_likely_mistake_only_when_the_result_matches():
    right, wrong = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    known = {"the kernel is not flipped": wrong, "the right one": right, "another": right + 5}
    assert "Likely mistake: the kernel is not flipped" in failure(wrong, right, mistakes=known)
    assert "Likely mistake" not in failure(wrong + 1, right, mistakes=known)


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        (
            None,
            np.ones(2),
            "The result is None: did you forget `return`?\ngot: None\nexpected: a float64 array of shape (2,)",
        ),
        (
            [1.0, "x"],
            np.ones(2),
            "The result has the wrong type: it is a list of 2 values that does not become an array: at position\n"
            "    1, it is a string ('x'), not a number.\n"
            "got: a list of 2 values\nexpected: a float64 array of shape (2,)",
        ),
        (
            (np.ones(2),),
            np.ones(2),
            "The shapes differ: 2 axes instead of 1.\ngot: shape (1, 2)\nexpected: shape (2,)\n"
            "It is a tuple of one array: is there a comma too many after `return`?",
        ),
        (
            np.ones((2, 1)),
            np.ones(2),
            "The shapes differ: 2 axes instead of 1.\ngot: shape (2, 1)\nexpected: shape (2,)\n"
            "Its elements are right and in the right order: only the shape is wrong.",
        ),
        (
            np.ones(3),
            2.0,
            "The result should be one number, not an array.\n"
            "got: a float64 array of shape (3,)\nexpected: a float (2.0)",
        ),
        (3.0, np.ones(3), "The result is one number, not an array.\ngot: 3.0\nexpected: shape (3,)"),
        (
            np.array([1 + 1j, 2]),
            np.array([1.0, 2]),
            "1 of 2 elements is wrong. The largest difference is 1, at index [0].\n"
            "got there: 1+1j\nexpected there: 1\ngot (* wrong)     expected\n1+1j* 2+0j        1  2\n"
            "The result is complex, and its imaginary parts are not zero.",
        ),
        (
            np.array([1.0, np.nan, np.nan]),
            np.array([1.0, 2.0, 3.0]),
            "2 of 3 elements are NaN (not a number), the first at index [1]. Is there a 0/0 or inf/inf, or the\n"
            "    log or root of a negative number?\ngot there: NaN\nexpected there: 2\n"
            "got (* wrong)     expected\n1  nan* nan*      1  2  3",
        ),
        (
            np.array([1.0, np.inf]),
            np.array([1.0, 2.0]),
            "1 of 2 elements is infinite, the first at index [1]. Is there a division by 0, or an overflow?\n"
            "got there: inf\nexpected there: 2\ngot (* wrong)     expected\n1  inf*           1  2",
        ),
        (
            np.array([[44, 144]], dtype=np.uint8),
            np.array([[300.0, 400.0]]),
            "All 2 elements are wrong. The largest difference is 256, at index [0, 0].\n"
            "got there: 44\nexpected there: 300\ngot (* wrong)     expected\n44* 144*          300  400\n"
            "The values wrap round modulo 256: uint8 overflows. Convert the input to float first.",
        ),
        (
            np.array([1, 2]),
            np.array([1.5, 2.5]),
            "All 2 elements are wrong. The largest difference is 0.5, at index [0].\n"
            "got there: 1\nexpected there: 1.5\ngot (* wrong)     expected\n1* 2*             1.5  2.5\n"
            "The fractions are cut off: the result is an array of integers (int64).",
        ),
        (
            (np.ones(2), 3.0),
            (np.ones(2), 3.0, 4.0),
            "The result has 2 parts instead of 3.\ngot: a tuple of 2 values\nexpected: a tuple of 3 values",
        ),
        (
            7.0,
            (np.ones(2), 3.0),
            "The result should have 2 parts, but it is a float (7.0).\nexpected: a tuple of 2 values",
        ),
        (
            np.ones(3),
            (np.ones(2), 3.0),
            "The result has 3 parts instead of 2.\ngot: a float64 array of shape (3,)\nexpected: a tuple of 2 values",
        ),
        ({"w": 1.0}, {"w": 1.0, "b": 2.0}, "The keys of the dict differ.\nmissing keys: 'b'"),
        (
            {"w": 1.0, "b": 7.0},
            {"w": 1.0, "b": 2.0},
            "Key 'b': The number is wrong.\ngot: 7\nexpected: 2\ndifference: 5",
        ),
        (float("nan"), 1.0, "The result is NaN, not a finite number.\ngot: nan\nexpected: 1"),
        (1.0000001, 1.0000004, "The number is wrong.\ngot: 1.0000001\nexpected: 1.0000004\ndifference: 3e-07"),
        (
            np.array([[1.0], None], dtype=object),
            np.ones(2),
            "The result has the wrong type: it is an array of Python objects (dtype object), not of numbers.\n"
            "got: an object array of shape (2,)\nexpected: a float64 array of shape (2,)",
        ),
        (
            "3",
            3,
            "The result has the wrong type: it is a string ('3'), not one number.\n"
            "got: a string ('3')\nexpected: an int (3)",
        ),
        (-2.0, 2.0, "The number is wrong.\ngot: -2\nexpected: 2\ndifference: 4\nIt has the wrong sign."),
    ],
)
def test_each_failure_has_its_sentence(got, expected, message):
    assert failure(got, expected) == message


def test_parts_are_named_by_the_tuple_in_the_test():
    dx, dw, db = np.ones(2), np.ones(3), np.ones(1)
    with pytest.raises(check.CheckFailure, match=r"Output 2 of 3 \(dw\): All 3 elements are wrong"):
        check.close((dx, dw, db), (np.ones(2), np.zeros(3), np.ones(1)))
    with pytest.raises(check.CheckFailure, match=r"Output 1 of 2 \(dx\): The result is None"):
        check.close((None, 1.0), (np.ones(2), 1.0), names=("dx", "dw"))


@pytest.mark.parametrize(
    ("got", "expected", "problem"),
    [
        ("3", 3, "The result has the wrong type: it is a string ('3'), not one number."),
        (3.5, 3, "The value is wrong."),
        (3, (1, 2), "The result has the wrong type: it is one number, 3, not 2 values."),
        ((1, 2), (1, 2, 3), "The result has length 2 instead of 3."),
        ((1, 5), (1, 2), "At index 1: The value is wrong."),
        ((1, (2, 3)), (1, (2, 4)), "At index 1: At index 1: The value is wrong."),
        (np.array([3, 8, 215]), [3, 8, 214], "At index 2: The value is wrong."),
        ("Conv", "conv", "The string differs only in spaces or capital letters."),
        ("conv2", "conv1", "The string differs from character 4 on (counted from 0)."),
        ({"a": 1}, {"a": 2}, "Key 'a': The value is wrong."),
        (7, "seven", "The result has the wrong type: it is an int (7), not a string."),
        (np.array([1, 3]), np.array([1, 2]), "1 of 2 elements is wrong, the first at index [1]."),
    ],
)
def test_equal_says_what_differs(got, expected, problem):
    with pytest.raises(check.CheckFailure) as caught:
        check.equal(got, expected)
    assert caught.value.finding.problem == problem


def test_equal_accepts_the_same_family():
    check.equal(np.int64(3), 3)
    check.equal((np.int32(2), "a", None, {"k": [1.5]}), (2, "a", None, {"k": [1.5]}))
    check.equal(np.array([1, 2], dtype=np.int32), np.array([1, 2]))
    check.equal(float("nan"), float("nan"))


def test_shape_and_dtype():
    check.shape(np.ones((2, 4)), (2, 4))
    check.dtype(np.ones(2, dtype=np.float32), "float32")
    for call, problem in (
        (lambda: check.shape(np.ones((2, 4)), (4, 2)), "The shape is wrong."),
        (lambda: check.shape([1], (2,)), "The shape is wrong."),
        (lambda: check.shape("ab", (2,)), "The result has no shape: it is a string ('ab'), not an array."),
        (lambda: check.shape(None, (1,)), "The result is None: did you forget `return`?"),
        (lambda: check.dtype(np.ones(2), "float32"), "The dtype is wrong."),
        (lambda: check.dtype(1.0, "float32"), "The result has the wrong type: it has no dtype."),
    ):
        with pytest.raises(check.CheckFailure) as caught:
            call()
        assert caught.value.finding.problem == problem


def test_a_missing_name_says_which_cell_to_run(capsys):
    with check.case("undefined"):
        check.close(undefined_name(3), 3)  # noqa: F821 - the point of this test
    with check.case("a slip inside the function"):
        check.close(misspelt(3), 3)
    out = table(capsys)
    assert "name 'undefined_name' is not defined. Run the cell that defines `undefined_name` first." in out
    assert "NameError: name 'nump' is not defined\n" in out
    assert "of misspelt: return nump.sum(x)" in out


def test_wide_arrays_are_printed_one_above_the_other_or_left_out():
    wide = np.arange(10) + 0.123456
    report = failure(wide + 1, wide)
    assert "got (* wrong)\n1.123* 2.123* 3.123*" in report
    assert "\nexpected\n0.1235" in report
    assert max(map(len, report.splitlines())) <= 100
    report = failure(np.linspace(0, 1, 25) + 1e-6, np.linspace(0, 1, 25))
    assert "(* wrong)" not in report
    assert "All 25 elements are wrong" in report


def test_names_bound_inside_the_call_are_not_described():
    t = 7
    with pytest.raises(check.CheckFailure) as caught:
        check.close(np.array([float(t) for t in range(3)]), np.ones(3))
    assert t == 7
    assert caught.value.finding.call.names == ()


def test_huge_results_stay_short(capsys):
    with check.case("huge list"):
        check.close(list(range(10**6)), np.ones(3))
    with check.case("huge array"):
        check.close(np.zeros((500, 400)), np.ones((500, 400)))
    with check.case("huge string"):
        check.equal("x" * 10**6, "y")
    with check.case("long error"):
        raise ValueError("z" * 10**6)
    with check.case("many parts"):
        check.close(1, dict.fromkeys(range(10**4), 1.0))
    out = table(capsys)
    assert len(out) < 3000
    assert max(map(len, out.splitlines())) <= 110
