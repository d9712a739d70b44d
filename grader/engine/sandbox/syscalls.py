"""System calls that a submission is refused, with their numbers on x86-64 and on arm64.

The numbers are part of the kernel's stable interface and never change. None: the machine does not have that call.
"""

from __future__ import annotations

# Every call with a higher number is unknown to this list and refused, so that a newer kernel opens nothing.
# The bound also refuses the x32 calls of x86-64, which carry bit 30.
LAST_KNOWN = 462  # mseal, Linux 6.10

CLONE, SOCKET, SOCKETPAIR, IOCTL, SETSOCKOPT = (56, 220), (41, 198), (53, 199), (16, 29), (54, 208)
PRCTL, CLOSE_RANGE = (157, 167), (436, 436)

# Refused with EPERM: they change the machine, reach other processes, or have no use in a notebook and many past faults.
FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    # mounts and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "kcmp": (312, 272), "process_madvise": (440, 440), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # keyrings are shared beyond namespaces
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # the machine itself
    "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "acct": (163, 89), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "vhangup": (153, 58), "modify_ldt": (154, None), "personality": (135, 92),
    # large surfaces with a history
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "vmsplice": (278, 75), "remap_file_pages": (216, 234), "lookup_dcookie": (212, 18), "nfsservctl": (180, 42),
    "uselib": (134, None), "ustat": (136, None),
}  # fmt: skip

# Refused where the machine's own network and sockets are in reach: what names an address. A pair of sockets needs none.
ADDRESSES: dict[str, tuple[int, int]] = {
    "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
}  # fmt: skip

# Refused with ENOSYS, "this kernel does not have it": libraries then take their older way.
# clone3 hides its flags in memory where a filter cannot look; others hold memory that no process's page tables show.
ABSENT: dict[str, tuple[int | None, int | None]] = {
    "clone3": (435, 435), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
}  # fmt: skip
