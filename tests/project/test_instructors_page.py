"""docs/instructors.md followed by a class of three, from release to the student who is to be forgotten."""

from __future__ import annotations

import math
import re
import shlex
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml
from support.tiny_project import ROOT, TinyProject
from typer.testing import CliRunner

from grader import cli
from grader.course_dir import CourseDir
from grader.exchange.batch.late import LatePenalties
from grader.exchange.gradebook import open_gradebook

PAGE = (ROOT / "docs" / "instructors.md").read_text("utf-8")
NAME = "01_convolution"
IN_MOODLE = {11: "Kim Muster", 12: "Zoë van der Berg", 13: "Ola Nord"}
ANSWERS = {11: "return 2 * x", 12: "return x**2"}
FILES = {
    "class.csv": "student_id,first_name,last_name\nkm1,Kim,Muster\nzb2,Zoë,van der Berg\non3,Ola,Nord\n",
    "extensions.csv": "student_id,assignment,extension,extra_time\nkm1,01,2 weeks,\nzb2,*,,1.5\n",
    "worksheet.csv": "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    + "".join(f"Participant {number},{name},,,,3.00,Yes,-,-,\n" for number, name in IN_MOODLE.items()),
}
NOT_RUN_HERE = {
    "git ": "needs the repository on the network",
    "make demo": "tests/exchange/test_exchange_demo.py runs it",
    "source ": "the tests have their environment",
    "course doctor": "what it finds depends on the machine; tests/doctor",
    "python -m pip install ": "needs the network",
    "createdb ": "tests/exchange/test_batch_postgresql.py grades into a server of its own",
    "export COURSE_DB=": "the same",
    "pg_dump ": "needs that server",
    "dask ": "tests/faults/test_cluster.py grades on a cluster of its own",
    "course grade 01 --scheduler ": "the same",
    "jupyter lab": "a person grades there; here the points are written into the gradebook",
    "tar ": "run by a test of its own, below",
}


def steps() -> Iterator[tuple[list[str], list[str]]]:
    """The commands of each block, and what the page says that they print."""
    block = r"^```bash\n(.*?)^```$(?:\n^```text\n(.*?)^```$)?"
    for commands, printed in re.findall(block, PAGE, re.MULTILINE | re.DOTALL):
        yield commands.splitlines(), printed.splitlines()


