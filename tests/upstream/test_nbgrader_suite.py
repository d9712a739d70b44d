"""nbgrader's own tests judge our engine: every one passes, or stands in `differences.py` with the reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbgrader
from differences import FAILS, SKIPPED
from engine_in_place import ISOLATED, SAID, STOCK

HERE = Path(__file__).resolve().parent
PACKAGES = Path(nbgrader.__file__).resolve().parents[1]
# Of nbgrader/tests/preprocessors only the module that runs notebooks; the others test steps that we do not replace.
SUITES = (
    "nbgrader.tests.apps.test_nbgrader_autograde",
    "nbgrader.tests.apps.test_nbgrader_validate",
    "nbgrader.tests.test_validator",
    "nbgrader.tests.preprocessors.test_instantiatetests",
)
SECONDS = 900


def test_nbgraders_own_tests_pass_with_our_engine(tmp_path: Path) -> None:
    cases = [*run_suites(tmp_path).iter("testcase")]
    failed = {name(case): message(case) for case in cases if case.find("failure") is not None}
    broken = {name(case): message(case) for case in cases if case.find("error") is not None}
    skipped = {name(case) for case in cases if case.find("skipped") is not None}

    assert not broken, listing("these could not run", broken)
    unexpected = {test: text for test, text in failed.items() if test not in FAILS}
    assert not unexpected, listing("these fail with our engine, and no reason is given in differences.py", unexpected)
    outdated = {test: why for test, why in FAILS.items() if test not in failed}
    assert not outdated, listing("these pass or are gone: take them out of differences.py", outdated)
    assert skipped == set(SKIPPED)

    assert total(cases, STOCK) == 0, "nbgrader's own engine ran notebooks in these tests"
    assert total(cases, ISOLATED) > len(cases) / 2


def run_suites(folder: Path) -> ElementTree.Element:
    """Run nbgrader's tests in a process of their own: the report in JUnit's form."""
    report, settings = folder / "report.xml", folder / "pytest.ini"
    settings.write_text("[pytest]\n", "utf-8")
    put_guide(folder)
    command = [sys.executable, "-m", "pytest", "-p", "engine_in_place", "-p", "no:cacheprovider", "--pyargs", *SUITES]
    command += ["-q", "-c", str(settings), "--rootdir", str(PACKAGES), f"--junitxml={report}"]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode in (0, 1), done.stdout[-4000:] + done.stderr[-4000:]
    return ElementTree.parse(report).getroot()


def put_guide(folder: Path) -> None:
    """nbgrader's guide, in which the tests look for AUTOTEST templates, below the folder that they are started in."""
    guide = Path("nbgrader", "docs", "source", "user_guide")
    shutil.copytree(PACKAGES / guide, folder / guide)


def environment(folder: Path) -> dict[str, str]:
    """Only this folder's configuration of nbgrader, and no settings of the pytest that runs this test."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "JUPYTER_"))}
    return ours | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), ours.get("PATH", "")]),  # for alembic
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_CONFIG_PATH": str(HERE / "config"),
    }


def name(case: ElementTree.Element) -> str:
    return f"{case.get('classname', '').removeprefix('nbgrader.tests.')}.{case.get('name')}"


def message(case: ElementTree.Element) -> str:
    text = " ".join(str(part.get("message")) for part in case if part.tag in ("failure", "error"))[:300]
    return f"{text} [{'; '.join(values([case], SAID))}]"


def total(cases: list[ElementTree.Element], what: str) -> int:
    return sum(int(value) for value in values(cases, what))


def values(cases: list[ElementTree.Element], what: str) -> list[str]:
    properties = [part for case in cases for part in case.iter("property")]
    return [part.get("value", "") for part in properties if part.get("name") == what]


def listing(heading: str, tests: dict[str, str]) -> str:
    return "\n".join([f"{heading}:", *(f"  {test}: {text}" for test, text in tests.items())])
