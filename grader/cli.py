"""The `course` command: one line per command, the work is done in the rooms behind it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from course_lib import __version__
from course_lib.errors import CourseError

app = typer.Typer(
    name="course",
    help="Build, check, grade and prove the course's notebooks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_debug = False


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cnn-course {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Build, check, grade and prove the course's notebooks."""
    global _debug
    _debug = debug


def main() -> None:
    """Run the command line; a CourseError becomes one line on stderr and exit code 2."""
    try:
        app()
    except CourseError as error:
        if _debug:
            raise
        print(f"course: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
