"""The loop: the same as the bare one, and its ways to stop."""

from __future__ import annotations

import signal

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import tqdm
from torch import nn

from course_lib import models, train
from course_lib.data import Images, augment
from course_lib.train.checkpoint_errors import NoCheckpoint


def test_fit_is_the_bare_loop(images, net, config, same):
    """Order, schedule, label smoothing, clipping, weight decay, momentum: written out here, equal to the last bit."""
    changes = {"label_smoothing": 0.1, "clip": 0.5, "weight_decay": 0.01, "augment": (), "channels_last": False}
    chosen = config(schedule=train.WarmUp(1).then(train.Cosine()), epochs=2, **changes)
    model, bare = net(), net()
    history = train.fit(model, images, chosen)

    split = images.validation(4, 0)
    bare[0].measure(split.x_train)
    x, y = torch.from_numpy(split.x_train) / 255, torch.from_numpy(split.y_train)
    optimizer = torch.optim.SGD(bare.parameters(), 0.05, momentum=0.9, weight_decay=0.01, nesterov=True)
    torch.manual_seed(0)
    losses = []
    for step in range(8):
        epoch, place = divmod(step, 4)
        batch = np.random.default_rng([0, epoch]).permutation(16)[4 * place : 4 * place + 4]
        factor = 0.1 + 0.9 * step / 4 if epoch == 0 else (1 + np.cos(np.pi * place / 4)) / 2
        optimizer.param_groups[0]["lr"] = 0.05 * factor
        loss = F.cross_entropy(bare(x[batch]), y[batch], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(bare.parameters(), 0.5)
        optimizer.step()
        losses.append(float(loss.detach()))
    assert same(model, bare)
    assert [row.train_loss for row in history.rows] == pytest.approx([np.mean(losses[:4]), np.mean(losses[4:])])
    assert history.rows[-1].val_loss == train.evaluate(bare, split.x_test, split.y_test).loss
    assert history.rows[-1].lr == pytest.approx(0.05 * (1 + np.cos(np.pi * 0.75)) / 2)
    assert (history.stopped, history.steps) == ("finished", 8)


def test_it_learns(images, net, config):
    chosen = config(epochs=30, augment=(augment.flip,), validation=0, optimizer="adam", lr=0.01)
    model = net()
    history = train.fit(model, images, chosen)
    assert history.rows[-1].train_loss < 0.3 * history.rows[0].train_loss
    assert train.evaluate(model, images.x_train, images.y_train).accuracy > 0.9
    assert not model.training


def test_a_seed_decides_everything(images, net, config, same, still):
    runs = []
    for seed in (1, 1, 2):
        model = net()
        runs.append((model, train.fit(model, images, config(seed=seed), clock=still)))
    assert same(runs[0][0], runs[1][0])
    assert runs[0][1].rows == runs[1][1].rows
    assert not same(runs[0][0], runs[2][0])


@pytest.mark.covers("T02")
def test_statistics_are_those_of_the_pictures_that_are_trained_on(images, net, config):
    model = net()
    train.fit(model, images, config(seed=5, epochs=1))
    expected = augment.ChannelStatistics.of(images.validation(4, 5).x_train)
    assert torch.equal(model[0].mean, torch.tensor(expected.mean))
    assert torch.equal(model[0].std, torch.tensor(expected.std))
    darker = Images(images.x_train // 2, images.y_train, images.x_test, images.y_test, images.classes)
    train.fit(model, darker, config(epochs=1))
    assert torch.equal(model[0].mean, torch.tensor(expected.mean)), "what a net has learned to see stays as it is"


def test_frozen_weights_stay(images, net, config):
    model = net()
    model[1].weight.requires_grad_(False)
    before = model[1].weight.clone()
    train.fit(model, images, config(epochs=1))
    assert torch.equal(model[1].weight, before)
    model.requires_grad_(False)
    with pytest.raises(ValueError, match="nothing to train"):
        train.fit(model, images, config())


def test_bfloat16_computes_in_it_and_keeps_the_weights_in_float32(images, net, config):
    seen = []
    model = net()
    model[1].register_forward_hook(lambda layer, inputs, output: seen.append(output.dtype))
    history = train.fit(model, images, config(precision="bfloat16", epochs=1))
    assert set(seen[1:]) >= {torch.bfloat16}
    assert model[1].weight.dtype == torch.float32
    assert np.isfinite(history.rows[0].train_loss)


def test_channels_last_is_the_order_of_memory(images, net, config):
    model = net()
    train.fit(model, images, config(epochs=1))
    assert model[1].weight.is_contiguous(memory_format=torch.channels_last)


def test_ctrl_c_stops_after_the_step_and_the_net_keeps_it(images, net, config, at, same):
    handler = signal.getsignal(signal.SIGINT)
    interrupting = at(6, lambda: signal.raise_signal(signal.SIGINT))
    model = net()
    history = train.fit(model, images, config(augment=(interrupting,)))
    assert (history.stopped, history.steps, len(history.rows)) == ("interrupted", 6, 1)
    assert signal.getsignal(signal.SIGINT) is handler
    other = net()
    train.fit(other, images, config(augment=(at(3, lambda: None),), epochs=1))
    assert not same(model, other)


def test_a_second_ctrl_c_is_obeyed_at_once(images, net, config, at):
    handler = signal.getsignal(signal.SIGINT)

    def twice() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train.fit(net(), images, config(augment=(at(2, twice),)))
    assert signal.getsignal(signal.SIGINT) is handler


def test_the_time_budget_ends_at_a_step(images, net, config, at):
    now = [100.0]

    def tick(x, generator):
        now[0] += 1
        return x

    history = train.fit(net(), images, config(augment=(tick,), seconds=5.5), clock=lambda: now[0])
    assert (history.stopped, history.steps) == ("time", 6)
    assert history.rows[0].seconds == 4


def test_early_stop_goes_back_to_the_best_weights(images, net, config):
    model = net()
    history = train.fit(model, images, config(epochs=60, lr=0.5, patience=4))
    losses = history.column("val_loss")
    assert history.stopped == "early stop"
    assert losses.index(min(losses)) == len(losses) - 5
    split = images.validation(4, 0)
    assert train.evaluate(model, split.x_test, split.y_test).loss == history.best.val_loss == min(losses)


def test_a_plateau_lowers_the_learning_rate(images, net, config):
    schedule = train.Plateau(by=0.5, patience=0)
    history = train.fit(net(), images, config(epochs=12, lr=0.5, schedule=schedule))
    losses = history.column("val_loss")
    expected = [0.5 * schedule.factor(train.Moment(n, 12, tuple(losses[:n]))) for n in range(12)]
    assert history.column("lr") == expected
    assert expected[-1] < 0.5


def test_a_training_that_diverges_says_so_and_keeps_the_last_good_file(images, net, config, at, tmp_path):
    path = tmp_path / "run.safetensors"
    model = net()

    def spoil() -> None:
        with torch.no_grad():
            model[1].weight.fill_(float("nan"))

    history = train.fit(model, images, config(augment=(at(7, spoil),), checkpoint=path))
    assert (history.stopped, len(history.rows)) == ("diverged", 2)
    assert "smaller lr" in history.table()
    fresh = net(1)
    train.load_weights(fresh, path)
    assert fresh[1].weight.isfinite().all()
    with pytest.raises(NoCheckpoint):
        train.load_weights(fresh, tmp_path / "other.safetensors")


def test_what_does_not_fit_the_net_is_said_at_the_start(images, net, config):
    with pytest.raises(ValueError, match=r"the net has 2 outputs, but labels go up to 2: it needs classes=3"):
        train.fit(models.plain((4,), classes=2), images, config())
    with pytest.raises(ValueError, match="pictures of 1 channels"):
        train.fit(models.plain((4,), channels=1), images, config())


def test_torch_is_left_as_it_was_found(images, net, config, at):
    def state():
        filled = torch.utils.deterministic.fill_uninitialized_memory
        return torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark, filled

    seen: list[tuple[bool, ...]] = []
    before = state()
    train.fit(net(), images, config(augment=(at(1, lambda: seen.append(state())),), epochs=1))
    assert seen == [(True, False, False)]
    assert state() == before


def test_device_and_bar_are_shown(images, net, config, capsys, monkeypatch):
    monkeypatch.setattr("tqdm.auto.tqdm", tqdm.tqdm)  # another test may have made this process a notebook
    train.fit(net(), images, config(epochs=1, progress=True))
    shown = capsys.readouterr()
    assert "Training on cpu (threads: 1), float32: 16 pictures, 4 held out to validate." in shown.out
    assert "val_accuracy" in shown.err
