"""The account of a net: traps in counting, what it leaves alone, and how it looks."""

from __future__ import annotations

import csv
import io
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from fvcore.nn import FlopCountAnalysis
from support.bills import bill_of
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib import models

DEEPER = ("resnet101", "resnet152", "resnet101_2015", "resnet152_2015", "plain110_cifar", "resnet110_cifar")


def flops_of_torch(net: nn.Module, shape: tuple[int, ...]) -> int:
    """On `meta`, where attention is taken apart into products that the counter knows."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.empty(1, *shape, device="meta"))
    return int(counter.get_total_flops())


def rows_of(net: nn.Module, shape: tuple[int, ...]) -> dict[str, models.Row]:
    return {row.name: row for row in models.account(net, shape).rows}


@pytest.mark.parametrize("name", [name for name in models.NETS if name not in DEEPER])
def test_torch_counts_as_many_flops(name: str):
    net = models.build(name, device="meta")
    bill = bill_of(name)
    assert bill.flops == 2 * bill.multiply_adds == flops_of_torch(net, models.NETS[name].input)
    assert bill.parameters == sum(p.numel() for p in net.parameters())


def test_fvcore_counts_multiply_adds_and_calls_them_flops():
    net = models.build("alexnet_one_column").eval()
    counter = FlopCountAnalysis(net, torch.rand(1, 3, 224, 224)).unsupported_ops_warnings(False)
    counted = counter.by_operator()
    assert counted["conv"] + counted["linear"] == models.account(net, (3, 224, 224)).multiply_adds


class OwnConv(nn.Conv2d):
    """A subclass, which counters that go by the class miss."""


class Handwritten(nn.Module):
    """Works with functions and with parameters of its own alone."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4, 3, 3, 3))
        self.scale = torch.ones(3, 1, 1)  # neither a parameter nor a buffer

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(F.conv2d(x * self.scale, self.weight, padding=1))
        return F.scaled_dot_product_attention(y, y, y) + torch.zeros(6, device=x.device)


def test_a_subclass_is_counted():
    row = rows_of(OwnConv(3, 4, 3, groups=1), (3, 6, 6))["OwnConv"]
    assert (row.kind, row.parameters, row.multiply_adds) == ("OwnConv", 112, 4 * 4 * 4 * 27)


def test_what_functions_do_is_counted():
    net = Handwritten()
    bill = models.account(net, (3, 6, 6))
    products = 4 * 6 * 6 * 27 + 2 * 4 * 6 * 6 * 6
    assert bill.multiply_adds == products
    assert bill.parameters == 108
    assert bill.rows[-1].kind == "Handwritten"


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_attention_is_counted_and_its_parameters_too():
    net = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    bill = models.account(net, (5, 8))
    assert bill.parameters == sum(p.numel() for p in net.parameters())
    assert bill.multiply_adds == 5 * 8 * (24 + 8) + 2 * 5 * 5 * 8 + 2 * 5 * 8 * 16
    # The projection has a class of its own, but never runs as a layer.
    assert rows_of(net, (5, 8))["self_attn.out_proj"] == models.Row(
        "self_attn.out_proj", "NonDynamicallyQuantizableLinear", (), 72, 0, 0, None
    )


def test_a_layer_used_twice_works_twice_and_is_paid_once():
    conv = nn.Conv2d(3, 3, 3, padding=1)
    bill = models.account(nn.Sequential(conv, nn.ReLU(), conv), (3, 6, 6))
    convs = [row for row in bill.rows if row.kind == "Conv2d"]
    assert [row.parameters for row in convs] == [84, 0]
    assert [row.multiply_adds for row in convs] == [36 * 81] * 2
    assert [row.receptive_field for row in convs] == [(3, 3), (5, 5)]


def test_layers_that_share_a_weight_are_paid_once():
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    net[1].weight = net[0].weight
    assert [row.parameters for row in models.account(net, (4,)).rows] == [0, 20, 4]
    assert models.account(net, (4,)).memory().weights == 4 * (16 + 8)


