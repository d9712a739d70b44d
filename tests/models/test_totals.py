"""What each classic net costs in all; `course build` puts this table on the claims page.

The counter of PyTorch, which `test_account` asks, agrees on the multiply-adds; papers and torchvision, which
`test_classic_nets` quotes, agree on the parameters.
"""

from __future__ import annotations

import pytest
from support.bills import bill_of

from course_lib import models

# Parameters, multiply-adds, activations (the picture among them), for one picture of the size that the net takes.
TOTALS = {
    "lenet5_1998": (60_000, 325_680, 59_172),
    "lenet5": (61_706, 416_520, 15_626),
    "alexnet_two_groups": (60_965_224, 724_406_816, 4_290_507),
    "alexnet": (62_378_344, 1_135_256_096, 4_290_507),
    "zfnet": (62_357_608, 1_168_032_896, 4_358_736),
    "alexnet_one_column": (61_100_840, 714_188_480, 742_248),
    "vgg11": (132_863_336, 7_609_090_048, 9_116_136),
    "vgg11_lrn": (132_863_336, 7_609_090_048, 31_795_688),
    "vgg13": (133_047_848, 11_308_466_176, 13_933_032),
    "vgg16_1x1": (133_638_952, 11_770_888_192, 15_237_608),
    "vgg16": (138_357_544, 15_470_264_320, 15_237_608),
    "vgg19": (143_667_240, 19_632_062_464, 16_542_184),
    "googlenet": (6_998_552, 1_582_671_872, 11_676_568),
    "googlenet_with_heads": (13_378_280, 1_591_044_096, 11_701_352),
    "plain18": (11_515_688, 1_794_805_760, 4_968_936),
    "plain34": (21_623_848, 3_644_493_824, 7_477_736),
    "resnet18": (11_689_512, 1_814_073_344, 6_072_808),
    "resnet34": (21_797_672, 3_663_761_408, 9_208_808),
    "resnet50": (25_557_032, 4_089_184_256, 28_101_608),
    "resnet101": (44_549_160, 7_801_405_440, 41_749_480),
    "resnet152": (60_192_808, 11_513_626_624, 58_608_616),
    "resnet50_2015": (25_557_032, 3_857_973_248, 27_047_912),
    "resnet101_2015": (44_549_160, 7_570_194_432, 40_695_784),
    "resnet152_2015": (60_192_808, 11_282_415_616, 57_554_920),
    "plain20_cifar": (269_722, 40_551_040, 574_538),
    "plain32_cifar": (464_154, 68_862_592, 918_602),
    "plain44_cifar": (658_586, 97_174_144, 1_262_666),
    "plain56_cifar": (853_018, 125_485_696, 1_606_730),
    "plain110_cifar": (1_727_962, 252_887_680, 3_155_018),
    "resnet20_cifar": (269_722, 40_551_040, 672_842),
    "resnet32_cifar": (464_154, 68_862_592, 1_074_250),
    "resnet44_cifar": (658_586, 97_174_144, 1_475_658),
    "resnet56_cifar": (853_018, 125_485_696, 1_877_066),
    "resnet110_cifar": (1_727_962, 252_887_680, 3_683_402),
    "mobilenet_v2": (3_504_872, 300_774_272, 13_725_416),
}


@pytest.mark.parametrize("name", models.NETS)
def test_totals(name: str):
    bill = bill_of(name)
    assert (bill.parameters, bill.multiply_adds, bill.activations) == TOTALS[name]


def test_every_net_is_in_the_table():
    assert list(TOTALS) == list(models.NETS)
