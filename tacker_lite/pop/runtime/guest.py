"""The beginning of a server: makes its namespaces and files, then becomes its init.

Imports little and nothing of tacker-lite.  What stays running of it is a shell, the
server's first process.  Run as a program it tries what a server needs.

The first process waits for a byte that is sent only when its number is on file.
So there is never a server that nobody could find.
"""

from __future__ import annotations

import _thread
import ctypes
import functools
import json
import os
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_CAPBSET_DROP = 1, 24
SIGKILL = 9

# What root in a server keeps: enough for network functions, not for the host's
# devices, mounts, clock or kernel modules.  Numbers of capability.h: chown,
# dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service,
# net_broadcast, net_admin, net_raw, ipc_lock, ipc_owner, sys_chroot, sys_ptrace,
# sys_nice, audit_write, setfcap.
KEPT_CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 18, 19, 23, 29, 31}

DEVICES = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
}
DISK_FILE_SYSTEMS = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs"}
REPLACED = ("/proc", "/sys", "/dev", "/tmp", "/run")  # noqa: S108
START_SCRIPT = "/run/start-script"

# A shell's wait reaps every child, adopted ones too.
INIT = """
script=
end() {
    trap '' TERM
    kill -TERM -1 2>/dev/null
    [ -z "$script" ] || wait "$script"
    exit 0
}
trap end TERM
if [ -n "$1" ]; then
    "$1" &
    script=$!
    wait "$script"
    echo "tacker-lite: start script ended with status $?"
    script=
fi
while :; do sleep infinity & wait $!; done
"""

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """Call libc; the error names what was asked for."""
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        words = [a.decode() for a in arguments if isinstance(a, bytes)]
        raise OSError(number, f"{' '.join([name, *words])}: {os.strerror(number)}")


def mount(kind, target, options="", flags=0, source="none"):
    call(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode(),
        flags,
        options.encode(),
    )


def make_directory(path):
    """Like mkdir, there already is fine; never makes a parent that was removed."""
    if not os.path.isdir(path):
        os.mkdir(path, 0o755)


def mount_overlay(lower, disk, target):
    """Show ``lower`` at ``target``; what is written goes to ``disk``."""
    upper, work = os.path.join(disk, "upper"), os.path.join(disk, "work")
    for path in (disk, upper, work):
        make_directory(path)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    mount("overlay", target, options)


@functools.cache
def other_disks():
    """Directories where further file systems with files of the host are mounted."""
    found = set()
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            left, _, right = line.partition(" - ")
            path = left.split()[4].encode().decode("unicode_escape")
            below = any((path + "/").startswith(name + "/") for name in REPLACED)
            odd = any(character in path for character in ",:\\")
            if path == "/" or below or odd or not os.path.isdir(path):
                continue
            if right.split()[0] in DISK_FILE_SYSTEMS:
                found.add(path)
    return sorted(found)


