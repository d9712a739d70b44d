"""How a missing Jupyter kernel is installed."""

from __future__ import annotations


def install_kernel(name: str = "python3") -> str:
    """The command that installs Python's kernel under this name in the environment that is active."""
    return f"python -m pip install ipykernel && python -m ipykernel install --sys-prefix --name {name}"
