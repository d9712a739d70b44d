"""Deconvnet and guided backpropagation: a backward pass with other rules for rectified units.

A rectifier puts out max(0, x), or less than that (ReLU6 stops at 6). Of the gradient g from above it hands on

    g where it let its input pass, else 0       plain backpropagation
    g where g > 0, else 0                       deconvnet
    g where both hold, else 0                   guided backpropagation

No module is exchanged: the rules are hooks on the nodes of one picture's graph, which is gone afterwards. Therefore it
does not matter whether the net calls nn.ReLU, one module several times, F.relu, or writes in place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

from course_lib.explain.explained_score import gradient_by, score
from course_lib.explain.objectives import Target

Rule = Callable[[Tensor, Tensor], Tensor]

# What hands a gradient on without a bend that would ask for a rule: sums, products, views, norms, pooling.
_SMOOTH = re.compile(
    r"(Add|Sub|Rsub|Mul|Div|Neg|Sum|Mean|Pow|Sqrt|Rsqrt|Cat|Stack|Convolution|MkldnnConvolution|ConvolutionOverrideable|"
    r"Mm|Bmm|Addmm|Baddbmm|Mv|Dot|T|View|UnsafeView|Reshape|ReshapeAlias|Squeeze|Unsqueeze|Permute|Transpose|Slice|"
    r"Select|Index|IndexSelect|Gather|Split|SplitWithSizes|Unbind|Expand|Repeat|Alias|Clone|ToCopy|ConstantPadNd|"
    r"ReflectionPad[12]D|ReplicationPad[12]D|Roll|Flip|CopySlices|AsStrided|Copy|"
    r"NativeBatchNorm|CudnnBatchNorm|NativeGroupNorm|NativeLayerNorm|BatchNormWithUpdate|"
    r"MaxPool[23]DWithIndices|AdaptiveMaxPool2D|AvgPool[23]D|AdaptiveAvgPool2D|MkldnnAdaptiveAvgPool2D|MaxPool2D|"
    r"Amax|Max|Min|Amin|LogSoftmax|Softmax|Logsumexp|UpsampleNearest2D|UpsampleBilinear2D|"
    r"SqueezeView|torch::autograd::CopyBackwards)(Backward\d*)?"
)
_RECTIFIERS = ("ReluBackward", "HardtanhBackward", "ClampMinBackward", "ClampBackward")


def deconvnet(net: nn.Module, x: Tensor, target: Target) -> Tensor:
    """What reaches the pixels when every rectifier hands on what is positive, (N, C, H, W).

    Rectifiers do not ask what they let pass on the way up; only max pooling remembers where its maxima were. Source:
    Zeiler and Fergus, 2014. Arguments and errors are those of `guided_backprop`.
    """
    return _with_rule(net, x, target, lambda handed_on, arrived: arrived.clamp(min=0))


def guided_backprop(net: nn.Module, x: Tensor, target: Target) -> Tensor:
    """What reaches the pixels when rectifiers hand on what is positive and came to a unit that is on, (N, C, H, W).

    Source: Springenberg et al., 2015.

    Args:
        net: a net in eval mode whose only bent functions are ReLU, ReLU6 and others that stop at 0.
        x: pictures (N, C, H, W) of 0 to 1.
        target: a class, N classes (their logits are taken), or an objective.

    Raises:
        ValueError: no rectifier, or an activation for which the rule says nothing; and what `gradient` raises.
    """
    return _with_rule(net, x, target, lambda handed_on, arrived: handed_on.clamp(min=0))


def _with_rule(net: nn.Module, x: Tensor, target: Target, rule: Rule) -> Tensor:
    scores, pictures, _ = score(net, x, target)
    nodes = _between(scores, pictures)  # none, if the score does not depend on the picture: `gradient_by` will say so
    rectifiers = [node for node in nodes if _is_rectifier(node)]
    if nodes and not rectifiers:
        raise ValueError("there is no ReLU between the picture and the score, so that the rule would change nothing")
    for node in rectifiers:
        node.register_hook(lambda handed_on, arrived: _apply(rule, handed_on, arrived))
    return gradient_by(scores, pictures, "the picture")


def _apply(rule: Rule, handed_on: tuple[Any, ...], arrived: tuple[Any, ...]) -> tuple[Any, ...]:
    return (rule(handed_on[0], arrived[0]), *handed_on[1:])


def _between(scores: Tensor, pictures: Tensor) -> list[Node]:
    """The nodes of the graph through which a gradient comes from the scores to the pictures."""
    users: dict[Node, list[Node]] = {}
    end = None
    todo = [scores.grad_fn]
    seen = set(todo)
    while todo:
        node = todo.pop()
        if node is None:
            continue
        if getattr(node, "variable", None) is pictures:
            end = node
        for before, _ in node.next_functions:
            if before is not None:
                users.setdefault(before, []).append(node)
                if before not in seen:
                    seen.add(before)
                    todo.append(before)
    return list(_upward(end, users)) if end is not None else []


def _upward(end: Node, users: dict[Node, list[Node]]) -> Iterator[Node]:
    todo, seen = [end], {end}
    while todo:
        for node in users.get(todo.pop(), []):
            if node not in seen:
                seen.add(node)
                todo.append(node)
                yield node


def _is_rectifier(node: Node) -> bool:
    """Whether it is one; raises ValueError for anything else that bends."""
    name = node.name()
    if name.startswith(_RECTIFIERS):
        lowest = 0 if name.startswith("Relu") else getattr(node, "_saved_min_val", getattr(node, "_saved_min", None))
        if isinstance(lowest, (int, float)) and lowest == 0:
            return True
        raise ValueError(f"{name}: numbers are cut off at {lowest}, and the rule is known for 0 alone, as in ReLU")
    if not _SMOOTH.fullmatch(name) or _is_mask(node):
        raise ValueError(
            f"{name}: no rule is known for this function. Rectifiers are ReLU, ReLU6, Hardtanh(0, b) and clamp(min=0); "
            "leaky ReLU, GELU, SiLU, sigmoid, masks, and functions of one's own are none"
        )
    return False


def _is_mask(node: Node) -> bool:
    """Whether it multiplies by true and false, as in x * (x > 0)."""
    if not node.name().startswith("Mul"):
        return False
    factors = (getattr(node, name, None) for name in ("_saved_self", "_saved_other"))
    return any(isinstance(factor, Tensor) and factor.dtype == torch.bool for factor in factors)
