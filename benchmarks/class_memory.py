"""Peak memory of `course grade` for a class and for one ten times as large. One line each.

    python benchmarks/class_memory.py                # 400 and 4,000 submissions

The assignment is the small one without its training, so that it is the number of submissions that counts. Each class is
graded twice; the second time nothing is to do but to read what was recorded.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import course_command
from grading_class import hand_in, our_course, small

from grader.exchange.batch.backends import cores


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--submissions", type=int, nargs="+", default=[400, 4000], help="sizes of the classes")
    parser.add_argument("--jobs", type=int, default=cores(), help="worker processes of course grade")
    chosen = parser.parse_args()
    for size in chosen.submissions:
        measure(size, chosen.jobs)


def measure(size: int, jobs: int) -> None:
    """Grade a class twice, and print what it took."""
    assignment = small("train")
    cache = course_command.CHECKOUT / ".cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="memory-", dir=cache) as folder:
        course = our_course(assignment, Path(folder))
        expected = hand_in(assignment, course.work / "submitted", size)
        course_command.release(course, assignment.name)
        for title in ("anew", "unchanged"):
            run = course_command.grade(course, assignment.name, "--jobs", str(jobs))
            peaks = ", ".join(f"{role} {megabytes:.0f} MB" for role, megabytes in sorted(run.peaks.items()))
            print(f"{size} submissions, {title}: {peaks}; {run.seconds:.1f} s", flush=True)
        wrong = course_command.differences(course_command.points(course.gradebook_url, assignment.name), expected)
        print(*(wrong or ["all points as they must be"]), sep="\n", flush=True)


if __name__ == "__main__":
    main()
