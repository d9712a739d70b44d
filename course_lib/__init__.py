"""The student's package: small, readable rooms that the notebooks import from."""

from importlib.metadata import PackageNotFoundError, version

from course_lib.distribution import NAME

try:
    __version__ = version(NAME)
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
