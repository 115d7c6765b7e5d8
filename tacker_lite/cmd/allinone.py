"""``tacker-lite-allinone``: API and conductor in one process, with SQLite.

RPC stays in the process; the database is brought up to date at the start.
"""

from __future__ import annotations

import sys

from oslo_config import cfg

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions, rpc
from tacker_lite.api.app import setup_app
from tacker_lite.api.server import ApiServer
from tacker_lite.cmd import logs, process
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.conductor.service import ConductorService
from tacker_lite.db import schema
from tacker_lite.db.base import FAULTS, Database

IN_PROCESS = "fake://"


class AllInOne:
    """The service as one object."""

    def __init__(self, conf: cfg.ConfigOpts):
        self._database = Database(conf)
        schema.prepare(self._database)
        transport = rpc.get_transport(conf, IN_PROCESS)
        self._conductor = ConductorService(conf, self._database, transport)
        client = ConductorClient(conf, transport)
        self._server = ApiServer(conf, setup_app(conf, client, self._database))

    @property
    def address(self) -> tuple[str, int]:
        """Where the API listens."""
        return self._server.address

    def start(self) -> None:
        """Answer, once the port is ours, and take up work.

        :raises OSError: when the port is taken; nothing has begun then.
        """
        self._server.start()
        self._conductor.start()

    def stop(self) -> bool:
        """Answer no more, then end the work; False when a worker still waits."""
        self._server.stop()
        ended = self._conductor.stop()
        if ended:
            self._database.close()
        return ended


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    try:
        conf = tacker_lite_conf.new(sys.argv[1:])
        logs.setup(conf)
        service = AllInOne(conf)
        service.start()
    except FAULTS as error:
        print(
            f"tacker-lite-allinone: the database cannot be used: {error}\n"
            "Is [database] connection right, and was tacker-lite-manage db sync run?",
            file=sys.stderr,
        )
        return 1
    except (cfg.Error, exceptions.TackerLiteError, OSError) as error:
        print(f"tacker-lite-allinone: {error}", file=sys.stderr)
        return 1
    process.wait_for_end()
    return process.end(service.stop)


if __name__ == "__main__":
    sys.exit(main())
