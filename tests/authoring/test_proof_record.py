"""The record of proofs: a seal changes with all that a proof depends on, and nobody has to believe what is recorded."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.tiny_project import ROOT, TinyProject
from typer.testing import CliRunner

from grader import cli
from grader.authoring import answers, forks
from grader.authoring.build import build
from grader.authoring.proof import record, seal
from grader.authoring.proof.prove import prove
from grader.authoring.proof.results import ModuleProof
from grader.authoring.source import read

MODULE = "01_convolution"
SOLUTION = f"solutions/{MODULE}.md"
ANSWERS = f"solutions/{MODULE}.answers.md"


def seals(project: TinyProject) -> dict[str, str]:
    return seal.seals(project, read(project.solution_source(MODULE)), answers.load(project, MODULE))


@pytest.fixture(scope="module")
def proved(built: TinyProject) -> ModuleProof:
    return prove(built, MODULE, quick=True)


@pytest.fixture
def recorded(tiny: TinyProject, proved: ModuleProof, monkeypatch: pytest.MonkeyPatch) -> TinyProject:
    """A tiny project whose proof is recorded; here, proofs leave out the two interpreters."""
    build(tiny).write()
    record.write(tiny, [proved])
    monkeypatch.setattr(record, "prove", lambda *which, known: prove(*which, known=known, quick=True))
    return tiny


def forge(project: TinyProject, **figures: object) -> None:
    (line,) = record.read(project)
    project.proofs_record.write_text(json.dumps(line | figures), "utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (SOLUTION, "return 2 * x", "return x * 2"),
        (SOLUTION, "check.equal(twice(-4), -8)", "check.equal(twice(-5), -10)"),
        (SOLUTION, "from course_lib import check", "from course_lib import check, data"),
        (SOLUTION, ":points: 2", ":points: 2\n:seeds_matter: for once"),
        (ANSWERS, "return sum([x, x])", "return sum((x, x))"),
        (ANSWERS, ":hint: you squared it", ":hint: squared"),
    ],
)
def test_a_seal_changes_with_whatever_runs(tiny, name, old, new):
    before = seals(tiny)
    tiny.edit(name, old, new)
    assert seals(tiny)["twice"] != before["twice"]


def test_a_seal_holds_when_prose_changes_or_an_answer_moves(tiny):
    before = seals(tiny)
    tiny.edit(SOLUTION, "### Exercise 1: Twice", "Nothing is easier than this.\n\n### Exercise 1: Twice")
    tiny.edit(ANSWERS, "## twice\n", "## twice\n\nIn several ways.\n")
    assert seals(tiny) == before


def test_a_seal_changes_with_the_versions_that_the_course_asks_for(tiny):
    before, pins = seals(tiny), tiny.root / "constraints.txt"
    pins.write_text("rich==1.0\n", "utf-8")
    assert seals(tiny) == before
    pins.write_text("rich==1.0\nnumpy==1.0\n", "utf-8")
    assert seals(tiny) != before


def test_an_answer_counts_for_its_own_exercise_and_a_test_for_all(course):
    source, known = read(course.solution_source(MODULE)), answers.load(course, MODULE)
    before = seal.seals(course, source, known)
    first = known.answers[0]
    fewer = answers.Answers(known.module, known.answers[1:], known.marks)
    changed = seal.seals(course, source, fewer)
    assert {name for name in before if before[name] != changed[name]} == {first.exercise}
    next(source.of_kind("tests")).source += "\n# one more line"
    changed = seal.seals(course, source, known)
    assert all(before[name] != changed[name] for name in before)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the course, to change."""
    folder = tmp_path_factory.mktemp("code")
    for package in ("grader", "course_lib"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "var"))
    return folder


