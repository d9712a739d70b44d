"""Attacks from a user of a container. Not a test by its name: `test_container.py` runs it in such a container."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from attacks_in_a_container import BY_DESIGN, CONTAINED, OWN, SUCCEEDING
from support.attack import HELPERS, MARK, Attack
from support.sandbox_tools import PROGRAM, SMALL, ask, processes_of, reason
from support.waiting import until

from course_lib.errors import CourseError
from grader.engine.container import requirements, users
from grader.engine.container.container_pool import ContainerPool
from grader.engine.isolation import Isolation
from grader.engine.pool import Pool
from grader.engine.private_folder import PREFIX

PLACES = ("/", "/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/home", os.getcwd())


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with ContainerPool(PROGRAM) as pool:
        yield pool


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that is closed to others."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "solutions").mkdir()
    (folder / "solutions" / "x").write_text("the answer")
    return folder


def assert_clean(pool: Pool) -> None:
    """The next submission runs normally; no process and no file of the last one is left."""
    with pool.start({"next.txt": b"next"}, SMALL) as following:
        assert ask(following, "import os; print(6 * 7, os.listdir())") == "42 ['next.txt']\n"
    assert until(lambda: not processes_of(pool)), processes_of(pool)
    left = [pid for number in users.numbers()[:5] for pid in users.processes_of(number)]
    assert [pid for pid in left if not users.has_ended(pid)] == []
    assert [path for place in PLACES for path in Path(place).glob(f"{MARK}*")] == []
    # Its folder is gone: nobody holds what a submission of this pool had.
    owners = {path.stat().st_uid for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/*")}
    assert not owners & set(users.numbers())


@pytest.mark.parametrize("attack", [*CONTAINED, *OWN], ids=lambda attack: attack.name)
def test_contained(pool: Pool, course: Path, attack: Attack) -> None:
    with pool.start({"notebook.txt": b"mine"}, attack.limits) as worker:
        ask(worker, f"{HELPERS}\nCOURSE = {str(course)!r}")
        said = ask(worker, attack.cell, timeout=300)
        if attack.dies is not None:
            found = reason(worker, timeout=300)
            assert found is not None, said
            assert attack.dies in found, said
        else:
            assert said is not None, worker.death()
            assert attack.says is not None
            assert attack.says in said
            assert worker.death() is None
    assert_clean(pool)


@pytest.mark.parametrize("attack", SUCCEEDING, ids=lambda attack: attack.name)
def test_what_succeeds_by_design(pool: Pool, attack: Attack) -> None:
    """The list says so; an attack that is contained after all must leave it."""
    with pool.start({"notebook.txt": b"mine"}, attack.limits) as worker:
        ask(worker, HELPERS)
        said = ask(worker, attack.cell)
        assert said is not None
        assert "Traceback" not in said
        assert attack.says is not None
        assert attack.says not in said, f"contained, so no reason to say: {BY_DESIGN[attack.name]}"
    assert_clean(pool)


def test_two_submissions_at_once_cannot_reach_each_other(pool: Pool) -> None:
    with pool.start({"a.txt": b"a"}, SMALL) as one, pool.start({"b.txt": b"b"}, SMALL) as other:
        first = ask(one, f"{HELPERS}\nprint(os.getuid(), os.getpid(), os.getcwd(), os.environ['TMPDIR'])")
        assert first is not None
        user, pid, home, temporary = first.split()
        assert ask(other, f"{HELPERS}\nprint(os.getuid() != {user})") == "True\n"
        reach = f"""
