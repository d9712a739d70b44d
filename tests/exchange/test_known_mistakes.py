"""The wrong answers of an answers file as known mistakes: how each fails is tried once, in the engine that grades."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.tiny_project import TinyProject

from grader.authoring import answers as answers_file
from grader.course_dir import CourseDir
from grader.exchange.catalog import known_mistakes as catalog
from grader.exchange.catalog import wrong_answers_run

MODULE = "01_convolution"
OTHER = {"twice": ["def twice(x):\n    return x * x"]}


@pytest.fixture(scope="module")
def kept(built: TinyProject, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """A course in which they were tried."""
    course = CourseDir.sandbox(tmp_path_factory.mktemp("mistakes") / "course")
    catalog.known_mistakes(course, built, MODULE, OTHER)
    return course


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Nothing is tried in this test; what should have been is listed."""
    asked: list[object] = []
    monkeypatch.setattr(
        wrong_answers_run, "run", lambda *wanted: asked.append(wanted) or [frozenset()] * len(wanted[2])
    )
    return asked


def test_each_is_told_with_how_it_fails(built: TinyProject, kept: CourseDir, untried: list[object]) -> None:
    """They lose the cases that the answers file names, with the messages that grading gives; kept, not tried again."""
    found = {one.label: one for one in catalog.known_mistakes(kept, built, MODULE, OTHER)}
    assert untried == []
    wrong = answers_file.load(built, MODULE).of("twice", "wrong")
    assert {label: {case for case, _ in one.failures} for label, one in found.items()} == {
        answer.label: set(answer.loses) for answer in wrong
    }
    squares = found["squares instead"]
    assert squares.exercise == "twice"
    assert squares.named == {"you squared it"}
    assert squares.source.startswith("def twice(x):")


def test_nothing_is_tried_where_the_code_says_it_all(built: TinyProject, tmp_path: Path, untried: list[object]) -> None:
    course = CourseDir.sandbox(tmp_path / "course")
    codes = {"twice": ["def twice(number):  # mine\n    return number ** 2"]}
    found = catalog.known_mistakes(course, built, MODULE, codes)
    assert {one.failures for one in found} == {frozenset()}
    assert untried == []
    assert catalog.known_mistakes(course, built, MODULE, {}) == found
    assert catalog.known_mistakes(course, built, MODULE, {"no such exercise": ["x = 1"]}) == found


@pytest.mark.parametrize("change", ["secret", "answer", "kept"])
def test_they_are_tried_again_when_something_that_counts_has_changed(
    change: str, tiny: TinyProject, kept: CourseDir, tmp_path: Path, untried: list[object]
) -> None:
    work = tmp_path / "work"
    store = work / "mistakes" / MODULE
    store.mkdir(parents=True)
    (work / "secret").write_bytes((kept.work / "secret").read_bytes())
    (store / "twice.json").write_bytes((kept.work / "mistakes" / MODULE / "twice.json").read_bytes())
    course = CourseDir.sandbox(work)
    catalog.known_mistakes(course, tiny, MODULE, OTHER)
    assert untried == []
    if change == "secret":
        (work / "secret").unlink()
    elif change == "answer":
        tiny.edit(f"solutions/{MODULE}.answers.md", "return x**2", "return x * x + 0")
    else:
        (store / "twice.json").write_text('{"key": 1', "utf-8")
    catalog.known_mistakes(course, tiny, MODULE, OTHER)
    assert len(untried) == 1
