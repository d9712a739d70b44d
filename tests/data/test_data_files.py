"""CIFAR-10, MNIST and folders of pictures, from files made here: what is read, and what is refused."""

from __future__ import annotations

import gzip
import http.server
import pickle
import struct
import tarfile
import threading

import numpy as np
import pytest
from PIL import Image

from course_lib import data
from course_lib.data import download, safe_pickle
from course_lib.data.cifar10 import ARCHIVE
from course_lib.data.mnist import MIRRORS, read_idx
from course_lib.errors import CourseError

BATCHES = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]


def batch(n: int) -> dict[bytes, object]:
    rng = np.random.default_rng(n)
    return {b"data": rng.integers(0, 256, (4, 3072), dtype=np.uint8), b"labels": [n, 9, 0, 1]}


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for n, name in enumerate(BATCHES):
        (folder / name).write_bytes(pickle.dumps(batch(n), protocol=2))
    (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": [b"cat", b"dog"]}, protocol=2))
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return folder


def check_cifar(images: data.Images) -> None:
    assert images.x_train.shape == (20, 3, 32, 32)
    assert images.y_train[::4].tolist() == [0, 1, 2, 3, 4]
    assert images.y_test.tolist() == [5, 9, 0, 1]
    assert np.array_equal(images.x_test[2].ravel(), batch(5)[b"data"][2])
    assert images.classes == ("cat", "dog")


def test_cifar10_is_read_from_a_folder_or_the_archive(cifar, tmp_path, monkeypatch):
    check_cifar(data.cifar10())
    monkeypatch.setenv("COURSE_DATA", str(cifar))
    check_cifar(data.cifar10())
    alone = tmp_path / "archive"
    alone.mkdir()
    with tarfile.open(alone / "cifar-10-python.tar.gz", "w:gz") as archive:
        archive.add(cifar, "cifar-10-batches-py")
    monkeypatch.setenv("COURSE_DATA", str(alone))
    check_cifar(data.cifar10())


class Evil:
    def __reduce__(self):
        return print, ("this must never run",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pickle.dumps({b"data": Evil(), b"labels": []}), "builtins.print"),
        (pickle.dumps({b"data": np.array([Evil()], dtype=object), b"labels": [1]}), "builtins.print"),
        (pickle.dumps({b"data": np.array([None]), b"labels": [1]}), "an array in it holds objects"),
        (b"no pickle at all", "not a pickle"),
        (pickle.dumps({b"labels": [1]}), "no file of CIFAR-10"),
        (pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]}), "2 pictures, 1 labels"),
        (pickle.dumps({b"data": np.zeros((1, 3072), np.uint8), b"labels": [10]}), "no file of CIFAR-10"),
    ],
    ids=["a call", "an object in an array", "None in an array", "noise", "a part", "lengths", "label"],
)
def test_a_damaged_or_hostile_file_is_refused(cifar, capsys, content, said):
    (cifar / "data_batch_3").write_bytes(content)
    with pytest.raises(CourseError, match=said) as caught:
        data.cifar10()
    assert "data_batch_3" in str(caught.value)
    assert "never run" not in capsys.readouterr().out


def test_missing_files_are_named(cifar, tmp_path, monkeypatch):
    (cifar / "test_batch").unlink()
    with pytest.raises(CourseError, match=r"test_batch is missing: unpack cifar-10-python\.tar\.gz once more"):
        data.cifar10()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(CourseError, match=r"which is no folder\. Make it, or unset COURSE_DATA"):
        data.cifar10()
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "empty"))
    with pytest.raises(CourseError, match="neither cifar-10-batches-py/ nor"):
        data.cifar10()
    with pytest.raises(CourseError, match=r"train-images-idx3-ubyte\.gz does not lie there"):
        data.mnist()


