"""A net without its numbers: shapes are all that an account needs."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


class _MetaCopies(TorchFunctionMode):
    """While a net is copied, every copy of a tensor has its shape alone."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.clone:
            return torch.empty_like(args[0], device="meta")
        if func is Tensor.__deepcopy__ and not isinstance(args[0], nn.Parameter):
            tensor, memo = args
            if id(tensor) not in memo:
                memo[id(tensor)] = torch.empty_like(tensor, device="meta", requires_grad=tensor.requires_grad)
            return memo[id(tensor)]
        return func(*args, **(kwargs or {}))


def without_numbers(net: nn.Module) -> nn.Module:
    """A copy on `meta`, without the hooks of its owner."""
    if not isinstance(net, nn.Module):
        raise TypeError(f"the account is of an nn.Module, not of {type(net).__name__}")
    net = getattr(net, "_orig_mod", net)  # what torch.compile has wrapped
    if any(isinstance(module, torch.jit.ScriptModule) for module in net.modules()):
        raise ValueError("a net of TorchScript does not show its layers: give the module that it was made of")
    for name, tensor in [*net.named_parameters(), *net.named_buffers()]:
        if isinstance(tensor, (nn.UninitializedParameter, nn.UninitializedBuffer)):
            raise ValueError(
                f"{name} has no shape yet: show the net a picture first, which gives lazy layers their sizes"
            )
    try:
        with _MetaCopies():
            bare = copy.deepcopy(net)
    except Exception as error:
        raise ValueError(f"the net cannot be copied: {error}") from error
    for module in bare.modules():
        for hooks in (module._forward_hooks, module._forward_pre_hooks):
            hooks.clear()
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)):
            module.eval()
    return bare