def test_transposed_and_grouped_by_hand():
    rows = rows_of(nn.Sequential(nn.ConvTranspose2d(4, 6, (3, 2), 2, groups=2)), (4, 5, 5))
    # Each of the 100 numbers that come in is multiplied with 3 filters of 3×2.
    assert rows["0"].multiply_adds == 4 * 5 * 5 * 3 * 6
    assert rows["0"].parameters == 4 * 3 * 6 + 6
    depthwise = rows_of(nn.Sequential(nn.Conv1d(4, 8, 3, groups=4, dilation=2)), (4, 9))["0"]
    assert (depthwise.multiply_adds, depthwise.parameters, depthwise.receptive_field) == (8 * 5 * 3, 8 * 3 + 8, (5,))


def test_only_new_memory_is_activations():
    layers = [nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout()]
    bill = models.account(nn.Sequential(*layers), (1, 6, 6))
    assert [row.activations for row in bill.rows] == [36, 32, 0, 32, 8, 0, 0]
    assert bill.activations == 108
    assert [row.other for row in bill.rows] == [0, 0, 32, 32, 32, 0, 0]


def test_memory_by_hand():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(32, 1, bias=False))
    net[3].weight.requires_grad_(False)
    bill = models.account(net, (1, 6, 6))
    trained, frozen, statistics = 20 + 4, 32, 4 * 4 + 8
    assert bill.trained == trained
    memory = bill.memory(batch=3, optimizer=2)
    assert memory.weights == 4 * (trained + frozen) + statistics
    assert (memory.gradients, memory.optimizer) == (4 * trained, 8 * trained)
    assert memory.activations == 3 * 4 * (36 + 32 + 32 + 1)
    assert memory.total == memory.weights + memory.gradients + memory.optimizer + memory.activations
    # Looking only: the picture and the first map live at once, and no more later.
    assert bill.memory(training=False) == models.Memory(memory.weights, 0, 0, 4 * (36 + 32))
    assert models.account(net.half(), (1, 6, 6)).memory().activations == 2 * 101
    with pytest.raises(ValueError, match="batch is 0"):
        bill.memory(batch=0)


def test_what_a_shortcut_keeps_alive():
    class Skip(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 3, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.conv(self.conv(x))

    bill = models.account(Skip(), (2, 5, 5))
    assert bill.memory(training=False).activations == 4 * 3 * 50
    assert bill.rows[-1] == models.Row("Skip", "add", (2, 5, 5), 0, 0, 50, (5, 5), other=50)


def test_branches_are_as_wide_as_the_widest():
    rows = {row.name: row for row in bill_of("googlenet").rows}
    before = rows["stem.pool2"].receptive_field
    assert before == (27, 27)
    assert rows["blocks.3a.one.conv"].receptive_field == (27, 27)
    assert rows["blocks.3a"].receptive_field == rows["blocks.3a.five.conv.conv"].receptive_field == (59, 59)
    assert rows["blocks.3a"].kind == "cat"
    assert rows["blocks.3a"].output == (256, 28, 28)


def test_what_is_not_counted_is_said():
    class Distances(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.cdist(x, x)

    bill = models.account(Distances(), (4, 3))
    assert bill.notes == ("not counted among the multiply-adds: _cdist_forward in Distances",)
    assert bill.notes[0] in str(bill)
    assert bill.rows[-1].receptive_field is None


def test_the_net_stays_as_it_is():
    seen: list[int] = []
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(), nn.Flatten(), nn.Linear(8, 2))
    net.register_forward_hook(lambda *_: seen.append(1))
    net[2].eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    modes = [module.training for module in net.modules()]
    generator = torch.get_rng_state()
    models.account(net, (1, 4, 4))
    after = net.state_dict()
    assert all(torch.equal(after[name], tensor) and after[name].device.type == "cpu" for name, tensor in before.items())
    assert [module.training for module in net.modules()] == modes
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(p.grad is None for p in net.parameters())
    assert seen == []
    assert [len(module._forward_hooks) for module in net.modules()] == [1, *[0] * 6]


def test_weights_of_normalized_layers_are_found():
    for net in (
        nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)),
        nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)),
        nn.utils.spectral_norm(nn.Conv2d(3, 4, 3)),
    ):
        bill = models.account(net, (3, 6, 6))
        assert bill.parameters == sum(p.numel() for p in net.parameters())
        assert max(row.multiply_adds for row in bill.rows) == 64 * 27


