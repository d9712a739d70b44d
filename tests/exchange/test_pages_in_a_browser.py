"""A real browser opens the pages of a hostile submission: no script runs, nothing is loaded, nobody is led away."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from support.browser import FLAGS, opened, program
from support.grading_course import NAME, RIGHT, answered, cell, hand_in

from grader.course_dir import CourseDir
from grader.engine.run_isolated import in_sandbox
from grader.exchange.batch import grade
from grader.exchange.feedback import feedback


def script(address: str, name: str) -> str:
    """JavaScript that tells the server its name, from inside a frame too."""
    return f"void(new Image().src='{address}/{name}')"


def payloads(address: str) -> dict[str, str]:
    """HTML that runs or loads something as soon as a browser shows it; each asks the server for its own name."""

    def js(name: str) -> str:
        return script(address, name)

    return {
        "script": f"<script>{js('script')}</script>",
        "spelling": f"<ScRiPt\n>{js('spelling')}</sCrIpT\t>",
        "source": f"<script src='{address}/source'></script>",
        "error": f'<img src="nothing:" onerror="{js("error")}">',
        "drawing": f'<svg onload="{js("drawing")}"></svg>',
        "page": f'<iframe srcdoc="<script>{js("page")}</script>"></iframe>',
        "address": f'<iframe src="javascript:{js("address")}"></iframe>',
        "frame": f'<iframe src="{address}/frame"></iframe>',
        "toggle": f'<details open ontoggle="{js("toggle")}">x</details>',
        "animate": f'<svg><animate onbegin="{js("animate")}" attributeName="x" dur="1s"></svg>',
        "sheet": f'<link rel="stylesheet" href="{address}/sheet">',
        "import": f"<style>@import '{address}/import';</style>",
        "background": f'<b style="background: url({address}/background)">x</b>',
        "picture": f'<img src="{address}/picture">',
        "sizes": f'<img srcset="{address}/sizes 1x">',
        "poster": f'<video poster="{address}/poster"></video>',
        "object": f'<object data="{address}/object"></object>',
        "embed": f'<embed src="{address}/embed">',
        "title": f"</title></textarea></pre></style><script>{js('title')}</script>",
    }


def delayed(address: str) -> dict[str, str]:
    """HTML that does harm when it was cleaned carelessly, when it leads away, or when somebody clicks on it."""
    return {
        "cleaned": "<math><mtext><table><mglyph><style><!--</style>"
        f'<img title="--&gt;&lt;img src=nothing: onerror=&quot;{script(address, "cleaned")}&quot;&gt;">',
        "noscript": f'<noscript><p title="</noscript><img src=nothing: onerror={script(address, "noscript")}>">',
        "desc": "<svg><desc><table><thead><s></table></s><table><style>"
        f'<img src=nothing: onerror="{script(address, "desc")}"></style></table></svg>',
        "annotation": '<math><annotation-xml encoding="text/html"><style>'
        f'<img src=nothing: onerror="{script(address, "annotation")}"></style></annotation-xml></math>',
        "template": "<select><template><style><!--</style>"
        f"<a rel='--></style></select><img src=nothing: onerror={script(address, 'template')}>'>",
        "in two": f"<scr<svg>ipt>{script(address, 'two')}</scr</svg>ipt>"
        f"<im<math>g src=nothing: onerror={script(address, 'two')}>",
        "comment": f'<!--!><img src=nothing: onerror="{script(address, "comment")}">--!>',
        "moving": "<style>@keyframes k {from {top: 0}}</style>"
        f'<b style="animation: k 1s" onanimationstart="{script(address, "moving")}">x</b>',
        "base": f'<base href="{address}/base/">',
        "refresh": f'<meta http-equiv="refresh" content="0; url={address}/refresh">',
        "link": f'<a href="javascript:{script(address, "link")}">click</a>',
        "data link": f"<a href='DATA:text/html,<script>{script(address, 'data')}</script>'>click</a>",
        "odd link": f'<a href=" jAva\tscript&colon;{script(address, "odd")}">click</a>',
        "form": f'<form action="javascript:{script(address, "form")}"><button>press</button></form>',
        "button": f'<button onclick="{script(address, "button")}">press</button>',
        "map": f'<svg><a xlink:href="javascript:{script(address, "map")}"><text y="20">click</text></a></svg>',
    }


DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one red pixel
)
ANSWER = """\
from IPython.display import display
import sys
PAYLOADS = {payloads!r}
SCRIPT = {script!r}
def double(x):
    for name, html in PAYLOADS.items():
        for mime in ("text/html", "text/markdown", "text/latex", "text/plain", "image/png", "image/jpeg"):
            display({{mime: html}}, raw=True)
        display({{"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg">' + html + "</svg>"}}, raw=True)
        quote = '">' + html
        display({{"image/png": "aGk="}}, raw=True, metadata={{"image/png": {{"width": quote, "alt": quote}}}})
        display({{"text/html": html}}, raw=True, metadata={{"text/html": {{"isolated": True}}, "tags": [quote]}})
        print(html)
        print("\\x1b]8;;javascript:" + SCRIPT + "\\x1b\\\\\\\\click\\x1b]8;;\\x1b\\\\\\\\", html, file=sys.stderr)
    for mime in ("application/javascript", "text/javascript", "application/ecmascript"):
        display({{mime: SCRIPT}}, raw=True)
    for mime in ("application/json", "application/vnd.jupyter.widget-view+json", "application/geo+json"):
        display({{mime: {{"a": "</script><script>" + SCRIPT + "</script>"}}}}, raw=True)
    raise type("<img src=nothing: onerror=" + repr(SCRIPT) + ">", (Exception,), {{}})("".join(PAYLOADS.values()))
double(1)
"""


def hostile(course: CourseDir, address: str) -> nbformat.NotebookNode:
    """All of them in all outputs, in cells of every kind, and in what surrounds them."""
    everything = payloads(address) | delayed(address)
    code = ANSWER.format(payloads=everything, script=script(address, "mime"))
    text = "\n\n".join([*everything.values(), f"[click](javascript:{script(address, 'markdown')})"])
    notebook = answered(course, double=code, triple=RIGHT["triple"], why=f"Because.\n\n{text}")
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{script(address, "attached")}"></svg>'
    picture = {"x.svg": {"image/svg+xml": base64.b64encode(drawing.encode()).decode()}}
    notebook.cells += [
        new_markdown_cell(text),
        new_markdown_cell("![x](attachment:x.svg)", attachments=picture),
        *(new_raw_cell(html, metadata={"raw_mimetype": "text/html"}) for html in everything.values()),
        new_code_cell(f"# {text}", metadata={"tags": [f'"onclick="{script(address, "tag")}"']}),
    ]
    evil = f"</title><script>{script(address, 'metadata')}</script>"
    notebook.metadata |= {"title": evil, "authors": [{"name": evil}], "widgets": {"application/x": {"state": evil}}}
    notebook.metadata["language_info"] = {"name": evil, "pygments_lexer": evil, "codemirror_mode": evil}
    return notebook


class Elsewhere(BaseHTTPRequestHandler):
    """A server that takes down what it is asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the list."""
    handler = type("Handler", (Elsewhere,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler.asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that opens a page and returns the document as it is then."""
    found = program()
    profile = tmp_path_factory.mktemp("profile")

    def read(page: Path) -> BeautifulSoup:
        command = [
            found,
            *FLAGS,
            f"--user-data-dir={profile}",
            "--virtual-time-budget=2000",
            "--dump-dom",
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        assert done.stdout.strip(), done.stderr
        return BeautifulSoup(done.stdout, "html.parser")

    return read


@pytest.fixture(scope="module")
def graded(released_once: CourseDir, elsewhere: Any, tmp_path_factory: pytest.TempPathFactory) -> CourseDir:
    """An honest and a hostile submission, graded in the sandbox."""
    course = CourseDir.sandbox(tmp_path_factory.mktemp("pages") / "course")
    shutil.copytree(released_once.root, course.root)
    hand_in(course, "honest", honest(course))
    hand_in(course, "hostile", json.dumps(hostile(course, elsewhere[0])))
    assert len(grade(course, NAME, jobs=1, execute=in_sandbox).of("graded")) == 2
    return course


def honest(course: CourseDir) -> nbformat.NotebookNode:
    """With formulas in a text and in an output, an attached picture in two sizes, and a progress bar."""
    shown = "from IPython.display import Latex, display\n"
    shown += "for i in range(101):\n    print(f'{i} %', end='\\r')\nprint()\ndisplay(Latex(r'$\\sqrt{b}$'))"
    why = 'Because. $\\frac{a}{b}$ ![dot](attachment:dot.png) <img src="attachment:dot.png" width="70">'
    notebook = answered(course, double=f"{RIGHT['double']}\n{shown}", triple=RIGHT["triple"], why=why)
    cell(notebook, "why")["attachments"] = {"dot.png": {"image/png": DOT}}
    return notebook


CONFIG = """\
from pathlib import Path
from grader.course_dir import CourseDir
from grader.nbgrader_config import configure
configure(get_config(), CourseDir.sandbox(Path(__file__).parent))
"""


def feedback_page(course: CourseDir, student: str) -> Path:
    return feedback(course, NAME, [student]).pages[student]


def formgrader_page(course: CourseDir, student: str) -> Path:
    """What the formgrader answers when a submission is opened in it to be graded by hand."""
    (course.root / "nbgrader_config.py").write_text(CONFIG, "utf-8")
    application = FormgradeExtension()
    application.root_dir = str(course.root)
    with contextlib.chdir(course.root):  # nbgrader reads the configuration of the folder where it is started, too
        application.initialize([], root=str(course.root))
    settings: dict[str, Any] = {}
    application.init_tornado_settings(type("App", (), {"settings": settings}))
    resources = {
        "assignment_id": NAME,
        "notebook_id": NAME,
        "submission_id": "1",
        "index": 0,
        "total": 1,
        "base_url": "",
        "student": student,
        "last_name": "<i>Lovelace",
        "first_name": "Ada",
        "notebook_path": f"course/autograded/{student}/{NAME}.ipynb",
    }
    page, _ = settings["nbgrader_exporter"].from_filename(str(course.autograded(NAME, student)), resources=resources)
    path = course.root / f"formgrader-{student}.html"
    path.write_text(page, "utf-8")
    return path


def traps(page: BeautifulSoup) -> list[str]:
    """What would run code when somebody clicks on it."""
    found = []
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            address = "".join(str(value).split()).lower()
            if name.startswith("on") or address.startswith(("javascript:", "vbscript:", "data:text/html")):
                found.append(f"<{tag.name} {name}={value}>")
    return found


def test_the_browser_notices_what_these_tests_look_for(browser: Any, elsewhere: Any, tmp_path: Path) -> None:
    """Each payload on a page of its own, which nobody has cleaned."""
    address, asked = elsewhere
    frames = []
    for name, html in payloads(address).items():
        (tmp_path / f"{name}.html").write_text(f"<!DOCTYPE html><title>x</title><body>{html}", "utf-8")
        frames.append(f'<iframe src="{name}.html"></iframe>')
    (tmp_path / "all.html").write_text("<!DOCTYPE html>" + "".join(frames), "utf-8")
    browser(tmp_path / "all.html")
    assert {path.strip("/") for path in asked} >= set(payloads(address))


@pytest.mark.parametrize("page_of", [feedback_page, formgrader_page])
def test_a_hostile_submission_is_inert(page_of: Any, browser: Any, elsewhere: Any, graded: CourseDir) -> None:
    _, asked = elsewhere
    del asked[:]
    honest, page = browser(page_of(graded, "honest")), browser(page_of(graded, "hostile"))
    assert asked == []
    assert page.find(string=lambda text: "Because." in text)  # it is still this page, and it shows the answer
    assert set(traps(page)) <= set(traps(honest))
    assert len(page.find_all("script")) == len(honest.find_all("script"))
    for name in ("iframe", "object", "embed", "base", "form"):
        assert len(page.find_all(name)) == len(honest.find_all(name)), name


@pytest.mark.parametrize("page_of", [feedback_page, formgrader_page])
def test_a_page_needs_no_network(page_of: Any, graded: CourseDir, tmp_path: Path) -> None:
    path = page_of(graded, "honest")
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    wanted = [tag.get("src") or tag.get("href") for tag in page.select("script[src], link[href], img[src]")]
    assert [address for address in wanted if address.startswith(("http:", "https:", "//"))] == []
    with opened(path, tmp_path) as shown:
        loaded = shown.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
        assert [address for address in loaded if not address.startswith(("file:", "data:"))] == []
        places = "[...document.querySelectorAll('mfrac mi')].map(letter => letter.getBoundingClientRect().top)"
        above, below = shown.evaluate(places)
        assert above < below - 3  # the browser knows what a formula is
        assert shown.evaluate("document.querySelector('msqrt').getBoundingClientRect().height") > 3
        pictures = (
            "[...document.querySelectorAll('img[alt=dot], img[width=\"70\"]')].map(i => [i.naturalWidth, i.width])"
        )
        assert shown.evaluate(pictures) == [[1, 1], [1, 70]]
        text = shown.evaluate("document.body.innerText")
    assert "100 %" in text
    assert "99 %" not in text
    assert "\\frac" not in text


def test_the_formgrader_has_its_fields(graded: CourseDir) -> None:
    """Points and a comment can be entered: the template of the feedback does not take the place of its own."""
    page = BeautifulSoup(formgrader_page(graded, "honest").read_text("utf-8"), "html.parser")
    assert [field["id"] for field in page.select("input.score")] == ["double_tests", "triple_tests", "why"]
    assert page.select("textarea.comment")


def test_the_formgrader_tells_whose_submission_it_is_to_who_asks_alone(graded: CourseDir, tmp_path: Path) -> None:
    """Nor does a link tell, on which the mouse may rest. A name is text, whatever it looks like."""
    with opened(formgrader_page(graded, "honest"), tmp_path) as shown:
        assert "Submission #1" in shown.evaluate("document.body.innerText")
        assert "Lovelace" not in shown.evaluate("document.body.innerText")
        places = "[...document.querySelectorAll('[data-link]')].filter(link => link.checkVisibility()).length"
        assert shown.evaluate(places) == 0
        shown.evaluate("document.querySelectorAll('.name-shown').forEach(one => one.style.display = 'inline')")
        assert "<i>Lovelace, Ada" in shown.evaluate("document.body.innerText")


def test_who_grades_sees_the_model_answer_and_the_marks(graded: CourseDir) -> None:
    page = BeautifulSoup(formgrader_page(graded, "honest").read_text("utf-8"), "html.parser")
    (beside,) = page.select("details.course-model-answer")
    assert [text.strip() for text in beside.get_text().split("\n") if text.strip()] == [
        "Model answer and marks",
        *("Why?", "Marks.", "Because."),
    ]
    answer = beside.find_previous(class_="nbgrader_cell")
    assert answer.select("textarea")[0]["id"] == "why-comment"


def test_neither_stands_in_the_release_nor_on_the_students_page(graded: CourseDir) -> None:
    released = graded.released(NAME).read_text("utf-8")
    page = feedback_page(graded, "hostile").read_text("utf-8")
    for text in (released, page):
        assert "MARK SCHEME" not in text
        assert "Model answer" not in text
        assert "course-model-answer" not in text
