"""The lines of a submission that led to an error are shown with it, and are no part of what a test asks of it."""

from __future__ import annotations

from support.small_notebooks import passes, run_test, text

ERROR = "def f(x):\n    raise ValueError('must be positive')"
RAISES = "import pytest\nwith pytest.raises(ValueError, match='^must be positive$'):\n    f(1)"
NOTES = "def f(x):\n    error = ValueError('a')\n    error.add_note('mine')\n    raise error"
UNITTEST = """import unittest, sys
class T(unittest.TestCase):
    def test(self): f(1)
unittest.TextTestRunner(stream=sys.stdout).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))"""


def test_a_pattern_for_the_whole_message_matches() -> None:
    passes(ERROR, RAISES)


def test_notes_are_those_of_the_answer() -> None:
    passes(NOTES, "try: f(1)\nexcept ValueError as error: assert error.__notes__ == ['mine']")


def test_what_is_shown_has_the_line() -> None:
    (error,) = (output for output in run_test(ERROR, "f(1)").outputs if output.output_type == "error")
    assert "In the submission, line 2 of f" in "\n".join(error.traceback)


def test_so_has_a_cause() -> None:
    test = "try: f(1)\nexcept ValueError as error: raise KeyError(2) from error"
    (error,) = (output for output in run_test(ERROR, test).outputs if output.output_type == "error")
    assert "In the submission, line 2 of f" in "\n".join(error.traceback)


def test_and_what_unittest_tells() -> None:
    assert "In the submission, line 2 of f" in text(run_test(ERROR, UNITTEST))
