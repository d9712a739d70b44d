"""Pictures to learn on, all of them on your disk already: nothing here uses the network.

One data set, one file. Each is read when you call its function, not when you import it.
"""

from course_lib.data.digits import Digits, digits
from course_lib.data.photos import gray, photo

__all__ = ["Digits", "digits", "gray", "photo"]
