"""Objects of the standard library that are recognized by identity: each interpreter has its own for the other's."""

from __future__ import annotations

import sys
from typing import Any

_NAMES = {
    "dataclasses": ("_FIELD", "_FIELD_CLASSVAR", "_FIELD_INITVAR", "MISSING", "KW_ONLY"),
    "inspect": ("_empty",),
}


def name_of(value: Any) -> str:
    """`module.name` of such an object; '' for everything else."""
    for module, names in _NAMES.items():
        own = vars(sys.modules[module]) if module in sys.modules else {}
        for name in names:
            if name in own and own[name] is value:
                return f"{module}.{name}"
    return ""


def named(name: str) -> Any:
    """The object of this name here; None if it is no such name."""
    module, _, attribute = name.partition(".")
    if attribute not in _NAMES.get(module, ()) or module not in sys.modules:
        return None
    return getattr(sys.modules[module], attribute, None)
