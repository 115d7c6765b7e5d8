"""Private instances of a message broker and of databases, for tests.

Each lives in a directory of its own that disappears, on free ports of the loopback
address, without the machine's own configuration.  A test that wants one whose
programs are not installed is skipped, and says which package has them.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import fixtures
import sqlalchemy as sa

from tacker_lite.tests.functional.deployment import CommandFailed, free_port, wait_for

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


SERVERS: dict[type[Server], Server] = {}
"""What runs for several classes of a module of tests."""


def shared(kind: type[Server]) -> Server:
    """A server for all tests of the module: to be called in ``setUpClass``.

    :raises unittest.SkipTest: when its programs are not installed.
    """
    if kind not in SERVERS:
        server = kind()
        server.setUp()
        unittest.addModuleCleanup(server.cleanUp)
        unittest.addModuleCleanup(SERVERS.pop, kind)
        SERVERS[kind] = server
    return SERVERS[kind]


def find_program(package: str, name: str, *patterns: str) -> Path:
    """A program of a package.

    :param patterns: of files to look at when ``name`` is not on the search path.
    :raises unittest.SkipTest: naming the package, when it is not installed.
    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}")
    for candidate in [found, *sorted(_matches(patterns), reverse=True)]:
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise unittest.SkipTest(
        f"NOT PROVEN HERE: {name} is not installed; apt-get install {package}"
    )


def _matches(patterns: tuple[str, ...]) -> list[str]:
    return [path for pattern in patterns for path in glob.glob(pattern)]


class Server(fixtures.Fixture):
    """One program with a directory of its own, as a user who is not root.

    :raises unittest.SkipTest: at once, when it is not installed.
    :ivar port: where it listens on the loopback address.
    """

    user = ""
    """Whom to be when the tests are run by root."""

    def __init__(self):
        super().__init__()
        # Not at setUp: a fixture hides that a test is to be skipped.
        self._find_programs()
        self.account = self._account()
        self.password = secrets.token_hex(12)
        self.process: subprocess.Popen | None = None

    def _setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tacker-lite-backend-")
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        if self.account:
            os.chown(self.directory, self.account.pw_uid, self.account.pw_gid)
        self.port = free_port()
        self.addCleanup(self.kill)
        self._prepare()
        self.start()
        self._make_account()

    def _account(self) -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        try:
            return pwd.getpwnam(self.user)
        except KeyError:
            raise unittest.SkipTest(
                f"NOT PROVEN HERE: root has no user {self.user} to run it as"
            ) from None

    def _become(self) -> dict:
        if not self.account:
            return {}
        ids = {"user": self.account.pw_uid, "group": self.account.pw_gid}
        return {**ids, "extra_groups": []}

    def _environment(self) -> dict[str, str]:
        return {"HOME": str(self.directory), "PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8"}

    def _run(self, *command) -> None:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.directory,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
            **self._become(),
        )
        if done.returncode:
            raise CommandFailed(command, done)

    def _spawn(self, *command, **variables: str) -> subprocess.Popen:
        with open(self.directory / "output.log", "ab") as log:
            return subprocess.Popen(
                [str(part) for part in command],
                cwd=self.directory,
                env={**self._environment(), **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._become(),
            )

    @property
    def log(self) -> str:
        """The end of what it printed."""
        return (self.directory / "output.log").read_text(errors="replace")[-4000:]

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it answers."""
        self.process = self._launch()
        wait_for(f"{type(self).__name__} to answer", self._is_up, START_SECONDS)

    def _is_up(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"{type(self).__name__} ended:\n{self.log}")
        with contextlib.suppress(OSError):
            return self._answers()
        return False

    def kill(self) -> None:
        """kill -9 it and all that it has started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)
            self.process = None

    def _find_programs(self) -> None:
        raise NotImplementedError

    def _prepare(self) -> None:
        """Make what it needs before its first start."""

    def _launch(self) -> subprocess.Popen:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError

    def _make_account(self) -> None:
        """Make the account that the tests use, once it answers."""


