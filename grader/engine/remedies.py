"""What mends a sandbox that does not start: found by what it says itself, and by what this machine forbids."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROFILE = "/etc/apparmor.d/bwrap"
APPARMOR = (
    "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\n"
    "profile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n' "
    f"| sudo tee {PROFILE} && sudo apparmor_parser -r {PROFILE}"
)
DOCKER = (
    "start the container with --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined"
)
_SETTINGS = (
    "kernel.apparmor_restrict_unprivileged_userns",  # Ubuntu 23.10 and later
    "kernel.unprivileged_userns_clone",  # Debian 10, and hardened kernels
    "user.max_user_namespaces",  # Red Hat and its family
)


@dataclass(frozen=True)
class Machine:
    """What decides between remedies.

    Attributes:
        settings: of the kernel, by name; those that it does not know are missing.
        container: this is Docker, Podman or their kin.
        root: the grader runs as root.
        selinux: SELinux enforces its rules.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    container: bool = False
    root: bool = False
    selinux: bool = False

    def has(self, name: str, value: str) -> bool:
        """Whether this setting has this value."""
        return self.settings.get(name) == value


@dataclass(frozen=True)
class Remedy:
    """Why the sandbox does not start, as a sentence, and the command or step that mends it."""

    cause: str
    step: str

    def __str__(self) -> str:
        """Both in a line."""
        return f"{self.cause}: {self.step}"


@dataclass(frozen=True)
class _Rule:
    """The remedy for messages that contain `said`, on machines for which `holds`."""

    said: str
    remedy: Remedy
    holds: Callable[[Machine], bool] = lambda _: True


def _sysctl(name: str, value: str) -> str:
    return (
        f"sudo sysctl -w {name}={value} (and, to keep it: echo {name}={value} | sudo tee /etc/sysctl.d/60-course.conf)"
    )


# What bubblewrap says when it may make no namespace, in all its versions, and what Python says of the same.
_REFUSED = (
    r"No permissions to (create|creating) (a )?new namespace|Creating new namespace failed: (Operation not permitted|"
    r"Permission denied)|unshare.*(Operation not permitted|Permission denied)"
)
_UID_MAP = r"setting up [ug]id map|error writing to setgroups|/proc/self/([ug]id_map|setgroups)"
_MOUNT = r"(Failed to make / slave|Failed to mount tmpfs|setting up newroot bind|pivot_root|Can't (bind )?mount|mount)"
_DENIED = r".*(Operation not permitted|Permission denied)"
_PROC = r"Can't mount proc on|mount.* /proc\b|/proc still shows"

