"""Signals, system calls, rights and the network."""

from __future__ import annotations

from support.attack import Attack

SIGNALS = [
    Attack(
        "killing its parent",
        # Its parent hands SIGINT on to it, and that must not end this program between two of its steps.
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print([attempt(os.kill, os.getppid(), number) for number in (9, 15, 19, 2)], os.getppid())",
        says="] 1\n",
    ),
    Attack("killing everybody", "attempt(os.kill, -1, 9); time.sleep(0.2); print('alive')", says="alive"),
    Attack(
        "killing by number",
        "print({attempt(os.kill, pid, 9) for pid in range(2, 40000) if pid != os.getpid()})",
        says="{'ESRCH'}",
    ),
]

CALLS = [
    Attack(
        "umount",
        "print(attempt(call, 'umount2', b'/proc', 2), attempt(call, 'umount2', b'/home', 2))",
        says="EPERM EPERM",
    ),
    Attack(
        "mounting",
        """
print(attempt(call, 'mount', b'none', b'/tmp', b'tmpfs', 0, 0))
print(attempt(call, 'mount', 0, b'/', 0, 32, 0))""",
        says="EPERM\nEPERM",
    ),
    Attack(
        "new namespaces",
        "print({attempt(call, 'unshare', flag) for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000)})",
        says="{'EPERM'}",
    ),
    Attack(
        "new namespaces by clone",
        "print(attempt(call, 'clone', 0x10000000 | 17, 0, 0, 0, 0), attempt(call, 'clone3', 0, 0))",
        says="EPERM ENOSYS",
    ),
    Attack(
        "new namespaces by a program",
        "print(subprocess.run(['unshare', '-U', 'true'], stderr=subprocess.DEVNULL).returncode)",
        says="1",
    ),
    Attack("another namespace", "print(attempt(call, 'setns', os.open('/proc/self/ns/user', 0), 0))", says="EPERM"),
    Attack("chroot", "print(attempt(os.chroot, '/tmp'))", says="EPERM"),
    Attack(
        "ptrace",
        "print(attempt(call, 'ptrace', 16, 1, 0, 0), attempt(call, 'process_vm_readv', 1, 0, 0, 0, 0, 0))",
        says="EPERM EPERM",
    ),
    Attack(
        "keyrings",
        "print(attempt(call, 'add_key', b'user', b'k', b'v', 1, -3), attempt(call, 'keyctl', 0, -3, 0))",
        says="EPERM EPERM",
    ),
    Attack(
        "large surfaces",
        "print([attempt(call, n, 0, 0, 0, 0, 0) for n in ('bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup')])",
        says="['EPERM', 'EPERM', 'EPERM', 'ENOSYS']",
    ),
    Attack("newer calls, and x32", "print(attempt(call, 470), attempt(call, 0x40000000 | 165))", says="ENOSYS ENOSYS"),
    Attack(
        "typing into a terminal",
        """
import fcntl, pty
master, slave = pty.openpty()
print(attempt(fcntl.ioctl, slave, 0x5412, b'x'), sorted(os.listdir('/dev/pts')))""",
        says="EPERM ['0', 'ptmx']",
    ),
]

RIGHTS = [
    Attack(
        "becoming root",
        "print(attempt(os.setuid, 0), attempt(os.setgid, 0), attempt(os.setgroups, [0]), os.getresuid())",
        says="EINVAL EINVAL EPERM (1000, 1000, 1000)",
    ),
    Attack(
        "capabilities",
        """
lines = open('/proc/self/status').read().splitlines()
print([line.split()[1].strip('0') for line in lines if line.startswith(('Cap', 'NoNewPrivs'))])""",
        says="['', '', '', '', '', '1']",
    ),
    Attack(
        "setuid programs",
        """
ran = subprocess.run(['su', '-c', 'id'], capture_output=True, stdin=subprocess.DEVNULL)
print(ran.returncode, ran.stdout)""",
        says="1 b''",
    ),
    Attack(
        "raising its limits",
        """
import resource
names = ('AS', 'NPROC', 'FSIZE', 'CPU', 'NOFILE', 'CORE')
print({attempt(resource.setrlimit, getattr(resource, f'RLIMIT_{name}'), (-1, -1)) for name in names})
print(resource.getrlimit(resource.RLIMIT_CORE))""",
        says="{'ValueError'}\n(0, 0)",
    ),
]

NETWORK = [
    Attack(
        "the internet",
        """
def tcp(): socket.create_connection(('1.1.1.1', 80), 2)
def udp(): socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('1.1.1.1', 53))
def name(): socket.getaddrinfo('example.org', 80)
print(attempt(tcp), attempt(udp), refused(name))""",
        says="ENETUNREACH ENETUNREACH True",
    ),
    Attack(
        "other families: netlink, packet, vsock",
        "print({attempt(socket.socket, family, socket.SOCK_DGRAM) for family in (16, 17, 40)})",
        says="{'EAFNOSUPPORT'}",
    ),
    Attack("interfaces", "print(open('/proc/net/dev').read().count(':'))", says="1"),
]
