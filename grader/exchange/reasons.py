"""Why a submission could not be graded, in one sentence that a person can act on."""

from __future__ import annotations

import sqlite3
from json import JSONDecodeError

from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import ValidationError
from nbformat.reader import NotJSONError

from course_lib.repair.damage import Damaged


def reason(error: Exception) -> str:
    """One sentence for what stopped the grading of a submission."""
    match error:
        case Damaged() | FileNotFoundError():
            return str(error)
        case NotJSONError() | JSONDecodeError() | UnicodeDecodeError():
            return "the file is not a notebook (not JSON)"
        case ValidationError():
            return f"the notebook is damaged: {_first_line(error)}"
        case KeyError() | AttributeError() | TypeError() | IndexError():
            return f"the notebook is damaged ({type(error).__name__}: {_first_line(error)})"
        case NoSuchKernel():
            return f"its kernel {error.name!r} is not installed"
        case DeadKernelError() | CellTimeoutError():
            return "its kernel could not be brought back to life"
        case MemoryError():
            return "it needs more memory than there is"
        case sqlite3.OperationalError():
            return f"the gradebook: {error}"
        case _:
            return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:160] if text else "no message"
