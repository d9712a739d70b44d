"""The exception of a check that does not hold."""

from __future__ import annotations

from course_lib.check.finding_text import finding_text
from course_lib.check.findings import Finding


class CheckFailure(AssertionError):
    """A check does not hold. Inside a case it costs the case; elsewhere its text is the whole message."""

    def __init__(self, finding: Finding) -> None:
        """Keep the finding, and its plain text as the message."""
        super().__init__(finding_text(finding))
        self.finding = finding
