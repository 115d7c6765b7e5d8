"""The stock ``openstack`` command for shells, without the second that each start takes.

A process that has loaded it forks for each command line; the ``openstack`` that a shell
finds hands over its arguments, directory, environment, input and output.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap

from openstackclient import shell

COMMAND = """\
    #!{python} -SE
    import json, os, socket, sys
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect({path!r})
        socket.send_fds(channel, [b"."], [0, 1, 2])
        channel.sendall(said)
        channel.shutdown(socket.SHUT_WR)
        sys.exit(int(channel.recv(10) or 70))
"""


def start(directory):
    """Put the command into a directory; returns the process that carries it out."""
    path = str(directory / "openstack.socket")
    command = directory / "openstack"
    text = textwrap.dedent(COMMAND).format(python=sys.executable, path=path)
    command.write_text(text)
    command.chmod(0o755)
    child = subprocess.Popen(
        [sys.executable, "-m", __name__, path], stdout=subprocess.PIPE
    )
    with child.stdout:
        child.stdout.readline()
    return child


def _serve(path):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("listening", flush=True)
        while True:
            channel, _ = listener.accept()
            with channel:
                if os.fork() == 0:
                    os._exit(_carry_out(channel))


def _carry_out(channel):
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 3)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    said = b"".join(iter(lambda: channel.recv(65536), b""))
    arguments, directory, environment = json.loads(said)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        code = shell.main(arguments)
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    channel.sendall(str(int(code or 0)).encode())
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
