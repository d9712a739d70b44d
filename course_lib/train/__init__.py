"""Train a net, see how it goes, save it, go on.

    history = train.fit(model, images, train.Config.quick())
    train.evaluate(model, images.x_test, images.y_test)

The loop itself is in `loop.py`, on one screen; each of the other files is about one thing that it needs.
"""

from course_lib.train.checkpoint_errors import (
    CheckpointError,
    DamagedCheckpoint,
    NoCheckpoint,
    NotFinite,
    OtherTraining,
    PickleRefused,
    TooLarge,
    WrongDtype,
    WrongNames,
    WrongShape,
)
from course_lib.train.config import Config
from course_lib.train.device import choose_device, choose_precision, describe
from course_lib.train.evaluation import Score, evaluate, evaluation_mode, predict
from course_lib.train.history import History, Row
from course_lib.train.loop import fit, resume
from course_lib.train.peers import Peer
from course_lib.train.randomness import seed_everything
from course_lib.train.saving import load_weights, save
from course_lib.train.schedules import Constant, Cosine, Moment, Plateau, Schedule, Step, WarmUp
from course_lib.train.two_processes import TwoProcesses

__all__ = [
    "CheckpointError",
    "Config",
    "Constant",
    "Cosine",
    "DamagedCheckpoint",
    "History",
    "Moment",
    "NoCheckpoint",
    "NotFinite",
    "OtherTraining",
    "Peer",
    "PickleRefused",
    "Plateau",
    "Row",
    "Schedule",
    "Score",
    "Step",
    "TooLarge",
    "TwoProcesses",
    "WarmUp",
    "WrongDtype",
    "WrongNames",
    "WrongShape",
    "choose_device",
    "choose_precision",
    "describe",
    "evaluate",
    "evaluation_mode",
    "fit",
    "load_weights",
    "predict",
    "resume",
    "save",
    "seed_everything",
]
