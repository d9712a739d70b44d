"""A training that is stopped and goes on ends with the same bits as one that never stopped."""

from __future__ import annotations

import random
import signal

import numpy as np
import pytest
import torch

from course_lib import train
from course_lib.data import Images
from course_lib.train.run import Run
from course_lib.train.saving import restore_run

ADAM = {"optimizer": "adam", "lr": 0.01, "channels_last": False, "patience": 9}
PLATEAU = {"schedule": train.WarmUp(1).then(train.Plateau(patience=0)), "clip": 0.1, "label_smoothing": 0.1}
SETTINGS = {"sgd": PLATEAU, "adam": ADAM, "adagrad": {"optimizer": "adagrad"}, "no momentum": {"momentum": 0.0}}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
def test_interrupted_after_any_step_it_goes_on_bit_for_bit(images, net, config, at, same, still, tmp_path, settings):
    usual = config().augment
    whole = net()
    expected = train.fit(whole, images, config(**settings, augment=(*usual, at(99, lambda: None))), clock=still)
    for step in range(1, 12):
        path = tmp_path / f"{step}.safetensors"
        stop = at(step, lambda: signal.raise_signal(signal.SIGINT))
        part = train.fit(net(), images, config(**settings, augment=(*usual, stop), checkpoint=path), clock=still)
        assert (part.stopped, part.steps) == ("interrupted", step)
        train.seed_everything(999 + step)
        model = net(seed=step)
        rest = config(**settings, augment=(*usual, at(99, lambda: None)))
        history = train.resume(path, model, images, rest, clock=still)
        assert history.rows == expected.rows, step
        assert history.steps == expected.steps
        assert same(model, whole), step


def test_it_can_be_stopped_again_and_again(images, net, config, same, still, tmp_path):
    """By the clock, two steps at a time; the time of all parts is added up."""
    path, now = tmp_path / "run.safetensors", [0.0]
    usual = config().augment

    def tick(x, generator):
        now[0] += 1
        return x

    whole = net()
    expected = train.fit(whole, images, config(augment=(*usual, tick)), clock=lambda: now[0])
    chosen = config(augment=(*usual, tick), seconds=2, checkpoint=path)
    history = train.fit(net(), images, chosen, clock=lambda: now[0])
    while history.stopped == "time":
        model = net(seed=history.steps)
        history = train.resume(path, model, images, chosen, clock=lambda: now[0])
    assert same(model, whole)
    assert [row.seconds for row in history.rows] == [4, 8, 12] == [row.seconds for row in expected.rows]


def test_random_numbers_afterwards_are_the_same_too(images, net, config, tmp_path):
    path = tmp_path / "run.safetensors"

    def drawn() -> tuple[float, float, float]:
        return random.random(), np.random.rand(), float(torch.rand(()))  # noqa: NPY002  # the global one

    train.fit(net(), images, config(checkpoint=path))
    expected = drawn()
    history = train.resume(path, net(1), images, config())
    assert history.stopped == "finished"
    assert drawn() == expected


def test_more_epochs_may_follow(images, net, config, same, tmp_path, still):
    path = tmp_path / "run.safetensors"
    whole, model = net(), net(1)
    expected = train.fit(whole, images, config(epochs=5), clock=still)
    train.fit(net(), images, config(epochs=2, checkpoint=path), clock=still)
    assert train.resume(path, model, images, config(epochs=5), clock=still).rows == expected.rows
    assert same(model, whole)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": 0.1}, r"lr was 0\.05 and is 0\.1 now"),
        ({"seed": 3}, "seed was 0 and is 3 now"),
        ({"precision": "bfloat16"}, "precision was float32 and is bfloat16 now"),
        ({"schedule": train.Cosine()}, r"schedule was Constant\(epochs=None\) and is Cosine\(end=0\.0\) now"),
        ({"augment": ()}, "augment was shake and is  now"),
    ],
)
def test_a_training_that_began_differently_is_refused(images, net, config, tmp_path, changes, message):
    path = tmp_path / "run.safetensors"
    train.fit(net(), images, config(epochs=1, checkpoint=path))
    with pytest.raises(train.OtherTraining, match=message):
        train.resume(path, net(), images, config(**changes))


