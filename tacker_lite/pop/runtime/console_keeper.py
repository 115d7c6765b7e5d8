"""Keeps the consoles of a lab's servers: one process for all of them.

A program of its own (``python -I -S``) that outlives the lab.  A server prints to a
FIFO in its folder, and has it open for reading too: when this process is killed,
servers only wait until the lab has started another one, which finds the FIFOs again.
"""

import contextlib
import fcntl
import os
import resource
import select
import socket
import stat
import sys

FIFO, LOG = "console.fifo", "console.log"
LOG_BYTES = 1024 * 1024
READ_BYTES = 65536
LOOK_SECONDS = 5.0
END = b"\0end"


class Keeper:
    """Writes down what servers print.

    :param servers: directory with a folder for each server.
    :param address: path of the socket on which the lab names folders.
    """

    def __init__(self, servers, address):
        self.servers = servers
        self.address = address
        self.poll = select.epoll()
        self.consoles = {}
        self.labs = {}
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)
        self.listener.bind(address)
        os.chmod(address, 0o600)
        self.inode = os.stat(address).st_ino

    def find(self):
        """Take up the consoles of servers that were there before."""
        for folder in os.listdir(self.servers) if os.path.isdir(self.servers) else ():
            with contextlib.suppress(FileNotFoundError):
                self.keep(folder)
                # Without a writer ever since, nothing would tell that there is none.
                path = os.path.join(self.servers, folder, FIFO)
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))

    def serve(self):
        """Go on until the lab says so, or all that it was for is gone."""
        self.listener.listen(64)
        self.poll.register(self.listener, select.EPOLLIN)
        while self.consoles or self.is_wanted():
            for descriptor, _ in self.poll.poll(LOOK_SECONDS):
                if descriptor in self.consoles:
                    self.write_down(descriptor)
                elif descriptor in self.labs:
                    self.hear(descriptor)
                else:
                    lab, _ = self.listener.accept()
                    self.labs[lab.fileno()] = lab
                    self.poll.register(lab, select.EPOLLIN)

    def is_wanted(self):
        try:
            return os.stat(self.address).st_ino == self.inode
        except FileNotFoundError:
            return False

    def hear(self, descriptor):
        """Do what the lab asks: keep a server's console, or end."""
        lab = self.labs[descriptor]
        try:
            said = lab.recv(4096)
            if said == END:
                sys.exit(0)
            if said:
                lab.send(self.answer(said.decode()).encode())
        except OSError:
            said = b""
        if not said:
            self.poll.unregister(descriptor)
            self.labs.pop(descriptor).close()

    def answer(self, folder):
        try:
            self.keep(folder)
        except OSError as error:
            return f"console of {folder}: {error.strerror}"
        return "ok"

    def keep(self, folder):
        """Have a server's console from now on; known already is fine."""
        path = os.path.join(self.servers, folder, FIFO)
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW
        descriptor = os.open(path, flags)
        if folder in self.consoles.values() or not is_fifo(descriptor):
            os.close(descriptor)
            return
        self.consoles[descriptor] = folder
        self.poll.register(descriptor, select.EPOLLIN)

    def write_down(self, descriptor):
        """Append what a server has printed, and let go of one that has ended."""
        folder = os.path.join(self.servers, self.consoles[descriptor])
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return
        if data:
            # Without room for it, or for a server that was deleted, it is lost.
            with contextlib.suppress(OSError):
                append(os.path.join(folder, LOG), data)
            return
        self.poll.unregister(descriptor)
        os.close(descriptor)
        del self.consoles[descriptor]
        # Tells the lab that the last words are on file.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, FIFO))


def is_fifo(descriptor):
    return stat.S_ISFIFO(os.fstat(descriptor).st_mode)


def append(path, data):
    """Write to a log of at most ``LOG_BYTES``; the one before it is kept."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        if os.fstat(descriptor).st_size + len(data) > LOG_BYTES:
            os.rename(path, path + ".1")
            os.close(descriptor)
            descriptor = -1
            descriptor = os.open(path, flags, 0o600)
        os.write(descriptor, data)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def main(servers, directory):
    """Keep the consoles, unless another process does; 0 says that one does."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        lock = os.open(os.path.join(directory, "lock"), os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        keeper = Keeper(servers, os.path.join(directory, "socket"))
    except (BlockingIOError, FileNotFoundError):
        # Another process does, or the lab was removed meanwhile.
        return 0
    keeper.find()
    keeper.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[2:]))
