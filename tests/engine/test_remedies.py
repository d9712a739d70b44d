"""Each failure of the sandbox has a remedy of its own, found by the words of bubblewrap, the kernel or Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grader.engine import remedies
from grader.engine.remedies import Machine, remedy
from grader.engine.sandbox import bwrap

APPARMOR = Machine({"kernel.apparmor_restrict_unprivileged_userns": "1"})
DEBIAN = Machine({"kernel.unprivileged_userns_clone": "0", "user.max_user_namespaces": "62000"})
RED_HAT = Machine({"user.max_user_namespaces": "0"})
DOCKER = Machine({"user.max_user_namespaces": "62000"}, container=True)
DOCKER_ROOT = Machine(container=True, root=True)
SELINUX = Machine(selinux=True)
PLAIN = Machine({"user.max_user_namespaces": "62000", "kernel.unprivileged_userns_clone": "1"})

NO_PERMISSIONS = (
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user "
    "namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'."
)
TOO_MANY = "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)"

SAID = {
    "too old": (PLAIN, "bwrap: Unknown option --perms", "0.5.0 or later"),
    "AppArmor, the map": (APPARMOR, "bwrap: setting up uid map: Permission denied", "sudo tee /etc/apparmor.d/bwrap"),
    "AppArmor, the network": (
        APPARMOR,
        "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted",
        "sudo tee /etc/apparmor.d/bwrap",
    ),
    "AppArmor, by Python": (
        APPARMOR,
        "PermissionError: [Errno 13] Permission denied: '/proc/self/setgroups'",
        "sudo tee /etc/apparmor.d/bwrap",
    ),
    "AppArmor of the host": (
        Machine(APPARMOR.settings, container=True),
        "bwrap: setting up uid map: Permission denied",
        "on the host: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "Debian 10": (DEBIAN, NO_PERMISSIONS, "sudo sysctl -w kernel.unprivileged_userns_clone=1 "),
    "Debian 10, an older bubblewrap": (
        DEBIAN,
        NO_PERMISSIONS.replace("create new", "creating new"),
        "sudo sysctl -w kernel.unprivileged_userns_clone=1 ",
    ),
    "Debian 10, a newer bubblewrap": (
        DEBIAN,
        NO_PERMISSIONS.replace("create new", "create a new"),
        "sudo sysctl -w kernel.unprivileged_userns_clone=1 ",
    ),
    "Red Hat": (RED_HAT, TOO_MANY, "sudo sysctl -w user.max_user_namespaces=15000 "),
    "Red Hat, by Python": (
        RED_HAT,
        "unshare: OSError: [Errno 28] No space left on device",
        "sudo sysctl -w user.max_user_namespaces=15000 ",
    ),
    "nested too deeply": (PLAIN, TOO_MANY, "outside of other sandboxes"),
    "too many mounts": (
        PLAIN,
        "bwrap: Can't mount tmpfs on /newroot/tmp: Limit exceeded (ENOSPC). (Hint: Check that /proc/sys/fs/mount-max "
        "is sufficient, typically 100000)",
        "fs.mount-max=100000",
    ),
    "Docker's seccomp": (DOCKER, NO_PERMISSIONS, "seccomp=unconfined"),
    "Docker's AppArmor": (DOCKER, "bwrap: Failed to make / slave: Permission denied", "apparmor=unconfined"),
    "Docker's /proc": (
        DOCKER,
        "bwrap: Can't mount proc on /newroot/proc: Operation not permitted",
        "systempaths=unconfined (Docker) or --security-opt unmask=ALL (Podman)",
    ),
    "Docker's /proc for root": (
        DOCKER_ROOT,
        "bwrap: Can't mount proc on /newroot/proc: Permission denied",
        "systempaths=unconfined",
    ),
    "root in a container": (
        DOCKER_ROOT,
        "bwrap: Creating new namespace failed: Operation not permitted",
        "--cap-add SYS_ADMIN",
    ),
    "root that may not mount": (
        Machine(root=True),
        "bwrap: Failed to make / slave: Operation not permitted",
        "--cap-add SYS_ADMIN",
    ),
    "SELinux": (SELINUX, "bwrap: Failed to mount tmpfs: Permission denied", "label=disable"),
    "no namespaces at all": (
        PLAIN,
        "bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.  bwrap must "
        "be installed setuid on such systems.",
        "CONFIG_USER_NS",
    ),
    "setuid": (PLAIN, "bwrap: --cap-add in setuid mode can be used only by root", "chmod u-s"),
    "some capabilities": (
        PLAIN,
        "bwrap: Unexpected capabilities but not setuid, old file caps config?",
        "setpriv --inh-caps=-all",
    ),
    "a boot image": (PLAIN, "bwrap: pivot_root: Invalid argument", "whose root is a mount"),
    "no shared memory": (PLAIN, "FileNotFoundError: [Errno 2] No such file or directory: '/dev/shm'", "mount -t tmpfs"),
    "a read-only folder": (PLAIN, "OSError: [Errno 30] Read-only file system: '/tmp/tmp1'", "export TMPDIR="),
    "a chroot": (PLAIN, NO_PERMISSIONS, "RestrictNamespaces=no"),
    "anything else": (PLAIN, "bwrap: execvp /x: No such file or directory", "Linux 5.14 or later"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_the_sandbox_said_names_the_step(case: str) -> None:
    here, said, step = SAID[case]
    assert step in str(remedy(said, here))


def test_different_failures_have_different_causes() -> None:
    causes = {remedy(said, here).cause for here, said, _ in SAID.values()}
    assert len(causes) >= 18


def test_the_command_for_apparmor_writes_a_profile() -> None:
    command = remedies.APPARMOR.partition(" | ")[0]
    profile = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert profile == (
        "abi <abi/4.0>,\ninclude <tunables/global>\nprofile bwrap /usr/bin/bwrap flags=(unconfined) {\n  userns,\n}\n"
    )


@pytest.mark.parametrize(
    ("file", "value"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1"),
        ("kernel/unprivileged_userns_clone", "0"),
        ("user/max_user_namespaces", "0"),
    ],
)
def test_settings_are_read(tmp_path: Path, file: str, value: str) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(value + "\n")
    (tmp_path / "enforce").write_text("1")
    here = remedies.this_machine(tmp_path, tmp_path / "enforce")
    assert here.settings == {file.replace("/", "."): value}
    assert here.selinux
    assert not remedies.this_machine(tmp_path, tmp_path / "none").selinux


def test_where_apparmor_permits_bubblewrap_alone_pieces_are_tried_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bwrap, "unprivileged_user", lambda: None)
    assert bwrap.label(tmp_path) == []
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel" / "apparmor_restrict_unprivileged_userns").write_text("1\n")
    before = bwrap.label(tmp_path)
    ran = subprocess.run([*before, "echo", "here"], capture_output=True, text=True, check=True)
    assert ran.stdout == "here\n"
    monkeypatch.setattr(bwrap, "unprivileged_user", lambda: 1000)
    assert bwrap.label(tmp_path) == []


def test_the_manual_has_the_same_profile() -> None:
    command = remedies.APPARMOR.partition(" | ")[0]
    profile = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert f"```\n{profile}```" in (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
