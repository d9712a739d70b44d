"""Downloads from learning platforms: whose file it is, which attempt counts, and that nothing is lost or let out."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import nbformat
import pytest
from support.grading_course import NAME

from course_lib.errors import CourseError
from grader.course_dir import CourseDir
from grader.exchange import archive
from grader.exchange.archive import opened
from grader.exchange.collect import OTHER_LIST, collect
from grader.exchange.gradebook import open_gradebook
from grader.exchange.notebook_names import attempt, is_called
from grader.exchange.plain_names import plain
from grader.exchange.platforms import Owner, owner
from grader.exchange.roster import Roster, Student, read_roster

FILE = f"{NAME}.ipynb"


@pytest.fixture
def course(released: CourseDir) -> CourseDir:
    return released


def zipped(path: Path, files: dict[str, str], dates: dict[str, int] | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name, (2026, 1, (dates or {}).get(name, 1), 12, 0, 0)), content)
    return path


def laid_out(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def taken(course: CourseDir) -> dict[str, str]:
    return {path.parents[1].name: path.read_text() for path in (course.work / "submitted").glob(f"*/{NAME}/{FILE}")}


MOODLE = {
    f"Ada Lovelace_123456_assignsubmission_file_/{FILE}": "ada",
    f"Zoë van der Berg_123457_assignsubmission_file_/{FILE}": "zoë",
    "Ada Lovelace_123456_assignsubmission_file_/notes.txt": "x",
    "Emil Post_123458_assignsubmission_onlinetext_/onlinetext.html": "<p>see file</p>",
}
CANVAS = {
    f"lovelaceada_12345_67890_{FILE}": "first",
    f"lovelaceada_LATE_12345_67999_{NAME}-1.ipynb": "second",
    f"bergzoe_12346_67891_{NAME}-2.ipynb": "third",
    f"bergzoe_12346_67892_{NAME}-1.ipynb": "second",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Ada Lovelace_123_assignsubmission_file_/a.ipynb", ("Moodle", "123", "Ada Lovelace", "a.ipynb", False)),
        ("Ada Lovelace_123_assignsubmission_file/a.ipynb", ("Moodle", "123", "Ada Lovelace", "a.ipynb", False)),
        ("Ada Lovelace_123_assignsubmission_file_a.ipynb", ("Moodle", "123", "Ada Lovelace", "a.ipynb", False)),
        ("Ada Lovelace_123_assignsubmission_file_/sub/a.ipynb", ("Moodle", "123", "Ada Lovelace", "a.ipynb", False)),
        # What a student may choose names nobody else.
        (
            "Ada Lovelace_123_assignsubmission_file_/sub/Emil Post_124_assignsubmission_file_a.ipynb",
            ("Moodle", "123", "Ada Lovelace", "Emil Post_124_assignsubmission_file_a.ipynb", False),
        ),
        (
            "Ada Lovelace_123_assignsubmission_file_/Emil Post_124_assignsubmission_file_/a.ipynb",
            ("Moodle", "123", "Ada Lovelace", "a.ipynb", False),
        ),
        ("ada/postemil_12_34_a.ipynb", ("folders", "ada", "", "postemil_12_34_a.ipynb", False)),
        ("lovelaceada_12_34_postemil_56_78_a.ipynb", ("Canvas", "12", "lovelaceada", "postemil_56_78_a.ipynb", False)),
        ("lovelaceada_12_34_a_b.ipynb", ("Canvas", "12", "lovelaceada", "a_b.ipynb", False)),
        ("lovelaceada_LATE_12_34_a-1.ipynb", ("Canvas", "12", "lovelaceada", "a-1.ipynb", True)),
        ("ada/a.ipynb", ("folders", "ada", "", "a.ipynb", False)),
        (f"ada/{NAME}/a.ipynb", ("folders", "ada", "", "a.ipynb", False)),
        ("ada/drafts/a.ipynb", None),
        ("a.ipynb", None),
    ],
)
def test_whose_file_it_is(path: str, expected: tuple[str, str, str, str, bool] | None) -> None:
    assert owner(PurePosixPath(path), NAME) == (None if expected is None else Owner(*expected))


@pytest.mark.parametrize(
    ("file", "number", "called"),
    [
        ("01_convolution.ipynb", 0, True),
        ("01_convolution-3.ipynb", 3, True),
        ("01_convolution (2).ipynb", 2, True),
        ("01-convolution.ipynb", 0, True),
        ("Copy_of_01_convolution.ipynb", 0, True),
        ("01_convolution-Copy1.ipynb", 0, True),
        ("02_building_blocks.ipynb", 0, False),
        ("homework.ipynb", 0, False),
    ],
)
def test_names_of_copies_and_attempts(file: str, number: int, called: bool) -> None:
    assert (attempt(file), is_called(file, "01_convolution")) == (number, called)


def test_a_moodle_zip(course: CourseDir, tmp_path: Path) -> None:
    report = collect(course, NAME, zipped(tmp_path / "moodle.zip", MOODLE))
    assert taken(course) == {"123456": "ada", "123457": "zoë"}
    assert report.new == ["123456", "123457"]
    assert set(report.unmatched.values()) == {"not a notebook"}
    assert len(report.unmatched) == 2
    assert "give a class list" in " ".join(report.advice)  # Moodle's numbers are new in each assignment
    with open_gradebook(course) as gradebook:
        names = {s.id: (s.first_name, s.last_name) for s in gradebook.students}
    assert names == {"123456": ("Ada", "Lovelace"), "123457": ("Zoë van der", "Berg")}


def test_an_unpacked_moodle_download_is_the_same(course: CourseDir, tmp_path: Path) -> None:
    collect(course, NAME, laid_out(tmp_path / "download", MOODLE))
    assert taken(course) == {"123456": "ada", "123457": "zoë"}


def test_a_canvas_zip_with_resubmissions(course: CourseDir, tmp_path: Path) -> None:
    report = collect(course, NAME, zipped(tmp_path / "canvas.zip", CANVAS))
    assert taken(course) == {"12345": "second", "12346": "third"}
    assert report.late == ["12345"]
    assert report.older == [f"lovelaceada_12345_67890_{FILE}", f"bergzoe_12346_67892_{NAME}-1.ipynb"]


def test_without_numbers_the_date_decides(course: CourseDir, tmp_path: Path) -> None:
    names = [f"ada/{FILE}", f"ada/Copy of {FILE}"]
    source = zipped(tmp_path / "x.zip", dict(zip(names, ("new", "old"), strict=True)), {names[0]: 9, names[1]: 5})
    report = collect(course, NAME, source)
    assert taken(course) == {"ada": "new"}
    assert report.older == [names[1]]


def test_a_folder_per_student(course: CourseDir, tmp_path: Path) -> None:
    files = {f"ada/{FILE}": "a", f"Emil Post/{FILE}": "e", f"-rf/{FILE}": "r", FILE: "whose?", f"bob/x/y/{FILE}": "b"}
    report = collect(course, NAME, laid_out(tmp_path / "in", files))
    assert taken(course) == {"ada": "a", "Emil_Post": "e"}
    assert set(report.unmatched) == {f"-rf/{FILE}", FILE, f"bob/x/y/{FILE}"}
    assert "letters, digits" in report.unmatched[f"-rf/{FILE}"]


def test_a_folder_around_everything_is_taken_off(course: CourseDir, tmp_path: Path) -> None:
    collect(course, NAME, zipped(tmp_path / "x.zip", {f"all/ada/{FILE}": "a", f"all/bob/{FILE}": "b"}))
    assert taken(course) == {"ada": "a", "bob": "b"}


@pytest.mark.parametrize("path", [next(iter(MOODLE)), next(iter(CANVAS))])
def test_a_folder_around_what_a_platform_made_is_taken_off(course: CourseDir, tmp_path: Path, path: str) -> None:
    report = collect(course, NAME, zipped(tmp_path / "x.zip", {f"CNN 2026/{path}": "a"}))
    assert report.new == [owner(PurePosixPath(path), NAME).number]  # type: ignore[union-attr]  # it has an owner


def test_the_work_of_another_assignment_is_not_taken(course: CourseDir, tmp_path: Path) -> None:
    other = course.solution("01_other")
    other.parent.mkdir()
    other.write_text("{}")
    report = collect(course, NAME, laid_out(tmp_path / "in", {"ada/01_other.ipynb": "x", "bob/mine.ipynb": "b"}))
    assert taken(course) == {"bob": "b"}
    assert report.unmatched == {"ada/01_other.ipynb": "called like another assignment, 01_other"}


def test_a_submission_that_cannot_be_written_is_told(course: CourseDir, tmp_path: Path) -> None:
    (course.work / "submitted").write_text("a file where the folder should be")
    with pytest.raises(CourseError, match=r"submitted/ada/.* cannot be written: "):
        collect(course, NAME, laid_out(tmp_path / "in", {f"ada/{FILE}": "a"}))


def test_another_name_is_taken_and_said_but_not_guessed_among_several(course: CourseDir, tmp_path: Path) -> None:
    files = {
        "ada/homework.ipynb": "a",
        "bob/one.ipynb": "1",
        "bob/two.ipynb": "2",
        f"cy/{FILE}": "c",
        "cy/z.ipynb": "z",
    }
    report = collect(course, NAME, laid_out(tmp_path / "in", files))
    assert taken(course) == {"ada": "a", "cy": "c"}
    assert report.renamed == ["ada/homework.ipynb"]
    assert report.unmatched == dict.fromkeys(("bob/one.ipynb", "bob/two.ipynb", "cy/z.ipynb"), f"not called {FILE}")


def test_a_class_list_gives_ids_and_names(course: CourseDir, tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text(
        "student_id,first_name,last_name,email,lms_id\n"
        "al99,Ada,Lovelace,ada@example.org,\n"
        "zb17,Zoe,van der Berg,,\n"
        "ep42,Emil,Post,,\n"
    )
    files = MOODLE | {f"Nobody Known_1_assignsubmission_file_/{FILE}": "?"}
    report = collect(course, NAME, zipped(tmp_path / "m.zip", files), roster)
    assert taken(course) == {"al99": "ada", "zb17": "zoë"}
    assert report.unmatched[f"Nobody Known_1_assignsubmission_file_/{FILE}"] == "nobody of this name on the class list"
    with open_gradebook(course) as gradebook:
        students = {s.id: (s.first_name, s.last_name, s.email) for s in gradebook.students}
    assert students["al99"] == ("Ada", "Lovelace", "ada@example.org")
    assert set(students) == {"al99", "zb17", "ep42"}  # who hands in nothing is in the gradebook too


def test_canvas_names_and_numbers_find_the_class_list() -> None:
    roster = Roster([Student("a", "Ada", "Lovelace"), Student("b", "Zoë", "O'Hara-Berg"), Student("c", lms_id="77")])
    assert roster.find(Owner("Canvas", "1", "lovelaceada", "x", False)) == [roster.students[0]]
    assert roster.find(Owner("Canvas", "2", "oharabergzoe", "x", False)) == [roster.students[1]]
    assert roster.find(Owner("Canvas", "77", "someone", "x", False)) == [roster.students[2]]
    assert roster.find(Owner("folders", "a", "", "x", False)) == [roster.students[0]]


def test_a_number_of_moodle_is_no_proof_against_the_name() -> None:
    """It may be the id of another student, or have been another student's in an earlier assignment."""
    roster = Roster(
        [Student("20001", "Ada", "Lovelace"), Student("e", "Emil", "Post", lms_id="20002"), Student("20003")]
    )
    assert roster.find(Owner("Moodle", "20001", "Emil Post", "x", False)) == [roster.students[1]]
    assert roster.find(Owner("Moodle", "20002", "Kurt Gödel", "x", False)) == []
    assert roster.find(Owner("Moodle", "20002", "Emil Post", "x", False)) == [roster.students[1]]
    assert roster.find(Owner("Moodle", "20003", "Kurt Gödel", "x", False)) == [roster.students[2]]
    assert roster.find(Owner("Moodle", "4", "???", "x", False)) == []  # no letters: like a student without a name


