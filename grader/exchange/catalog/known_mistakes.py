"""The known mistakes of a module of this course: its wrong answers, each tried once and kept by its content."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from grader.authoring import answers as answers_file
from grader.authoring.answers import Answer, Answers
from grader.authoring.project import Project
from grader.authoring.proof.seal import LIBRARIES, seals
from grader.authoring.source import read
from grader.course_dir import CourseDir
from grader.engine.secret import course_secret
from grader.exchange.catalog import wrong_answers_run
from grader.exchange.report.messages import Failures
from grader.exchange.report.mistakes import KnownMistake
from grader.exchange.report.same_code import normal_form
from grader.whole_files import write_whole


def known_mistakes(
    course: CourseDir, project: Project, module: str, codes: Mapping[str, Sequence[str]]
) -> list[KnownMistake]:
    """The wrong answers of a module, with how each fails where that is needed; what was not tried before is tried now.

    Args:
        course: whose secret the hidden cases draw from, and among whose work it is kept how the answers fail.
        project: the checkout that holds the answers file.
        codes: of the answers that failed, by exercise. Where each is that of a wrong answer, none is tried.

    Raises:
        CourseError: the answers file cannot be read, or the engine does not start, or the disk is full.
    """
    answers = answers_file.load(project, module)
    wrong = [answer for answer in answers.answers if answer.verdict == "wrong"]
    found = _tried(course, project, answers, [name for name in codes if _has_other_code(codes[name], wrong)])
    return [
        KnownMistake(answer.exercise, answer.label, answer.source, found.get(answer, frozenset())) for answer in wrong
    ]


def _has_other_code(codes: Sequence[str], wrong: Sequence[Answer]) -> bool:
    known = {normal_form(answer.source) for answer in wrong}
    return any(normal_form(code) not in known for code in codes)


def _tried(course: CourseDir, project: Project, answers: Answers, exercises: Sequence[str]) -> dict[Answer, Failures]:
    """How the wrong answers to these exercises fail."""
    if not exercises:
        return {}
    source = read(project.solution_source(answers.module))
    secret = course_secret(course.secret) if course.secret else None
    sealed = seals(project, source, answers)
    keys = {name: _key(sealed[name], secret) for name in exercises if name in sealed}
    store = course.work / "mistakes" / answers.module
    found: dict[Answer, Failures] = {}
    untried: list[Answer] = []
    for name, key in keys.items():
        wrong, kept = answers.of(name, "wrong"), _kept(store, name, key)
        if kept is None:
            untried += wrong
        else:
            found |= zip(wrong, kept, strict=True)
    if untried:
        found |= zip(untried, wrong_answers_run.run(project, source, untried, course.limits, secret), strict=True)
        for name in dict.fromkeys(answer.exercise for answer in untried):
            _keep(store, name, keys[name], [found[answer] for answer in answers.of(name, "wrong")])
    return found


def _key(seal: str, secret: bytes | None) -> str:
    """Changes with all that decides how the wrong answers to an exercise fail here."""
    parts = [seal, str(secret), sys.version, *map(version, LIBRARIES)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _kept(store: Path, exercise: str, key: str) -> list[Failures] | None:
    """How the answers failed when they were tried; None where they were not, or are others now."""
    try:
        kept = json.loads((store / f"{exercise}.json").read_text("utf-8"))
        if kept["key"] == key:
            return [frozenset((str(case), str(message)) for case, message in fails) for fails in kept["fails"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # none, or one of another version: it is made anew
    return None


def _keep(store: Path, exercise: str, key: str, found: Sequence[Failures]) -> None:
    text = json.dumps({"key": key, "fails": [sorted(fails) for fails in found]})
    write_whole(store / f"{exercise}.json", text)
