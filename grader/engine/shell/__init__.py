"""An IPython shell that behaves as the one of ipykernel does, without a kernel: what it shows goes to a sink.

The grader's end of the sink, `shell.outputs`, stays out of here: it imports nbformat, for a second of each start.
"""

from grader.engine.shell.runner import CellRunner
from grader.engine.shell.sink import OutputSink

__all__ = ["CellRunner", "OutputSink"]
