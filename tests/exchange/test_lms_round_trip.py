"""From a download of Moodle or Canvas to the files that go back, which their own importers take."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import nbformat
import pytest
from support.batch_course import copy_of
from support.grading_course import NAME, answered
from support.lms_importers import CanvasSubmission, canvas_grades, canvas_pages, moodle_grades, moodle_pages
from support.stub_engine import marked
from typer.testing import CliRunner

from course_lib.errors import CourseError
from grader import cli
from grader.course_dir import CourseDir
from grader.exchange.batch import grade
from grader.exchange.canvas_gradebook import canvas_gradebook
from grader.exchange.cells_in_place import Sheet, read_sheets
from grader.exchange.collect import collect
from grader.exchange.collected_from import CollectedFile, collected_from, record
from grader.exchange.feedback import feedback
from grader.exchange.feedback_zip import FeedbackZip, feedback_zip
from grader.exchange.fill_in import fill_in, students_of
from grader.exchange.gradebook import open_gradebook
from grader.exchange.lms_list import LmsList
from grader.exchange.lms_text import feedback_zip_text, filled_in_text
from grader.exchange.moodle_worksheet import moodle_worksheet
from grader.exchange.names_taken_back import canvas_name, canvas_page, moodle_name
from grader.exchange.who_is_who import who_is_who

FILE = f"{NAME}.ipynb"
ROSTER = """\
student_id,first_name,last_name,email,lms_id
km1,Kim,Muster,km@example.org,9001
zb2,Zoë,van der Berg,zb@example.org,9002
on3,Max,O_Neil,on@example.org,9003
sa4,Sørén,Ångström-Łuk,,9004
jj5,"Jo ""JJ"" B.",Quint,,9005
"""
POINTS = {"km1": (2, 1), "zb2": (1, 0), "on3": (0.5, 1), "sa4": (0.5, 1), "jj5": (2, 0)}
TOTALS = {"km1": 3, "zb2": 1, "on3": 1.5, "sa4": 1.5}  # a written answer of the last one waits
IN_MOODLE = {  # number, and name as its download writes it: no underscore, no quotation mark
    "km1": ("11", "Kim Muster"),
    "zb2": ("12", "Zoë van der Berg"),
    "on3": ("13", "Max O Neil"),
    "sa4": ("14", "Sørén Ångström-Łuk"),
    "jj5": ("15", "Jo JJ B. Quint"),
}
IN_CANVAS = {
    "km1": "musterkim_9001_501_00_mini.ipynb",
    "zb2": "vanderbergzoë_LATE_9002_502_00_mini-1.ipynb",
    "on3": "o_neilmax_9003_503_00_mini.ipynb",
    "sa4": "ångströmłuksørén_9004_504_00_mini.ipynb",
    "jj5": "quintjojjb_9005_505_00_mini.ipynb",
}
WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 15","Jo ""JJ"" B. Quint",,Submitted,,4.00,Yes,-,-,
"Participant 11","Kim Muster",km@example.org,Submitted,,4.00,Yes,-,-,
"Participant 13","Max O_Neil",on@example.org,Submitted,,4.00,Yes,-,-,
"Participant 14","Sørén Ångström-Łuk",,Submitted,,4.00,Yes,-,-,
"Participant 12","van der Berg Zoë",zb@example.org,Submitted,,4.00,Yes,-,-,
"""
GRADEBOOK = """\
\ufeffStudent,ID,SIS Login ID,Section,00 Mini (71),Final Score
    Points Possible,,,,4.00,(read only)
"Ångström-Łuk, Sørén",9004,a,1,,
"Muster, Kim",9001,k,1,,
"O_Neil, Max",9003,o,1,,
"Quint, Jo ""JJ"" B.",9005,j,1,,
"van der Berg, Zoë",9002,z,1,,
"Student, Test",99,t,1,,
"""
NUMBERS = {number: student for student, (number, _) in IN_MOODLE.items()}