@pytest.fixture
def code(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same as the place where seals look for the code."""
    monkeypatch.setattr(seal, "_CODE", copied)
    seal._code_behind.cache_clear()
    yield copied
    seal._grading.cache_clear()
    seal._code_behind.cache_clear()


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("course_lib/check/values.py", True),
        ("course_lib/vis/__init__.py", True),
        ("grader/engine/notebook_run.py", True),
        ("grader/engine/sandbox/zygote.py", True),
        ("grader/authoring/proof/judge.py", True),
        ("grader/authoring/mutation/array_mutations.py", True),
        ("grader/lean_forks.py", True),
        ("grader/authoring/proof/proof_page.py", False),
        ("grader/exchange/feedback.py", False),
        ("course_lib/models/__init__.py", False),
        ("course_lib/models/weights/imagenet_classes.txt", False),
    ],
)
def test_a_seal_changes_with_the_code_that_proves_and_grades(tiny, code, name, counts):
    before, path = seals(tiny), code / name
    was = path.read_bytes()
    path.write_bytes(was + b"\n")
    seal._code_behind.cache_clear()
    after = seals(tiny)
    path.write_bytes(was)
    assert (after != before) == counts


def test_what_the_cells_import_counts_with_its_data(tiny, code):
    tiny.edit(SOLUTION, "from course_lib import check", "from course_lib import check, models")
    before, weights = seals(tiny), next((code / "course_lib/models/weights").glob("*.safetensors"))
    was = weights.read_bytes()
    weights.write_bytes(was + b"0")
    seal._code_behind.cache_clear()
    after = seals(tiny)
    weights.write_bytes(was)
    assert after != before


def test_a_record_is_the_proof_with_its_mutants_counted(recorded, proved):
    (twice,) = proved.exercises
    held = record.known(recorded, MODULE)["twice"]
    for name in ("points", "right", "wrong", "cases", "forms", "vacuous", "secrets", "mistakes", "problems"):
        assert getattr(held, name) == getattr(twice, name), name
    assert [held.count(fate) for fate in ("caught", "equivalent")] == [len(twice.mutants), 0]


def test_a_forged_number_is_found_by_the_sample(recorded, proved):
    forge(recorded, wrong=5, mutants={"caught": 1})
    assert record.known(recorded, MODULE)["twice"].wrong == 5
    many = len(proved.exercises[0].mutants)
    assert record.verify(recorded, MODULE).problems == [
        "twice: its wrong, proved again: 4; docs/proofs.jsonl says 5. Run `course prove --page --fresh`.",
        f"twice: its mutants, proved again: {{'caught': {many}}}; docs/proofs.jsonl says {{'caught': 1}}. "
        "Run `course prove --page --fresh`.",
    ]


def test_what_is_not_in_the_sample_is_taken_from_the_record(recorded, monkeypatch):
    monkeypatch.setattr(forks, "in_fresh_process", _not_again)
    (proof,) = record.verify_all(recorded, again=0)
    assert proof.problems == []
    with pytest.raises(AssertionError, match="proved again"):
        record.verify_all(recorded, again=1)
    monkeypatch.setattr(record, "draw", lambda *_: ["another"])
    assert record.verify(recorded, MODULE).problems == []
    recorded.edit(SOLUTION, "twice(-4), -8", "twice(-5), -10")
    with pytest.raises(AssertionError, match="proved again"):
        record.verify(recorded, MODULE)


def _not_again(*_: object) -> None:
    raise AssertionError("proved again")


@pytest.mark.parametrize("lost", ["missing", "no text", "no lines", "another seal", "a figure too few"])
def test_without_a_record_everything_is_proved(recorded, monkeypatch, lost):
    path = recorded.proofs_record
    (line,) = record.read(recorded)
    if lost == "missing":
        path.unlink()
    elif lost == "no text":
        path.write_bytes(b"\xff\xfe\x00")
    elif lost == "no lines":
        path.write_text('[1, 2]\n"text"\n{"module": 3\n', "utf-8")
    elif lost == "another seal":
        path.write_text(json.dumps(line | {"seal": "0" * 64}), "utf-8")
    else:
        del line["forms"]
        path.write_text(json.dumps(line), "utf-8")
    assert record.known(recorded, MODULE) == {}
    monkeypatch.setattr(forks, "in_fresh_process", _not_again)
    with pytest.raises(AssertionError, match="proved again"):
        record.verify(recorded, MODULE)


def test_a_stale_number_does_not_count(recorded):
    forge(recorded, seal="0" * 64, wrong=77)
    (twice,) = record.verify(recorded, MODULE).exercises
    assert (twice.wrong, twice.problems) == (4, [])


def test_lines_between_the_marks_of_a_merge_still_count(recorded):
    text = recorded.proofs_record.read_text("utf-8")
    stale = text.replace('"seal": "', '"seal": "0')
    merged = f"<<<<<<< ours\n{text}=======\n{stale}>>>>>>> theirs\n"
    recorded.proofs_record.write_text(merged, "utf-8")
    assert set(record.known(recorded, MODULE)) == {"twice"}


def test_each_change_draws_another_sample():
    names = [f"exercise {n}" for n in range(15)]

    def drawn(change: int) -> list[str]:
        return record.draw({name: hashlib.sha256(f"{name} {change}".encode()).hexdigest() for name in names}, 4)

    assert drawn(0) == drawn(0)
    assert len(set(drawn(0))) == 4
    assert {drawn(change)[0] for change in range(200)} == set(names)


def test_the_page_is_made_from_the_record_and_keeps_its_lines(recorded, monkeypatch):
    monkeypatch.chdir(recorded.root)
    monkeypatch.setattr(forks, "in_fresh_process", _not_again)
    before = recorded.proofs_record.read_text("utf-8")
    done = CliRunner().invoke(cli.app, ["prove", "--page"])
    assert done.exit_code == 0, done.output
    assert recorded.proofs_record.read_text("utf-8") == before
    assert "| twice | 2 | 2 | 4 |" in recorded.proofs_page.read_text("utf-8")
    again = CliRunner().invoke(cli.app, ["prove", "--page", "--fresh"])
    assert str(again.exception) == "proved again"
    refused = CliRunner().invoke(cli.app, ["prove", "--page", "--quick"])
    assert "leave out --quick" in str(refused.exception)