class Rabbit(Server):
    """A RabbitMQ broker with a port mapper of its own."""

    user = "rabbitmq"

    def _find_programs(self):
        # Not the wrapper on the search path: that wants the system's own instance.
        self.program = find_program(
            "rabbitmq-server",
            "rabbitmq-server-without-a-wrapper",
            "/usr/lib/rabbitmq/bin/rabbitmq-server",
            "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
        )
        self.mapper = find_program(
            "erlang-base", "epmd", "/usr/lib/erlang/erts-*/bin/epmd"
        )

    @property
    def url(self) -> str:
        """For option ``transport_url``."""
        return f"rabbit://tacker:{self.password}@{HOST}:{self.port}/"

    def _prepare(self):
        self.mapper_port, self.node_port = free_port(), free_port()
        configuration = self.directory / "rabbitmq.conf"
        configuration.write_text(
            f"listeners.tcp.1 = {HOST}:{self.port}\n"
            "default_user = tacker\n"
            f"default_pass = {self.password}\n"
            "log.console = true\n"
            "log.file = false\n"
        )
        (self.directory / "plugins").write_text("[].\n")
        self.mapper_process = self._spawn(
            self.mapper, "-port", self.mapper_port, "-address", HOST
        )
        self.addCleanup(self.mapper_process.wait, STOP_SECONDS)
        self.addCleanup(self.mapper_process.kill)

    def _launch(self):
        here = self.directory
        # Every Erlang program it starts stays in its process group.
        return self._spawn(
            self.program,
            ERL_EPMD_PORT=str(self.mapper_port),
            ERL_EPMD_ADDRESS=HOST,
            RABBITMQ_NODENAME="tacker-lite@localhost",
            RABBITMQ_DIST_PORT=str(self.node_port),
            RABBITMQ_CONF_ENV_FILE="/dev/null",
            RABBITMQ_CONFIG_FILE=str(here / "rabbitmq.conf"),
            RABBITMQ_ADVANCED_CONFIG_FILE=str(here / "advanced.config"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(here / "plugins"),
            RABBITMQ_MNESIA_BASE=str(here / "data"),
            RABBITMQ_LOG_BASE=str(here / "log"),
            RABBITMQ_PID_FILE=str(here / "pid"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface "
            "{127,0,0,1} +sbwt none +S 2:2",
        )

    def _answers(self):
        with socket.create_connection((HOST, self.port), timeout=1) as connection:
            # A broker answers what is not its protocol with the one it speaks.
            connection.sendall(b"HELLO\0\0\0")
            return connection.recv(4) == b"AMQP"


class DatabaseServer(Server):
    """A database server; each test takes a database of its own.

    :cvar dialect: the beginning of its URLs.
    """

    dialect = ""
    administrator = ""
    administrator_password = ""

    def _url(self, user: str, password: str, database: str) -> str:
        secret = f":{password}" if password else ""
        return f"{self.dialect}://{user}{secret}@{HOST}:{self.port}/{database}"

    def _execute(self, *statements: str) -> None:
        url = self._url(self.administrator, self.administrator_password, self._home)
        engine = sa.create_engine(url)
        try:
            with engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                for statement in statements:
                    connection.exec_driver_sql(statement)
        finally:
            engine.dispose()

    @property
    def _home(self) -> str:
        raise NotImplementedError

    def _answers(self):
        try:
            self._execute("SELECT 1")
        except sa.exc.OperationalError:
            return False
        return True

    def new_database(self) -> str:
        """URL of a new, empty database, for ``[database] connection``."""
        name = f"tacker_lite_{secrets.token_hex(4)}"
        self._execute(*self._creation(name))
        return self._url("tacker", self.password, name)

    def _creation(self, name: str) -> tuple[str, ...]:
        raise NotImplementedError


class MariaDB(DatabaseServer):
    """A MariaDB server."""

    user = "mysql"
    dialect = "mysql+pymysql"
    administrator = "root"
    _home = "mysql"

    def _find_programs(self):
        package = "mariadb-server"
        self.program = find_program(package, "mariadbd")
        self.installer = find_program(package, "mariadb-install-db")

    def _prepare(self):
        self._run(
            self.installer,
            "--no-defaults",
            f"--datadir={self.directory}/data",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--skip-name-resolve",
        )

    def _launch(self):
        return self._spawn(
            self.program,
            "--no-defaults",
            f"--datadir={self.directory}/data",
            f"--socket={self.directory}/socket",
            f"--pid-file={self.directory}/pid",
            f"--bind-address={HOST}",
            f"--port={self.port}",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=32M",
            "--innodb-flush-log-at-trx-commit=2",
        )

    def _make_account(self):
        self._execute(f"CREATE USER tacker@'{HOST}' IDENTIFIED BY '{self.password}'")

    def _creation(self, name):
        # Some other character set: the tables have to bring their own.
        return (
            f"CREATE DATABASE {name} CHARACTER SET latin1",
            f"GRANT ALL ON {name}.* TO tacker@'{HOST}'",
        )


class PostgreSQL(DatabaseServer):
    """A PostgreSQL server."""

    user = "postgres"
    dialect = "postgresql+psycopg"
    administrator = "root"
    _home = "postgres"

    def _find_programs(self):
        package, where = "postgresql", "/usr/lib/postgresql/*/bin"
        self.program = find_program(package, "postgres", f"{where}/postgres")
        self.installer = find_program(package, "initdb", f"{where}/initdb")

    def _prepare(self):
        self.administrator_password = secrets.token_hex(12)
        word = self.directory / "password"
        word.write_text(self.administrator_password)
        self._run(
            self.installer,
            "--pgdata=data",
            "--username=root",
            "--auth=scram-sha-256",
            f"--pwfile={word}",
            "--encoding=UTF8",
            "--no-sync",
        )

    def _launch(self):
        return self._spawn(
            self.program,
            "-D", "data",
            "-h", HOST,
            "-p", self.port,
            "-k", self.directory,
            "-c", "fsync=off",
            "-c", "timezone=Pacific/Auckland",
        )  # fmt: skip

    def _make_account(self):
        self._execute(f"CREATE ROLE tacker LOGIN PASSWORD '{self.password}'")

    def _creation(self, name):
        return (f"CREATE DATABASE {name} OWNER tacker",)
