"""Change pictures so that a net is wrong about them, count how often it works, and train nets that stand it.

    adversarial = attack.PGD(8 / 255, restarts=3)(net, x, labels)               # away from the labels
    towards_cat = attack.PGD(8 / 255)(net, x, labels, targets=3)                # towards a class
    attack.success(net, x, labels, adversarial)                                 # a share, with its interval
    attack.robust_accuracy(net, x, labels, {"FGSM": attack.FGSM(8 / 255), "PGD": attack.PGD(8 / 255, restarts=3)})
    train.fit(net, images, train.Config.quick(adversary=attack.fast_training(8 / 255)))

Pictures are (N, C, H, W) of 0 to 1, and changes are measured in these numbers: what normalizes them belongs in the net.
An attack is an object with its settings, and is called with net, pictures and labels. Beside each success rate belongs
that of `RandomSigns` of the same size. `universal`, `fool_by_ascent` and `fool_by_evolution` are functions: what they
make is not one picture for each that is given.
"""

from course_lib.attack.balls import distances
from course_lib.attack.base import Attack, BoundedAttack
from course_lib.attack.cppn import CPPN
from course_lib.attack.deepfool import DeepFool
from course_lib.attack.evolution import Encoding, fool_by_evolution
from course_lib.attack.fgsm import FGSM
from course_lib.attack.fooling import Fooling, fool_by_ascent
from course_lib.attack.momentum import Momentum
from course_lib.attack.one_pixel import OnePixel
from course_lib.attack.pgd import PGD
from course_lib.attack.pixels import Pixels
from course_lib.attack.random_signs import RandomSigns
from course_lib.attack.success import Robustness, Share, robust_accuracy, success
from course_lib.attack.training import Adversary, fast_training, pgd_training
from course_lib.attack.universal import Shared, universal

__all__ = [
    "CPPN",
    "FGSM",
    "PGD",
    "Adversary",
    "Attack",
    "BoundedAttack",
    "DeepFool",
    "Encoding",
    "Fooling",
    "Momentum",
    "OnePixel",
    "Pixels",
    "RandomSigns",
    "Robustness",
    "Share",
    "Shared",
    "distances",
    "fast_training",
    "fool_by_ascent",
    "fool_by_evolution",
    "pgd_training",
    "robust_accuracy",
    "success",
    "universal",
]