def test_two_of_one_name_are_not_guessed(course: CourseDir, tmp_path: Path) -> None:
    roster = tmp_path / "class.csv"
    roster.write_text("student_id,first_name,last_name,lms_id\na,Ada,Lovelace,\nb,Ada,Lovelace,\nc,Zoë,van der Berg,\n")
    report = collect(course, NAME, zipped(tmp_path / "m.zip", MOODLE), roster)
    assert taken(course) == {"c": "zoë"}
    assert report.unmatched[next(iter(MOODLE))] == ("more than one of this name on the class list: give their lms_id")
    roster.write_text("student_id,first_name,last_name,lms_id\na,Ada,Lovelace,123456\nb,Ada,Lovelace,\n")
    assert collect(course, NAME, tmp_path / "m.zip", roster).new == ["a"]


def test_plain_names() -> None:
    assert plain("Zoë O'Hara-Łukasz") == plain("zoe ohara lukasz") == "zoeoharalukasz"


def test_nothing_is_lost_when_students_hand_in_again(course: CourseDir, tmp_path: Path) -> None:
    for content in ("one", "one", "two", "three"):
        report = collect(course, NAME, laid_out(tmp_path / "in", {f"ada/{FILE}": content}))
    assert taken(course) == {"ada": "three"}
    kept = sorted(path.read_text() for path in (course.work / "replaced/ada" / NAME).glob("*.ipynb"))
    assert kept == ["one", "two"]
    assert report.replaced["ada"].read_text() == "two"
    assert collect(course, NAME, tmp_path / "in").unchanged == ["ada"]


