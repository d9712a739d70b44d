"""The settings of nbgrader: those that put this engine into any course, and all of those of our own course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue
from traitlets.utils.importstring import import_item

from course_lib.distribution import require_one
from course_lib.errors import CourseError
from grader.alembic_path import put_alembic_on_path
from grader.course_dir import COURSE_ID, CourseDir
from grader.engine.restarting_execute import limit_cells

_TEMPLATES = Path(__file__).parent / "exchange" / "templates"
_OF_MARKDOWN = ("markdown2html", "strip_files_prefix", "clean_html")

# Named, not imported: these steps lie in packages that use this configuration.
EXECUTE = "grader.exchange.batch.execute_with_extra_time.ExecuteWithExtraTime"
EXECUTE_ALIKE = "grader.engine.preprocessor.ExecuteIsolated"
RESTORE = "grader.exchange.restore_since.RestoreSince"
NOTE = "grader.exchange.batch.note_submission.NoteSubmission"
STDERR = "grader.engine.stderr.HarmlessStderr"
NAME_CONSTRUCTS = "grader.audit.name_constructs.NameConstructs"
AUTOTESTS = "grader.audit.autotests.Autotests"
ENTER = "grader.exchange.save_cells.EnterCells"
REDACT = "grader.exchange.redact.RedactHidden"
FEEDBACK = "grader.exchange.feedback_page.FeedbackPage"
INERT = "grader.exchange.sanitize_outputs.InertOutputs"
MODEL_ANSWERS = "grader.exchange.model_answers.ShowModelAnswers"


Step = str | type[Any]
"""A step of one of nbgrader's converters, as its lists have it."""


ONE_LINE = "from grader.nbgrader_config import use_engine; use_engine(get_config())"
"""What any course writes into its `nbgrader_config.py`."""


def use_engine(c: Config) -> Config:
    """Grade with this engine: the one line of any course's `nbgrader_config.py`, after its other settings.

    Steps that the course has put into nbgrader's lists itself stay where they are.

    Raises:
        CourseError: the course's own list of steps has none that runs a notebook, or names one that is not there; or
            this engine is installed twice.
    """
    require_one()
    put_alembic_on_path()
    _enter(c)
    _autograde(c)
    _pages(c)
    _feedback(c)
    return c


def configure(c: Config, course: CourseDir) -> Config:
    """Write the course's settings into nbgrader's configuration `c` and return it."""
    if course.config is not None:
        c.merge(deepcopy(course.config))
        return use_engine(c)
    _folders(c, course)
    _release(c)
    use_engine(c)
    _limits(c, course)
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
    from grader.authoring.generate_release import preprocessors

    c.GenerateAssignment.preprocessors = preprocessors(gradebook=True)


def _limits(c: Config, course: CourseDir) -> None:
    bounds = course.limits.to_dict()
    c.ExecuteIsolated.secret_file = str(course.secret)
    c.ExecuteIsolated.timeout = bounds.pop("cell_seconds")
    c.ExecuteIsolated.update(bounds)
    limit_cells(c, course.limits.cell_seconds)


def _enter(c: Config) -> None:
    """Enter assignments so that new cells may come once work is collected; nbgrader deletes the release then."""
    from nbgrader.converters import GenerateAssignment  # here and below, since nbgrader is slow to import
    from nbgrader.preprocessors import InstantiateTests, SaveCells

    steps = _steps(c, GenerateAssignment, "preprocessors")
    ours = _replaced(steps, {InstantiateTests: [AUTOTESTS], SaveCells: [ENTER]})
    c.GenerateAssignment.preprocessors = [NAME_CONSTRUCTS, *(step for step in ours if step != NAME_CONSTRUCTS)]


