"""An IPython shell that behaves as the one of ipykernel does, without a kernel: what it shows goes to a sink."""

from grader.engine.shell.outputs import OutputCollector
from grader.engine.shell.runner import CellRunner
from grader.engine.shell.sink import OutputSink

__all__ = ["CellRunner", "OutputCollector", "OutputSink"]
