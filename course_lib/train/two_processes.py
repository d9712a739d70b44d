"""Two processes that compute together, as two devices do: both run one function, and they exchange tensors.

    with train.TwoProcesses() as two:
        first, second = two.run(work, x, y)  # work(peer, x, y), once in each process

Tensors travel by `torch.distributed` with gloo where the machine has a loopback interface, and through pipes where it
has no network at all. The result is the same.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import socket
import tempfile
import traceback
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal

import cloudpickle
import torch
from torch import distributed

from course_lib.train.peers import DistributedPeer, Peer, PipePeer

Backend = Literal["gloo", "nccl", "pipes"]
_PATIENCE = 120.0  # seconds for two processes to start, on a machine that does much else


class TwoProcesses:
    """Two processes that wait for work; they end with `close`, with the `with` block, or with this process.

    Args:
        backend: "gloo" and "pipes" are for the CPU, "nccl" for two GPUs; "auto" is gloo if it works here, else pipes.

    Attributes:
        backend: what carries the tensors.

    Raises ValueError for nccl on a machine with fewer than two GPUs, RuntimeError if the processes do not start.
    """

    def __init__(self, backend: Literal["auto", "gloo", "nccl", "pipes"] = "auto") -> None:
        if backend == "nccl" and torch.cuda.device_count() < 2:
            raise ValueError(f"nccl joins two GPUs; this machine has {torch.cuda.device_count()}")
        self.backend: Backend = ("gloo" if _gloo_works() else "pipes") if backend == "auto" else backend
        context = multiprocessing.get_context("spawn")
        to_second, to_first = context.Pipe(duplex=False), context.Pipe(duplex=False)  # each (read, write)
        channels = (to_first[0], to_second[1]), (to_second[0], to_first[1])
        self._folder = tempfile.TemporaryDirectory()  # where gloo and nccl find each other
        self._orders: list[Connection] = []
        self._answers: list[Connection] = []
        self._processes = []
        for rank, channel in enumerate(channels):
            orders, answers = context.Pipe(duplex=False), context.Pipe(duplex=False)
            place = str(Path(self._folder.name) / "store")
            process = context.Process(
                target=_serve, args=(rank, self.backend, place, channel, orders[0], answers[1]), daemon=True
            )
            process.start()
            for end in (orders[0], answers[1]):
                end.close()  # so that one who waits for a process that has ended is told
            self._orders.append(orders[1])
            self._answers.append(answers[0])
            self._processes.append(process)
        for end in (*to_second, *to_first):
            end.close()
        self._collect()

    def run(self, work: Callable[..., Any], *args: Any) -> list[Any]:
        """`work(peer, *args)` in both processes at once; what it returned in the first and in the second.

        `work` may be a function of a notebook. It sees the modules and values that it uses as they are now, and what
        it prints is not shown. Raises RuntimeError with its traceback if it fails; then both processes have ended.
        """
        if not self._processes:
            raise RuntimeError("the two processes have ended; start new ones")
        order = cloudpickle.dumps((work, args))
        for orders in self._orders:
            orders.send_bytes(order)
        return self._collect()

    def close(self) -> None:
        """End both processes."""
        for end in (*self._orders, *self._answers):
            end.close()
        for process in self._processes:
            process.terminate()
            process.join()
        self._processes = []
        self._folder.cleanup()

    def __enter__(self) -> TwoProcesses:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends both processes."""
        self.close()

    def _collect(self) -> list[Any]:
        """One answer of each process; the first failure ends both, since the other may wait for the one that failed."""
        results: dict[int, Any] = {}
        try:
            while len(results) < 2:
                waiting = {rank: end for rank, end in enumerate(self._answers) if rank not in results}
                ready = wait(list(waiting.values()))
                results |= {rank: _answer(rank, end) for rank, end in waiting.items() if end in ready}
        except BaseException:  # an interrupt too: half an answer fits no later question
            self.close()
            raise
        return [results[0], results[1]]


def _answer(rank: int, end: Connection) -> Any:
    try:
        fine, result = pickle.loads(end.recv_bytes())
    except EOFError:
        raise RuntimeError(f"process {rank} has ended") from None
    if not fine:
        raise RuntimeError(f"process {rank} failed:\n{result}")
    return result


def _serve(
    rank: int, backend: Backend, place: str, channel: tuple[Connection, Connection], orders: Connection,
    answers: Connection,
) -> None:  # fmt: skip
    """What each process does: join the other one, then do work after work until nobody asks any more."""
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # libraries write where a notebook would show it
        os.dup2(silence, stream)
    torch.set_num_threads(1)
    peer: Peer
    try:
        peer = PipePeer(rank, *channel) if backend == "pipes" else _joined(rank, backend, place)
        answers.send_bytes(pickle.dumps((True, None)))
        while True:
            work, args = pickle.loads(orders.recv_bytes())
            peer.sent = 0
            answers.send_bytes(cloudpickle.dumps((True, work(peer, *args))))
    except EOFError:  # the process that asks is gone
        return
    except BaseException:
        answers.send_bytes(pickle.dumps((False, traceback.format_exc())))


def _joined(rank: int, backend: Literal["gloo", "nccl"], place: str) -> DistributedPeer:
    if backend == "gloo" and (name := _loopback()):
        os.environ.setdefault("GLOO_SOCKET_IFNAME", name)  # else it looks this machine's name up in the network
    device = torch.device("cuda", rank) if backend == "nccl" else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group(
        backend, init_method=Path(place).as_uri(), rank=rank, world_size=2, timeout=timedelta(seconds=_PATIENCE)
    )
    return DistributedPeer(rank, device)


def _loopback() -> str | None:
    """The name of the interface that leads back to this machine, where interfaces have such names."""
    try:
        return next((name for _, name in socket.if_nameindex() if name in ("lo", "lo0")), None)
    except OSError:
        return None


def _gloo_works() -> bool:
    """Whether this PyTorch has gloo, and two processes of this machine can reach each other."""
    if not (distributed.is_available() and distributed.is_gloo_available()):
        return False
    try:
        with socket.socket() as server, socket.socket() as client:
            server.bind(("127.0.0.1", 0))
            server.listen()
            client.settimeout(2)
            client.connect(server.getsockname())
    except OSError:  # no interface, or a sandbox forbids sockets
        return False
    return True
