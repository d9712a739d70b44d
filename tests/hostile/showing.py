"""Submissions whose outputs attack whoever reads them: terminal, browser, or the report of the batch."""

from __future__ import annotations

from submission import TWICE, Hostile

_EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
_ESCAPE = "\\x1b]0;owned\\x07\\x1b[2J\\x1b[31m\\x9b6n\\x00\\x08"

SHOWN = [
    Hostile(
        "HTML as the name of a class and of its objects",
        opening=f"class Evil:\n    def __repr__(self): return {_EVIL!r}\nEvil.__name__ = Evil.__qualname__ = {_EVIL!r}",
        twice="def twice(x):\n    print('evil')\n    return Evil()",
        says="evil",
    ),
    Hostile(
        "HTML as a text answer",
        twice=f"def twice(x):\n    print('evil')\n    return {_EVIL!r}",
        says="evil",
    ),
    Hostile(
        "HTML in the message and the type of an error",
        opening=f"Evil = type({_EVIL!r}, (ValueError,), {{}})",
        twice=f"def twice(x):\n    print('evil')\n    raise Evil({_EVIL!r})",
        says="evil",
    ),
    Hostile(
        "HTML as keys and named fields",
        twice=f"def twice(x):\n    print('evil')\n    return {{{_EVIL!r}: [{_EVIL!r}], 1: {{{_EVIL!r}}}}}",
        says="evil",
    ),
    Hostile(
        "HTML printed during a call",
        twice=f"def twice(x):\n    print({_EVIL!r})\n    return 2 * x",
        scores=(3, 2),
        says="onerror",
    ),
    Hostile(
        "terminal escapes in answers, errors and reasons of death",
        opening=f'Evil = type("E{_ESCAPE}", (KeyError,), {{}})',
        twice=f'def twice(x):\n    print("evil")\n    raise Evil("{_ESCAPE}")',
        closing=f'sys.stderr.write("{_ESCAPE}")\nos._exit(77)',
        says="exited with code 77",
    ),
    Hostile(
        "scripts, widgets and frames displayed",
        opening=f"""
from IPython.display import HTML, Javascript, IFrame, SVG, display
display(HTML({_EVIL!r}), Javascript("alert(3)"), IFrame("javascript:alert(4)", 1, 1))
display({{"text/html": {_EVIL!r}, "image/png": "not base64", "image/svg+xml": "<svg onload=alert(5)>"}}, raw=True)
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "../../x"}}}}, raw=True)
display({{"a/json": {{"x": 1}}, "": "", "x": "", "text/plain": ["a", "b"]}}, raw=True)
print("displayed")""",
        twice=TWICE,
        scores=(3, 2),
        says="",
    ),
    Hostile(
        "a display of the test changed from a later cell",
        twice=TWICE,
        opening="from IPython.display import display, update_display",
        closing="""
for name in ("score", "check", "0", "1", "", None):
    try:
        update_display({"text/html": "<b>forged</b>"}, display_id=name, raw=True)
    except Exception:
        continue
print("changed")""",
        scores=(3, 2),
        says="changed",
    ),
]

SHOWING = {"shown": SHOWN}