def test_a_pickle_of_numbers_and_text_is_read():
    value = {b"a": np.arange(3.0), "b": [1, 2.5, "text", b"bytes", None, True], "c": (np.zeros((2, 2), np.int16),)}
    for protocol in range(2, 6):
        found = safe_pickle.loads(pickle.dumps(value, protocol), "it")
        assert found["b"] == value["b"]
        assert np.array_equal(found[b"a"], value[b"a"])


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def test_mnist_is_read_packed_or_not(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    pictures = np.arange(2 * 28 * 28).astype(np.uint8).reshape(2, 28, 28)
    for split in ("train", "t10k"):
        (tmp_path / f"{split}-images-idx3-ubyte").write_bytes(idx(pictures))
        packed = gzip.compress(idx(np.array([7, 3], np.uint8)))
        (tmp_path / "mnist" / f"{split}-labels-idx1-ubyte.gz").write_bytes(packed)
    images = data.mnist()
    assert np.array_equal(images.x_test, pictures[:, None])
    assert images.y_train.tolist() == [7, 3]


@pytest.mark.parametrize("content", [b"", b"\0\0\x08", b"\0\0\x0d\x01\0\0\0\0", idx(np.zeros(5, np.uint8))[:-1]])
def test_a_damaged_idx_file_is_refused(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(CourseError, match=r"is no IDX file|is damaged: it says \(5,\), but holds 4 numbers"):
        read_idx(tmp_path / "file")
    (tmp_path / "file.gz").write_bytes(gzip.compress(idx(np.zeros(50, np.uint8)))[:-9])
    with pytest.raises(CourseError, match="cannot be read"):
        read_idx(tmp_path / "file.gz")


def save(path, color, size=(40, 20)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)


def test_a_folder_of_pictures_is_split_evenly(tmp_path):
    for n in range(10):
        save(tmp_path / "cats" / f"{n}.png", (255, 0, n))
        save(tmp_path / "dogs" / "more" / f"{n}.jpg", (0, 0, 255))
    images = data.folder(tmp_path, size=16)
    assert images.classes == ("cats", "dogs")
    assert images.x_train.shape == (16, 3, 16, 16)
    assert np.bincount(images.y_test).tolist() == [2, 2]
    assert images.x_train[images.y_train == 0][:, 0].min() == 255
    assert np.array_equal(data.folder(tmp_path, size=16).x_test, images.x_test)


def test_a_folder_may_bring_its_split(tmp_path):
    for split, count in (("train", 3), ("test", 2)):
        for name in ("a", "b"):
            for n in range(count):
                save(tmp_path / split / name / f"{n}.png", (n, n, n))
    images = data.folder(tmp_path)
    assert (len(images.y_train), len(images.y_test)) == (6, 4)


def test_a_folder_that_cannot_be_used_says_why(tmp_path):
    with pytest.raises(CourseError, match="is no folder"):
        data.folder(tmp_path / "nowhere")
    with pytest.raises(CourseError, match="has 0 sub-folders; at least two"):
        data.folder(tmp_path)
    save(tmp_path / "a" / "1.png", (0, 0, 0))
    (tmp_path / "b").mkdir()
    with pytest.raises(CourseError, match="b holds no picture"):
        data.folder(tmp_path)
    (tmp_path / "b" / "1.png").write_bytes(b"no picture")
    with pytest.raises(CourseError, match=r"1\.png is no picture"):
        data.folder(tmp_path)
    save(tmp_path / "b" / "1.png", (0, 0, 0))
    with pytest.raises(CourseError, match="2 pictures are too few"):
        data.folder(tmp_path)


CONTENT = bytes(range(256)) * 4096  # four times what is read at once


class Server(http.server.BaseHTTPRequestHandler):
    """Gives CONTENT, from where it is asked to; breaks off in the middle on /half; says no on /gone."""

    def do_GET(self) -> None:
        if self.path == "/gone":
            self.send_error(404)
            return
        begin = int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.server.asked.append((self.path, begin))  # type: ignore[attr-defined]
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(CONTENT) - begin))
        self.end_headers()
        body = CONTENT[begin:]
        self.wfile.write(body[: len(body) // 2] if self.path == "/half" else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        running.asked = []  # type: ignore[attr-defined]
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def remote(server, *paths: str, content: bytes = CONTENT) -> download.Remote:
    import hashlib

    address = f"http://127.0.0.1:{server.server_port}"
    return download.Remote("file.bin", hashlib.sha256(content).hexdigest(), tuple(address + path for path in paths))


def test_a_download_tries_the_mirrors_goes_on_where_it_broke_off_and_is_kept(server, tmp_path):
    path = download.fetch(remote(server, "/gone", "/half", "/file"), tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked == [("/half", 0), ("/file", len(CONTENT) // 2)]
    assert download.fetch(remote(server, "/file"), tmp_path) == path
    assert len(server.asked) == 2, "it was downloaded again"
    assert [file.name for file in tmp_path.iterdir()] == ["file.bin"]


def test_a_failed_download_says_what_happened_and_what_to_do(server, tmp_path):
    with pytest.raises(CourseError) as caught:
        download.fetch(remote(server, "/gone", "/file", content=b"something else"), tmp_path)
    said = str(caught.value)
    for part in ("file.bin could not be downloaded", "404", "does not match", str(tmp_path), "COURSE_DATA", "shapes()"):
        assert part in said, said
    assert list(tmp_path.iterdir()) == [], "a file with the wrong content was kept"


def test_without_a_network_the_sentence_says_so(tmp_path):
    gone = download.Remote("file.bin", "0" * 64, ("http://127.0.0.1:9/file.bin",))
    with pytest.raises(CourseError, match="could not be downloaded"):
        download.fetch(gone, tmp_path)


def test_the_real_addresses_are_secure():
    assert all(address.startswith("https://") for address in (*ARCHIVE.mirrors, *MIRRORS))