def test_a_class_list_does_not_forget_what_the_gradebook_knows(course: CourseDir, tmp_path: Path) -> None:
    with open_gradebook(course) as gradebook:
        gradebook.add_student("123456", first_name="Augusta Ada", email="ada@example.org")
    collect(course, NAME, zipped(tmp_path / "moodle.zip", MOODLE))
    with open_gradebook(course) as gradebook:
        ada = gradebook.find_student("123456")
        assert (ada.first_name, ada.last_name, ada.email) == ("Augusta Ada", "Lovelace", "ada@example.org")


@pytest.mark.parametrize(
    "name", ["../../../evil/x.ipynb", "/evil/x.ipynb", "..", "/", "..\\..\\e\\x.ipynb", "a/../../b/x.ipynb"]
)
def test_no_name_in_a_zip_leads_outside(course: CourseDir, tmp_path: Path, name: str) -> None:
    before = {p for p in tmp_path.rglob("*") if "submitted" not in p.parts}
    collect(course, NAME, zipped(tmp_path / "x.zip", {name: "{}", f"ada/{FILE}": "{}"}))
    after = {p for p in tmp_path.rglob("*") if "submitted" not in p.parts}
    noted = course.work / "collected"
    assert after - before == {tmp_path / "x.zip", noted, noted / f"{NAME}.json"}
    assert all(NAME in path.parts for path in (course.work / "submitted").rglob("*.ipynb"))


