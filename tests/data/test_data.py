"""The photographs and the digits: their shapes, their split, and what importing them costs."""

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from support.tiny_project import ROOT

from course_lib import data


@pytest.mark.parametrize(
    ("name", "size", "mean"),
    [
        ("china", (427, 640), 143.7), ("flower", (427, 640), 61.9), ("astronaut", (512, 512), 114.6),
        ("cat", (300, 451), 115.3), ("coffee", (400, 600), 98.6), ("rocket", (427, 640), 65.3),
        ("camera", (512, 512), 129.1),
    ],
)  # fmt: skip
def test_a_photo_is_the_picture_it_says(name: str, size: tuple[int, int], mean: float) -> None:
    image = data.photo(name)
    assert image.shape == (*size, 3)
    assert image.dtype == np.uint8
    assert image.mean() == pytest.approx(mean, abs=0.1)  # decoders of JPEG may differ in the last bit


def test_a_photo_is_a_private_copy() -> None:
    first = data.photo("china")
    first[:] = 0
    assert data.photo("china").any()


def test_the_photos_of_the_course_are_small_and_free() -> None:
    folder = Path(data.__file__).with_name("photographs")
    files = {file.stem: file.stat().st_size for file in folder.glob("*.jpg")}
    assert set(files) | {"china", "flower"} == set(data.PHOTOS)
    assert sum(files.values()) < 1e6
    readme = (folder / "README.md").read_text("utf-8")
    for name in files:
        (row,) = re.findall(rf"^\| `{name}\.jpg` .*$", readme, re.MULTILINE)
        assert re.search("CC0|public domain", row), row
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "data/photographs/*" in settings["tool"]["setuptools"]["package-data"]["course_lib"]


def test_a_square_is_the_middle_scaled() -> None:
    import torch
    from torch.nn.functional import interpolate

    for name, top, left, side in (("cat", 0, 75, 300), ("astronaut", 0, 0, 512)):
        photo = data.photo(name)
        middle = torch.tensor(photo[top : top + side, left : left + side]).permute(2, 0, 1)[None].double()
        for size in (224, 31, 600):
            found = data.square(photo, size)
            assert (found.shape, found.dtype, found.flags.c_contiguous) == ((3, size, size), np.uint8, True)
            wanted = interpolate(middle, size=size, mode="bicubic", antialias=True).clamp(0, 255)[0].numpy()
            # Pillow rounds and clips after each axis.
            assert np.abs(found - wanted).mean() < 0.5
            assert np.abs(found - wanted).max() < 10
    tall = np.zeros((9, 4, 3), np.uint8)
    tall[2:6] = 200
    assert (data.square(tall, 4) == 200).all()


@pytest.mark.parametrize(
    ("photo", "size", "said"),
    [
        (np.zeros((4, 5), np.uint8), 2, "photograph"), (np.zeros((3, 4, 5), np.uint8), 2, "photograph"),
        (np.zeros((4, 5, 3)), 2, "float64"), (np.zeros((0, 5, 3), np.uint8), 2, "photograph"),
        (np.zeros((4, 5, 3), np.uint8), 0, "at least 1"),
    ],
)  # fmt: skip
def test_a_square_of_something_else_is_refused(photo: np.ndarray, size: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        data.square(photo, size)


@pytest.mark.parametrize("name", ["China", "dog", "../images/china", ""])
def test_an_unknown_photo_is_answered_with_the_names(name: str) -> None:
    with pytest.raises(ValueError, match="choose one of 'china', 'flower', 'astronaut'") as caught:
        data.photo(name)
    assert repr(name) in str(caught.value)


def test_gray_weighs_red_green_and_blue_by_rec_601() -> None:
    pure = np.zeros((4, 1, 3), dtype=np.uint8)
    pure[[0, 1, 2], 0, [0, 1, 2]] = 255
    pure[3] = 255
    np.testing.assert_allclose(data.gray(pure)[:, 0], [76.245, 149.685, 29.07, 255.0])


def test_gray_takes_a_batch_and_keeps_the_unit() -> None:
    batch = np.random.default_rng(0).random((2, 5, 7, 3))
    assert data.gray(batch).shape == (2, 5, 7)
    assert 0 <= data.gray(batch).min() <= data.gray(batch).max() <= 1


@pytest.mark.parametrize("shape", [(5, 7), (3, 5, 7), (3,)])
def test_gray_refuses_what_is_no_color_image(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="color image"):
        data.gray(np.zeros(shape))


def test_digits_have_the_promised_form() -> None:
    digits = data.digits()
    assert (digits.x_train.shape, digits.x_test.shape) == ((1437, 1, 8, 8), (360, 1, 8, 8))
    assert digits.x_train.dtype == digits.x_test.dtype == np.float32
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64
    assert (digits.x_train.min(), digits.x_train.max()) == (0, 1)
    assert digits.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


def test_every_class_is_tested_equally_and_the_order_is_shuffled() -> None:
    digits = data.digits()
    assert np.bincount(digits.y_test).tolist() == [36] * 10
    assert set(digits.y_train[:100]) == set(range(10))
    assert digits.y_train[:10].tolist() != list(range(10))  # the order of the file


def test_the_split_loses_and_doubles_nothing() -> None:
    from sklearn.datasets import load_digits

    digits = data.digits()
    rows = np.concatenate([digits.x_train, digits.x_test]).reshape(-1, 64) * 16
    labels = np.concatenate([digits.y_train, digits.y_test])
    whole = load_digits()
    ours = sorted([*map(float, row), int(label)] for row, label in zip(rows, labels, strict=True))
    theirs = sorted([*map(float, row), int(label)] for row, label in zip(whole.data, whole.target, strict=True))
    assert ours == theirs


def test_the_split_is_the_same_everywhere() -> None:
    digits = data.digits()
    digest = hashlib.sha256()
    for part in (digits.x_train, digits.y_train, digits.x_test, digits.y_test):
        digest.update(part.tobytes())
    assert digest.hexdigest()[:16] == "781eb2a6bec597d2"


def test_another_seed_is_another_split() -> None:
    assert not np.array_equal(data.digits(seed=0).y_test, data.digits(seed=1).y_test)


def test_importing_is_cheap_and_so_is_reading_what_is_bundled() -> None:
    heavy = "{'torch', 'sklearn', 'matplotlib', 'scipy', 'pandas', 'IPython'}"
    program = f"""
import sys
import course_lib
assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)
from course_lib import data
assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)
data.square(data.photo("flower"), 224)
data.photo("cat")
data.digits()
assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)
"""
    ran = subprocess.run([sys.executable, "-W", "always", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
