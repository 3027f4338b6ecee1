#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What of toxid and of ctld calls what needs a power, or reaches beyond the
process, is few files: they are two tables in SECURITY.md, which is what is
checked here, by what the linker sees.  A call that the table does not have
fails, and so does one that it has and the file has not.  And no program calls
what its sandbox would be its end for: qsort(3) does sysinfo(2), where there is
much to sort.

    powers.py OBJECTS SECURITY.md     e.g. build/obj SECURITY.md
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
from circles import source, symbols  # noqa: E402

PROGRAMS = {"the start": "start", "toxid": "supervisor", "ctld": "ctld"}
BELOW = ("proto", "shared")
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


def linked(objects, folder):
    """{file: what it needs}, of a program: main.c and all that it leads to"""
    read = {source(path, objects): symbols(path)
            for room in (folder, *BELOW)
            for path in sorted((objects / room).glob("*.o"))
            if source(path, objects).exists()}  # a build may be older
    home = {name: path for path, (gives, _) in read.items() for name in gives}
    found, todo = {}, [pathlib.Path(folder, "main.c")]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found[path] = read[path][1]
        todo += {home[name] for name in found[path] if name in home}
    return found


def table(text, program):
    """{file: calls}, of the rows below the head of that program's"""
    head = f"| file of {program} | calls | for |\n"
    rows = text.partition(head)[2].partition("\n\n")[0]
    return {pathlib.Path(row[1]): set(re.findall(r"`(\w+)`", row[2]))
            for row in re.finditer(
                r"^\| `([\w/]+\.c)` \| ([^|]*) \| [^|]+ \|$", rows,
                re.MULTILINE)}


def complaints(found, allowed):
    for path in sorted(found.keys() | allowed.keys()):
        has, may = found.get(path, set()), allowed.get(path, set())
        for name in sorted(has - may):
            yield f"{path}: {name}: it does not let it"
        for name in sorted(may - has):
            yield f"{path}: {name}: it is in there and not in the file"


def sorters(objects):
    """Programs that call qsort, and have a sandbox without what that asks"""
    for sandbox in sorted(pathlib.Path(".").glob("*/sandbox.c")):
        if "SCMP_SYS(sysinfo)" in sandbox.read_text():
            continue
        for path, needs in linked(objects, sandbox.parent.name).items():
            if "qsort" in map(call, needs):
                yield f"{path}: qsort: its sandbox has no sysinfo"


def main():
    objects, document = map(pathlib.Path, sys.argv[1:])
    failed = False
    for program, folder in PROGRAMS.items():
        if not (objects / folder / "main.o").exists():
            sys.exit(f"{objects}/{folder}: no objects: it is not built")
        found = {path: {call(name) for name in needs} & CALLS
                 for path, needs in linked(objects, folder).items()}
        for what in complaints(found, table(document.read_text(), program)):
            print(f"{document}, {program}: {what}", file=sys.stderr)
            failed = True
    for what in sorters(objects):
        print(what, file=sys.stderr)
        failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
