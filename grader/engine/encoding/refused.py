"""What can be wrong with a value on its way between the interpreters."""

from __future__ import annotations


class EncodingError(TypeError):
    """A value cannot be sent; the text says why."""


class RefusedValue(ValueError):
    """What arrived is not a value that the encoding allows: whoever sent it does not keep to the rules."""
