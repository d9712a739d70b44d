"""The program `alembic` of this environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def put_alembic_on_path() -> None:
    """Let nbgrader find the `alembic` of this environment: it calls it by name to make an empty gradebook."""
    programs = Path(sys.executable).parent
    path = os.environ.get("PATH", "")
    if str(programs) not in path.split(os.pathsep):
        os.environ["PATH"] = f"{programs}{os.pathsep}{path}"
