"""Data and nothing but data between two interpreters: values to a tree of msgpack and raw buffers, and back.

A value is packed into a *node*: a number, string, None, or a list that begins with a tag (`tags.py`). What is no data
(an object, a function) is left to a hook of the one who packs. Unpacking trusts nothing: every tag, type, size, shape,
dtype and depth is checked, and only values of plain base types come out. Nothing is ever evaluated or unpickled.
"""

from grader.engine.encoding.pack import Packer
from grader.engine.encoding.refused import EncodingError, RefusedValue
from grader.engine.encoding.unpack import Unpacker

__all__ = ["EncodingError", "Packer", "RefusedValue", "Unpacker"]
