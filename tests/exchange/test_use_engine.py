"""The one line of another course's `nbgrader_config.py`: what it puts in place of what, and what it leaves alone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader import preprocessors as stock
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import GenerateAssignment
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from support.small_course import write_course
from traitlets.config import Config

from course_lib import distribution
from course_lib.errors import CourseError
from grader.engine.isolation import Isolation
from grader.exchange.batch import assignment as batch_assignment
from grader.exchange.nbgrader_course import findings_in, load
from grader.exchange.release import release
from grader.exchange.scores import scores
from grader.nbgrader_config import (
    EXECUTE,
    FEEDBACK,
    INERT,
    MODEL_ANSWERS,
    NOTE,
    ONE_LINE,
    REDACT,
    RESTORE,
    STDERR,
    use_engine,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own_course.md"


def names(steps: list[Any]) -> list[str]:
    return [step if isinstance(step, str) else step.__name__ for step in steps]


def test_the_steps_of_a_course_that_has_configured_none() -> None:
    c = use_engine(Config())
    assert names(c.Autograde.sanitize_preprocessors) == [RESTORE, NOTE, "CheckCellMetadata"]
    assert names(c.Autograde.autograde_preprocessors) == [
        EXECUTE,
        "IgnorePattern",
        "LimitOutput",
        STDERR,
        "SaveAutoGrades",
        "AssignLatePenalties",
        "CheckCellMetadata",
    ]
    own = names(GenerateAssignment.class_traits()["preprocessors"].default())
    assert [step for step in names(c.GenerateAssignment.preprocessors) if "." not in step] == [
        step for step in own if step not in ("InstantiateTests", "SaveCells")
    ]


def test_the_same_line_twice_is_the_line_once() -> None:
    once = use_engine(Config())
    assert use_engine(use_engine(Config())) == once


def test_a_courses_own_steps_stay_where_they_are() -> None:
    c = Config()
    c.Autograde.autograde_preprocessors = [stock.GetGrades, "nbgrader.preprocessors.Execute", stock.SaveAutoGrades]
    c.Autograde.sanitize_preprocessors = [stock.ClearOutput, stock.GetGrades, "nbgrader.preprocessors.OverwriteCells"]
    c.HTMLExporter.preprocessors = ["third.Step"]
    for name in ("first", "second"):
        c.Autograde[f"{'autograde' if name == 'first' else 'sanitize'}_preprocessors"] = [
            stock.GetGrades if step == f"{name}.Step" else step
            for step in c.Autograde[f"{'autograde' if name == 'first' else 'sanitize'}_preprocessors"]
        ]
    use_engine(c)
    assert names(c.Autograde.autograde_preprocessors) == ["GetGrades", EXECUTE, STDERR, "SaveAutoGrades"]
    assert names(c.Autograde.sanitize_preprocessors) == ["GetGrades", RESTORE, NOTE]
    assert c.HTMLExporter.preprocessors == [INERT, MODEL_ANSWERS, "third.Step"]


def test_what_is_added_to_nbgraders_lists_is_kept() -> None:
    c = Config()
    c.Autograde.autograde_preprocessors.append(stock.GetGrades)
    use_engine(c)
    assert names(c.Autograde.autograde_preprocessors)[0] == EXECUTE
    assert names(c.Autograde.autograde_preprocessors)[-1] == "GetGrades"


def test_a_courses_own_feedback_page_stays_and_shows_no_hidden_test() -> None:
    c = Config()
    c.GenerateFeedback.preprocessors = [stock.GetGrades]
    use_engine(c)
    assert names(c.GenerateFeedback.preprocessors) == ["GetGrades", REDACT, INERT]
    assert "exporter_class" not in c.GenerateFeedback
    assert use_engine(Config()).GenerateFeedback.exporter_class == FEEDBACK


def test_a_list_without_the_step_that_runs_notebooks_is_refused() -> None:
    c = Config()
    c.Autograde.autograde_preprocessors = [stock.SaveAutoGrades]
    with pytest.raises(CourseError, match=r"has no nbgrader\.preprocessors\.Execute"):
        use_engine(c)


def test_a_step_that_does_not_exist_is_named() -> None:
    c = Config()
    c.Autograde.autograde_preprocessors = ["no.such.Step"]
    with pytest.raises(CourseError, match=r"the step 'no\.such\.Step', which cannot be imported"):
        use_engine(c)


def test_two_installed_distributions_of_the_engine_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "is_installed", lambda name: True)
    with pytest.raises(CourseError, match="are both installed here and have written over each other's files"):
        use_engine(Config())


def configured(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines, ""]), "utf-8")
    return folder


def test_a_course_is_where_its_configuration_says(tmp_path: Path) -> None:
    folder = configured(
        tmp_path / "a course",
        'c.CourseDirectory.course_id = "physics"',
        'c.CourseDirectory.source_directory = "masters"',
        'c.CourseDirectory.db_url = "sqlite:///grades.db"',
        'c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"',
        "c.ExecuteIsolated.memory_bytes = 2**30",
        "c.Execute.timeout = 7",
        'c.ExecuteIsolated.in_kernel = ["ps1"]',
        ONE_LINE,
    )
    (folder / "submitted" / "ps1" / "ada").mkdir(parents=True)
    (folder / "masters" / "ps1" / ".").mkdir(parents=True)
    (folder / "masters" / "ps1" / "problem.ipynb").write_text("{}")
    course = load(folder)
    assert (course.course_id, course.root) == ("physics", folder)
    assert course.gradebook_url == f"sqlite:///{folder}/grades.db"
    assert course.students_among("ps1") == [("ada", folder / "submitted" / "ps1" / "ada")]
    assert course.submitted("ps1", "ada", "problem") == folder / "submitted/ps1/ada/problem.ipynb"
    assert (course.limits.memory_bytes, course.limits.cell_seconds) == (2**30, 7)
    assert course.in_kernel == ("ps1",)


def test_nbgraders_own_settings_hold_where_a_course_sets_none(tmp_path: Path) -> None:
    course = load(configured(tmp_path / "course"))
    assert course.gradebook_url == f"sqlite:///{tmp_path}/course/gradebook.db"
    assert course.solution("ps1", "problem") == tmp_path / "course/source/ps1/problem.ipynb"
    assert course.released("ps1", "problem") == tmp_path / "course/release/ps1/problem.ipynb"
    assert course.assignments() == []
    assert course.isolation is Isolation.SANDBOX
    assert course.secret is None


def test_settings_may_lie_in_a_json_file_beside_the_line(tmp_path: Path) -> None:
    folder = configured(tmp_path / "course", ONE_LINE)
    (folder / "nbgrader_config.json").write_text(
        '{"CourseDirectory": {"course_id": "logic"}, "ExecuteIsolated": {"processes": 9}}'
    )
    course = load(folder)
    assert (course.course_id, course.limits.processes) == ("logic", 9)
    assert EXECUTE in course.config.Autograde.autograde_preprocessors  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("c.ExecuteIsolated.timeout = 'long'", "timeout"),
        ("c.ExecuteIsolated.processes = -1", "processes must be a positive number, not -1"),
        ("c.CourseDirectory.db_url = 5", "db_url"),
        ("c.CourseDirectory.root = '/no/such/folder'", "/no/such/folder (c.CourseDirectory.root) does not exist"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("this is no Python", "SyntaxError"),
        ("c.Autograde.autograde_preprocessors = []", "has no nbgrader.preprocessors.Execute"),
    ],
)
def test_a_bad_configuration_is_told_with_the_name_of_its_file(tmp_path: Path, line: str, told: str) -> None:
    folder = configured(tmp_path / "course", line)
    with pytest.raises(CourseError, match=re.escape(told)) as raised:
        load(folder)
    assert str(raised.value).startswith(f"{folder / 'nbgrader_config.py'}: ")


def test_doctor_says_whether_plain_nbgrader_uses_the_engine(tmp_path: Path) -> None:
    (without,) = findings_in(configured(tmp_path / "course"))
    assert "does not use this engine" in without.found
    assert without.mend.endswith(ONE_LINE)
    (with_it,) = findings_in(configured(tmp_path / "course", ONE_LINE))
    assert "use this engine" in with_it.found
    (broken,) = findings_in(configured(tmp_path / "course", "1 / 0"))
    assert "ZeroDivisionError" in broken.found


def test_the_formgrader_grades_with_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_course(tmp_path / "course", ONE_LINE)
    release(load(folder), "ps1")
    handed_in = folder / "submitted" / "ada" / "ps1" / "problem.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_bytes((folder / "source" / "ps1" / "problem.ipynb").read_bytes())
    monkeypatch.chdir(folder)  # nbgrader reads the configuration of the folder where it is started, too
    formgrader = FormgradeExtension()
    formgrader.root_dir = str(folder)
    formgrader.initialize([], root=str(folder))
    done = NbGraderAPI(formgrader.coursedir, parent=formgrader).autograde("ps1", "ada")
    assert done["success"], done
    graded = nbformat.read(folder / "autograded" / "ada" / "ps1" / "problem.ipynb", as_version=4)
    assert graded.metadata.grading.isolation == Isolation.SANDBOX
    assert scores(load(folder), "ps1").of("ada").total == 2


def test_where_tests_run_is_part_of_what_was_graded(tmp_path: Path) -> None:
    folder = write_course(tmp_path / "course")
    release(load(folder), "ps1")

    def digests(*patterns: str) -> dict[str, str]:
        (one,) = batch_assignment.load(replace(load(folder), in_kernel=patterns), "ps1")
        return one.reference.digests

    plain = digests()
    assert digests("ps2", "ps1/other", "ps1/problem/other") == plain
    cell = digests("ps1/problem/mean_tests")
    assert {name for name in plain if plain[name] != cell[name]} == {"mean_tests"}
    for pattern in ("ps1", "ps1/problem", "ps?"):
        whole = digests(pattern)
        assert {name for name in plain if plain[name] != whole[name]} == {""}