def test_a_net_of_words_takes_a_batch_of_one():
    net = nn.Sequential(nn.Embedding(10, 4), nn.Flatten(), nn.Linear(12, 2))
    bill = models.account(net, torch.tensor([[1, 2, 3]]))
    assert [row.output for row in bill.rows] == [(3,), (3, 4), (12,), (2,)]
    with pytest.raises(ValueError, match="a batch of one"):
        models.account(net, torch.zeros(2, 3, dtype=torch.long))


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_misfit_names_its_layer():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(10, 2)))
    with pytest.raises(ValueError, match=r"^1\.1 \(Linear\) cannot work with what it gets, \(1, 36\): "):
        models.account(net, (3, 5, 5))
    with pytest.raises(ValueError, match="shape of one picture"):
        models.account(net, (3, 5, 0))
    with pytest.raises(ValueError, match=r"0\.weight has no shape yet"):
        models.account(nn.Sequential(nn.LazyLinear(3)), (5,))
    with pytest.raises(TypeError, match="not of function"):
        models.account(lambda x: x, (5,))
    with pytest.raises(ValueError, match="TorchScript"):
        models.account(torch.jit.trace(nn.Linear(3, 2), torch.rand(1, 3)), (3,))


def test_a_net_that_looks_at_numbers_is_told_so():
    class Choosy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x if x.sum() > 0 else -x

    net = nn.Sequential(OrderedDict(first=nn.Linear(3, 3), choose=Choosy()))
    with pytest.raises(ValueError, match=r"^choose \(Choosy\) looks at the numbers of a tensor"):
        models.account(net, (3,))


def test_a_tensor_on_another_device_is_named():
    class Fixed(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + torch.zeros(3, device="cpu")

    with pytest.raises(ValueError, match=r"^Fixed \(Fixed\) makes a tensor on a device that it names"):
        models.account(Fixed(), (3,))


def test_what_torch_compile_has_wrapped_is_looked_into():
    net = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    assert models.account(torch.compile(net), (3,)) == models.account(net, (3,))


@pytest.mark.parametrize("name", ["lenet5", "googlenet", "resnet152", "resnet20_cifar"])
def test_the_table_fits_a_terminal(name: str):
    bill = bill_of(name)
    lines = str(bill).splitlines()
    table = lines[1 : lines.index("")]
    assert max(map(len, table)) <= 100
    assert len(table) == len(bill.rows) + 1
    assert repr(bill) == str(bill)
    assert f"{bill.multiply_adds:,} multiply-adds, which are {bill.flops:,} FLOPs" in lines


def test_as_a_page_and_as_a_file(tmp_path: Path):
    net = nn.Sequential(OrderedDict({"a<b>": nn.Conv2d(3, 4, 3)}))
    bill = models.account(net, (3, 6, 6))
    page = bill._repr_html_()
    assert "a&lt;b&gt;" in page
    assert "<b>" not in page
    assert page.count("<tr>") == 1 + 2
    bill.to_csv(tmp_path / "bill.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "bill.csv").read_text("utf-8"))))
    assert rows[1] == {
        "layer": "a<b>", "kind": "Conv2d", "output": "4×4×4", "parameters": "112", "multiply-adds": "1728",
        "other operations": "0", "activations": "64", "receptive field": "3×3",
    }  # fmt: skip
