"""Routers to configure: a private OpenSSH server whose commands are recorded.

One server listens on several loopback addresses, each of which stands for a router.
``uci`` and the scripts in ``/etc/init.d`` are SIMULATED: programs which write down
how they were called and what they were fed.  The server and the way to it are real.

Root's password is that of a private copy of the shadow file, in a mount namespace
of the server's own; who is not root can log in with the key alone.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import fixtures

from tacker_lite.tests.functional.backends import find_program
from tacker_lite.tests.functional.deployment import wait_for

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
PASSWORD = "the right one"
PASSWORD_HASH = (
    "$6$saltsalt$zrZ/0G7RzgYy8Gt7ryxv7k87fsyV7fqTPFE/BWhVq5xFov08UUm/"
    "USYDz/XYjzvBD9IjY1QwpTyMGNQOHfBm2/"
)

SETTINGS = """\
Port {port}
{listen}
HostKey {root}/host_key
PidFile none
AuthorizedKeysFile {root}/user_key.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
PermitEmptyPasswords yes
KbdInteractiveAuthentication no
LogLevel VERBOSE
# Loads of tests from one address.
MaxStartups 100
ForceCommand {root}/shell
"""

# Commands run with the simulated programs in place of the machine's own.
SHELL = """\
#!/bin/sh
set -- $SSH_CONNECTION
export ROUTER="$3" ROOT={root} PATH={root}/bin:$PATH
exec sh -c "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed "s,/etc/init.d/,$ROOT/init.d/,")"
"""

UCI = """\
#!/bin/sh
text=$(cat; echo x)
printf '%s\\n%s' "uci $*" "${text%x}" >>"$ROOT/log-$ROUTER"
case "$text" in *"syntax error"*) echo "uci: Parse error: $text" >&2; exit 1;; esac
"""

INIT_SCRIPT = """\
#!/bin/sh
# Not recorded: it may end when another test has begun.
[ ! -e "$ROOT/slow-$ROUTER" ] || { sleep 5; exit; }
echo "$(basename "$0") $*" >>"$ROOT/log-$ROUTER"
"""

START_AS_ROOT = """\
mount --bind "$1/shadow" /etc/shadow && mount -t tmpfs none /run &&
mkdir /run/sshd && exec "$2" -D -e -f "$1/sshd_config"
"""


class Routers(fixtures.Fixture):
    """An SSH server on each of :data:`ADDRESSES`.

    :param password_hash: root's; empty for none, as in a fresh OpenWrt.
    :raises unittest.SkipTest: at once, when its programs are not installed.
    :ivar port: of the server.
    :ivar user: the account to log in to.
    :ivar key: file of its private key.
    :ivar known_hosts: file of the server's public key.
    """

    def __init__(self, password_hash: str = PASSWORD_HASH):
        super().__init__()
        self._password_hash = password_hash
        # Not at setUp: a fixture hides that a test is to be skipped.
        self._server = find_program("openssh-server", "sshd")
        self._keygen = find_program("openssh-client", "ssh-keygen")
        self._unshare = find_program("util-linux", "unshare")

    def _setUp(self):
        self.root = Path(self.useFixture(fixtures.TempDir()).path)
        self.user = getpass.getuser()
        for name in ("host_key", "user_key", "other_key"):
            subprocess.run(
                [self._keygen, "-q", "-t", "ed25519", "-N", "", "-f", self.root / name],
                check=True,
            )
        self.key = self.root / "user_key"
        self.other_key = self.root / "other_key"
        self.port = free_port_everywhere()
        self.known_hosts = self._known_hosts("known", "host_key")
        self.other_known_hosts = self._known_hosts("others", "other_key")
        self._write_programs()
        listen = "\n".join(f"ListenAddress {address}" for address in ADDRESSES)
        (self.root / "sshd_config").write_text(
            SETTINGS.format(port=self.port, listen=listen, root=self.root)
        )
        command = [self._server, "-D", "-e", "-f", self.root / "sshd_config"]
        if os.geteuid() == 0:
            shadow = self.root / "shadow"
            shadow.write_text(
                f"root:{self._password_hash}:19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\n"
            )
            shadow.chmod(0o600)
            script = [START_AS_ROOT, "sh", str(self.root), str(self._server)]
            command = [self._unshare, "--mount", "sh", "-c", *script]
        self.log = (self.root / "sshd.log").open("wb")
        self.addCleanup(self.log.close)
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.addCleanup(self._stop)
        wait_for("an SSH server", self._answers)

    def recorded(self, address: str) -> str:
        """What was run on a router, in order, with what it was fed."""
        path = self.root / f"log-{address}"
        return path.read_text() if path.exists() else ""

    def slow_down(self, address: str) -> None:
        """Let every script of a router take five seconds, and record nothing."""
        (self.root / f"slow-{address}").touch()

    def reset(self) -> None:
        """Forget what was recorded and slowed down."""
        for path in [*self.root.glob("log-*"), *self.root.glob("slow-*")]:
            path.unlink()

    def _known_hosts(self, name: str, key: str) -> Path:
        path = self.root / name
        public = (self.root / f"{key}.pub").read_text()
        path.write_text(
            "".join(f"[{address}]:{self.port} {public}" for address in ADDRESSES)
        )
        return path

    def _write_programs(self) -> None:
        self.root.chmod(0o755)
        (self.root / "bin").mkdir()
        (self.root / "init.d").mkdir()
        programs = {"shell": SHELL.format(root=self.root), "bin/uci": UCI}
        for service in ("firewall", "network", "dnsmasq", "qos"):
            programs[f"init.d/{service}"] = INIT_SCRIPT
        for name, text in programs.items():
            (self.root / name).write_text(text)
            (self.root / name).chmod(0o755)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError((self.root / "sshd.log").read_text())
        try:
            with socket.create_connection((ADDRESSES[-1], self.port), timeout=1) as end:
                return end.recv(4) == b"SSH-"
        except OSError:
            return False

    def _stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(10)
        # Sessions are in sessions of their own; they end with their connections.
        time.sleep(0.1)


def free_port_everywhere() -> int:
    """A TCP port that no loopback address uses."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        return taken.getsockname()[1]