def enter_files(spec):
    """Change to a root of this server's own."""
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    root, disk = spec["root"], spec["disk"]
    make_directory(root)
    mount_overlay("/", os.path.join(disk, "root"), root)
    for path in other_disks():
        name = path.strip("/").replace("-", "--").replace("/", "-")
        try:
            mount_overlay(path, os.path.join(disk, name), root + path)
        except OSError as error:
            print(f"tacker-lite: {path} of the host is not offered: {error}")
    os.chdir(root)
    call("pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def mount_own(spec):
    """Mount what must not be the host's: processes, devices, scratch space."""
    size = f"size={spec['ram_mib']}m"
    plain = MS_NOSUID | MS_NODEV | MS_NOEXEC
    mount("proc", "/proc", flags=plain)
    mount("sysfs", "/sys", flags=plain | MS_RDONLY)
    mount("tmpfs", "/dev", "mode=755,size=64m", MS_NOSUID | MS_NOEXEC)
    mount("tmpfs", "/tmp", "mode=1777," + size, MS_NOSUID | MS_NODEV)  # noqa: S108
    mount("tmpfs", "/run", "mode=755," + size, MS_NOSUID | MS_NODEV)
    for path in spec["hide"]:
        if os.path.isdir(path):
            mount("tmpfs", path, "mode=700,size=4k", plain | MS_RDONLY)


def make_devices():
    os.umask(0)
    for name, (major, minor) in DEVICES.items():
        os.mknod("/dev/" + name, 0o020666, os.makedev(major, minor))
    for name, number in (("fd", ""), ("stdin", 0), ("stdout", 1), ("stderr", 2)):
        os.symlink(f"/proc/self/fd/{number}".rstrip("/"), "/dev/" + name)
    for name in ("pts", "shm", "net"):
        os.mkdir("/dev/" + name, 0o1777 if name == "shm" else 0o755)
    os.mknod("/dev/net/tun", 0o020666, os.makedev(10, 200))
    mount("devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=620")
    os.symlink("pts/ptmx", "/dev/ptmx")
    os.umask(0o022)


def protect_kernel_settings():
    """Only the settings of the server's own network stay writable."""
    own = os.open("/proc/sys/net", os.O_PATH)
    for path in ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"):
        if os.path.exists(path):
            mount("", path, flags=MS_BIND, source=path)
            mount("", path, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)
    mount("", "/proc/sys/net", flags=MS_BIND, source=f"/proc/self/fd/{own}")
    os.close(own)


def replace_file(path, text, mode=0o644):
    """Write a file, never through a link that the host left in its place."""
    if os.path.lexists(path):
        os.unlink(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)


def write_identity(spec):
    name = spec["hostname"]
    call("sethostname", name.encode(), len(name.encode()))
    replace_file("/etc/hostname", (name + "\n").encode())
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
    lines += [f"{address} {name}" for address in spec["addresses"] or ["127.0.1.1"]]
    replace_file("/etc/hosts", ("\n".join(lines) + "\n").encode())


def write_public_key(key):
    """Let the owner of a key log in as root, and nobody whom the host lets in."""
    directory = "/root/.ssh"
    try:
        make_directory(directory)
        os.chmod(directory, 0o700)
        path = directory + "/authorized_keys"
        replace_file(path, (key.strip() + "\n").encode(), 0o600)
    except OSError as error:
        print(f"tacker-lite: the public key is not in {directory}: {error}")


@functools.cache
def dropped_capabilities():
    """Numbers of what root in a server has not."""
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        last = int(file.read())
    return sorted(set(range(last + 1)) - KEPT_CAPABILITIES)


def drop_capabilities():
    """Take from root, for good, what reaches beyond the server."""
    for number in dropped_capabilities():
        call("prctl", PR_CAPBSET_DROP, number, 0, 0, 0)


class Joining:
    """Puts this process into control groups, for which the kernel takes its time.

    The server's files are made meanwhile.

    :param paths: files to write to.
    """

    def __init__(self, paths):
        # Opened now: they are soon out of sight.
        self.files = [os.open(path, os.O_WRONLY) for path in paths]
        self.error = None
        self.done = _thread.allocate_lock()
        self.done.acquire()
        _thread.start_new_thread(self.join, ())

    def join(self):
        try:
            for file in self.files:
                os.write(file, b"0")
        except OSError as error:
            self.error = error
        finally:
            self.done.release()

    def wait(self):
        self.done.acquire()
        if self.error is not None:
            raise OSError(f"control group: {self.error.strerror}")


def prepare(spec, netns):
    """Enter the namespaces of the server and make its files."""
    call("setns", netns, CLONE_NEWNET)
    call("unshare", CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)
    enter_files(spec)
    mount_own(spec)
    make_devices()
    protect_kernel_settings()
    write_identity(spec)
    if spec["public_key"]:
        write_public_key(spec["public_key"])
    if spec["script"]:
        replace_file(START_SCRIPT, spec["script"].encode("latin-1"), 0o700)
    for note in spec["notes"]:
        print(note)
    sys.stdout.flush()
    drop_capabilities()


def first_process(go, orders, answer, netns, console):
    """As the first process of a PID namespace: prepare, then become the init.

    :param go: a pipe that brings a byte when this process is on file.
    :param orders: a pipe that brings the document and, once there are ports, ``go``.
    :param answer: a pipe for ``ok`` or the reason why there is no server.
    :param netns: descriptor of the server's network namespace.
    :param console: descriptor of what the server prints to.
    """
    try:
        if os.read(go, 1) != b"g":
            os._exit(1)
        os.setsid()
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(console, 1)
        os.dup2(console, 2)
        with open(orders, "rb") as file:
            spec = json.loads(file.readline())
            joining = Joining(spec["cgroups"])
            prepare(spec, netns)
            if file.readline() != b"go\n":
                raise OSError("the lab has not made the ports")
        joining.wait()
        os.write(answer, b"ok")
        path = START_SCRIPT if spec["script"] else ""
        os.execve("/bin/sh", ["sh", "-c", INIT, "init", path], spec["environment"])
    except Exception as error:  # noqa: BLE001 - told to the lab, whose start fails
        os.write(answer, str(error).encode())
    os._exit(1)


def started(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return int(file.read().rpartition(b") ")[2].split()[19])


def write_pids(path, init):
    """Put the first process on file; fails when the server was deleted meanwhile."""
    value = {"init": [init, started(init)]}
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


def probe(directory):
    """Try what a server needs, with ``directory`` for its disk; mounts end with it."""
    call("prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    call(
        "unshare",
        CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET,
    )
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    root = os.path.join(directory, "mount")
    os.mkdir(root)
    mount_overlay("/", directory, root)
    os.mknod(os.path.join(root, "dev", "probe"), 0o020666, os.makedev(1, 3))


def main():
    try:
        probe(sys.argv[1])
    except OSError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
