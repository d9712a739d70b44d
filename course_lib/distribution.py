"""The installed distribution: its name, where it comes from, and how to install more of it."""

from __future__ import annotations

import json
from importlib.metadata import distribution, metadata, version
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "cnn-course"


def repository() -> str:
    """Read the address of the course from the installed package, the one place where it stands."""
    for entry in metadata(NAME).get_all("Project-URL", []):
        label, _, address = entry.partition(", ")
        if label == "Repository":
            return str(address)
    raise RuntimeError(f"the installed {NAME} names no repository: install it again")


def install_command(extra: str) -> str:
    """Write the command that adds an extra. The bare name would ask PyPI, where it is nobody's or a stranger's."""
    folder = _checkout()
    if folder is not None:
        return f'python -m pip install -e "{folder}[{extra}]"'
    return f'python -m pip install "{NAME}[{extra}] @ git+{repository()}@v{version(NAME)}"'


def _checkout() -> str | None:
    """Name the folder that this was installed from with `pip install -e`, or None."""
    origin = json.loads(distribution(NAME).read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return url2pathname(urlsplit(origin["url"]).path)
