"""An environment that holds what a distribution asks for and nothing else: files of this one, linked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


def make(folder: Path, requirements: Iterable[str]) -> Path:
    """Make an environment with these requirements and theirs; its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = packages_of(folder)
    for found in _closure(requirements):
        for file in found.files or ():
            source = Path(str(found.locate_file(file)))
            if "share" in file.parts[:4] and file.parts[0] == "..":  # nbconvert's templates
                _link(source, folder.joinpath(*file.parts[file.parts.index("share") :]))
            elif file.parts[0] != ".." and "__pycache__" not in file.parts:
                _link(source, packages.joinpath(*file.parts))
        for point in found.entry_points.select(group="console_scripts"):
            _write_program(folder / "bin" / point.name, folder / "bin" / "python", point.module, point.attr)
    return folder / "bin" / "python"


def packages_of(environment: Path) -> Path:
    """Where an environment keeps its packages."""
    names = {"base": str(environment), "platbase": str(environment)}
    return Path(sysconfig.get_path("purelib", "venv", names))


def _closure(requirements: Iterable[str]) -> list[Distribution]:
    waiting, found = [Requirement(text) for text in requirements], {}
    while waiting:
        wanted = waiting.pop()
        extras = wanted.extras or {""}
        key = (wanted.name.lower(), frozenset(extras))
        if key in found:
            continue
        found[key] = here = distribution(wanted.name)
        assert wanted.specifier.contains(here.version, prereleases=True), wanted
        for need in map(Requirement, here.requires or ()):
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                need.marker = None
                waiting.append(need)
    return [*{one.metadata["Name"]: one for one in found.values()}.values()]


def _link(source: Path, target: Path) -> None:
    if not source.is_file() or target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _write_program(path: Path, python: Path, module: str, attribute: str) -> None:
    path.write_text(f"#!{python}\nimport sys\nfrom {module} import {attribute}\nsys.exit({attribute}())\n", "utf-8")
    path.chmod(0o755)
