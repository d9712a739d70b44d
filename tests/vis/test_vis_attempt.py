"""The guard around pictures of students' functions."""

from __future__ import annotations

from course_lib import vis


def test_it_draws_at_once(capsys):
    @vis.attempt
    def drawing():
        print("drawn")

    assert capsys.readouterr().out == "drawn\n"


def test_a_stub_costs_one_line(capsys):
    @vis.attempt
    def drawing():
        raise NotImplementedError("Exercise shift: write your answer here")

    said = capsys.readouterr().out
    assert said == "The picture comes when you have an answer. (Exercise shift: write your answer here)\n"


def test_a_wrong_answer_costs_one_line(capsys):
    @vis.attempt
    def drawing():
        raise IndexError("index 5 is out of bounds")

    assert capsys.readouterr().out == (
        "No picture yet: IndexError: index 5 is out of bounds. The test above says more.\n"
    )
