"""What an instructor would write to grade with this engine: nbgrader's own steps, with ours in place of `Execute`.

nbgrader's test suite finds this file through JUPYTER_CONFIG_PATH.
"""

from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute

steps = Autograde.class_traits()["autograde_preprocessors"].default()
place = steps.index(Execute)
steps[place : place + 1] = ["grader.engine.preprocessor.ExecuteIsolated", "grader.engine.stderr.HarmlessStderr"]

c = get_config()  # noqa: F821  # nbgrader's loader provides it
c.Autograde.autograde_preprocessors = steps