def test_a_file_too_large_is_not_taken_whatever_its_header_says(
    course: CourseDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_FILE", 1000)
    report = collect(course, NAME, zipped(tmp_path / "x.zip", {f"ada/{FILE}": "x" * 1001, f"bob/{FILE}": "x" * 1000}))
    assert set(taken(course)) == {"bob"}
    assert report.unmatched[f"ada/{FILE}"].startswith("larger than")


def test_links_are_not_followed(course: CourseDir, tmp_path: Path) -> None:
    (tmp_path / "secret.ipynb").write_text("secret")
    folder = laid_out(tmp_path / "in", {f"ada/{FILE}": "a"})
    (folder / "bob").mkdir()
    (folder / "bob" / FILE).symlink_to(tmp_path / "secret.ipynb")
    report = collect(course, NAME, folder)
    assert taken(course) == {"ada": "a"}
    assert report.unmatched == {f"bob/{FILE}": "it is a link, and no file"}


def test_a_damaged_entry_is_told_and_the_others_taken(course: CourseDir, tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {f"ada/{FILE}": "content of ada", f"bob/{FILE}": "content of bob"})
    path.write_bytes(path.read_bytes().replace(b"content of ada", b"CONTENT of ada", 1))
    report = collect(course, NAME, path)
    assert set(taken(course)) == {"bob"}
    assert report.unmatched[f"ada/{FILE}"].startswith("damaged: ")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "there is no file or folder"),
        (lambda p: p.write_text("PK? no"), "is neither a folder nor a zip file"),
        (lambda p: p.mkdir(), "holds no files"),
        (lambda p: zipped(p, {}), "holds no files"),
    ],
)
def test_what_is_no_download(course: CourseDir, tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "download.zip"
    make(path)  # type: ignore[operator]  # one of the lambdas above
    with pytest.raises(CourseError, match=message):
        collect(course, NAME, path)


def test_a_zip_with_a_password(course: CourseDir, tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {f"ada/{FILE}": "a"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(CourseError, match="is locked with a password: unpack it and give the folder"):
        collect(course, NAME, path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nAda\n", "needs a line per student with the columns student_id,"),
        ("student_id\nada\nada\n", "has ada twice"),
        ("student_id,lms_id\nada,7\nbob,7\n", "has 7 twice"),
        ("student_id\nAda\nada\n", "has Ada, ada twice"),
        ("student_id\n../ada\n", "line 2: '../ada' is no student id: letters, digits"),
        ('student_id,first_name\nada,"Ada\nAugusta"\n,Bob\n', "line 4: '' is no student id"),
        ("student_id,last_name\nada,Lovelace, Countess\n", "line 2: there are more values than columns"),
        ("", "needs a line per student with the columns student_id,"),
        ("PK\x03\x04...", "is a spreadsheet: save it as CSV (in Excel: CSV UTF-8)"),
    ],
)
def test_a_bad_class_list(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "class.csv"
    path.write_text(text)
    with pytest.raises(CourseError, match=re.escape(message)):
        read_roster(path)
    with pytest.raises(CourseError, match="cannot be read"):
        read_roster(tmp_path / "missing.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_class_list_as_spreadsheets_write_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "class.csv"
    lines = ["Student ID,First Name,Last name,Group", "zb17, Zoë ,O'Hara-Łukasz,A", ",,,", "ab12,Ayşe,Ünal,B,,"]
    path.write_bytes("\r\n".join(lines).replace(",", delimiter).encode(encoding))
    assert read_roster(path).students == [
        Student("zb17", "Zoë", "O'Hara-Łukasz", groups=("A",)),
        Student("ab12", "Ayşe", "Ünal", groups=("B",)),
    ]


def test_a_class_list_in_another_encoding_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    path.write_bytes("student_id,first_name\nz,Zoë\n".encode("latin-1"))
    with pytest.raises(CourseError, match="is no UTF-8 text: save it as CSV UTF-8"):
        read_roster(path)


def test_the_litter_of_operating_systems_is_no_submission(tmp_path: Path) -> None:
    names = [f"__MACOSX/ada/._{FILE}", f"ada/.ipynb_checkpoints/{FILE}", "ada/.DS_Store", f"ada/{FILE}"]
    with opened(zipped(tmp_path / "x.zip", dict.fromkeys(names, ""))) as entries:
        assert [str(entry.path) for entry in entries] == [f"ada/{FILE}"]
        assert entries[0].modified == datetime(2026, 1, 1, 12).astimezone(UTC)


def test_a_zip_of_endless_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    files = dict.fromkeys(("a/x.ipynb", "b/x.ipynb", "c/x.ipynb"), "")
    for source in (zipped(tmp_path / "x.zip", files), laid_out(tmp_path / "in", files)):
        with pytest.raises(CourseError, match="holds more than 2 files"), opened(source):
            pass


def asks_for(course: CourseDir, name: str) -> None:
    """Let the assignment ask for a file beside its notebook."""
    notebook = nbformat.read(course.solution(NAME), as_version=4)
    notebook.metadata["course"] = {"hand_in": [name]}
    nbformat.write(notebook, course.solution(NAME))


def beside(course: CourseDir, student: str) -> str:
    return course.submitted(NAME, student).with_name("model.safetensors").read_text()


def test_a_file_that_the_assignment_asks_for_comes_along(course: CourseDir, tmp_path: Path) -> None:
    asks_for(course, "model.safetensors")
    ada, emil = (f"{who}_assignsubmission_file_" for who in ("Ada Lovelace_1", "Emil Post_2"))
    files = {f"{ada}/{FILE}": "ada", f"{ada}/model.safetensors": "weights", f"{ada}/notes.txt": "x",
             f"{emil}/model.safetensors": "alone"}  # fmt: skip
    report = collect(course, NAME, laid_out(tmp_path / "moodle", files))
    assert (report.new, beside(course, "1")) == (["1"], "weights")
    assert report.unmatched == {
        f"{ada}/notes.txt": "not a notebook",
        f"{emil}/model.safetensors": "no notebook came with it",
    }


def test_of_several_such_files_the_latest_is_taken(course: CourseDir, tmp_path: Path) -> None:
    asks_for(course, "model.safetensors")
    files = {f"lovelaceada_1_10_{FILE}": "ada", "lovelaceada_1_12_model-1.safetensors": "new",
             "lovelaceada_1_11_model.safetensors": "old"}  # fmt: skip
    collect(course, NAME, zipped(tmp_path / "canvas.zip", files))
    assert beside(course, "1") == "new"


def test_a_new_file_beside_the_same_notebook_replaces_the_old_one(course: CourseDir, tmp_path: Path) -> None:
    asks_for(course, "model.safetensors")
    files = {f"ada/{FILE}": "ada", "ada/model.safetensors": "one"}
    collect(course, NAME, laid_out(tmp_path / "one", files))
    assert collect(course, NAME, tmp_path / "one").unchanged == ["ada"]
    report = collect(course, NAME, laid_out(tmp_path / "two", files | {"ada/model.safetensors": "two"}))
    assert beside(course, "ada") == "two"
    assert report.replaced["ada"].suffix == ".safetensors"
    assert report.replaced["ada"].read_text() == "one"


def test_a_file_that_nobody_asks_for_is_not_taken(course: CourseDir, tmp_path: Path) -> None:
    files = {f"ada/{FILE}": "ada", "ada/model.safetensors": "weights"}
    report = collect(course, NAME, laid_out(tmp_path / "download", files))
    assert report.unmatched == {"ada/model.safetensors": "not a notebook"}
    assert not course.submitted(NAME, "ada").with_name("model.safetensors").exists()


def test_a_download_older_than_what_is_there_is_named(course: CourseDir, tmp_path: Path) -> None:
    name = f"Ada Lovelace_11_assignsubmission_file_/{FILE}"
    first = zipped(tmp_path / "first.zip", {name: "first"}, {name: 1})
    later = zipped(tmp_path / "later.zip", {name: "later"}, {name: 2})
    assert collect(course, NAME, first).doubts == collect(course, NAME, later).doubts == []
    (doubt,) = collect(course, NAME, first).doubts
    assert doubt.startswith("11: the file of this download is older (2026-01-01 ")
    assert collect(course, NAME, later).doubts == []


def test_who_was_collected_without_the_class_list_is_named_when_it_comes(course: CourseDir, tmp_path: Path) -> None:
    """Else each is graded twice, once by the platform's number."""
    source = zipped(tmp_path / "m.zip", {f"Ada Lovelace_11_assignsubmission_file_/{FILE}": "ada"})
    roster = tmp_path / "class.csv"
    roster.write_text("student_id,first_name,last_name\nada,Ada,Lovelace\n")
    collect(course, NAME, source)
    (doubt,) = collect(course, NAME, source, roster).doubts
    assert doubt.startswith("collected earlier, and not on this class list (1): 11.")
    shutil.rmtree(course.all_submitted / "11")
    assert collect(course, NAME, source, roster).doubts == []


def test_the_class_list_of_another_course_is_not_entered(course: CourseDir, tmp_path: Path) -> None:
    source = zipped(tmp_path / "m.zip", {f"Ada Lovelace_11_assignsubmission_file_/{FILE}": "ada"})
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    ours.write_text("student_id,first_name,last_name\nada,Ada,Lovelace\n")
    theirs.write_text("student_id,first_name,last_name\nx1,Emil,Post\n")
    collect(course, NAME, source, ours)
    report = collect(course, NAME, source, theirs)
    assert (report.advice, report.doubts, report.missing) == ([OTHER_LIST], [], ["x1"])
    with open_gradebook(course) as gradebook:
        assert [student.id for student in gradebook.students] == ["ada"]


def test_a_group_of_canvas_is_named_by_the_student_whose_file_it_is(course: CourseDir, tmp_path: Path) -> None:
    source = zipped(tmp_path / "c.zip", {f"lovelaceada_7_1_{FILE}": "ada", f"teamred_8_2_{FILE}": "zoë"})
    roster = tmp_path / "class.csv"
    roster.write_text("student_id,first_name,last_name,lms_id\nada,Ada,Lovelace,7\nzoe,Zoë,Berg,8\n")
    (advice,) = collect(course, NAME, source, roster).advice
    assert advice.startswith("Another name than theirs stands in the download: zoe. Where a group handed in")
