"""The settings of nbgrader for a course: folders, gradebook, time limits and our own steps. The one place for them."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

from grader.alembic_path import put_alembic_on_path
from grader.course_dir import COURSE_ID, CourseDir
from grader.engine.restarting_execute import limit_cells

_TEMPLATES = Path(__file__).parent / "exchange" / "templates"

# Named, not imported: these steps lie in packages that use this configuration.
EXECUTE = "grader.engine.preprocessor.ExecuteIsolated"
ENTER = "grader.exchange.save_cells.EnterCells"


def configure(c: Config, course: CourseDir) -> Config:
    """Write the course's settings into nbgrader's configuration `c` and return it."""
    put_alembic_on_path()
    _folders(c, course)
    _release(c)
    _autograde(c, course)
    _pages(c)
    _feedback(c)
    return c


def _folders(c: Config, course: CourseDir) -> None:
    # Relative to the root, which nbgrader escapes in its patterns; absolute folders with a + or ( in them it does not.
    work = course.work.relative_to(course.root)
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.root = str(course.root)
    c.CourseDirectory.db_url = course.gradebook_url
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "assignments"
    c.CourseDirectory.submitted_directory = str(work / "submitted")
    c.CourseDirectory.autograded_directory = str(work / "autograded")
    c.CourseDirectory.feedback_directory = str(work / "feedback")


def _release(c: Config) -> None:
    from nbgrader.preprocessors import SaveCells  # here, since nbgrader is slow to import

    from grader.authoring.generate_release import preprocessors

    steps = preprocessors(gradebook=True)
    c.GenerateAssignment.preprocessors = [ENTER if step is SaveCells else step for step in steps]


def _autograde(c: Config, course: CourseDir) -> None:
    c.Autograde.sanitize_preprocessors = [
        "grader.engine.restore.RestoreCells",
        "grader.exchange.batch.note_submission.NoteSubmission",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        EXECUTE,
        "nbgrader.preprocessors.IgnorePattern",
        "grader.engine.stderr.HarmlessStderr",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    bounds = course.limits.to_dict()
    c.ExecuteIsolated.secret_file = str(course.secret)
    c.ExecuteIsolated.timeout = bounds.pop("cell_seconds")
    c.ExecuteIsolated.update(bounds)
    limit_cells(c, course.limits.cell_seconds)


def _pages(c: Config) -> None:
    """No page runs code of a submission: not the formgrader's either, where a script would have the rights to grade."""
    c.HTMLExporter.preprocessors = ["grader.exchange.sanitize_outputs.InertOutputs"]
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {
        name: f"grader.exchange.markdown_page.{name}" for name in ("markdown2html", "strip_files_prefix", "clean_html")
    } | {"without_mathjax": "grader.exchange.formulas.without_mathjax"}
    # The formgrader sets the name and the folder of its templates, not which file is the page.
    c.HTMLExporter.template_file = "course_formgrade.html.j2"
    c.HTMLExporter.extra_template_paths = [str(_TEMPLATES / "course_formgrade")]


def _feedback(c: Config) -> None:
    c.GenerateFeedback.exporter_class = "grader.exchange.feedback_page.FeedbackPage"
    c.GenerateFeedback.preprocessors = [
        "grader.exchange.feedback_page.GetVerdicts",
        "grader.exchange.redact.RedactHidden",
        "grader.exchange.sanitize_outputs.InertOutputs",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    import nbgrader

    formgrader = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    c.FeedbackPage.preprocessors = []  # they are among the steps above
    c.FeedbackPage.template_name = "course_feedback"
    c.FeedbackPage.template_file = "feedback.html.j2"
    c.FeedbackPage.extra_template_basedirs = [str(_TEMPLATES), str(formgrader)]
