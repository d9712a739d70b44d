"""What an exercise rules out: who uses it all the same, found in the code of the notebook without running it."""

from course_lib.ruled_out.code_cells import CodeCell, Owner
from course_lib.ruled_out.evasive import Evasion, evasions
from course_lib.ruled_out.rules import Rules
from course_lib.ruled_out.uses import uses
from course_lib.ruled_out.walk import Use

__all__ = ["CodeCell", "Evasion", "Owner", "Rules", "Use", "evasions", "uses"]