def in_moodle(student: str) -> str:
    number, name = IN_MOODLE[student]
    return f"{name}_{number}_assignsubmission_file_/{FILE}"


def submission(course: CourseDir, student: str) -> str:
    double, triple = POINTS[student]
    answers = {"double": f"# earns {double}", "triple": f"# earns {triple}"}
    return nbformat.writes(answered(course, **answers, **({"why": "Because."} if student == "jj5" else {})))


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def note(course: CourseDir, platform: str, paths: Iterable[tuple[str, str, str, tuple[str, ...]]]) -> None:
    """What `collect` notes: of each file its path, and the number, name and students that belong to it."""
    record(
        course,
        NAME,
        [CollectedFile(path, who, platform, number, name, FILE, False) for path, number, name, who in paths],
    )


@pytest.fixture(scope="module")
def course(released_once: CourseDir, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """A class whose submissions came from Moodle, graded and with pages; tests note elsewhere they came from."""
    folder = tmp_path_factory.mktemp("lms")
    course = copy_of(released_once, folder / "course")
    (folder / "class.csv").write_text(ROSTER, "utf-8")
    moodle = zipped(folder / "moodle.zip", {in_moodle(student): submission(course, student) for student in POINTS})
    assert collect(course, NAME, moodle, folder / "class.csv").new == list(POINTS)
    grade(course, NAME, jobs=1, execute=marked)
    assert list(feedback(course, NAME).pages) == sorted(POINTS)
    return course


def page(course: CourseDir, student: str) -> bytes:
    return course.feedback(NAME, student).read_bytes()


def packed(course: CourseDir, download: Path, worksheet: Path | None = None) -> tuple[FeedbackZip, bytes]:
    done = feedback_zip(course, NAME, list(POINTS), download, download.with_name("back.zip"), worksheet)
    return done, done.path.read_bytes()


def test_from_moodle_and_back(course: CourseDir, tmp_path: Path) -> None:
    download = zipped(
        tmp_path / "download.zip", {in_moodle(student): submission(course, student) for student in POINTS}
    )
    (tmp_path / "class.csv").write_text(ROSTER, "utf-8")
    assert set(collect(course, NAME, download, tmp_path / "class.csv").unchanged) == set(POINTS)
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, "utf-8")
    done = fill_in(course, NAME, tmp_path / "worksheet.csv")
    read = moodle_grades(done.path.read_bytes(), NUMBERS, 4)
    assert read.grades == TOTALS
    assert read.comments["zb2"] == "double 1/2, triple 0/1, why 0/1"
    assert read.left_out == []
    assert done.waiting == {"jj5": "points given by hand are missing"}
    assert filled_in_text(done, "x.csv").splitlines()[:2] == [
        "Written: x.csv, Moodle's file with 4 grades.",
        "  no grade yet, as it was: jj5 (points given by hand are missing)",
    ]
    pages, data = packed(course, download)
    back = moodle_pages(data, NUMBERS)
    assert back.pages == {student: {f"{NAME}.html": page(course, student)} for student in POINTS}
    assert (back.left_out, pages.left_out, pages.renamed) == ([], {}, {})
    assert pages.packed["zb2"] == [f"Zoë van der Berg_12_assignsubmission_file_/{NAME}.html"]
    assert packed(course, download)[1] == data  # the same pages make the same zip


