#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What of toxid calls what needs a power, or reaches beyond the process, is
few files: they are a table in SECURITY.md, which is what is checked here, by
what the linker sees.  A call that the table does not have fails, and so does
one that it has and the file has not.

    powers.py OBJECTS SECURITY.md     e.g. build/obj SECURITY.md
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
from circles import source, symbols  # noqa: E402

START = pathlib.Path("supervisor/main.c")
FOLDERS = ("supervisor", "proto", "shared")
CALLS = set("""
    fork vfork clone posix_spawn posix_spawnp system popen
    execl execle execlp execv execve execvp execvpe execveat fexecve
    kill killpg tgkill sigqueue pidfd_send_signal ptrace
    wait wait3 wait4 waitid waitpid
    socket socketpair bind listen connect accept accept4 setsockopt shutdown
    send sendto sendmsg sendmmsg
    open openat creat fopen freopen opendir scandir mkstemp mkostemp tmpfile
    memfd_create shm_open mkdir mkdirat mkdtemp rmdir mknod mknodat mkfifo
    mkfifoat link linkat symlink symlinkat unlink unlinkat remove rename
    renameat renameat2 truncate ftruncate flock lockf utimensat
    chmod fchmod fchmodat chown fchown fchownat lchown umask
    chdir fchdir chroot pivot_root mount umount umount2 setns unshare
    setuid setgid seteuid setegid setreuid setregid setresuid setresgid
    setfsuid setfsgid setgroups initgroups setpgid setpgrp setsid
    setrlimit prlimit setpriority nice sched_setaffinity sched_setscheduler
    prctl capset syscall dlopen dlsym
    """.split())


def call(symbol):
    """open of __open64_2, which is what the linker may see of it"""
    return re.sub(r"(64)?(_2|_chk)?$", "", symbol.lstrip("_"))


def linked(objects):
    """{file: what it needs}, of main.c and all that it leads to"""
    read = {source(path, objects): symbols(path)
            for folder in FOLDERS
            for path in sorted((objects / folder).glob("*.o"))
            if source(path, objects).exists()}  # a build may be older
    home = {name: path for path, (gives, _) in read.items() for name in gives}
    found, todo = {}, [START]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found[path] = read[path][1]
        todo += {home[name] for name in found[path] if name in home}
    return found


def table(text):
    """{file: calls}, of its rows"""
    return {pathlib.Path(row[1]): set(re.findall(r"`(\w+)`", row[2]))
            for row in re.finditer(
                r"^\| `([\w/]+\.c)` \| ([^|]*) \| [^|]+ \|$", text,
                re.MULTILINE)}


def main():
    objects, document = map(pathlib.Path, sys.argv[1:])
    if not (objects / "supervisor" / "main.o").exists():
        sys.exit(f"{objects}/supervisor: no objects: it is not built")
    allowed, failed = table(document.read_text()), False
    found = {path: {call(name) for name in needs} & CALLS
             for path, needs in linked(objects).items()}
    for path in sorted(found.keys() | allowed.keys()):
        has, may = found.get(path, set()), allowed.get(path, set())
        for name in sorted(has - may):
            print(f"{path}: {name}: {document} does not let it",
                  file=sys.stderr)
        for name in sorted(may - has):
            print(f"{path}: {name}: it is in {document} and not there",
                  file=sys.stderr)
        failed = failed or has != may
    sys.exit(failed)


if __name__ == "__main__":
    main()
