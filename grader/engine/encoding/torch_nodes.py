"""Torch's tensors, dtypes and devices as nodes, and back. Torch is imported only when a node needs it."""

from __future__ import annotations

import sys
from typing import Any

from grader.engine.encoding import numbers_and_arrays, tags
from grader.engine.encoding.pack import Pack, Packer
from grader.engine.encoding.tags import EncodingError, Node, RefusedValue
from grader.engine.encoding.unpack import Unpacker


def packer_for(kind: type) -> Pack | None:
    """The function that packs values of this torch type, or None."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    bases = type.__dict__["__mro__"].__get__(kind)
    if torch.Tensor in bases:
        return _pack_tensor
    if kind in (torch.dtype, torch.device):
        return lambda _, value: [tags.TORCH_CONSTANT, str(value).removeprefix("torch.")]
    if kind is torch.Size:
        return lambda _, value: [tags.TORCH_CONSTANT, [int(n) for n in value]]
    return None


def _pack_tensor(packer: Packer, value: Any) -> Node:
    import torch

    if value.is_meta:
        raise EncodingError("a tensor on the device 'meta' has a shape and no numbers, so it cannot be sent")
    packer.note_argument(value)
    with torch.no_grad():
        plain = value.detach().to_dense().resolve_conj().resolve_neg().cpu()
    name = str(plain.dtype).removeprefix("torch.")
    if name not in tags.TORCH_DTYPES:
        return packer.other(value)
    array = (plain.view(torch.int16) if name == "bfloat16" else plain).contiguous().numpy()
    kind = 1 if isinstance(value, torch.nn.Parameter) else 0
    has_grad = value.is_leaf and value.grad is not None and name != "bfloat16" and not value.grad.is_sparse
    grad = value.grad.detach().cpu().contiguous() if has_grad else None
    linked = packer.link is not None and (kind == 1 or (value.grad_fn is not None and value.requires_grad))
    return [
        tags.TENSOR,
        name,
        bool(value.requires_grad),
        kind,
        numbers_and_arrays.array_node(packer, array),
        None if grad is None else numbers_and_arrays.array_node(packer, grad.numpy()),
        packer.link(value) if linked and packer.link is not None else None,
    ]


def unpack_tensor(unpacker: Unpacker, node: list[Node]) -> Any:
    """The tensor of a TENSOR node: a leaf with its own memory."""
    torch = _installed()
    _, name, requires_grad, kind, data, grad_node, link = unpacker.parts(node, 7)
    number = unpacker.reserve_argument()
    tensor = _from_array(unpacker, name, data)
    if type(requires_grad) is not bool or kind not in (0, 1):
        raise RefusedValue("a tensor is malformed")
    if requires_grad and not (tensor.is_floating_point() or tensor.is_complex()):
        raise RefusedValue("a tensor of whole numbers cannot require a gradient")
    tensor = torch.nn.Parameter(tensor, requires_grad) if kind else tensor.requires_grad_(requires_grad)
    if grad_node is not None:
        grad = _from_array(unpacker, name, grad_node)
        if grad.shape != tensor.shape:
            raise RefusedValue("the gradient of a tensor has another shape")
        tensor.grad = grad
    if link is not None and (requires_grad or kind) and unpacker.link is not None:
        tensor = unpacker.link(tensor if kind else tensor.detach(), link)
    return unpacker.keep(number, tensor)


def _installed() -> Any:
    """Torch; where it is not installed nobody has anything of torch's to send."""
    try:
        import torch
    except ModuleNotFoundError:
        raise RefusedValue("something of torch's, which is not installed") from None
    return torch


def _from_array(unpacker: Unpacker, name: Any, data: Any) -> Any:
    import numpy as np
    import torch

    if type(name) is not str or name not in tags.TORCH_DTYPES:
        raise RefusedValue("a tensor of a dtype that is not allowed")
    if type(data) is not list or not data or data[0] != tags.ARRAY:
        raise RefusedValue("a tensor without its array")
    array = numbers_and_arrays.unpack_array(unpacker, data)
    wanted = "int16" if name == "bfloat16" else name
    if array.dtype != np.dtype(wanted):
        raise RefusedValue("the array of a tensor has another dtype")
    if not array.flags.writeable:
        array = array.copy()
    tensor = torch.from_numpy(np.ascontiguousarray(array)).reshape(array.shape)
    return tensor.view(torch.bfloat16) if name == "bfloat16" else tensor


def unpack_constant(unpacker: Unpacker, node: list[Node]) -> Any:
    """A dtype, device or size of torch."""
    torch = _installed()
    value = unpacker.parts(node, 2)[1]
    if type(value) is list:
        numbers_and_arrays.checked_shape(value)
        return torch.Size(value)
    if value in tags.TORCH_DTYPES:
        return getattr(torch, value)
    if value == "cpu":
        return torch.device("cpu")
    raise RefusedValue("a constant of torch that is not allowed")
