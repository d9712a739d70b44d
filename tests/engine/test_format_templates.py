"""A template of the submission that a test formats does not read the test's own names."""

from __future__ import annotations

import pytest
from support.small_notebooks import fails, passes

TEST = "want = 'x77'\nclass T:\n    def __init__(self): self.x = 1\n"
REFUSED = {
    "of a method": ("{0.__init__.__globals__[want]}", "f().format(T())"),
    "by name": ("{t.__init__.__globals__[want]}", "f().format(t=T())"),
    "format_map": ("{t.__init__.__globals__[want]}", "f().format_map({'t': T()})"),
    "in a specification": ("{0.x:{0.__init__.__globals__[want]}}", "f().format(T())"),
    "of a part of it": ("{0.__init__.__globals__[want]}", "(f() + '').format(T())"),
    "of a frame": ("{0.gi_frame.f_globals[want]}", "f().format(x for x in ())"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    template, call = REFUSED[name]
    assert "TemplateRefused" in fails(f"def f(): return {template!r}", f"{TEST}assert {call} == want")


def test_honest_templates_work() -> None:
    test = """assert f().format(T()) == '1 T {a.__globals__}'
assert '{}'.format(3) == '3' and g().format(2.5, 4) == '2.5000'
import datetime
d = datetime.date(2026, 1, 2)
assert f'{d:%d}' == format(d, '%d') == '02'"""
    student = "def f(): return '{0.x} {0.__class__.__name__} {{a.__globals__}}'\ndef g(): return '{:.{}f}'\n"
    passes(student, TEST + test)