print({{attempt(action, path) for action in (os.listdir, os.chdir) for path in ({home!r}, {temporary!r})}})
print(attempt(open, {home + "/a.txt"!r}), attempt(open, '/proc/{pid}/mem', 'rb'))
print({{attempt(os.kill, {pid}, number) for number in (0, 2, 9, 19)}})
print(attempt(os.listdir, os.path.dirname({home!r})))"""
        assert ask(other, reach) == "{'EACCES'}\nEACCES EACCES\n{'EPERM'}\nEACCES\n"
        # By design: what is open to everybody is open to both.
        ask(one, f"open('/tmp/{MARK}', 'w').write('hi')\nos.chmod('/tmp/{MARK}', 0o644)")
        assert ask(other, f"print(open('/tmp/{MARK}').read())") == "hi\n"
    assert_clean(pool)


def test_the_testers_folder_is_closed(pool: Pool) -> None:
    from grader.engine.private_folder import private_folder

    with private_folder({"expected.txt": b"9"}) as folder, pool.start({}, SMALL) as worker:
        ask(worker, HELPERS)
        said = ask(worker, f"print(attempt(os.listdir, '{folder}'), attempt(open, '{folder}/expected.txt'))")
        assert said == "EACCES EACCES\n"


def test_the_environment_is_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADEBOOK_PASSWORD", "secret")
    with ContainerPool(PROGRAM) as pool, pool.start({}, SMALL) as worker:
        said = ask(worker, "import os; print(dict(os.environ), open('/proc/self/environ').read())")
        assert said is not None
        assert "secret" not in said


def test_an_interrupt_reaches_the_cell(pool: Pool) -> None:
    from support.sandbox_tools import answer, tell

    with pool.start({}, SMALL) as worker:
        ask(worker, HELPERS)
        tell(worker, "print('begun'); subprocess.run(['sleep', '60'])")
        with pytest.raises(TimeoutError):
            answer(worker, 0.3)
        worker.interrupt()
        assert "KeyboardInterrupt" in str(answer(worker))
        assert ask(worker, "print('still here')") == "still here\n"


def _supervisor(pool: Pool) -> psutil.Process:
    (found,) = processes_of(pool)[:1]
    return found


def test_when_a_supervisor_is_killed_its_user_is_cleared() -> None:
    with ContainerPool(PROGRAM) as pool:
        worker = pool.start({}, SMALL)
        said = ask(worker, f"{HELPERS}\nfork(lambda: (os.setsid(), time.sleep(60)))\nopen('/tmp/{MARK}', 'w').close()")
        assert said == ""
        _supervisor(pool).kill()
        assert reason(worker) == "killed from outside"
        assert until(lambda: not processes_of(pool)), processes_of(pool)
        assert until(lambda: not Path(f"/tmp/{MARK}").exists())
        assert_clean(pool)


def test_when_the_parent_is_killed_submissions_end_and_the_next_start_has_a_new_one() -> None:
    with ContainerPool(PROGRAM) as pool:
        worker = pool.start({}, SMALL)
        processes = processes_of(pool)
        assert pool._parent is not None
        psutil.Process(pool._parent.pid).kill()
        assert reason(worker) == "killed from outside"
        assert until(lambda: not any(process.is_running() for process in processes))
        with pool.start({}, SMALL) as following:
            assert ask(following, "print('alive')") == "alive\n"


def test_here_the_tier_works_and_the_sandbox_does_not() -> None:
    from grader.engine.probe_isolation import container, sandbox_works

    assert not sandbox_works()
    assert container(wanted=True).state == "good"


@pytest.mark.parametrize("mode", [0o755, 0o733, 0o711])
def test_what_others_can_reach_is_named_before_anybody_is_graded(tmp_path: Path, mode: int) -> None:
    work = tmp_path / "work"
    (work / "submitted").mkdir(parents=True)
    tmp_path.chmod(0o755)
    for folder in tmp_path.parents:  # pytest's own are closed
        if folder.stat().st_uid == 0 and folder != Path("/") and not folder.stat().st_mode & 0o001:
            folder.chmod(0o711)
    (work / "gradebook.db").write_text("points")
    (work / "gradebook.db").chmod(0o644)
    work.chmod(mode)
    first = work / "gradebook.db" if mode == 0o711 else work
    expected = rf"{first} can be reached by submissions: chmod -R go-rwx {work}$"
    with pytest.raises(CourseError, match=expected):
        requirements.require_secret((work,))
    work.chmod(0o700)
    requirements.require_secret.cache_clear()
    requirements.require_secret((work,))


def test_an_account_or_a_process_of_somebody_else_takes_a_user_from_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "LOCKS", Path(tempfile.mkdtemp()))
    taken = users.claim(range(65_534, 65_536))  # the first is nobody's
    assert taken.number == 65_535
    with pytest.raises(CourseError, match=r"all users from 65534 to 65535 are taken: set COURSE_CONTAINER_USERS"):
        users.claim(range(65_534, 65_536))
    taken.release()
    pid = os.fork()
    if pid == 0:
        os.setuid(65_533)
        os.execvp("sleep", ["sleep", "60"])
    try:
        assert until(lambda: users.processes_of(65_533))
        with pytest.raises(CourseError, match="are taken"):
            users.claim(range(65_533, 65_535))
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def test_a_class_is_graded_and_each_result_says_how(tmp_path: Path) -> None:
    from support.grading_course import NAME, RIGHT, answered, hand_in, make_course

    from grader.engine.run_isolated import executor
    from grader.exchange.batch import grade
    from grader.exchange.export import export
    from grader.exchange.feedback import feedback
    from grader.exchange.grade_terminal import summary
    from grader.exchange.release import release
    from grader.exchange.scores import scores

    course = make_course(tmp_path / "course", timeout=30)
    release(course, NAME)
    hand_in(course, "ada", answered(course, **RIGHT))
    spy = f"import os\ndef double(x):\n    return os.listdir({str(course.work)!r})"
    hand_in(course, "eve", answered(course, double=spy))
    report = grade(course, NAME, jobs=2, execute=executor(Isolation.CONTAINER))
    assert [one.isolation for one in report.results] == [Isolation.CONTAINER] * 2
    assert "2 as users of the container, not isolated" in str(summary(report))
    table = scores(course, NAME)
    assert {row.student: row.points["double"] for row in table.rows} == {"ada": 2, "eve": 0}
    assert table.of("ada").isolation is Isolation.CONTAINER
    assert ",container," in export(course, NAME).path.read_text().splitlines()[1]
    pages = [page.read_text() for page in feedback(course, NAME).pages.values()]
    assert all(re.search(Isolation.CONTAINER.remark, page) for page in pages)
    assert '"isolation": "container"' in course.autograded(NAME, "ada").read_text()
    assert "PermissionError" in course.autograded(NAME, "eve").read_text()