def test_from_canvas_and_back(course: CourseDir, tmp_path: Path) -> None:
    download = zipped(tmp_path / "download.zip", {IN_CANVAS[s]: submission(course, s) for s in POINTS})
    (tmp_path / "class.csv").write_text(ROSTER, "utf-8")
    assert set(collect(course, NAME, download, tmp_path / "class.csv").unchanged) == set(POINTS)
    (tmp_path / "grades.csv").write_text(GRADEBOOK, "utf-8")
    done = fill_in(course, NAME, tmp_path / "grades.csv")
    users = {f"900{student[-1]}": student for student in POINTS} | {"99": "Test"}
    read = canvas_grades(done.path.read_bytes(), users, {"71": "00 Mini"})["00 Mini"]
    assert {users[number]: grade for number, grade in read.grades.items()} == TOTALS
    assert (done.strangers, done.left_out, list(done.waiting)) == ([], {}, ["jj5"])
    pages, data = packed(course, download)
    submissions = {
        f"900{s[-1]}": CanvasSubmission({f"50{s[-1]}": IN_CANVAS[s].partition(f"_50{s[-1]}_")[2]}, (s,)) for s in POINTS
    }
    back = canvas_pages(data, submissions)
    assert {student: list(found.values()) for student, found in back.pages.items()} == {
        student: [page(course, student)] for student in POINTS
    }
    assert (back.left_out, pages.left_out, pages.renamed) == ([], {}, {})
    assert "rename it to .html" in feedback_zip_text(pages, "x.zip")  # Canvas shows them as notebooks
    assert set(back.pages["km1"]) == {FILE}


@pytest.mark.parametrize(
    ("text", "names", "read"),
    [
        (WORKSHEET, [in_moodle(s) for s in POINTS], moodle_worksheet),
        (GRADEBOOK, list(IN_CANVAS.values()), lambda sheet: canvas_gradebook(sheet, NAME)),
    ],
    ids=["Moodle", "Canvas"],
)
def test_the_platforms_file_is_the_class_list_as_well(
    released: CourseDir, tmp_path: Path, text: str, names: list[str], read: Callable[[Sheet], LmsList | None]
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text, "utf-8")
    report = collect(released, NAME, zipped(tmp_path / "d.zip", dict.fromkeys(names, "{}")), file)
    found = read(next(sheet for sheet in read_sheets(file) if sheet.delimiter == ","))
    assert found is not None
    known = who_is_who(found, students_of(released), collected_from(released, NAME))
    assert set(known.lines) == set(report.new)
    assert (len(known.lines), known.unknown, known.doubtful) == (5, [], [])


def test_a_team_in_moodle_gets_a_page_for_each_member(course: CourseDir, tmp_path: Path) -> None:
    """The number in its folder is the team's: here one that is a participant's, too."""
    team, alone = f"Red team_15_assignsubmission_file/{FILE}", in_moodle("jj5")
    default = f"Default group_assignsubmission_file/{FILE}"
    download = zipped(tmp_path / "download.zip", dict.fromkeys((team, alone, default), "{}"))
    members = ("km1", "zb2", "on3", "sa4")
    teams = [(team, "15", "Red team", members[:2]), (default, "", "Default group", members[2:])]
    note(course, "Moodle", [*teams, (alone, *IN_MOODLE["jj5"], ("jj5",))])
    without, data = packed(course, download)
    assert list(moodle_pages(data, NUMBERS).pages) == ["jj5"]
    assert set(without.left_out) == set(members)
    assert all("--worksheet" in why for why in without.left_out.values())
    (tmp_path / "class.csv").write_text(ROSTER, "utf-8")
    (tmp_path / "worksheet.csv").write_text(WORKSHEET, "utf-8")
    done, data = packed(course, download, tmp_path / "worksheet.csv")
    assert moodle_pages(data, NUMBERS).pages == {s: {f"{NAME}.html": page(course, s)} for s in POINTS}
    assert done.left_out == {}
    with pytest.raises(CourseError, match="is not Moodle's grading worksheet"):
        packed(course, download, tmp_path / "class.csv")


