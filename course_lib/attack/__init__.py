"""x"""

from course_lib.attack.balls import distances
from course_lib.attack.base import Attack, BoundedAttack
from course_lib.attack.fgsm import FGSM
from course_lib.attack.momentum import Momentum
from course_lib.attack.pgd import PGD
from course_lib.attack.random_signs import RandomSigns
from course_lib.attack.success import Robustness, Share, robust_accuracy, success
