"""The kernel of `course check`: which it is, and that one which cannot start says why."""

import json
import sys
from pathlib import Path

import pytest
from support.student_notebooks import checked, save

from course_lib import selfcheck
from course_lib.errors import CourseError
from course_lib.kernels import install_kernel


def test_an_unknown_kernel_says_which_there_are_and_how_to_get_one(tmp_path: Path) -> None:
    path = save(tmp_path, checked("a", "assert True", 1), kernelspec={"name": "julia-9", "display_name": "Julia"})
    assert selfcheck.run(path).passed  # as grading does, it runs in this Python's kernel, whatever the notebook says
    for wanted in ("julia-9", "no such!"):
        with pytest.raises(CourseError) as caught:
            selfcheck.run(path, kernel_name=wanted)
        assert str(caught.value).startswith(f"there is no kernel named {wanted!r} here (there is: ")
        assert "python3" in str(caught.value)
        assert str(caught.value).endswith(f"or install Python's own: {install_kernel('python3')}")


def test_a_kernel_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kernels" / "broken"
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", "raise SystemExit('no ipykernel here')", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "Broken", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    path = save(tmp_path, checked("a", "assert True", 1))
    with pytest.raises(
        CourseError, match=r"^the kernel 'broken' did not start: .*no ipykernel here\. Run 'course doctor'"
    ):
        selfcheck.run(path, kernel_name="broken")
