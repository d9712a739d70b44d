"""An environment may lie in somebody's home or below /tmp, where a submission has directories of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.sandbox_tools import PROGRAM, SMALL, ask

from grader.engine.pool import Pool
from grader.engine.sandbox import bwrap
from grader.engine.sandbox.allowlist import Tree, trees


@pytest.mark.parametrize("place", ["/home/someone/a naïve course/.venv", "/tmp/someone/.venv"])
def test_what_is_let_in_stays_visible_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    shown = tmp_path / "environment"
    (shown / "inner").mkdir(parents=True)
    (shown / "file.txt").write_text("let in")
    (tmp_path / "secret.txt").write_text("not let in")
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "stub.txt").write_text("on top")
    entries = [Tree(place, str(shown)), Tree(f"{place}/inner", str(inner))]
    monkeypatch.setattr(bwrap, "trees", lambda program: [*trees(program), *entries])
    look = f"""
import os
place = {place!r}
print(open(place + '/file.txt').read(), open(place + '/inner/stub.txt').read(), os.listdir(os.path.dirname(place)))
print(os.path.exists({str(tmp_path / "secret.txt")!r}), sorted(os.listdir('/home') + os.listdir('/tmp')))
for action in (lambda: open(place + '/new', 'w'), lambda: os.remove(place + '/file.txt'), lambda: os.rmdir(place)):
    try:
        action()
    except OSError as error:
        print(type(error).__name__, error.errno)
open('/tmp/mine', 'w').write('private')
"""
    with Pool(PROGRAM) as pool:
        for _ in range(2):  # the second one does not see what the first one wrote
            with pool.start({}, SMALL) as worker:
                first, second, *refusals = (ask(worker, look) or "").splitlines()
                assert first == "let in on top ['.venv']"
                assert second == "False ['.shm', '.tmp', 'someone', 'student']"
                assert refusals == ["OSError 30", "OSError 30", "OSError 16"]
    assert sorted(path.name for path in shown.iterdir()) == ["file.txt", "inner"]
