"""One of two processes as the work in it sees it: which one it is, and how it exchanges tensors with the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from multiprocessing.connection import Connection

import torch
from torch import Tensor, distributed


class Peer(ABC):
    """One of two processes that compute together.

    Attributes:
        rank: 0 or 1.
        device: where its tensors are.
        sent: bytes of tensors sent to the other in this work; an all-reduce of n bytes sends n, as in a ring of two.
    """

    def __init__(self, rank: int, device: torch.device) -> None:
        self.rank = rank
        self.device = device
        self.sent = 0

    def all_reduce(self, tensor: Tensor) -> Tensor:
        """The sum of the tensors of both, put into `tensor` in place; both call it with tensors of one shape."""
        self.sent += tensor.numel() * tensor.element_size()
        with torch.no_grad():
            return self._add(tensor)

    def all_gather(self, tensor: Tensor) -> Tensor:
        """(N, ...) -> (2N, ...): the tensor of the first process, then that of the second; of one shape in both."""
        self.sent += tensor.numel() * tensor.element_size()
        other = torch.empty_like(tensor, requires_grad=False)
        return self._join(tensor.detach().contiguous(), other.contiguous())

    @abstractmethod
    def _add(self, tensor: Tensor) -> Tensor: ...

    @abstractmethod
    def _join(self, own: Tensor, other: Tensor) -> Tensor: ...


class DistributedPeer(Peer):
    """Exchanges by `torch.distributed`, which has been initialized."""

    def _add(self, tensor: Tensor) -> Tensor:
        distributed.all_reduce(tensor)
        return tensor

    def _join(self, own: Tensor, other: Tensor) -> Tensor:
        parts = [own, other] if self.rank == 0 else [other, own]
        distributed.all_gather(parts, own.clone())
        return torch.cat(parts)


class PipePeer(Peer):
    """Exchanges through two pipes, one for each direction."""

    def __init__(self, rank: int, incoming: Connection, outgoing: Connection) -> None:
        super().__init__(rank, torch.device("cpu"))
        self._incoming = incoming
        self._outgoing = outgoing

    def _add(self, tensor: Tensor) -> Tensor:
        return tensor.add_(self._swap(tensor.contiguous()))

    def _join(self, own: Tensor, other: Tensor) -> Tensor:
        other.copy_(self._swap(own))
        return torch.cat([own, other] if self.rank == 0 else [other, own])

    def _swap(self, tensor: Tensor) -> Tensor:
        """The other's tensor for ours. Only one of the two sends first, or both would wait on full pipes."""
        data = tensor.detach().numpy().tobytes()
        if self.rank == 0:
            self._outgoing.send_bytes(data)
        received = bytearray(self._incoming.recv_bytes())
        if self.rank == 1:
            self._outgoing.send_bytes(data)
        if len(received) != len(data):
            raise ValueError(f"process {self.rank} exchanges {len(data)} bytes for the other's {len(received)}")
        return torch.frombuffer(received, dtype=tensor.dtype).view(tensor.shape)
