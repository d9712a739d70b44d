"""What one submission may use, in one place: the kernel, the supervisor and the tester all hold it to these numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

MiB = 1024 * 1024
GiB = 1024 * MiB

NO_MEMORY_LEFT = 113
"""The exit code of a process that ends itself because hardly any memory is left to it."""


@dataclass(frozen=True)
class Limits:
    """Upper bounds for one submission; times in seconds, sizes in bytes.

    Raises ValueError for a bound that is not a positive number.
    """

    cell_seconds: float = 60.0
    submission_seconds: float = 600.0
    cpu_seconds: float = 600.0
    memory_bytes: int = 4 * GiB
    tester_memory_bytes: int = 2 * GiB
    output_bytes: int = 1_000_000
    processes: int = 64
    disk_bytes: int = 256 * MiB
    open_files: int = 512

    def __post_init__(self) -> None:
        """Check each bound."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"{field.name} must be a positive number, not {value!r}")

    def to_dict(self) -> dict[str, Any]:
        """The bounds as plain numbers, for a message to another process."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Limits:
        """The reverse of to_dict. Raises TypeError for a name that is not a bound."""
        return cls(**values)
