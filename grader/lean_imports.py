"""Keep a process from importing what it has no use for."""

from __future__ import annotations

import sys


def prepare() -> None:
    """Call it before anything that imports nbformat.

    jsonschema takes `rfc3987_syntax` for checking international addresses, which no notebook holds, and it compiles
    grammars for a second when it is imported. None says that it is not there.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # typeshed knows of modules only