def test_a_group_in_canvas_gets_one_page_if_all_have_the_same_points(course: CourseDir, tmp_path: Path) -> None:
    groups = {"team_7_9003_503_a.ipynb": ("sa4", "on3"), "blue_9001_501_b.ipynb": ("km1", "zb2")}
    download = zipped(tmp_path / "download.zip", dict.fromkeys(groups, "{}"))
    note(
        course,
        "Canvas",
        [(path, path[path.index("_900") + 1 :][:4], path.split("_9")[0], who) for path, who in groups.items()],
    )
    done, data = packed(course, download)
    submissions = {"9003": CanvasSubmission({"503": "a.ipynb"}, ("sa4", "on3")), "7": CanvasSubmission({}, ("km1",))}
    back = canvas_pages(data, submissions, groups=["blue"])
    assert back.pages == {student: {"a.ipynb": page(course, "on3")} for student in ("sa4", "on3")}
    assert back.left_out == []
    assert done.renamed == {"team_7_9003_503_a.ipynb": "student-team-7_9003_503_feedback-00-mini.html"}
    assert "km1, zb2 have different points" in done.left_out["km1"]
    assert done.left_out["jj5"] == "the download has no file of theirs"


def test_a_team_of_one_in_moodle_has_the_number_of_a_team(course: CourseDir, tmp_path: Path) -> None:
    paths = {f"Solo_15_assignsubmission_file/{FILE}": ("15", "Solo", ("km1",))}
    paths |= {f"Participant_{n}_assignsubmission_file/{FILE}": (n, "Participant", (NUMBERS[n],)) for n in ("12", "13")}
    note(course, "Moodle", [(path, *about) for path, about in paths.items()])
    done, data = packed(course, zipped(tmp_path / "download.zip", dict.fromkeys(paths, "{}")))
    assert "--worksheet" in done.left_out["km1"]
    assert set(moodle_pages(data, NUMBERS).pages) == {"zb2", "on3"}  # whose names are hidden


