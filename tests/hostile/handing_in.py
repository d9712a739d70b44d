"""Submissions that lie about the file that they hand in: to the test it is bytes, which prove only themselves."""

from __future__ import annotations

from submission import Hostile

# As in module 04: the test builds the net itself, reads the weights from bytes, and looks at what the net computes.
FILE_TESTS = """\
import torch
from course_lib import models, train
with check.case("the net of the file", points=3):
    net, content = models.described("FC 2", (1, 1, 2)), handed_in()
    if type(content) is not bytes:
        raise train.NoCheckpoint("there is no file")
    train.load_weights(net, content)
    check.close(net(torch.eye(2).view(2, 1, 1, 2)).detach(), np.eye(2))
check.score(out_of=3)"""

SAVING = """
import torch
from safetensors.torch import save, save_file
RIGHT = {"1.weight": torch.eye(2), "1.bias": torch.zeros(2)}
NAN = {"1.weight": torch.eye(2) * float("nan"), "1.bias": torch.zeros(2)}
def handed_in():
    return open("model.safetensors", "rb").read()
"""


def _hostile(name: str, opening: str, scores: tuple[float, float] = (0, 2), says: str = "") -> Hostile:
    return Hostile(name, opening=SAVING + opening, tests=FILE_TESTS, scores=scores, says=says)


HANDING_IN = [
    _hostile("an honest file, to show that the test can be passed", 'save_file(RIGHT, "model.safetensors")', (3, 2)),
    _hostile(
        "bytes and text of classes that agree with everything",
        """
class Bytes(bytes):
    def __eq__(self, other): return True
    def __len__(self): return 8
    def __getitem__(self, place): return b"fine"
class Text(str):
    __class__ = bytes
handed_in = lambda: [Bytes(b"no file at all"), Text("no file")][0]""",
        says="there is no file",
    ),
    _hostile(
        "an object that calls itself bytes",
        """
class Content:
    __class__ = bytes
    def __bytes__(self): return save(RIGHT)
    def __buffer__(self, flags): return memoryview(save(RIGHT))
    def __getattr__(self, name): return lambda *a, **k: True
handed_in = Content""",
        says="there is no file",
    ),
    _hostile(
        "weights that are no numbers",
        'save_file(NAN, "model.safetensors")',
        says="infinite or no numbers",
    ),
    _hostile(
        "a pickle that runs a program while it is read",
        """
class Program:
    def __reduce__(self): return os.system, (f"touch {COURSE}/{ESCAPED}",)
torch.save(Program(), "model.safetensors")""",
        says="is a pickle",
    ),
    _hostile(
        "forty megabytes",
        "handed_in = lambda: bytes(40 << 20)",
        says="a message of 42 MB is too large to be sent",
    ),
    _hostile(
        "a header that promises a tensor beyond the end",
        """
head = b'{"1.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,999999999999]}}'
handed_in = lambda: struct.pack("<Q", len(head)) + head + bytes(16)""",
        says="is not a whole safetensors file",
    ),
    _hostile(
        "a link to the gradebook in the place of the file",
        """
os.symlink(COURSE + "/gradebook.db", "model.safetensors")
print(attempt(handed_in)[0], "to read the link")""",
        says="REFUSED to read the link",
    ),
]