@pytest.fixture
def class_of_three(built: TinyProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyProject:
    """A checkout with a download, lists and an environment in which the commands of the page can be typed."""
    monkeypatch.delenv("COURSE_DB", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    shutil.copytree(built.root, tmp_path / "course")
    monkeypatch.chdir(tmp_path / "course")
    for name, text in FILES.items():
        Path(name).write_text(text, "utf-8")
    project = TinyProject(tmp_path / "course")
    with zipfile.ZipFile("download.zip", "w") as archive:
        for number, answer in ANSWERS.items():
            notebook = nbformat.read(project.assignment(NAME), as_version=4)
            for cell in notebook.cells:
                if cell.metadata.get("nbgrader", {}).get("grade_id") == "twice":
                    cell.source = f"def twice(x):\n    {answer}"
                if cell.metadata.get("nbgrader", {}).get("grade_id") == "why":
                    cell.source = "Because."
            archive.writestr(
                f"{IN_MOODLE[number]}_{number}_assignsubmission_file_/{NAME}.ipynb", nbformat.writes(notebook)
            )
    return project


def course(line: str) -> str:
    """What a `course` command prints; it must end well."""
    program, *arguments = shlex.split(line)
    assert program == "course", line
    run = CliRunner().invoke(cli.app, arguments, catch_exceptions=False)
    assert run.exit_code == 0, f"{line}\n{run.output}"
    return run.output


def grade_by_hand(project: TinyProject) -> None:
    """A point for each written answer, as in the formgrader."""
    with open_gradebook(CourseDir.of_checkout(project.root)) as gradebook:
        for submission in gradebook.assignment_submissions(NAME):
            for grade in (one for notebook in submission.notebooks for one in notebook.grades if one.name == "why"):
                grade.manual_score, grade.needs_manual_grade = 1, False
        gradebook.db.commit()


def totals(project: TinyProject) -> dict[str, str]:
    with open_gradebook(CourseDir.of_checkout(project.root)) as gradebook:
        return {one.student.id: one.score for one in gradebook.assignment_submissions(NAME)}


def test_each_command_of_the_page_runs_in_its_order_and_prints_what_the_page_says(class_of_three: TinyProject) -> None:
    ran = []
    for commands, printed in steps():
        output = ""
        for line in commands:
            if line == "jupyter lab":
                grade_by_hand(class_of_three)
            if line == "course build":  # a test was wrong: it did not tell apart what it takes for right
                class_of_three.edit(f"solutions/{NAME}.md", "twice(3), 6", "twice(2), 4")
                assert totals(class_of_three) == {"km1": 3, "zb2": 1}
            if not line.startswith(tuple(NOT_RUN_HERE)):
                output += course(line)
                ran.append(line)
        found = [one.rstrip() for one in output.splitlines()]
        for line in printed:
            assert line in found, f"{commands} does not print {line!r}, but\n{output}"
            found = found[found.index(line) + 1 :]
        if "course grade 01 --why" in commands:
            assert totals(class_of_three) == {"km1": 3, "zb2": 2}
    weekly = {"release", "due", "collect", "extensions", "grade", "report", "feedback", "export"}
    assert {line.split()[1] for line in ran} == weekly | {"build", "forget"}
    assert totals(class_of_three) == {"km1": 3}


def test_a_backup_is_unpacked_elsewhere_and_nothing_is_graded_again(
    class_of_three: TinyProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, unpack = (line for commands, _ in steps() for line in commands if line.startswith("tar "))
    for line in ("course release 01", "course collect 01 download.zip --roster class.csv", "course grade 01"):
        course(line)
    subprocess.run(shlex.split(pack), check=True)
    moved = class_of_three.root.with_name("moved")
    shutil.copytree(class_of_three.root, moved, ignore=shutil.ignore_patterns("grader"))
    monkeypatch.chdir(moved)
    subprocess.run(shlex.split(unpack), check=True)
    assert f"{NAME}: 0 graded, 2 unchanged, 0 not graded." in course("course grade 01").splitlines()


def test_the_rule_for_late_work_is_one_that_nbgrader_takes(tmp_path: Path) -> None:
    (rule,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for more, penalty in (("", None), (rule, 3)):
        folder = tmp_path / f"course-{penalty}"
        folder.mkdir()
        (folder / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text("utf-8") + more, "utf-8")
        assert LatePenalties(CourseDir.of_checkout(folder)).penalty("km1", 3, late=60) == penalty


def test_what_is_not_run_stands_on_the_page() -> None:
    lines = [line for commands, _ in steps() for line in commands]
    assert all(any(line.startswith(one) for line in lines) for one in NOT_RUN_HERE)


def test_each_command_of_the_page_is_one_and_each_option_is_known() -> None:
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert set(re.findall(r"`course ([a-z]+)", PAGE)) <= commands
    source = (ROOT / "grader" / "cli.py").read_text("utf-8")
    for option in re.findall(r"`(--[a-z-]+)", PAGE):
        assert f'"{option}"' in source or f"{option[2:].replace('-', '_')}:" in source or option == "--no-times", option


def test_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]*)\)", PAGE):
        name, _, section = target.partition("#")
        path = ROOT / "docs" / (name or "instructors.md")
        assert path.exists(), target
        if section:
            titles = re.findall(r"^##+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            assert section in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, target


def test_the_hours_of_the_syllabus_are_those_of_the_sources() -> None:
    rows = re.findall(r"^\| [\d, ]+ \| (\d\d) (.*?) \| ([\d.]+) h \| ([\d.]+) h \|", PAGE, re.MULTILINE)
    sources = {path.stem[:2]: path for path in (ROOT / "lectures").glob("*.md")}
    assert [row[0] for row in rows] == sorted(sources)
    for number, title, *hours in rows:
        for folder, told in zip(("lectures", "solutions"), hours, strict=True):
            text = (ROOT / folder / sources[number].name).read_text("utf-8")
            about = yaml.safe_load(text.split("---\n")[1])["course"]
            assert (about["title"], f"{about['minutes'] / 60:.1f}") == (title, told)


def test_the_answers_of_the_self_test_are_right() -> None:
    lines = PAGE.split("<!-- self-test:")[1].split("<!-- end of self-test -->")[0]
    rows = re.findall(r"^\| (.*`.*`) \| `(.*?)` \| .* \|$", lines, re.MULTILINE)
    assert len(rows) == 8
    for question, answer in rows:
        derivative = re.fullmatch(r"the derivative of `(.*)` at `x = (.*)`", question)
        if derivative:
            function = eval(f"lambda x: {derivative[1]}")
            slope = (function(float(derivative[2]) + 1e-5) - function(float(derivative[2]) - 1e-5)) / 2e-5
            assert math.isclose(slope, float(answer), rel_tol=1e-6)
        else:
            assert repr(eval(question.strip("`"), {"np": np})) == answer, question
