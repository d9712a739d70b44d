"""What a grading changed against the one before, and because of what."""

from __future__ import annotations

from support.batch_course import earning, publish
from support.grading_course import NAME, cell, hand_in, solution
from support.stub_engine import marked

from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.changes import Change, changes
from grader.exchange.gradebook import open_gradebook
from grader.exchange.release import release


def generous(notebook, job, files):  # type: ignore[no-untyped-def]  # an executor, as in the stub engine
    executed = marked(notebook, job, files)
    cell(notebook, "double_tests").outputs[0]["data"]["text/plain"] = "2"
    return executed


def test_each_grading_says_what_it_changed_and_why(released: CourseDir) -> None:
    hand_in(released, "ada", earning(released, 1, 1))
    hand_in(released, "bob", earning(released, 2, 1))
    grade(released, NAME, jobs=1, execute=marked)
    assert changes(released, NAME) == []  # nothing was graded before

    hand_in(released, "ada", earning(released, 0.5, 1))
    grade(released, NAME, jobs=1, execute=marked)
    resubmitted = [Change("ada", "double", 1.0, 0.5, (), "another submission")]
    assert changes(released, NAME) == resubmitted
    grade(released, NAME, jobs=1, execute=marked)
    assert changes(released, NAME) == resubmitted  # a grading that had nothing to do is none

    with open_gradebook(released) as gradebook:
        gradebook.find_grade("triple_tests", NAME, NAME, "bob").manual_score = 0.5
        gradebook.db.commit()
    changed = solution()
    cell(changed, "double_tests")["source"] += "\n# now fairer"
    publish(released, changed)
    release(released, NAME)
    grade(released, NAME, jobs=1, execute=generous)
    assert changes(released, NAME) == [
        Change("ada", "double", 0.5, 2.0, (), "the test changed (double_tests)")
    ]  # what a person gave is no change

    hand_in(released, "ada", "no notebook")
    grade(released, NAME, jobs=1, execute=marked)
    assert [(one.before, one.after) for one in changes(released, NAME)] == [(2.0, None), (1.0, None)]
    assert changes(released, NAME)[0].why.startswith("it could not be graded: ")
