"""Two processes exchange tensors, by gloo or through pipes, and tell what went wrong in them."""

import socket

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import train
from course_lib.train import two_processes

# Work is defined inside of functions, as in a notebook: the new processes cannot import this file.


@pytest.fixture(scope="module", params=["gloo", "pipes"])
def two(request):
    if request.param == "gloo" and not two_processes._gloo_works():
        pytest.skip("no loopback interface")
    with train.TwoProcesses(request.param) as processes:
        yield processes


def test_both_have_the_sum_and_all_parts_in_order(two):
    x = torch.arange(6.0).view(2, 3)

    def work(peer, x):
        mine = x * (peer.rank + 1)
        return peer.all_gather(mine), peer.all_reduce(mine), mine, peer.sent

    for gathered, summed, in_place, sent in two.run(work, x):
        assert torch.equal(gathered, torch.cat([x, 2 * x]))
        assert torch.equal(summed, 3 * x)
        assert torch.equal(in_place, 3 * x)
        assert sent == 2 * 24  # bytes, of this work alone


def test_tensors_larger_than_a_pipe_and_of_other_kinds_travel(two):
    def work(peer, x):
        return peer.all_reduce(x.clone()), peer.all_gather(x.t())

    for x in (torch.randn(700, 900, dtype=torch.float64), torch.arange(12).view(3, 4)):
        (summed, gathered), other = two.run(work, x)
        assert torch.equal(summed, 2 * x)
        assert torch.equal(gathered, torch.cat([x.t(), x.t()]))
        assert torch.equal(other[0], summed)


def test_gradients_of_halves_are_those_of_the_whole(two):
    torch.manual_seed(1)
    net, x, y = (
        nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(36, 5)),
        torch.randn(6, 2, 5, 6),
        torch.arange(6),
    )

    def work(peer, net, x, y):
        F.cross_entropy(net(x.chunk(2)[peer.rank]), y.chunk(2)[peer.rank]).backward()
        return [peer.all_reduce(p.grad) / 2 for p in net.parameters()]

    first, second = two.run(work, net, x, y % 5)
    F.cross_entropy(net(x), y % 5).backward()
    for p, a, b in zip(net.parameters(), first, second, strict=True):
        torch.testing.assert_close(a, p.grad, atol=1e-6, rtol=0)
        assert torch.equal(a, b)


def test_one_that_fails_is_told_and_ends_both():
    def work(peer):
        if peer.rank == 1:
            raise KeyError("no such layer")
        return peer.all_reduce(torch.ones(3))  # waits for the other

    with train.TwoProcesses("pipes") as processes:
        running = list(processes._processes)
        with pytest.raises(RuntimeError, match=r"(?s)process 1 failed:.*KeyError: 'no such layer'"):
            processes.run(work)
        assert not any(process.is_alive() for process in running)
        with pytest.raises(RuntimeError, match="have ended; start new ones"):
            processes.run(work)


def test_without_an_interface_gloo_is_not_tried(monkeypatch):
    def no_socket(*_):
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "socket", no_socket)
    assert not two_processes._gloo_works()


def test_nccl_needs_two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="joins two GPUs; this machine has 1"):
        train.TwoProcesses("nccl")
