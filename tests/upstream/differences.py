"""Where our engine differs from nbgrader's on purpose: tests of nbgrader that must fail or cannot run, and why."""

from __future__ import annotations

_AUTOGRADE = "apps.test_nbgrader_autograde.TestNbGraderAutograde."
_VALIDATE = "apps.test_nbgrader_validate.TestNbGraderValidate."

FAILS = {
    f"{_AUTOGRADE}test_side_effects": "a submission writes in a working folder of its own, which is thrown away: "
    "nothing that it writes reaches the folders of the grader",
    f"{_VALIDATE}test_validate_timeout": "the sentence differs: it says that the submission took too long in a call",
    f"{_VALIDATE}test_validate_timeout_config": "the sentence differs, and nbgrader's setting for it is not ours",
}

SKIPPED = {
    f"{_AUTOGRADE}test_many_students": "nbgrader skips it: it needs a PostgreSQL server set up by hand",
    f"{_AUTOGRADE}test_infinite_loop_with_output": "nbgrader skips it, since its own engine fills the memory",
}
