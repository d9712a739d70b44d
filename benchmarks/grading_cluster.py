"""A class graded on a dask cluster of worker processes on this machine, against as many local workers. One table.

    python benchmarks/grading_cluster.py                              # 400 of the small assignment, two workers
    python benchmarks/grading_cluster.py --assignment 01_convolution  # of module 01

It is started as one types it, `dask scheduler` and `dask worker --nthreads 1`, and ended at the end. Its workers
are timed until they answer. Then `course grade` grades the class on local workers, on the cluster, once more on the
cluster, and on local workers again, start-up of the command included. The first batch on a cluster starts an engine in
each of its workers; the second one finds it there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import course_command
import small_assignment
from course_command import CHECKOUT, differences, points
from dask.distributed import Client
from grading import machine
from grading_class import Assignment, hand_in, module, our_course, small

from grader.exchange.batch.backends import cores

_ANSWER = "120s"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--submissions", type=int, default=400, help="of the class; at least 4")
    parser.add_argument("--workers", type=int, default=cores(), help="worker processes, of the cluster and local ones")
    parser.add_argument("--assignment", default=small_assignment.NAME, help="the small one by default, or a module")
    chosen = parser.parse_args()
    assignment = small() if chosen.assignment == small_assignment.NAME else module(chosen.assignment)
    (CHECKOUT / ".cache").mkdir(exist_ok=True)
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="cluster-", dir=CHECKOUT / ".cache") as folder:
        compare(assignment, Path(folder), chosen.submissions, chosen.workers)


def compare(assignment: Assignment, folder: Path, size: int, workers: int) -> None:
    """Grade the class in all ways, and print each as soon as it is known."""
    course = our_course(assignment, folder / "course")
    expected = hand_in(assignment, course.work / "submitted", size)
    course_command.release(course, assignment.name)
    each: dict[str, list[float]] = {"local": [], "cluster": []}
    with ExitStack() as stack:
        began = time.perf_counter()
        address = stack.enter_context(_cluster(folder, workers))
        print(f"{workers} dask workers answer after {time.perf_counter() - began:.1f} s", flush=True)
        local, cluster = ("--jobs", str(workers)), ("--scheduler", address)
        for title, options in (("local", local), ("cluster", cluster), ("cluster", cluster), ("local", local)):
            run = course_command.grade(course, assignment.name, "--force", *options)
            first = course_command.written(course, assignment.name, size)[0] - run.began
            each[title].append(run.seconds / size)
            wrong = differences(points(course.gradebook_url, assignment.name), expected)
            told = f"{len(wrong)} points NOT as they must be" if wrong else "all points as they must be"
            print(f"{title}: {each[title][-1]:.3f} s each, the first after {first:.1f} s; {told}", flush=True)
    local_each = sum(each["local"]) / len(each["local"])
    for title, seconds in zip(("cluster, first batch", "cluster, second batch"), each["cluster"], strict=True):
        print(f"{assignment.name}, {size}: {title}: {seconds:.3f} s each, {seconds / local_each:.2f} of local workers'")
    print(f"{assignment.name}, {size}: {workers} local workers: {local_each:.3f} s each")


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[str]:
    """The address of a scheduler with so many workers, each a process with one thread."""
    file = folder / "scheduler.json"
    dask = (sys.executable, "-m", "dask")
    place = ("--local-directory", str(folder), "--no-dashboard")
    started: list[subprocess.Popen[bytes]] = []
    try:
        command = [*dask, "scheduler", "--port", "0", "--scheduler-file", str(file), "--no-dashboard"]
        started.append(course_command.started(command, folder, "scheduler.txt"))
        with Client(scheduler_file=str(file), timeout=_ANSWER) as client:
            for number in range(workers):
                command = [*dask, "worker", "--scheduler-file", str(file), "--nthreads", "1", *place]
                started.append(course_command.started(command, folder, f"worker-{number}.txt"))
            client.wait_for_workers(workers, timeout=_ANSWER)
            address = str(client.scheduler.address)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


if __name__ == "__main__":
    main()