def _autograde(c: Config) -> None:
    from nbconvert.preprocessors import ClearMetadataPreprocessor
    from nbgrader import preprocessors as stock
    from nbgrader.converters import Autograde

    steps = _steps(c, Autograde, "sanitize_preprocessors")
    repaired: dict[type, list[Step]] = {
        step: [] for step in (stock.ClearOutput, stock.DeduplicateIds, stock.OverwriteKernelspec)
    }
    c.Autograde.sanitize_preprocessors = _replaced(steps, repaired | {stock.OverwriteCells: [RESTORE, NOTE]})
    steps = [EXECUTE if one == EXECUTE_ALIKE else one for one in _steps(c, Autograde, "autograde_preprocessors")]
    if EXECUTE in steps:  # the course has put it there itself
        c.Autograde.autograde_preprocessors = steps
        return
    if not any(_is_step(step, stock.Execute) for step in steps):
        raise CourseError(
            "c.Autograde.autograde_preprocessors has no nbgrader.preprocessors.Execute, in whose place this engine "
            "could run submissions: put it into the list, before `use_engine(c)`."
        )
    ours = {
        stock.Execute: [EXECUTE],
        ClearMetadataPreprocessor: [],  # it would take out what feedback must know to keep hidden tests hidden
        stock.SaveAutoGrades: [STDERR, stock.SaveAutoGrades],
    }
    c.Autograde.autograde_preprocessors = _replaced(steps, ours)


def _pages(c: Config) -> None:
    """No page runs code of a submission: not the formgrader's either, where a script would have the rights to grade."""
    own = [step for step in c.HTMLExporter.get("preprocessors", ()) if step not in (INERT, MODEL_ANSWERS)]
    c.HTMLExporter.preprocessors = [INERT, MODEL_ANSWERS, *own]
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {
        **c.HTMLExporter.get("filters", {}),
        **{name: f"grader.exchange.markdown_page.{name}" for name in _OF_MARKDOWN},
        "without_mathjax": "grader.exchange.formulas.without_mathjax",
        "without_link": "grader.exchange.model_answers.without_link",
    }
    # The formgrader sets the name and the folder of its templates, not which file is the page.
    c.HTMLExporter.template_file = "course_formgrade.html.j2"
    c.HTMLExporter.extra_template_paths = [str(_TEMPLATES / "course_formgrade")]


def _feedback(c: Config) -> None:
    if (
        c.GenerateFeedback.get("exporter_class", FEEDBACK if "preprocessors" not in c.GenerateFeedback else "")
        != FEEDBACK
    ):
        from nbgrader.converters import GenerateFeedback

        own = [step for step in _steps(c, GenerateFeedback, "preprocessors") if step not in (REDACT, INERT)]
        c.GenerateFeedback.preprocessors = [*own, REDACT, INERT]  # the course's own page
        return
    import nbgrader

    c.GenerateFeedback.exporter_class = FEEDBACK
    c.GenerateFeedback.preprocessors = [
        "grader.exchange.feedback_page.GetVerdicts",
        REDACT,
        INERT,
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    formgrader = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    c.FeedbackPage.preprocessors = []  # they are among the steps above
    c.FeedbackPage.template_name = "course_feedback"
    c.FeedbackPage.template_file = "feedback.html.j2"
    c.FeedbackPage.extra_template_basedirs = [str(_TEMPLATES), str(formgrader)]


def _steps(c: Config, converter: type, name: str) -> list[Step]:
    """The steps that a course has configured for one of nbgrader's converters, or else nbgrader's own."""
    own: list[Step] = list(converter.class_traits()[name].default())  # type: ignore[attr-defined]  # of traitlets
    value = c[converter.__name__].get(name, own)
    # `c.Autograde.autograde_preprocessors.append(...)` is kept as what is to be done to the list.
    return list(value.get_value(own) if isinstance(value, LazyConfigValue) else value)


def _replaced(steps: Sequence[Step], new: Mapping[type, Sequence[Step]]) -> list[Step]:
    """The steps with other ones in place of some of them, which may be given as classes or by name."""
    found: list[Step] = []
    for step in steps:
        kinds = [kind for kind in new if _is_step(step, kind)]
        found += new[kinds[0]] if kinds else [step]
    return found


def _is_step(step: Step, kind: type) -> bool:
    if not isinstance(step, str):
        return step is kind
    if step.startswith("grader."):  # ours stand in for nbgrader's, and are none of them
        return False
    try:
        return import_item(step) is kind
    except ImportError as error:
        raise CourseError(
            f"nbgrader's configuration names the step {step!r}, which cannot be imported: {error}."
        ) from error
