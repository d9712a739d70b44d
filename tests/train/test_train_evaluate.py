"""Judging a net leaves it as it was found."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib import train


def test_loss_and_accuracy_are_those_of_evaluation_mode(images, net):
    model = net().train()
    statistics = model[2].running_mean.clone()
    score = train.evaluate(model, images.x_train, images.y_train, at_once=7)
    assert torch.equal(model[2].running_mean, statistics)
    with torch.no_grad():
        logits = model.eval()(torch.from_numpy(images.x_train) / 255)
    y = torch.from_numpy(images.y_train)
    assert score.loss == pytest.approx(float(F.cross_entropy(logits, y)), rel=1e-6)
    assert score.accuracy == pytest.approx(float((logits.argmax(1) == y).float().mean()))
    assert torch.allclose(train.predict(model, images.x_train), logits, atol=1e-6)
    assert "% of 20 right" in repr(score)


def test_each_layer_is_in_its_own_mode_again_even_after_an_error(images, net):
    model = net().train()
    model[2].eval()
    modes = [layer.training for layer in model.modules()]
    train.evaluate(model, images.x_train, images.y_train)
    assert [layer.training for layer in model.modules()] == modes
    with pytest.raises(RuntimeError):
        train.evaluate(model, images.x_train[:, :, :5], images.y_train)
    assert [layer.training for layer in model.modules()] == modes


def test_bytes_and_floats_of_0_to_1_are_the_same_pictures(images, net):
    floats = images.x_train.astype(np.float32) / 255
    assert torch.equal(train.predict(net(), images.x_train), train.predict(net(), torch.from_numpy(floats)))


def test_what_cannot_be_judged_is_said(images, net):
    x, y = images.x_train, images.y_train
    with pytest.raises(ValueError, match=r"20 pictures need labels of shape \(20,\), not \(19,\)"):
        train.evaluate(net(), x, y[1:])
    with pytest.raises(ValueError, match="3 outputs, but labels go from 1 to 3"):
        train.evaluate(net(), x, y + 1)
    with pytest.raises(ValueError, match=r"\(0, 3, 8, 6\); it must be"):
        train.evaluate(net(), x[:0], y[:0])
    with pytest.raises(ValueError, match=r"logits \(N, classes\)"):
        train.evaluate(net()[:2], x, y)
