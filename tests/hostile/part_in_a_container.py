"""The submissions that are tried as users of a container too: those whose answer depends on how they are kept apart.

The verdict is formed by the same two interpreters in any case, so forging it is tried in the sandbox alone.
"""

from __future__ import annotations

CHOSEN = {
    "by path": {
        "the course's files by their paths",
        "upwards from the working directory",
        "every readable file outside of the system's",
        "symbolic and hard links to the gradebook",
        "links left in place of the data for the grader to follow",
        "the gradebook written over",
        "files written for others to find",
    },
    "in memory": {
        "the memory of other processes",
        "its own memory, in which the parent might have left something",
    },
    "network": {"the network", "a server that waits for the next submission"},
    "bombs": {"memory of its children", "processes", "disk", "files", "time, in C and deaf"},
    "left behind": {"daemons"},
    "signals": {
        "signals to all it can see",
        "an interrupt by way of the first process",
        "a signal to everybody",
        "a signal to its group",
    },
}

SAYS = {
    "the course's files by their paths": "PermissionError",
    "a server that waits for the next submission": "Address family not supported",
    "files": "disk limit",
    "an interrupt by way of the first process": "Operation not permitted",
}
"""What is shown there, where it differs: all of these are contained as well."""
