"""The stock ``openstack`` command, run unmodified inside of this process.

One process spares the 1.2 s that each start of the command costs; that the command
works when started by a user is proved once with a process of its own.
"""

import contextlib
import io
import json
import logging
import os
import shlex
import subprocess
import sys
from pathlib import Path

from openstackclient import shell
from osc_lib.clientmanager import ClientCache, ClientManager

OPENSTACK = Path(sys.executable).parent / "openstack"


class CommandFailed(AssertionError):
    pass


class OpenStack:
    """The command with one user's credentials.

    :param credentials: as keystoneauth names them.
    """

    def __init__(self, credentials):
        self._options = [
            part
            for name, value in credentials.items()
            for part in (f"--os-{name.replace('_', '-')}", value)
        ] + ["--os-identity-api-version", "3"]

    def run(self, command, fails=False):
        """What a command line prints; with ``fails``, what it says on failing."""
        _forget_clients()
        output, trouble = io.StringIO(), io.StringIO()
        with _quiet(), contextlib.redirect_stderr(trouble):
            with contextlib.redirect_stdout(output):
                code = shell.OpenStackShell().run(
                    [*self._options, *shlex.split(command)]
                )
        text = output.getvalue() + trouble.getvalue()
        if bool(code) != fails:
            raise CommandFailed(f"{command} ended with {code}:\n{text}")
        return trouble.getvalue() if fails else output.getvalue()

    def read(self, command):
        """The command's answer, asked for as JSON."""
        return json.loads(self.run(f"{command} -f json"))

    def process(self, command):
        """The answer of the command as a user starts it."""
        done = subprocess.run(
            [OPENSTACK, *self._options, *shlex.split(command), "-f", "json"],
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(f"{command}:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)


def _forget_clients():
    """The command keeps one client per service and process; here others log in too."""
    for cache in vars(ClientManager).values():
        if isinstance(cache, ClientCache):
            cache._handle = None


@contextlib.contextmanager
def _quiet():
    """Take back what the command does to this process's logging and environment."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hidden = {key: os.environ.pop(key) for key in list(os.environ) if key[:3] == "OS_"}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        os.environ.update(hidden)
