"""A folder of pictures with planted faults: each is found, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_lib import data
from course_lib.errors import CourseError


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of 24 drawn pictures each, as PNG files."""
    x, _ = data.draw_shapes(48, seed=5)
    for n, picture in enumerate(x):
        place = tmp_path / ("even" if n % 2 == 0 else "odd") / f"{n:02}.png"
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(picture.transpose(1, 2, 0)).save(place)
    return tmp_path


def test_a_clean_folder_has_no_faults(pictures: Path) -> None:
    seen = data.survey(pictures)
    assert seen.counts == {"even": 24, "odd": 24}
    assert set(seen.sizes) == {(32, 32)}
    assert (seen.unreadable, seen.alike, seen.leave_out) == ({}, (), frozenset())


def test_every_planted_fault_is_found_and_left_out(pictures: Path) -> None:
    even, odd = pictures / "even", pictures / "odd"
    (even / "90.jpg").write_text("no picture")
    (even / "91.png").write_bytes((even / "02.png").read_bytes()[:200])
    shutil.copy(even / "04.png", even / "92.png")
    with Image.open(odd / "03.png") as picture:
        picture.resize((40, 44)).point(lambda value: value * 0.8).save(odd / "93.jpg", quality=60)
    shutil.copy(even / "06.png", odd / "94.png")
    seen = data.survey(pictures)
    assert set(seen.unreadable) == {even / "90.jpg", even / "91.png"}
    assert all(seen.unreadable.values())
    assert {(pair.first.name, pair.second.name) for pair in seen.alike} == {
        ("04.png", "92.png"),
        ("03.png", "93.jpg"),
        ("06.png", "94.png"),
    }
    assert all(0.98 <= pair.likeness <= 1.000001 for pair in seen.alike)
    names = {file.relative_to(pictures).as_posix() for file in seen.leave_out}
    torn = {"even/06.png", "odd/94.png"}  # one picture in two classes: nobody knows which is right
    assert names == {"even/90.jpg", "even/91.png", "even/92.png", "odd/93.jpg"} | torn
    images = data.folder(pictures, size=16, leave_out=seen.leave_out)
    assert len(images.y_train) + len(images.y_test) == 47


def test_pictures_of_one_color_are_like_no_other(tmp_path: Path) -> None:
    for name, value in (("a", 10), ("b", 200)):
        (tmp_path / name).mkdir()
        Image.fromarray(np.full((8, 9, 3), value, np.uint8)).save(tmp_path / name / "flat.png")
    seen = data.survey(tmp_path)
    assert seen.alike == ()
    assert seen.sizes == ((9, 8), (9, 8))


def test_a_split_of_ones_own_is_searched_across(pictures: Path) -> None:
    for part in ("train", "test"):
        shutil.copytree(pictures / "even", pictures / part / "even")
        shutil.copytree(pictures / "odd", pictures / part / "odd")
    seen = data.survey(pictures)
    assert len(seen.alike) == 48
    assert {file.relative_to(pictures).parts[0] for file in seen.leave_out} == {"test"}


def test_what_is_no_folder_of_classes_says_so(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"is no folder\. data\.survey wants one"):
        data.survey(tmp_path / "nowhere")
    with pytest.raises(CourseError, match="at least two"):
        data.survey(tmp_path)
