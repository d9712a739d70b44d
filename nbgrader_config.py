"""What `nbgrader` reads when it is run in this folder; the settings themselves stand in grader/nbgrader_config.py."""

from pathlib import Path

from grader.course_dir import CourseDir
from grader.nbgrader_config import configure

configure(get_config(), CourseDir.of_checkout(Path(__file__).parent))  # noqa: F821  nbgrader defines get_config here
