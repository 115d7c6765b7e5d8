"""Starts servers: a warm interpreter that forks a guest for each.

Run as a program of its own with ``python -I -S``; it ends when the lab does.  A child
is the first process of a server, and goes on as :mod:`guest` says.
"""

import array
import gc
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guest  # type: ignore[import-not-found] # noqa: E402


def leave_other_namespaces():
    """See no mount that other servers and labs make: each server copies all of them."""
    guest.call("unshare", guest.CLONE_NEWNS)
    guest.call("mount", b"none", b"/", None, guest.MS_REC | guest.MS_PRIVATE, None)
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        paths = [line.split()[4] for line in file if " - nsfs " in line]
    for path in reversed(paths):
        name = path.encode().decode("unicode_escape").encode("latin-1")
        guest.call("umount2", name, guest.MNT_DETACH)


def serve(channel):
    """Fork a guest for each message, until nobody is there to send one.

    :param channel: a socket; a message is the path of the file for a process's number,
        and brings a pipe for orders, one for the answer, the network namespace and what
        the server prints to.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    leave_other_namespaces()
    guest.other_disks()
    guest.dropped_capabilities()
    # What is there now stays shared with every child.
    gc.disable()
    gc.collect()
    gc.freeze()
    size = socket.CMSG_SPACE(4 * 4)
    with open("/proc/self/ns/pid", "rb") as own:
        while True:
            path, control, _, _ = channel.recvmsg(4096, size, socket.MSG_CMSG_CLOEXEC)
            if not path:
                return
            descriptors = array.array("i", control[0][2]).tolist() if control else []
            # Without room for four more files, the lab hears nothing and tries again.
            if len(descriptors) == 4:
                start(channel, own, path.decode(), descriptors)
            for descriptor in descriptors:
                os.close(descriptor)


def start(channel, own, path, descriptors):
    """Fork a server's first process and put it on file, or say why there is none.

    :param own: this process's PID namespace, for its next child but the server's.
    :param path: of the file for the process's number.
    """
    orders, answer, netns, console = descriptors
    go, go_writer = os.pipe()
    try:
        guest.call("unshare", guest.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            os.close(go_writer)
            # When the starter has ended, nobody is there to listen.
            channel.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            guest.first_process(go, orders, answer, netns, console)
        guest.write_pids(path, pid)
        os.write(go_writer, b"g")
    except OSError as error:
        os.write(answer, f"no process can be made: {error.strerror}".encode())
    finally:
        os.close(go)
        os.close(go_writer)
        guest.call("setns", own.fileno(), guest.CLONE_NEWPID)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as lab:
        serve(lab)
