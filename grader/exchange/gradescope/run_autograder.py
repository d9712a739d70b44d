"""What Gradescope runs for each submission, as root: grade it as a user of this container, and write the results.

It works in a folder that is laid out as Gradescope does it. The submission's user can reach nothing in there: neither
the tests in `source` nor `results`. Where that cannot be had, nothing is run and nothing written, so that Gradescope
reports a failure of the autograder, and no score.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.repair.damage import Damaged
from grader.engine.container.requirements import require_secret
from grader.engine.job import Job
from grader.engine.run_isolated import in_container
from grader.exchange.batch.files import NotHandedIn, read_folder
from grader.exchange.batch.part import Part
from grader.exchange.batch.worker import Task, Verdict, work
from grader.exchange.gradescope import assignment_file
from grader.exchange.gradescope.results_json import results_of
from grader.whole_files import write_whole


def run(place: Path) -> None:
    """Grade the submission in `place` and write `results/results.json`.

    Raises:
        CourseError: it cannot be graded here, whatever was handed in; no results are written.
    """
    results = place / "results" / "results.json"
    results.unlink(missing_ok=True)
    began = time.monotonic()
    place.chmod(0o700)
    require_secret((place,))
    parts = assignment_file.from_text((place / "source" / assignment_file.FILE).read_text("utf-8"))
    handed_in = _folder_with_notebooks(place / "submission")
    verdicts = [(job.reference, _verdict(handed_in, part, job)) for part, job in parts]
    for reference, verdict in verdicts:
        if verdict.failure == "crashed":
            raise CourseError(f"{reference.notebook} could not be graded: {verdict.reason}\n{verdict.trace}")
    found = results_of(verdicts) | {"execution_time": round(time.monotonic() - began)}
    write_whole(results, json.dumps(found, indent=1))


def _verdict(handed_in: Path, part: Part, job: Job) -> Verdict:
    try:
        found = read_folder(handed_in, part)
    except NotHandedIn as error:
        return Verdict(0, failure="damaged", reason=str(error))
    except Damaged as error:
        return Verdict(0, failure="damaged", reason=f"{error}. Hand in {part.notebook}.ipynb")
    return work(Task(0, found.data, found.files, found.found), job, in_container)


def _folder_with_notebooks(folder: Path) -> Path:
    """Where the notebooks lie: in a repository or an unpacked zip that may be one folder further down."""
    if any(folder.glob("*.ipynb")):
        return folder
    below = [one for one in folder.iterdir() if one.is_dir() and not one.is_symlink() and any(one.glob("*.ipynb"))]
    return below[0] if len(below) == 1 else folder


def main() -> None:
    """Run it in the folder that the command line names; what stops it is told to the instructor."""
    try:
        run(Path(sys.argv[1]))
    except CourseError as error:
        sys.exit(f"This submission was not graded: {error}")
