"""Weights come back as they were, or not at all: each kind of bad file with its own error."""

from __future__ import annotations

import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from course_lib import train
from course_lib.train import checkpoint


@pytest.fixture
def path(tmp_path, net):
    path = tmp_path / "folder" / "net.safetensors"
    train.save(path, net())
    return path


def test_weights_and_statistics_come_back(path, net, same, images):
    trained = net()
    trained[0].measure(images.x_train)
    train.save(path, trained)
    model = net(1)
    train.load_weights(model, path)
    assert same(model, trained)
    assert list(path.parent.iterdir()) == [path]


def test_a_tensor_out_of_order_in_memory_is_written_in_order(path, net, same):
    trained = net().to(memory_format=torch.channels_last)
    train.save(path, trained)
    model = net(1)
    train.load_weights(model, path)
    assert same(model, trained)


def test_files_of_others_with_the_nets_names_are_read(path, net, same):
    save_file(net(3).state_dict(), path)
    model = net(1)
    train.load_weights(model, path)
    assert same(model, net(3))


def test_the_bytes_of_a_file_are_as_good_as_the_file(path, net, same):
    model = net(1)
    train.load_weights(model, path.read_bytes())
    assert same(model, net())


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (lambda content: content[:-1], train.DamagedCheckpoint, "the file is not a whole safetensors file"),
        (lambda content: b"", train.DamagedCheckpoint, "the file is not a whole safetensors file"),
        (lambda content: pickle.dumps(content), train.PickleRefused, "the file is a pickle"),
        (lambda content: content + bytes(17 << 20), train.TooLarge, "the file has 17,8.* bytes"),
        (lambda content: content.replace(b"6.bias", b"6.bios"), train.WrongNames, "the file is of another net"),
    ],
)
def test_bad_bytes_are_refused_and_nothing_is_changed(path, net, same, damage, error, message):
    model = net(1)
    with pytest.raises(error, match=message):
        train.load_weights(model, damage(path.read_bytes()))
    assert same(model, net(1))


def test_a_training_with_patience_gives_its_best_weights(path, net, images, config, same):
    trained, model = net(), net(1)
    history = train.fit(trained, images, config(epochs=60, lr=0.5, patience=4, checkpoint=path))
    assert history.stopped == "early stop"
    train.load_weights(model, path)
    assert same(model, trained)


def without_last(state):
    return dict(list(state.items())[:-1])


BAD_TENSORS = [
    (lambda s: without_last(s), train.WrongNames, r"it lacks 6\.bias; make the net"),
    (lambda s: s | {"x": s["1.weight"].clone()}, train.WrongNames, "it has x; make the net"),
    (lambda s: s | {"6.bias": torch.zeros(4)}, train.WrongShape, r"6\.bias has shape \(4,\); the net needs \(3,\)"),
    (
        lambda s: s | {"6.bias": torch.zeros(3).half()},
        train.WrongDtype,
        r"6\.bias holds F16; the net needs torch\.float",
    ),
    (lambda s: s | {"6.bias": torch.tensor([0.0, float("nan"), 1])}, train.NotFinite, r"6\.bias has 1 values"),
    (lambda s: s | {"2.running_var": torch.full((4,), float("inf"))}, train.NotFinite, "running_var has 4 values"),
    (lambda s: s | {"6.bias": torch.zeros(5_000_000)}, train.TooLarge, "has 20,0.* bytes, but this net has only"),
]


@pytest.mark.parametrize(("change", "kind", "message"), BAD_TENSORS)
def test_other_tensors_are_refused(path, net, same, change, kind, message):
    save_file(change(net(3).state_dict()), path)
    model = net(1)
    with pytest.raises(kind, match=message):
        train.load_weights(model, path)
    assert same(model, net(1)), "nothing is changed by a file that is refused"


def halved(data: bytes) -> bytes:
    return data[: len(data) // 2]


BAD_FILES = [
    (lambda data: b"", train.DamagedCheckpoint, "not a whole safetensors file"),
    (lambda data: halved(data), train.DamagedCheckpoint, "not a whole safetensors file"),
    (lambda data: data[:-1], train.DamagedCheckpoint, "not a whole safetensors file"),
    (lambda data: data + b"more", train.DamagedCheckpoint, "not a whole safetensors file"),
    (lambda data: b"\xff" * 8 + data[8:], train.DamagedCheckpoint, "not a whole safetensors file"),
    (lambda data: b"GIF89a" + data, train.DamagedCheckpoint, "not a whole safetensors file"),
    (lambda data: data.replace(b"shape", b"sh\xffpe", 1), train.DamagedCheckpoint, "not a whole safetensors file"),
    (lambda data: pickle.dumps({"weight": 1}), train.PickleRefused, "can run any program"),
    (lambda data: pickle.dumps({"weight": 1}, protocol=2), train.PickleRefused, "can run any program"),
]


@pytest.mark.parametrize(("change", "kind", "message"), BAD_FILES)
def test_other_files_are_refused(path, net, same, change, kind, message):
    path.write_bytes(change(path.read_bytes()))
    model = net(1)
    with pytest.raises(kind, match=message):
        train.load_weights(model, path)
    assert same(model, net(1))


def test_what_torch_saves_is_a_pickle(path, net, tmp_path):
    torch.save(net().state_dict(), path)
    with pytest.raises(train.PickleRefused, match=r"train\.save\(path, model\)"):
        train.load_weights(net(), path)
    with pytest.raises(train.NoCheckpoint, match="is not there, or no file"):
        train.load_weights(net(), tmp_path)


def test_every_refusal_is_a_course_error():
    kinds = {getattr(train, name) for name in train.__all__ if isinstance(getattr(train, name), type)}
    errors = {kind for kind in kinds if issubclass(kind, Exception)}
    assert len(errors) == 10
    assert all(issubclass(error, train.CheckpointError) for error in errors)


def test_a_net_that_is_not_finite_is_not_written_over_a_good_one(path, net):
    before = path.read_bytes()
    bad = net()
    with torch.no_grad():
        bad[6].bias[1] = float("nan")
    with pytest.raises(train.NotFinite, match=r"model\.6\.bias has 1 values"):
        train.save(path, bad)
    assert path.read_bytes() == before


@pytest.mark.parametrize("where", ["save_file", "replace"])
def test_a_write_that_fails_leaves_the_old_file(path, net, monkeypatch, where):
    before = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoint if where == "save_file" else os, where, fail)
    with pytest.raises(OSError, match="no space"):
        train.save(path, net(3))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_file_is_plain_safetensors(path, net):
    assert {name.removeprefix("model.") for name in load_file(path)} == set(net().state_dict())