def test_the_commands(course: CourseDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_course", lambda name: (course, NAME))
    monkeypatch.chdir(tmp_path)
    zipped(Path("download.zip"), {in_moodle("km1"): "{}"})
    note(course, "Moodle", [(in_moodle(s), *IN_MOODLE[s], (s,)) for s in POINTS])
    Path("worksheet.csv").write_text(WORKSHEET, "utf-8")
    run = CliRunner().invoke(cli.app, ["export", NAME, "--into", "worksheet.csv", "--out", "filled.csv"])
    assert (run.exit_code, run.output.splitlines()[0]) == (0, "Written: filled.csv, Moodle's file with 4 grades.")
    Path("worksheet.csv").write_text("".join(WORKSHEET.splitlines(keepends=True)[:3]), "utf-8")
    run = CliRunner().invoke(cli.app, ["export", NAME, "--into", "worksheet.csv"])
    assert run.exit_code == 1
    assert "  left out: on3 (not in the file)" in run.output.splitlines()
    assert "Warning" not in run.output
    with open_gradebook(course) as gradebook:
        gradebook.find_submission_notebook(NAME, NAME, "km1").late_submission_penalty = 0.5
        gradebook.db.commit()
    run = CliRunner().invoke(cli.app, ["export", NAME, "--into", "worksheet.csv"])
    assert "Warning: the late penalties of 1 student are not" in run.output
    run = CliRunner().invoke(
        cli.app, ["feedback", NAME, "--students", "km1", "--zip", "download.zip", "--out", "z.zip"]
    )
    assert (run.exit_code, "Written: z.zip, pages of 1 student." in run.output.splitlines()) == (0, True)
    assert set(moodle_pages(Path("z.zip").read_bytes(), NUMBERS).pages) == {"km1"}


def test_another_download_is_refused(course: CourseDir, tmp_path: Path) -> None:
    note(course, "Moodle", [(in_moodle(s), *IN_MOODLE[s], (s,)) for s in POINTS])
    with pytest.raises(CourseError, match="give the download that was collected last"):
        packed(course, zipped(tmp_path / "other.zip", {f"Kim Muster_99_assignsubmission_file_/{FILE}": "{}"}))


@pytest.mark.parametrize(
    ("path", "before", "renamed"),
    [
        (f"Kim Muster_11_assignsubmission_file_/{FILE}", "Kim Muster_11_assignsubmission_file_/", False),
        (f"Kim Muster_11_assignsubmission_file/{FILE}", "Kim Muster_11_assignsubmission_file/", False),
        (f"Kim Muster_11_assignsubmission_file_{FILE}", "Kim Muster_11_assignsubmission_file_", False),
        (f"Max O_Neil_11_assignsubmission_file_/{FILE}", "Max O Neil_11_assignsubmission_file_/", True),
        (f"A-Kim_7_11_assignsubmission_file_/sub/{FILE}", "A-Kim 7_11_assignsubmission_file_/", True),
        (f"all of it/Kim Muster_11_assignsubmission_file_/{FILE}", "Kim Muster_11_assignsubmission_file_/", False),
        (f"van der Berg, Zoë_11_assignsubmission_file_/{FILE}", "van der Berg, Zoë_11_assignsubmission_file_/", False),
    ],
)
def test_names_that_moodle_reads(tmp_path: Path, path: str, before: str, renamed: bool) -> None:
    name = moodle_name(path)
    assert name is not None
    assert (name.before, name.instead_of) == (before, PurePosixPath(path).parts[0] if renamed else "")
    made = zipped(tmp_path / "x.zip", {f"{name.before}page.html": "x", path: "y"}).read_bytes()
    read = moodle_pages(made, {"11": "kim"})
    assert read.pages["kim"]["page.html"] == b"x"
    assert (path in read.left_out) is renamed  # what is renamed would have been left out


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("musterkim_9001_501_x.ipynb", "musterkim_9001_501_"),
        ("musterkim_LATE_9001_501_9_9.ipynb", "musterkim_LATE_9001_501_"),
        ("o_neilmax_9001_501_x.ipynb", "o_neilmax_9001_501_"),
        ("group_2_9001_501_x.ipynb", "student-group-2_9001_501_"),
        ("all of it/musterkim_9001_501_x.zip/b_1_2_x.ipynb", "musterkim_9001_501_"),
        ("anon_x7Kp2_501_x.ipynb", "anon_x7Kp2_501_"),
        ("anon_12345_501_x.ipynb", "anon_12345_501_"),
        ("LATE_anon_x7Kp2_501_x.ipynb", "LATE_anon_x7Kp2_501_"),
    ],
)
@pytest.mark.parametrize("notebook", ["x", "03_linked_lists", "link", "2"])
def test_names_that_canvas_reads(tmp_path: Path, path: str, before: str, notebook: str) -> None:
    name = canvas_name(path, "9001")
    assert name is not None
    assert name.before == before
    made = zipped(tmp_path / "x.zip", {name.before + canvas_page(notebook): "x"}).read_bytes()
    anonymous = path.split("anon_")[1].split("_")[0] if "anon_" in path else ""
    read = canvas_pages(made, {"9001": CanvasSubmission({"501": "x.ipynb"}, ("kim",), anonymous)})
    assert read.pages == {"kim": {"x.ipynb": b"x"}}


def test_names_of_neither() -> None:
    assert moodle_name("Default group_assignsubmission_file_/x.ipynb") is None
    assert canvas_name("kim.ipynb", "9001") is None
    assert moodle_name("A_1_assignsubmission_file_/x", ("../../B_C", "2")).before == "B C_2_assignsubmission_file_/"  # type: ignore[union-attr]  # it is one


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", NAME, "--scale"], "--scale and --column belong to --into"),
        (["export", NAME, "--column", "x"], "--scale and --column belong to --into"),
        (["feedback", NAME, "--worksheet", "x"], "belong to --zip"),
    ],
)
def test_options_that_need_another(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cli.app, arguments)
    assert isinstance(result.exception, CourseError)
    assert message in str(result.exception)