def test_other_pictures_are_refused(images, net, config, tmp_path):
    path = tmp_path / "run.safetensors"
    train.fit(net(), images, config(epochs=1, checkpoint=path))
    x = images.x_train.copy()
    x[3, 1, 2, 2] += 1
    others = Images(x, images.y_train, images.x_test, images.y_test, images.classes)
    with pytest.raises(train.OtherTraining, match="the set of training pictures was"):
        train.resume(path, net(), others, config())


def test_weights_alone_cannot_go_on(images, net, config, tmp_path):
    train.save(tmp_path / "weights.safetensors", net())
    with pytest.raises(train.OtherTraining, match="holds weights alone"):
        train.resume(tmp_path / "weights.safetensors", net(), images, config())


def test_a_damaged_training_is_refused_and_the_weights_stay(images, net, config, tmp_path, same):
    from safetensors import safe_open
    from safetensors.torch import save_file

    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.safetensors"
    train.fit(net(), images, config(epochs=1, checkpoint=good))
    with safe_open(good, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        note = file.metadata()["cnn-course"]
    momentum = "optimizer.0.momentum_buffer"
    cases = [
        (tensors, note[:-1], train.DamagedCheckpoint, "text beside its tensors"),
        (tensors, note.replace('"step": 4', '"step": 400'), train.DamagedCheckpoint, "400 steps and 1 epochs"),
        (tensors, note.replace('"lr"', '"rate"', 1), train.DamagedCheckpoint, "another version of the course"),
        (tensors, note.replace('"MT19937"', '"X"'), train.DamagedCheckpoint, "what it says of its training"),
        (tensors | {"random.torch": torch.zeros(7, dtype=torch.uint8)}, note, train.DamagedCheckpoint, "RNG state"),
        (tensors | {"optimizer.9.momentum_buffer": torch.zeros(1)}, note, train.DamagedCheckpoint, "nothing that sgd"),
        (tensors | {momentum: torch.zeros(2)}, note, train.WrongShape, momentum),
        (tensors | {momentum: tensors[momentum] / 0}, note, train.NotFinite, momentum),
        ({n: t for n, t in tensors.items() if n != "generator"}, note, train.DamagedCheckpoint, "generator"),
        ({n: t for n, t in tensors.items() if n != "model.1.weight"}, note, train.WrongNames, "lacks 1.weight"),
    ]
    for contents, text, kind, message in cases:
        save_file(contents, bad, metadata={"cnn-course": text})
        model = net(1)
        with pytest.raises(kind, match=message):
            train.resume(bad, model, images, config())
        assert all(torch.equal(a, b) for a, b in zip(model.parameters(), net(1).parameters(), strict=True)), message


def test_the_optimizer_keeps_its_order_of_memory(images, net, config, tmp_path):
    path, chosen = tmp_path / "run.safetensors", config(epochs=1, checkpoint=tmp_path / "run.safetensors")
    train.fit(net(), images, chosen)
    run = Run(net(), images, chosen, lambda: 0.0)
    restore_run(path, run)
    for parameter, state in run.optimizer.state.items():
        assert state["momentum_buffer"].stride() == parameter.stride()
    assert run.model[1].weight.stride() != net()[1].weight.stride()


def test_a_change_of_device_is_said(images, net, config, tmp_path):
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = tmp_path / "run.safetensors"
    train.fit(net(), images, config(epochs=1, checkpoint=path))
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        note = file.metadata()["cnn-course"]
    save_file(tensors, path, metadata={"cnn-course": note.replace('"device": "cpu"', '"device": "cuda"')})
    with pytest.warns(UserWarning, match="saved on cuda and goes on on cpu"):
        train.resume(path, net(), images, config(epochs=1))
