"""Starts servers: a warm interpreter that forks a guest for each.

Run as a program of its own with ``python -I -S``; it ends when the lab does.  A child
reads one JSON document and, when the ports are there, ``go`` from a pipe; it answers
``ok`` or a reason on another, and goes on as :mod:`guest` says.
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

    :param channel: a socket; a message brings a pipe for orders, one for the answer and
        the network namespace.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    leave_other_namespaces()
    # What is there now stays shared with every child.
    gc.disable()
    gc.collect()
    gc.freeze()
    size = socket.CMSG_SPACE(3 * 4)
    while True:
        message, control, _, _ = channel.recvmsg(16, size, socket.MSG_CMSG_CLOEXEC)
        if not message:
            return
        descriptors = array.array("i", control[0][2]).tolist() if control else []
        # Without room for three more files, the lab hears nothing and tries again.
        if len(descriptors) == 3:
            fork(channel, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def fork(channel, orders, answer, netns):
    """Have a child start a server, or say why there can be none."""
    try:
        pid = os.fork()
    except OSError as error:
        os.write(answer, f"no process can be made: {error.strerror}".encode())
    else:
        if pid == 0:
            channel.close()
            os._exit(be_guest(orders, answer, netns))


def be_guest(orders, answer, netns):
    """In the child: start the server; returns an exit code after an error."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.dup2(answer, 1)
    os.dup2(answer, 2)
    os.close(answer)
    try:
        with open(orders, "rb") as file:
            guest.run(file, netns)
    except (OSError, ValueError) as error:
        print(error, flush=True)
    return 1


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as lab:
        serve(lab)