_RULES = (
    _Rule(
        r"Unknown option --",
        Remedy(
            "this bubblewrap is too old (0.5.0 or later is needed)",
            "upgrade the system, or build a newer one from https://github.com/containers/bubblewrap/releases and put "
            "it first in PATH",
        ),
    ),
    _Rule(
        r"max_\*_namespaces exceeded|unshare.*No space left|Creating new namespace failed: No space left",
        Remedy("the number of user namespaces is limited to 0", _sysctl("user.max_user_namespaces", "15000")),
        lambda here: here.has("user.max_user_namespaces", "0"),
    ),
    _Rule(
        r"max_\*_namespaces exceeded|unshare.*No space left|Creating new namespace failed: No space left",
        Remedy(
            "namespaces are nested too deeply, or too many are in use",
            "grade outside of other sandboxes; else raise each /proc/sys/user/max_*_namespaces that is small",
        ),
    ),
    _Rule(
        r"Limit exceeded \(ENOSPC\)",
        Remedy("more mounts than the kernel allows", _sysctl("fs.mount-max", "100000")),
    ),
    _Rule(
        f"({_UID_MAP}|loopback: |{_REFUSED}|{_MOUNT}{_DENIED})",
        Remedy(
            "AppArmor keeps user namespaces from ordinary users (Ubuntu 23.10 and later); this permits bubblewrap",
            f"{APPARMOR} (or, for every program: "
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)",
        ),
        lambda here: here.has("kernel.apparmor_restrict_unprivileged_userns", "1")
        and not here.root
        and not here.container,
    ),
    _Rule(
        f"({_UID_MAP}|loopback: |{_MOUNT}{_DENIED})",
        Remedy(
            "the host of this container runs AppArmor, which keeps user namespaces from ordinary users",
            "on the host: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; and "
            "start the container with --security-opt apparmor=unconfined",
        ),
        lambda here: here.has("kernel.apparmor_restrict_unprivileged_userns", "1")
        and not here.root
        and here.container,
    ),
    _Rule(
        _REFUSED,
        Remedy(
            "the kernel keeps user namespaces from ordinary users", _sysctl("kernel.unprivileged_userns_clone", "1")
        ),
        lambda here: here.has("kernel.unprivileged_userns_clone", "0") and not here.root,
    ),
    _Rule(
        r"does not support user namespaces|must be installed setuid|unshare.*Invalid argument",
        Remedy(
            "the kernel has no user namespaces (a setuid bubblewrap would not do: each submission has one of its own)",
            "use a kernel with CONFIG_USER_NS, Linux 5.14 or later",
        ),
    ),
    _Rule(
        r"Unexpected setuid user|--cap-add in setuid mode|in setuid mode|not permitted in setuid",
        Remedy("bubblewrap is installed setuid, which the sandbox does not use", "sudo chmod u-s $(command -v bwrap)"),
    ),
    _Rule(
        r"Unexpected capabilities but not setuid",
        Remedy(
            "the grader was started with some capabilities of root, as an ordinary user",
            "start it without them: setpriv --inh-caps=-all --ambient-caps=-all course grade ...",
        ),
    ),
    _Rule(
        f"({_PROC}){_DENIED}|/proc still shows",
        Remedy(
            "the container hides parts of /proc, so the kernel refuses a fresh one",
            "start the container with --security-opt systempaths=unconfined (Docker) or "
            "--security-opt unmask=ALL (Podman); in Kubernetes: procMount: Unmasked",
        ),
        lambda here: here.container or not here.root,
    ),
    _Rule(
        f"{_MOUNT}.*Permission denied",
        Remedy(
            "SELinux refuses mounts to this process",
            "in a container: start it with --security-opt label=disable; else run the grader as a user that SELinux "
            "does not confine (sudo ausearch -m avc -c bwrap shows what was refused)",
        ),
        lambda here: here.selinux,
    ),
    _Rule(
        f"{_REFUSED}|{_MOUNT}{_DENIED}|capset failed|(Adding ambient|Dropping) capability|unable to switch to [ug]id",
        Remedy(
            "root has no right to mount here, as in a plain container",
            f"{DOCKER}; or give the grader an account of its own that is not root, where user namespaces are allowed",
        ),
        lambda here: here.root,
    ),
    _Rule(
        _REFUSED,
        Remedy(
            "the container's filter for system calls (seccomp) refuses namespaces",
            "start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined",
        ),
        lambda here: here.container,
    ),
    _Rule(
        f"{_MOUNT}{_DENIED}",
        Remedy(
            "the container's AppArmor profile refuses mounts",
            "start the container with --security-opt apparmor=unconfined",
        ),
        lambda here: here.container,
    ),
    _Rule(
        r"pivot_root.*Invalid argument",
        Remedy(
            "the root of this machine is its boot image (an initramfs), which a process cannot leave",
            "start from a disk or a container image, whose root is a mount",
        ),
    ),
    _Rule(
        r"/dev/shm|/shm: ",
        Remedy("there is no /dev/shm", "sudo mkdir -p /dev/shm && sudo mount -t tmpfs -o mode=1777 tmpfs /dev/shm"),
    ),
    _Rule(
        r"No usable temporary directory|Read-only file system",
        Remedy(
            "the folder for temporary files cannot be written",
            "point TMPDIR to one that can: export TMPDIR=$HOME/tmp && mkdir -p $TMPDIR",
        ),
    ),
    _Rule(
        _REFUSED,
        Remedy(
            "the kernel or another sandbox around this process (a chroot, systemd, snap) refuses namespaces",
            "grade from a plain login; for a service: RestrictNamespaces=no in its unit",
        ),
    ),
)  # fmt: skip

_ELSE = Remedy(
    "the cause is none that is known",
    "Linux 5.14 or later with user namespaces (CONFIG_USER_NS) and seccomp is needed; in a container, " + DOCKER,
)


def remedy(said: str, here: Machine) -> Remedy:
    """The remedy for what the sandbox said on such a machine."""
    found = (rule.remedy for rule in _RULES if re.search(rule.said, said) and rule.holds(here))
    return next(found, _ELSE)


def this_machine(settings: Path = Path("/proc/sys"), enforce: Path = Path("/sys/fs/selinux/enforce")) -> Machine:
    """What there is to know about it."""
    files = {name: settings.joinpath(*name.split(".")) for name in _SETTINGS}
    return Machine(
        {name: file.read_text().strip() for name, file in files.items() if file.exists()},
        container=in_container(),
        root=os.geteuid() == 0,
        selinux=enforce.exists() and enforce.read_text().strip() == "1",
    )


def in_container() -> bool:
    """Whether this is Docker, Podman, Kubernetes or their kin."""
    marks = ("/.dockerenv", "/run/.containerenv", "/run/secrets/kubernetes.io")
    return any(Path(mark).exists() for mark in marks) or "KUBERNETES_SERVICE_HOST" in os.environ


def install() -> str:
    """The command that installs bubblewrap with this system's package manager."""
    for manager, command in (
        ("apt-get", "sudo apt-get install bubblewrap"),
        ("dnf", "sudo dnf install bubblewrap"),
        ("pacman", "sudo pacman -S bubblewrap"),
        ("zypper", "sudo zypper install bubblewrap"),
        ("apk", "sudo apk add bubblewrap"),
    ):
        if shutil.which(manager):
            return command
    return "install the package bubblewrap"
