"""What the engine's distribution takes from the repository: its packages, its version and its lower bounds."""

import re
import shutil
import tomllib
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
if not (ROOT / "grader").is_dir():
    raise SystemExit(
        "This is built inside its repository only: pip install ./packaging/engine, or git+URL#subdirectory=."
    )

NEEDS = (
    "cloudpickle",
    "dask",
    "distributed",
    "executing",
    "ipykernel",
    "ipython",
    "jinja2",
    "jupyter-client",
    "latex2mathml",
    "matplotlib-inline",
    "msgpack",
    "nbclient",
    "nbconvert",
    "nbformat",
    "nbgrader",
    "nh3",
    "numpy",
    "packaging",
    "psutil",
    "rapidfuzz",
    "rich",
    "sqlalchemy",
    "stack-data",
    "traitlets",
    "typer",
)
COURSE_ALONE = ("grader.authoring", "grader.exchange.catalog", "grader.exchange.demo", "grader.var")
LIBRARY = ("check", "doctor", "repair", "ruled_out", "selfcheck")
"""The parts of course_lib that the engine uses, besides its modules on top..."""
COURSE_MODULES = tuple(f"course_lib.{name}" for name in ("claims", "colab", "names_of_tests", "summary"))
"""... of which these are the course's alone."""


class BuildPy(build_py):
    """Takes modules of packages, without those of the course alone."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Package, name and file of each module of a package."""
        found = super().find_package_modules(package, package_dir)
        return [one for one in found if f"{one[0]}.{one[1]}" not in COURSE_MODULES]


project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
declared = [*project["dependencies"], *project["optional-dependencies"]["instructor"]]
bounds = {re.match(r"[\w-]+", text)[0]: text for text in declared}

shutil.rmtree(HERE / "build", ignore_errors=True)  # of an earlier build: what is no longer there would come along
shutil.copy(ROOT / "LICENSE", HERE / "LICENSE")
setup(
    cmdclass={"build_py": BuildPy},
    version=project["version"],
    python_requires=project["requires-python"],
    install_requires=[bounds[name] for name in NEEDS],
    project_urls=project["urls"],
    packages=find_packages(
        str(ROOT),
        include=["grader", "grader.*", "course_lib", *(f"course_lib.{name}*" for name in LIBRARY)],
        exclude=[pattern for name in COURSE_ALONE for pattern in (name, f"{name}.*")],
    ),
    package_dir={"grader": "../../grader", "course_lib": "../../course_lib"},
    package_data={"course_lib": ["py.typed"], "grader": ["exchange/templates/*/*"]},
)
