"""Reading what is not the submission's, and writing where it may not."""

from __future__ import annotations

from support.attack import Attack
from support.sandbox_tools import ROOT, SMALL

READING = [
    Attack(
        "the password file",
        "print([os.path.exists(path) for path in ('/etc/shadow', '/etc/sudoers', '/etc/ssh')])",
        says="[False, False, False]",
    ),
    Attack(
        "homes",
        "print(os.listdir('/home'), [path for path in ('/root/.ssh', '/root/.bashrc') if os.path.exists(path)])",
        says="['.shm', '.tmp', 'student'] []",
    ),
    Attack("other processes", "print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit()))", says="[1, 2]"),
    Attack(
        "the memory of process 1",
        "print(attempt(open, '/proc/1/mem', 'r+b'), attempt(open, '/proc/1/mem', 'rb'))",
        says="EACCES EACCES",
    ),
    Attack(
        "files of process 1",
        """
print({attempt(os.readlink, f'/proc/1/fd/{number}') for number in os.listdir('/proc/1/fd')})
print([attempt(os.listdir, f'/proc/1/{name}') for name in ('root', 'cwd', 'map_files')])""",
        says="{'EACCES'}\n['EACCES', 'EACCES', 'EACCES']",
    ),
    Attack(
        "inherited descriptors",
        """
inside = [number for number in map(int, os.listdir('/proc/self/fd')) if os.path.exists(f'/proc/self/fd/{number}')]
print([os.readlink(f'/proc/self/fd/{number}').split(':')[0] for number in sorted(inside)])""",
        says="['/dev/null', '/dev/null', '/dev/null', 'socket']",
    ),
    Attack(
        "solutions and gradebook",
        f"""
names = ('solutions', 'grader', 'pyproject.toml', 'gradebook.db', '.git')
print([name for name in names if os.path.exists({str(ROOT)!r} + '/' + name)])""",
        says="[]",
    ),
    Attack(
        "the grader's sources",
        "print(sorted(os.listdir('/opt/course/grader')))",
        says="['__init__.py', 'engine', 'lean_forks.py']",
    ),
    Attack(
        "the grader's modules",
        """
import importlib
names = ('authoring.build', 'cli', 'engine.tester', 'engine.pool')
print({attempt(importlib.import_module, f'grader.{name}') for name in names})""",
        says="{'ModuleNotFoundError'}",
    ),
    Attack(
        "disks",
        "print(refused(os.mknod, 'disk', 0o60600, os.makedev(254, 0)), refused(os.open, '/dev/vda', 0))",
        says="True True",
    ),
    Attack("a symbolic link out", "os.symlink('/etc/shadow', 'link'); print(attempt(open, 'link'))", says="ENOENT"),
    Attack("a hard link out", "print(attempt(os.link, '/usr/bin/env', 'env'))", says="EXDEV"),
]

WRITING = [
    Attack(
        "a file in every directory",
        """
written = set()
for top in ('/', '/etc', '/opt', '/usr', '/var', '/dev', '/home', '/proc', sys.prefix, sys.base_prefix):
    for directory, names, _files in os.walk(top):
        if directory.count('/') > 4 or directory.startswith(('/home/', '/tmp', '/proc/')):
            names.clear()
        elif not refused(lambda: open(os.path.join(directory, MARK), 'w').close()):
            written.add(directory)
print(sorted(written))""",
        says="['/dev/shm', '/home']",
    ),
    Attack(
        "changing a library",
        "import json\nprint(refused(open, json.__file__, 'a'), refused(os.chmod, json.__file__, 0o777))",
        says="True True",
    ),
    Attack(
        "kernel settings",
        """
names = ('sys/kernel/hostname', 'sysrq-trigger', 'sys/user/max_user_namespaces')
print([refused(open, f'/proc/{name}', 'w') for name in names])""",
        says="[True, True, True]",
    ),
    Attack(
        "filling the disk",
        """
for path in ('big', '/tmp/big', '/dev/shm/big'):
    print(attempt(open(path, 'wb').write, bytes(20 << 20)))
print(os.statvfs('.').f_blocks * os.statvfs('.').f_frsize)""",
        says=f"ENOSPC\n{SMALL.disk_bytes}\n",
    ),
    Attack(
        "a sparse file beyond the quota",
        "print(attempt(os.truncate, os.open('sparse', os.O_CREAT | os.O_RDWR), 1 << 40))",
        says="EFBIG",
    ),
    Attack(
        "a million files",
        """
def many():
    for number in range(10**6): open(f'f{number}', 'w').close()
print(attempt(many))""",
        says="ENOSPC",
    ),
    Attack(
        "a setuid file of its own",
        """
open('mine', 'w').close()
os.chmod('mine', 0o6755)
print(os.statvfs('.').f_flag & os.ST_NOSUID)""",
        says=str(2),
    ),
]
